from django.urls import include, path

from console.views import account, authorization, errors, home, team

console_patterns = [
    path("", home.home, name="home"),
    path("settings/profile/", account.profile, name="profile"),
    path("settings/security/", account.security, name="security"),
    path("teams/<str:team_slug>/", home.team_home, name="team"),
    path("teams/<str:team_slug>/authorization/", authorization.authorization, name="authorization"),
    path("teams/<str:team_slug>/members/", team.members, name="members"),
    path("teams/<str:team_slug>/groups/", team.groups, name="groups"),
    path("teams/<str:team_slug>/subscriptions/", team.subscriptions, name="subscriptions"),
    path("teams/<str:team_slug>/activity/", team.activity, name="activity"),
    path("teams/<str:team_slug>/settings/", team.team_settings, name="team_settings"),
    path("errors/<str:code>/", errors.error_code, name="error_code"),
]

urlpatterns = [
    path("", include((console_patterns, "console"))),
    path("teams/<str:team_slug>/keys/", include("apikeys.urls")),
    path("teams/<str:team_slug>/networks/", include("ipsubnets.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("console.datasets.urls")),
]
