"""Before a member, a group or a whole team goes, the apps that know what can belong to them have their say.

Each signal is sent inside the transaction. A receiver raises `RefusedChange` if something would be left without an
owner, or takes away what ends with the team. So no caller can forget it, whichever way it came.
"""

from django.dispatch import Signal

member_leaves = Signal()
"""Sent with `team: Team` and `user: User`."""

group_goes = Signal()
"""Sent with `group: Group`."""

team_goes = Signal()
"""Sent with `team: Team`."""
