"""When a team has been made, the apps above give it what every new team gets."""

from collections.abc import Mapping
from typing import cast

from django.dispatch import Signal

from teams.models import Team

team_comes = Signal()
"""Sent with `team: Team`, inside the transaction. A receiver returns, as a mapping, what the audit trail is to say."""


def welcome(team: Team) -> Mapping[str, object]:
    """What the team has been given besides itself, for the event that records its making."""
    given: dict[str, object] = {}
    for _, details in team_comes.send(sender=Team, team=team):
        given |= cast("Mapping[str, object]", details)
    return given
