"""People's accounts: made, ended, restored, given a new password; and who is an operator. All of it by the services."""

from typing import TYPE_CHECKING, Any, Final

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.reauthentication import reauthentication_url, recently_authenticated
from console.lost_factors import take_second_factors
from console.operators_admin.base import Records
from console.operators_admin.site import site
from teams import services
from teams.audit import Actor
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.modals import posted
from teams.models import Team, User
from teams.permissions import Role

if TYPE_CHECKING:
    PersonForm = forms.ModelForm[User]
else:
    PersonForm = forms.ModelForm

EDITABLE: Final = ("is_active", "is_superuser")


def _password(label: str, help_text: str = "", *, required: bool) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, strip=False, max_length=1000, widget=widget, help_text=help_text, required=required
    )


class _TypedTwice(forms.BaseForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("password", "") != cleaned.get("password_again", ""):
            raise ValidationError({"password_again": "This is not the same password."})
        return cleaned


class NewPersonForm(_TypedTwice, PersonForm):
    password = _password("Password", "Left out, they get in by single sign-on or have one mailed.", required=False)
    password_again = _password("Password again", required=False)

    class Meta:
        model = User
        fields = ("email", "full_name")

    def clean_email(self) -> str:
        try:
            return fold_address(self.cleaned_data["email"])
        except RefusedChange as refused:
            raise ValidationError(refused.message) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password"):
            person = User(email=cleaned.get("email", ""), full_name=cleaned.get("full_name", ""))
            try:
                validate_password(cleaned["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class NewPasswordForm(_TypedTwice, forms.Form):
    password = _password("New password", "At least 12 characters. Hand it over on a channel you trust.", required=True)
    password_again = _password("New password again", required=True)


class _Flag(admin.BooleanFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _WORDS[str(self.field_path)][0].lower()


@admin.register(User, site=site)
class People(Records):
    """Keys have owners and the audit trail has names: accounts are deactivated, never deleted."""

    ways = ("changelist", "add", "change")
    list_display = ("email", "full_name", "may_sign_in", "operator", "last_login", "date_joined")
    list_filter = (("is_active", _Flag), ("is_superuser", _Flag))
    search_fields = ("email", "full_name")
    ordering = ("email",)
    readonly_fields = ("email", "full_name", "time_zone", "teams_and_roles", "last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002
        fields = (*EDITABLE, *self.readonly_fields) if obj else ("email", "full_name", "password", "password_again")
        return [(None, {"fields": fields})]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewPersonForm
        form = super().get_form(request, obj, change, **kwargs)
        for name, (label, help_text) in _WORDS.items():
            if name in form.base_fields:
                form.base_fields[name].label, form.base_fields[name].help_text = label, help_text
        return form

    @admin.display(description="May sign in", boolean=True, ordering="is_active")
    def may_sign_in(self, person: User) -> bool:
        return person.is_active

    @admin.display(description="Operator", boolean=True, ordering="is_superuser")
    def operator(self, person: User) -> bool:
        return person.is_superuser

    @admin.display(description="Teams")
    def teams_and_roles(self, person: User) -> str:
        places = person.memberships.select_related("team").order_by("team__name")
        return ", ".join(f"{place.team} ({place.get_role_display()})" for place in places) or "None"

    def get_urls(self) -> list[URLPattern]:
        set_password = self.admin_site.admin_view(self.set_password)
        take_factors = self.admin_site.admin_view(self.take_factors)
        return [
            path("<int:person_id>/password/", set_password, name="teams_user_password"),
            path("<int:person_id>/second-factors/", take_factors, name="teams_user_second_factors"),
            *super().get_urls(),
        ]

    @method_decorator(sensitive_post_parameters("password", "password_again"))
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not recently_authenticated(request):
            return redirect(reauthentication_url(request.get_full_path()))
        tools = self._tools(object_id) if object_id else []
        try:
            return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tools": tools})
        except RefusedChange as refused:
            messages.error(request, refused.message)
            return redirect(request.get_full_path())

    def _tools(self, object_id: str) -> list[tuple[str, str]]:
        person = User.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if person is None:
            return []
        activity = f"{reverse('console:installation_activity')}?{urlencode({'events.thing': person.email})}"
        tools = [("Set a password", reverse("admin:teams_user_password", args=[person.pk]))]
        if Authenticator.objects.filter(user=person).exists():
            tools.append(("Remove second factors", reverse("admin:teams_user_second_factors", args=[person.pk])))
        return [*tools, ("Activity", activity)]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actor = Actor.of_request(request)
        if not change:
            password = form.cleaned_data["password"] or None
            made = services.add_person(email=obj.email, full_name=obj.full_name, password=password, actor=actor)
            obj.pk = made.pk
            return
        if "is_active" in form.changed_data:
            if obj.is_active:
                services.reactivate_person(user=obj, actor=actor)
            else:
                services.deactivate_person(user=obj, actor=actor)
                self._after_deactivating(request, obj)
        if "is_superuser" in form.changed_data:
            if obj.is_superuser:
                services.appoint_operator(user=obj, actor=actor)
            else:
                services.dismiss_operator(user=obj, actor=actor)

    @staticmethod
    def _after_deactivating(request: HttpRequest, person: User) -> None:
        """Their sessions are closed by it, and must not open again with the account."""
        for session in UserSession.objects.filter(user=person):
            session.end()
        run = Team.objects.filter(memberships__user=person, memberships__role=Role.ADMIN)
        others = Team.objects.filter(memberships__role=Role.ADMIN, memberships__user__is_active=True)
        for team in run.exclude(pk__in=others.values("pk")).order_by("name"):
            messages.warning(request, f"{team} has no admin who can sign in any more. Add one under Operators, Teams.")

    @method_decorator(sensitive_post_parameters("password", "password_again"))
    def set_password(self, request: HttpRequest, person_id: int) -> HttpResponse:
        person = get_object_or_404(User, pk=person_id)
        if person == request.user:
            return redirect("account_change_password")
        if not recently_authenticated(request):
            return redirect(reauthentication_url(request.path))
        form = NewPasswordForm(posted(request))
        if request.method == "POST" and form.is_valid():
            try:
                services.set_password(
                    user=person, password=form.cleaned_data["password"], actor=Actor.of_request(request)
                )
            except RefusedChange as refused:
                form.add_error("password", refused.message)
            else:
                get_adapter(request).send_notification_mail("account/email/password_changed", person)
                messages.success(request, f"{person} has a new password, and is signed out everywhere.")
                return redirect("admin:teams_user_change", person.pk)
        context = {
            **site.each_context(request),
            "title": f"Set a password for {person}",
            "opts": self.opts,
            "original": person,
            "form": form,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),  # type: ignore[arg-type]
        }
        return render(request, "console/operators_set_password.html", context, status=422 if form.is_bound else 200)

    def take_factors(self, request: HttpRequest, person_id: int) -> HttpResponse:
        person = get_object_or_404(User, pk=person_id)
        if person == request.user:
            return redirect("console:security")
        if not recently_authenticated(request):
            return redirect(reauthentication_url(request.path))
        if request.method == "POST":
            try:
                take_second_factors(user=person, actor=Actor.of_request(request))
            except RefusedChange as refused:
                messages.error(request, refused.message)
            else:
                messages.success(request, f"{person} has no second factor any more, and is signed out everywhere.")
            return redirect("admin:teams_user_change", person.pk)
        context = {
            **site.each_context(request),
            "title": "Remove second factors",
            "opts": self.opts,
            "original": person,
        }
        return render(request, "console/operators_take_factors.html", context)

    # What is done here is in the audit trail, which the services write; Django's own log would be a second one.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        pass

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        pass


_WORDS: Final = {
    "is_active": ("May sign in", "Without it they are signed out with their next request. Keys and memberships stay."),
    "is_superuser": ("Operator", "Sees every team of this installation, suspends teams, and manages people here."),
    "email": ("E-mail address", "They sign in with it."),
    "full_name": ("Full name", ""),
}
