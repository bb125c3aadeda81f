"""Changes to teams and the people in them: keyword-only, atomic, audited."""

from teams.services.groups import add_to_group, create_group, delete_group, remove_from_group, rename_group
from teams.services.invitations import (
    accept_as_new_person,
    accept_invitation,
    invite,
    renew_invitation,
    withdraw_invitation,
)
from teams.services.members import add_member, change_role, remove_member
from teams.services.operators import (
    add_operator,
    add_person,
    appoint_operator,
    deactivate_person,
    dismiss_operator,
    reactivate_person,
    set_password,
)
from teams.services.people import change_profile
from teams.services.team import (
    change_team,
    create_team,
    delete_team,
    require_second_factor,
    resume_team,
    stop_requiring_second_factor,
    suspend_team,
)

__all__ = [
    "accept_as_new_person",
    "accept_invitation",
    "add_member",
    "add_operator",
    "add_person",
    "add_to_group",
    "appoint_operator",
    "change_profile",
    "change_role",
    "change_team",
    "create_group",
    "create_team",
    "deactivate_person",
    "delete_group",
    "delete_team",
    "dismiss_operator",
    "invite",
    "reactivate_person",
    "remove_from_group",
    "remove_member",
    "rename_group",
    "renew_invitation",
    "require_second_factor",
    "resume_team",
    "set_password",
    "stop_requiring_second_factor",
    "suspend_team",
    "withdraw_invitation",
]
