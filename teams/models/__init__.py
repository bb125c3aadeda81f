from teams.models.audit import AuditChainHead, AuditEvent
from teams.models.invitation import Invitation
from teams.models.policy_change import PolicyChange
from teams.models.setup_link import SetupLink
from teams.models.team import Group, Membership, Team
from teams.models.user import User

__all__ = [
    "AuditChainHead",
    "AuditEvent",
    "Group",
    "Invitation",
    "Membership",
    "PolicyChange",
    "SetupLink",
    "Team",
    "User",
]
