"""Everything that the numbered sealing keys protect: sealed copies of keys, and the secrets of second factors."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.core.exceptions import ValidationError
from django.db import transaction

from apikeys.resealing import Resealed, copies_by_sealing_key, reseal_copies
from apikeys.sealing import sealing_keys

FIELDS: Final = ("secret", "seed", "migrated_codes")
"""Where allauth keeps what it encrypts, in the data of an authenticator."""


def missing_sealing_keys() -> dict[int, str]:
    """The numbers that something is sealed with and that are not configured, and what that is."""
    copies = copies_by_sealing_key()
    factors = Counter(
        number for row in Authenticator.objects.all() for number in {number for _, number in _sealed_fields(row.data)}
    )
    return {
        number: " and ".join(
            f"{count} {name}{'' if count == 1 else 's'}"
            for count, name in ((copies[number], "sealed key"), (factors[number], "second factor"))
            if count
        )
        for number in sorted((copies.keys() | factors.keys()) - sealing_keys().keys())
    }


def reseal_everything() -> tuple[Resealed, Resealed]:
    """Copies of keys, and second factors."""
    return reseal_copies(), _reseal_factors()


def _reseal_factors() -> Resealed:
    result, newest = Resealed(), max(sealing_keys())
    for pk in list(Authenticator.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None or not any(number != newest for _, number in _sealed_fields(row.data)):
                continue
            try:
                for name, _ in list(_sealed_fields(row.data)):
                    row.data[name] = _resealed(row.data[name])
            except ValidationError as error:
                result.failed.append(f"The second factor {pk} of {row.user}: {' '.join(error.messages)}")
                continue
            row.save(update_fields=["data"])
            result.done += 1
    return result


def _resealed(value: Any) -> Any:
    return [encrypt(decrypt(each)) for each in value] if isinstance(value, list) else encrypt(decrypt(value))


def _sealed_fields(data: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The fields of an authenticator's data that hold something sealed, and with which number."""
    for name in FIELDS:
        value = data.get(name)
        first = value[0] if isinstance(value, list) and value else value
        number = first.partition(":")[0] if isinstance(first, str) else ""
        if number.isdecimal():
            yield name, int(number)
