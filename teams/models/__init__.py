from teams.models.audit import AuditChainHead, AuditEvent
from teams.models.policy_change import PolicyChange
from teams.models.team import Group, Membership, Team
from teams.models.user import User

__all__ = ["AuditChainHead", "AuditEvent", "Group", "Membership", "PolicyChange", "Team", "User"]
