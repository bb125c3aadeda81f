"""Ann rotates a key and says when the old one is revoked: to the second, unless she thinks better of it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey, SealedCopy
from apikeys.retirement import BY_HAND, Retirement, cancel_retirement, plan_retirement, retire_overdue, retirement_of
from apikeys.services import GeneratedKey
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.at_once import at_once
from tests.cast import BY_TESTS, Cast, list_network, make_cast, make_key
from tests.commands import manage, manage_json, refused
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient
from tests.markup import events, read, said
from tests.server import Gatehouse, wait_until

LIST = "/teams/acme/authorization/"
DATASETS = "/api/v1/datasets"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def begin() -> datetime:
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def old(cast: Cast) -> GeneratedKey:
    return make_key(cast.acme, cast.dev, sealed=True)


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    cast.ann.time_zone = "Europe/Berlin"
    cast.ann.save()
    return sign_in(cast.ann)


def rotate(old: GeneratedKey, retirement: Retirement = BY_HAND) -> GeneratedKey:
    later = timezone.now() + timedelta(days=90)
    return services.rotate_key(apikey=old.apikey, expires_at=later, retirement=retirement, actor=BY_TESTS)


def current(key: GeneratedKey) -> ApiKey:
    return ApiKey.objects.get(pk=key.apikey.pk)


def page_of(key: GeneratedKey) -> str:
    return f"/teams/acme/keys/{key.apikey.pk}/"


def kinds(key: GeneratedKey) -> list[str]:
    return list(AuditEvent.objects.filter(object_id=key.apikey.pk).order_by("id").values_list("kind", flat=True))


def test_the_gate_keeps_it_to_the_second(
    front_door: FrontDoorClient, cast: Cast, old: GeneratedKey, begin: datetime
) -> None:
    """Without a job, a click or a server that was awake; what remembers the key keeps it too."""
    list_network(cast.acme, OFFICE)
    end = begin + timedelta(hours=1)
    new = rotate(old, Retirement(at=end))
    with time_machine.travel(end - timedelta(microseconds=1), tick=False):
        answer = front_door.get(DATASETS, key=old.text)
        assert answer.status == 200
        assert answer.headers["x-api-key-expires-at"] == end.strftime("%Y-%m-%dT%H:%M:%SZ"), "when it stops working"
    with time_machine.travel(end, tick=False):
        answer = front_door.get(DATASETS, key=old.text)
        assert (answer.status, answer.json()["code"], answer.json()["reason"]) == (401, "invalid_api_key", "revoked")
        assert front_door.get(DATASETS, key=new.text).status == 200
        assert current(old).status == "revoked"
        assert not ApiKey.objects.live().filter(pk=old.apikey.pk)


def test_what_has_happened_is_written_down_afterwards(cast: Cast, old: GeneratedKey, begin: datetime) -> None:
    end = begin + timedelta(hours=1)
    rotate(old, Retirement(at=end))
    assert retire_overdue(now=timezone.now()) == 0
    with time_machine.travel(end + timedelta(hours=9), tick=False):
        told = current(old).status_reason
        assert retire_overdue(now=timezone.now()) == 1
        assert retire_overdue(now=timezone.now()) == 0
        written = current(old)
        assert written.status_reason == told
        assert (written.revoked_at, written.revoked_by_name) == (end, "Gatehouse")
        assert written.revoked_reason == "Retired after its rotation, as planned by The tests"
    assert not SealedCopy.objects.filter(key=old.apikey).exists()
    event = AuditEvent.objects.get(kind="key.retired")
    assert (event.actor_name, event.via, event.object_id) == ("Gatehouse", "housekeeping", old.apikey.pk)
    assert kinds(old) == ["key.generated", "key.retirement_planned", "key.retired"]


@pytest.mark.parametrize("change", ["disable_key", "revoke_key", "rotate_key", "open_sealed_copy"])
def test_whoever_comes_afterwards_finds_it_revoked(cast: Cast, old: GeneratedKey, begin: datetime, change: str) -> None:
    """Though nobody has written it down yet."""
    rotate(old, Retirement(at=begin + timedelta(hours=1)))
    more: dict[str, dict[str, object]] = {
        "disable_key": {"reason": ""},
        "rotate_key": {"expires_at": begin + timedelta(days=9)},
    }
    with time_machine.travel(begin + timedelta(hours=1), tick=False):
        with pytest.raises(RefusedChange), transaction.atomic():
            getattr(services, change)(apikey=old.apikey, actor=BY_TESTS, **more.get(change, {}))
        assert retire_overdue(now=timezone.now()) == 1


def test_deleting_it_afterwards_tells_both(cast: Cast, old: GeneratedKey, begin: datetime) -> None:
    end = begin + timedelta(hours=1)
    rotate(old, Retirement(at=end))
    with time_machine.travel(end, tick=False):
        services.delete_key(apikey=old.apikey, actor=BY_TESTS)
    assert kinds(old)[-2:] == ["key.retired", "key.deleted"]
    assert (current(old).revoked_at, current(old).revoked_by_name) == (end, "Gatehouse")


def test_the_plan_can_be_changed_and_taken_back_until_then(
    front_door: FrontDoorClient, cast: Cast, old: GeneratedKey, begin: datetime
) -> None:
    list_network(cast.acme, OFFICE)
    rotate(old, Retirement(at=begin + timedelta(hours=1)))
    plan_retirement(apikey=old.apikey, retirement=Retirement(at=begin + timedelta(hours=2)), actor=BY_TESTS)
    with time_machine.travel(begin + timedelta(hours=2, seconds=-1), tick=False):
        assert front_door.get(DATASETS, key=old.text).status == 200
        cancel_retirement(apikey=old.apikey, actor=BY_TESTS)
    with time_machine.travel(begin + timedelta(hours=3), tick=False):
        assert front_door.get(DATASETS, key=old.text).status == 200
        assert retire_overdue(now=timezone.now()) == 0
    planned = ["key.retirement_planned"] * 2
    assert kinds(old) == ["key.generated", *planned, "key.retirement_cancelled"]


def test_too_late_is_too_late(cast: Cast, old: GeneratedKey, begin: datetime) -> None:
    rotate(old, Retirement(at=begin + timedelta(hours=1)))
    with time_machine.travel(begin + timedelta(hours=1), tick=False):
        for again in (Retirement(at=begin + timedelta(hours=2)), BY_HAND):
            with pytest.raises(RefusedChange, match="revoked already"), transaction.atomic():
                plan_retirement(apikey=old.apikey, retirement=again, actor=BY_TESTS)


def test_what_cannot_be_is_refused(cast: Cast, old: GeneratedKey, begin: datetime) -> None:
    def refusal(retirement: Retirement) -> str:
        with pytest.raises(RefusedChange) as refused, transaction.atomic():
            plan_retirement(apikey=old.apikey, retirement=retirement, actor=BY_TESTS)
        assert current(old).retire_at is None
        return refused.value.message

    soon = Retirement(at=begin + timedelta(hours=1))
    assert refusal(soon).startswith("This key has no successor")
    new = rotate(old)
    assert refusal(Retirement(at=begin)).startswith("That moment is over")
    assert refusal(Retirement(at=old.apikey.expires_at + timedelta(seconds=1))).startswith("The key expires before")
    assert refusal(BY_HAND).startswith("Nothing is planned")
    services.revoke_key(apikey=new.apikey, actor=BY_TESTS)
    assert refusal(soon).startswith("This key has no successor")
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=old.apikey.pk).update(retire_at=old.apikey.expires_at + timedelta(seconds=1))


def test_at_the_very_moment_of_its_expiry(front_door: FrontDoorClient, cast: Cast, old: GeneratedKey) -> None:
    rotate(old, Retirement(at=old.apikey.expires_at))
    with time_machine.travel(old.apikey.expires_at, tick=False):
        assert front_door.get(DATASETS, key=old.text).json()["reason"] == "revoked"


def test_a_rotation_whose_plan_cannot_be_does_not_happen(cast: Cast, old: GeneratedKey, begin: datetime) -> None:
    with pytest.raises(RefusedChange), transaction.atomic():
        rotate(old, Retirement(at=begin - timedelta(hours=1)))
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("end", [services.revoke_key, services.delete_key])
def test_the_old_key_is_kept_when_its_successor_is_stopped_for_good(
    cast: Cast, old: GeneratedKey, begin: datetime, end: object
) -> None:
    """Its text went to the wrong place, say: the old key is needed again."""
    new = rotate(old, Retirement(at=begin + timedelta(hours=1)))
    end(apikey=new.apikey, actor=BY_TESTS)  # type: ignore[operator]
    assert retirement_of(current(old)) == BY_HAND
    event = AuditEvent.objects.get(kind="key.retirement_cancelled")
    assert (event.object_id, event.details["reason"]) == (old.apikey.pk, f"Its successor {new.apikey.pk} is gone")


def test_the_plan_stands_where_the_successor_has_a_successor_of_its_own(
    cast: Cast, old: GeneratedKey, begin: datetime
) -> None:
    new = rotate(old, Retirement(at=begin + timedelta(hours=1)))
    rotate(new)
    services.revoke_key(apikey=new.apikey, actor=BY_TESTS)
    assert current(old).retire_at == begin + timedelta(hours=1)


def test_two_housekeepers_at_once_write_it_down_once(committed: None) -> None:
    cast = make_cast()
    old = make_key(cast.acme, cast.dev)
    rotate(old, Retirement(at=timezone.now() + timedelta(seconds=1)))
    wait_until(lambda: current(old).retirement_is_due, "the second does not pass")
    assert sum(at_once([lambda: retire_overdue(now=timezone.now())] * 3)) == 1
    assert AuditEvent.objects.filter(kind="key.retired").count() == 1


class TestThePages:
    @pytest.fixture(autouse=True)
    def _winter(self) -> object:
        with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
            yield

    def test_chosen_in_the_dialog_and_shown_on_both_pages_and_in_the_list(self, ann: Client, old: GeneratedKey) -> None:
        form = read(ann.get(f"{page_of(old)}rotate/")).form
        assert form["retire"] == "by-hand"
        ann.post(f"{page_of(old)}rotate/", form | {"retire": "moment", "retire_on": "2026-12-01T18:00"})
        assert current(old).retire_at == datetime(2026, 12, 1, 17, tzinfo=UTC)
        (new,) = ApiKey.objects.exclude(pk=old.apikey.pk)
        told = "is revoked on 1 Dec 2026, 18:00 CET"
        for page in (page_of(old), f"/teams/acme/keys/{new.pk}/"):
            assert f"The old key {told}, as planned by Ann Lee." in read(ann.get(page)).text
        assert told[3:] in read(ann.get(LIST)).text

    def test_changed_afterwards_and_taken_back(self, ann: Client, old: GeneratedKey) -> None:
        rotate(old)
        form = read(ann.get(f"{page_of(old)}retire/")).form
        assert (form["retire"], form["retire_on"]) == ("by-hand", "2026-12-02T13:00")
        answer = ann.post(f"{page_of(old)}retire/", form | {"retire": "moment"}, headers=HTMX)
        assert events(answer)["keys-changed"]
        assert current(old).retire_at == datetime(2026, 12, 2, 12, tzinfo=UTC)
        answer = ann.post(f"{page_of(old)}retire/cancel/", follow=True)
        assert answer.redirect_chain == [(page_of(old), 302)]
        assert said(read(answer)) == ["The plan is cancelled: the old key works until somebody revokes it."]
        assert current(old).retire_at is None
        assert said(read(ann.post(f"{page_of(old)}retire/cancel/", follow=True)))[0].startswith("Nothing is planned")

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("", "Choose a date and a time."),
            ("2026-11-24T12:00", "Choose a moment in the future."),
            ("2026-11-25T13:00", "Choose a moment in the future."),
            ("2030-01-01T00:00", "The key expires before that"),
            ("2027-03-28T02:30", "02:30 does not come"),
            ("tomorrow", "Write a date and a time"),
            ("2026-12-01", "Write a date and a time"),
            ("9999-12-31T23:59", "The key expires before that"),
        ],
    )
    def test_a_moment_that_cannot_be_comes_back_with_what_is_wrong(
        self, cast: Cast, ann: Client, typed: str, said: str
    ) -> None:
        old = make_key(cast.acme, cast.dev, "Long-lived", days=365)
        fresh = read(ann.get(f"{page_of(old)}rotate/")).form
        for form, path in ((fresh, "rotate/"), ({}, "retire/")):
            if path == "retire/":
                rotate(old)
            answer = ann.post(page_of(old) + path, form | {"retire": "moment", "retire_on": typed})
            page = read(answer)
            assert answer.status_code == 422
            assert said in page.error_of("retire_on")
            assert page.form["retire_on"] == typed
        assert current(old).retire_at is None

    def test_of_an_hour_that_comes_twice_the_later_is_meant(self, cast: Cast, ann: Client) -> None:
        old = make_key(cast.acme, cast.dev, "Long-lived", days=365)
        rotate(old)
        ann.post(f"{page_of(old)}retire/", {"retire": "moment", "retire_on": "2027-10-31T02:30"})
        assert current(old).retire_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "CET"

    def test_what_was_typed_before_something_else_was_chosen_is_not_meant(self, ann: Client, old: GeneratedKey) -> None:
        form = read(ann.get(f"{page_of(old)}rotate/")).form | {"retire": "by-hand", "retire_on": "nonsense"}
        assert ann.post(f"{page_of(old)}rotate/", form).status_code == 200

    def test_of_an_expired_key_nothing_is_asked(self, ann: Client, old: GeneratedKey) -> None:
        ApiKey.objects.filter(pk=old.apikey.pk).update(expires_at=timezone.now())
        form = read(ann.get(f"{page_of(old)}rotate/")).form
        assert "retire" not in form
        assert ann.post(f"{page_of(old)}rotate/", form).status_code == 200


class TestTheCommands:
    def test_planned_at_the_rotation_changed_and_cancelled(self, cast: Cast) -> None:
        with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
            key = make_key(cast.acme, cast.dev, "Another").apikey.pk
            manage("apikey", "rotate", key, "--retire-at", "2026-12-01T18:00:30+01:00")
            assert ApiKey.objects.get(pk=key).retire_at == datetime(2026, 12, 1, 17, 0, 30, tzinfo=UTC)
            assert manage("apikey", "retire", key, "--at", "12h").strip().endswith("on 26 Nov 2026, 00:00 UTC.")
            (listed,) = (row for row in manage_json("apikey", "list", "--team", "acme") if row["id"] == key)
            assert listed["retire_at"] == "2026-11-26T00:00:00Z"
            assert manage_json("apikey", "retire", key, "--cancel")["retire_at"] is None

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--at", "2026-12-01T18:00:00"], "with its offset"),
            (["--at", "2020-12-01T18:00:00Z"], "That moment is over"),
            (["--at", "2050-12-01T18:00:00Z"], "The key expires before that"),
            (["--at", "soon"], "is not a duration"),
            (["--cancel"], "Nothing is planned"),
            (["--cancel", "--at", "1h"], "not allowed with argument"),
            ([], "is required"),
        ],
    )
    def test_what_cannot_be_is_said(self, old: GeneratedKey, words: list[str], said: str) -> None:
        rotate(old)
        assert said in refused("apikey", "retire", old.apikey.pk, *words)


@pytest.mark.server
def test_a_running_server_keeps_it_to_the_second_and_writes_it_down(server: Gatehouse) -> None:
    """The second in which the gate stops is that of the plan, which every worker knows."""
    team = server.team("127.0.0.1")
    made = server.key(team)
    assert server.get("/authz", key=made["key"]).status == 204
    server.manage("apikey", "rotate", made["id"], "--retire-at", "5s")
    until = datetime.fromisoformat(server.get("/authz", key=made["key"]).headers["x-api-key-expires-at"])
    last_good = first_bad = until

    def is_refused() -> bool:
        nonlocal last_good, first_bad
        asked = datetime.now(UTC)
        answer = server.get("/authz", key=made["key"])
        if answer.status == 204:
            last_good = asked
            return False
        first_bad = datetime.now(UTC)
        return bool(answer.json()["reason"] == "revoked")

    wait_until(is_refused, "the key was not retired", seconds=20)
    assert first_bad >= until, "not before"
    assert last_good < until + timedelta(seconds=1), "nor after; the header is cut to the second"
    row = f"from apikeys.models import ApiKey; print(ApiKey.objects.get(pk='{made['id']}').revoked_by_name)"
    wait_until(lambda: server.shell(row).strip() == "Gatehouse", "it was not written down", seconds=30)
