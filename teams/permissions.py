"""Who may do what in a team. The one table that every check reads."""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    DEVELOPER = "developer", "Developer"
    OPS = "ops", "Ops"
    VIEWER = "viewer", "Viewer"


ROLE_SUMMARIES: dict[Role, str] = {
    Role.ADMIN: "Everything in the team.",
    Role.DEVELOPER: "Generates keys; rotates, disables, revokes and deletes own keys and those of own groups.",
    Role.OPS: "Lists and removes networks, and sees what was refused.",
    Role.VIEWER: "Reads.",
}


class Permission(StrEnum):
    """`resource:action`."""

    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    MEMBERS_MANAGE = "members:manage"
    GROUPS_MANAGE = "groups:manage"
    KEYS_GENERATE = "keys:generate"
    KEYS_MANAGE = "keys:manage"
    SUBNETS_MANAGE = "subnets:manage"
    ACTIVITY_READ = "activity:read"


PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DEVELOPER: frozenset({Permission.TEAM_READ, Permission.KEYS_GENERATE, Permission.ACTIVITY_READ}),
    Role.OPS: frozenset({Permission.TEAM_READ, Permission.SUBNETS_MANAGE, Permission.ACTIVITY_READ}),
    Role.VIEWER: frozenset({Permission.TEAM_READ}),
}
