"""Changes to people, whatever teams they are in."""

from django.db import transaction

from teams import audit
from teams.models import User
from teams.names import check_fields, longest
from teams.texts import clean_line

PROFILE_CHANGED = audit.kind("profile.changed", "changed the profile of {object}")


@transaction.atomic
def change_profile(*, user: User, full_name: str, time_zone: str, actor: audit.Actor) -> User:
    """Raises `RefusedChange` for a name that cannot be shown or a time zone that this machine does not know."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.full_name = clean_line(full_name, longest=longest(User, "full_name"), what="name", field="full_name")
    user.time_zone = time_zone
    check_fields(user)
    user.save(update_fields=["full_name", "time_zone"])
    audit.record_for_people(kind=PROFILE_CHANGED, actor=actor, user=user)
    return user
