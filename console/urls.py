from django.urls import URLPattern, URLResolver, include, path

from console import converters  # noqa: F401 - registers them
from console.datasets.views import nothing_here
from console.operators_admin import site
from console.views import (
    account,
    activity,
    api_docs,
    authorization,
    calendars,
    dry_run,
    errors,
    groups,
    home,
    invitations,
    joining,
    keys,
    leaks,
    members,
    observing,
    operators,
    operators_subscriptions,
    refusals,
    retirement,
    setup,
    team,
    team_end,
    team_settings,
)

member_patterns = [
    path("members/invite/", invitations.invite, name="invite"),
    path("members/leave/", members.leave, name="leave"),
    path("members/<row:member_id>/role/", members.change_role, name="change_role"),
    path("members/<row:member_id>/remove/", members.remove, name="remove_member"),
    path("invitations/<slug:invitation_id>/resend/", invitations.resend, name="resend_invitation"),
    path("invitations/<slug:invitation_id>/withdraw/", invitations.withdraw, name="withdraw_invitation"),
]
group_patterns = [
    path("create-group/", groups.create, name="create_group"),
    path("groups/<slug:group_slug>/", groups.group, name="group"),
    path("groups/<slug:group_slug>/rename/", groups.rename, name="rename_group"),
    path("groups/<slug:group_slug>/delete/", groups.delete, name="delete_group"),
    path("groups/<slug:group_slug>/add/", groups.add_member, name="add_to_group"),
    path("groups/<slug:group_slug>/<row:member_id>/remove/", groups.remove_member, name="remove_from_group"),
]
key_patterns = [
    path("<key:key_id>/", keys.key, name="key"),
    path("<key:key_id>/rename/", keys.rename, name="rename_key"),
    path("<key:key_id>/networks/", keys.bind, name="bind_key"),
    path("<key:key_id>/retire/", retirement.retire, name="retire_key"),
    path("<key:key_id>/retire/cancel/", retirement.cancel, name="cancel_retirement"),
]
refusal_patterns = [
    path("", refusals.refusals, name="refusals"),
    path("explain/", refusals.explain_refusal, name="explain_refusal"),
    path("<row:refusal_id>/allow/", refusals.allow, name="allow_refused"),
    path("<row:refusal_id>/ignore/", refusals.ignore, name="ignore_refusal"),
    path("<row:refusal_id>/restore/", refusals.restore, name="restore_refusal"),
]
settings_patterns = [
    path("allow-sealed-copies/", team_settings.allow_copies, name="allow_sealed_copies"),
    path("forbid-sealed-copies/", team_settings.forbid_copies, name="forbid_sealed_copies"),
    path("require-second-factor/", team_settings.require_second_factor, name="require_second_factor"),
    path(
        "stop-requiring-second-factor/",
        team_settings.stop_requiring_second_factor,
        name="stop_requiring_second_factor",
    ),
    path("suspend/", team_end.suspend, name="suspend_team"),
    path("resume/", team_end.resume, name="resume_team"),
    path("delete/", team_end.delete, name="delete_team"),
    path("observe/", observing.observe, name="observe_networks"),
    path("enforce/", observing.enforce, name="enforce_networks"),
]

operator_patterns = [
    path("teams/", operators.teams, name="operators_teams"),
    path("teams/create/", operators.create_team, name="operators_create_team"),
    path("teams/<slug:slug>/add-admin/", operators.add_admin, name="operators_add_admin"),
    path("teams/<slug:slug>/suspend/", operators.suspend, name="operators_suspend"),
    path("teams/<slug:slug>/resume/", operators.resume, name="operators_resume"),
    path("teams/<slug:slug>/subscriptions/", operators_subscriptions.subscriptions, name="operators_subscriptions"),
    path("teams/<slug:slug>/subscriptions/grant/", operators_subscriptions.grant, name="operators_grant"),
    path("subscriptions/<slug:subscription_id>/end/", operators_subscriptions.end, name="operators_end_subscription"),
    path("activity/", activity.installation_activity, name="installation_activity"),
    path("activity.csv", activity.installation_file, {"kind": "csv"}, name="installation_activity_csv"),
    path("activity.jsonl", activity.installation_file, {"kind": "jsonl"}, name="installation_activity_jsonl"),
]

console_patterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("settings/profile/", account.profile, name="profile"),
    path("settings/security/", account.security, name="security"),
    path("teams/<slug:team_slug>/", home.team_home, name="team"),
    path("teams/<slug:team_slug>/authorization/", authorization.authorization, name="authorization"),
    path("teams/<slug:team_slug>/members/", members.members, name="members"),
    path("teams/<slug:team_slug>/groups/", groups.groups, name="groups"),
    path("teams/<slug:team_slug>/subscriptions/", team.subscriptions, name="subscriptions"),
    path("teams/<slug:team_slug>/activity/", activity.activity, name="activity"),
    path("teams/<slug:team_slug>/activity.csv", activity.activity_file, {"kind": "csv"}, name="activity_csv"),
    path("teams/<slug:team_slug>/activity.jsonl", activity.activity_file, {"kind": "jsonl"}, name="activity_jsonl"),
    path("teams/<slug:team_slug>/settings/", team_settings.team_settings, name="team_settings"),
    path("teams/<slug:team_slug>/settings/", include(settings_patterns)),
    path("teams/<slug:team_slug>/dry-run/", dry_run.dry_run, name="dry_run"),
    path("teams/<slug:team_slug>/refusals/", include(refusal_patterns)),
    path("teams/<slug:team_slug>/keys/", include(key_patterns)),
    path("teams/<slug:team_slug>/", include(member_patterns)),
    path("teams/<slug:team_slug>/", include(group_patterns)),
    path("teams/<slug:team_slug>/calendar/", calendars.link, name="calendar_link"),
    path("teams/<slug:team_slug>/calendar/revoke/", calendars.revoke, name="revoke_calendar_link"),
    path("calendar/<slug:token>.ics", calendars.feed, name="calendar"),
    path("invitations/<slug:token>/", joining.invitation, name="invitation"),
    path("setup/<slug:token>/", setup.first_set_up, name="set_up"),
    path("operators/", include(operator_patterns)),
    path("leaks/", leaks.report_form, name="report_leak"),
    path("leaks/scanner/", leaks.scanner_report, name="scanner_report"),
    path("api/docs/", api_docs.api_docs, name="api_docs"),
    path("errors/<str:code>/", errors.error_code, name="error_code"),
]

urlpatterns = [
    path("api/v1/", include("console.api.urls")),  # first, because the paths are tried in order
    path("api/v1/", include("console.datasets.urls")),
    path("api/v1", nothing_here),
    path("", include((console_patterns, "console"))),
    path("teams/<slug:team_slug>/keys/", include("apikeys.urls")),
    path("teams/<slug:team_slug>/networks/", include("ipsubnets.urls")),
    path("accounts/", include("console.identity_urls")),
    path("operators/admin/", site.urls),
]

handler500 = "console.views.errors.server_error"
