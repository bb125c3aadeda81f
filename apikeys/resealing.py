"""Sealing keys are replaced: what was sealed with an older one is sealed anew with the newest."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction

from apikeys.models import SealedCopy
from apikeys.sealing import CannotUnseal, seal, sealing_keys, unseal


@dataclass
class Resealed:
    done: int = 0
    failed: list[str] = field(default_factory=list)
    """What could not be opened, and why."""


def copies_by_sealing_key() -> Counter[int]:
    """How many sealed copies each numbered sealing key is needed for."""
    return Counter(SealedCopy.objects.values_list("sealing_key", flat=True))


def reseal_copies() -> Resealed:
    """Each copy in a transaction of its own: what is ended midway is simply begun anew."""
    result, newest = Resealed(), max(sealing_keys())
    for key_id in list(SealedCopy.objects.exclude(sealing_key=newest).values_list("pk", flat=True)):
        with transaction.atomic():
            copy = SealedCopy.objects.select_for_update().select_related("key").filter(pk=key_id).first()
            if copy is None or copy.sealing_key == newest:
                continue
            try:
                team_id = copy.key.team_id
                text = unseal(bytes(copy.sealed), number=copy.sealing_key, key_id=key_id, team_id=team_id)
            except CannotUnseal as error:
                result.failed.append(f"The sealed copy of key {key_id}: {error}")
                continue
            copy.sealing_key, copy.sealed = seal(text, key_id=key_id, team_id=team_id)
            copy.save(update_fields=["sealing_key", "sealed"])
            result.done += 1
    return result
