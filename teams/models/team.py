"""The team is the account: keys, networks and people belong to it, and nothing is shared between two of them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from teams.permissions import Role

SLUG_FORMAT = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?\Z",
    "Use 1 to 48 lower-case letters, digits and hyphens; begin and end with a letter or a digit.",
)


class Team(models.Model):
    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=48, unique=True, validators=[SLUG_FORMAT])
    max_key_lifetime_days = models.PositiveSmallIntegerField(
        "longest key lifetime",
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="In days. No key of the team can be generated for longer.",
    )
    expiry_reminders = models.BooleanField(
        "reminders by mail", default=True, help_text="Owners and admins are mailed before a key expires."
    )
    sealed_copies_allowed = models.BooleanField(default=True)
    second_factor_required_from = models.DateTimeField(
        null=True, blank=True, help_text="From then on its pages are closed to members without a second factor."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_by_itself = models.BooleanField(
        default=False, editable=False, help_text="By an admin of it, who can resume it, and not by an operator."
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Group(models.Model):
    """An internal team, such as "Quant Research", that can own keys."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=48, validators=[SLUG_FORMAT])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="team_groups", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="group_slug_unique_in_team")]

    def __str__(self) -> str:
        return self.name
