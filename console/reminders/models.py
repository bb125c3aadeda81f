"""What people are told of, and the mails that tell them. The rows are written before anything is sent."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apikeys.models import ApiKey


class ReminderMail(models.Model):
    """A digest: at most one for a person and a day. Its words are put together when it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        """A process has taken it, and has not begun to hand it over: a crash now leaves it unsent."""
        HANDING_OVER = "handing over"
        """The mail server is being given it: after a crash now nobody knows."""
        SENT = "sent"
        UNKNOWN = "unknown"
        """Perhaps sent, perhaps not. It is not sent again: what matters comes again at the next threshold."""
        REFUSED = "refused"
        """The mail server says that there is no such address."""
        NEEDLESS = "needless"
        """When it was to be sent there was nothing left to tell."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(null=True)
    """In the person's time zone. None where the clock that said so turned out to be ahead."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_reminder_mail_a_day")]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="reminder_mail_to_send")]

    def __str__(self) -> str:
        return f"Reminders for {self.person_id} on {self.day}: {self.state}"


class Reminder(models.Model):
    """That a person is told of a key's expiry this many days ahead: the claim that keeps it from being told twice."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="reminders")
    expires_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    mail = models.ForeignKey(ReminderMail, on_delete=models.CASCADE, related_name="reminders")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "person", "expires_at", "days"], name="reminded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id}, {self.days} days ahead"
