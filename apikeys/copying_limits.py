"""How often a key can be copied from its sealed copy: whoever takes over a session must not empty the safe.

The audit trail is what is counted: it holds each copying, it is written in the same transaction, and it cannot be
altered. A count of its own could be reset.
"""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from apikeys import audit_kinds as kinds
from apikeys.models import ApiKey
from teams import audit
from teams.errors import RefusedChange
from teams.models import AuditEvent

SPAN: Final = timedelta(hours=1)
MOST_OF_A_KEY: Final = 5
MOST_OF_A_PERSON: Final = 20


def refuse_too_many_copies(apikey: ApiKey, actor: audit.Actor) -> None:
    """Raise `RefusedChange` when the key, or the person, has had enough copies for now.

    Called with the team's chain locked or not: one copy more than allowed by two at once is no harm.
    """
    copied = AuditEvent.objects.filter(
        team_id=apikey.team_id, kind=kinds.KEY_COPIED, at__gt=timezone.now() - SPAN
    ).order_by()
    if copied.filter(object_id=apikey.pk).count() >= MOST_OF_A_KEY:
        raise RefusedChange(f"This key has been copied {MOST_OF_A_KEY} times within an hour. Try again later.")
    if actor.user_id is not None and copied.filter(actor_id=actor.user_id).count() >= MOST_OF_A_PERSON:
        raise RefusedChange(f"You have copied {MOST_OF_A_PERSON} keys within an hour. Try again later.")
