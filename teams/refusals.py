"""Changes that were asked for and refused: in the audit trail, by whom and from where, like those that were made.

A service that refuses raises `RefusedChange`, its transaction is undone, and whoever called it tells the person. So the
refusal is written afterwards, at the one place through which all calls come: the access helpers and the commands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from teams import audit
from teams.audit_bounds import worth_writing
from teams.errors import RefusedChange, noticed
from teams.models import Team

CHANGE_REFUSED: Final = audit.kind("access.change_refused", "was refused a change: {object}")
OUTSIDER_REFUSED: Final = audit.kind(
    "access.outside", "tried to change something of “{object}”, which is no team of theirs"
)

MOST_OF_A_PERSON: Final = 60
"""Refused changes of one person in one team in an hour that are written one by one."""
MOST_OF_AN_OUTSIDER: Final = 10
LONGEST: Final = 200


@contextmanager
def audited_refusals(*, team: Team | None, actor: audit.Actor, page: str) -> Iterator[None]:
    """Whatever is refused meanwhile is written when the block ends, whether the refusal was caught in it or not."""
    refused: list[RefusedChange] = []
    token = noticed.set(refused)
    try:
        yield
    finally:
        noticed.reset(token)
        if refused and refused[-1].is_audited:
            _record(refused[-1], team, actor, page)


def _record(refused: RefusedChange, team: Team | None, actor: audit.Actor, page: str) -> None:
    who = actor.via.replace(" ", "-") if actor.user_id is None else actor.user_id
    count = worth_writing(f"refused.{team.pk if team else ''}.{who}", MOST_OF_A_PERSON, team=team)
    if count:
        audit.record(
            kind=CHANGE_REFUSED,
            actor=actor,
            team=team,
            object_name=refused.message[:LONGEST],
            details={"page": page, "refused_this_hour": count},
        )


def record_outsider(*, slug: str, actor: audit.Actor, page: str) -> None:
    """In the chain of the installation, whether there is such a team or not: how long it takes tells neither."""
    count = worth_writing(f"outside.{actor.user_id}", MOST_OF_AN_OUTSIDER, team=None)
    if count:
        audit.record(
            kind=OUTSIDER_REFUSED,
            actor=actor,
            team=None,
            object_name=slug[:LONGEST],
            details={"page": page, "tried_this_hour": count},
        )
