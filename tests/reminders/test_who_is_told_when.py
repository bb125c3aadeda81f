"""Owners and admins are mailed ahead: once for each threshold, one mail a day, by the days of their own time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from apikeys.models import ApiKey
from apikeys.services import disable_key, revoke_key
from console.reminders.collecting import collect_reminders
from console.reminders.models import Reminder, ReminderMail
from console.reminders.outbox import send_reminders
from teams.models import User
from teams.services import change_team, create_group, remove_member
from tests.cast import BY_TESTS, Cast, make_key

MADE = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
"""When the keys are generated: their days end in the afternoon, in Greenwich."""


@pytest.fixture
def clock(cast: Cast) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MADE, tick=False) as clock:
        yield clock


def keep_house(clock: time_machine.Traveller, moment: datetime) -> list[tuple[str, str]]:
    """What has been mailed at that moment: to whom, and the subject."""
    clock.move_to(moment)
    before = len(mail.outbox)
    collect_reminders(now=moment)
    send_reminders(now=moment)
    return sorted((sent.to[0].split("@")[0], str(sent.subject)) for sent in mail.outbox[before:])


def through(clock: time_machine.Traveller, days: int, every: timedelta = timedelta(hours=6)) -> dict[str, list[str]]:
    """Everything mailed from now on for so many days: by person, when and what."""
    told: dict[str, list[str]] = {}
    start = datetime.now(UTC)
    for step in range(int(timedelta(days=days) / every) + 1):
        moment = start + step * every
        for person, subject in keep_house(clock, moment):
            told.setdefault(person, []).append(f"{moment:%d %b %H:%M} {subject}")
    return told


def test_ninety_days_of_a_key(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Nightly", days=90)
    expected = [
        "06 Mar 09:30 Key Nightly of Acme Research expires in 30 days",
        "22 Mar 09:30 Key Nightly of Acme Research expires in 14 days",
        "29 Mar 09:30 Key Nightly of Acme Research expires in 7 days",
        "04 Apr 09:30 Key Nightly of Acme Research expires tomorrow",
        "05 Apr 09:30 Key Nightly of Acme Research expires today",
    ]
    assert through(clock, 120) == {"dev": expected, "ann": expected}


def test_what_was_chosen_when_generating_is_no_news(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Week", days=7)
    assert through(clock, 10)["dev"] == [
        "11 Jan 09:30 Key Week of Acme Research expires tomorrow",
        "12 Jan 09:30 Key Week of Acme Research expires today",
    ]


def test_a_key_of_hours_is_told_of_when_it_is_over(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Brief", days=3 / 24)
    assert through(clock, 2)["dev"] == ["05 Jan 21:30 Key Brief of Acme Research expired today"]


def test_days_are_those_of_the_person(cast: Cast, clock: time_machine.Traveller) -> None:
    """The key ends at half past four on the next morning in Auckland, before mails go out at eight: 19:00 here."""
    User.objects.filter(pk=cast.dev.pk).update(time_zone="Pacific/Auckland")
    User.objects.filter(pk=cast.ann.pk).update(time_zone="America/Los_Angeles")
    make_key(cast.acme, cast.dev, "Nightly", days=10)
    for hours in (0, 6, 12):
        keep_house(clock, MADE + timedelta(days=5, hours=hours))
    clock.move_to(MADE + timedelta(days=8))
    told = through(clock, 3, every=timedelta(hours=1))
    assert told["dev"] == [
        "14 Jan 19:30 Key Nightly of Acme Research expires tomorrow",
        "15 Jan 11:30 Key Nightly of Acme Research expires today",
    ]
    assert told["ann"] == [
        "14 Jan 16:30 Key Nightly of Acme Research expires tomorrow",
        "15 Jan 08:30 Key Nightly of Acme Research expires today",
    ]


def test_one_mail_a_day_tells_of_every_key(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Nightly", days=10)
    make_key(cast.acme, cast.dev, "Backtest", days=9)
    make_key(cast.acme, cast.dev, "Far", days=200)
    keep_house(clock, MADE)
    day = MADE + timedelta(days=9, hours=1)
    assert keep_house(clock, day) == [(who, "2 API keys: Backtest expired today") for who in ("ann", "dev")]
    assert keep_house(clock, day + timedelta(minutes=1)) == []


def test_who_owns_through_a_group_is_told_and_nobody_else(cast: Cast, clock: time_machine.Traveller) -> None:
    quants = create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    quants.members.add(cast.olga, cast.vic)
    make_key(cast.acme, quants, "Ours", days=10)
    make_key(cast.globex, cast.mallory, "Theirs", days=10)
    remove_member(team=cast.acme, user=cast.vic, actor=BY_TESTS)
    User.objects.filter(pk=cast.mallory.pk).update(is_active=False)
    told = keep_house(clock, MADE + timedelta(days=9))
    assert told == [(who, "Key Ours of Acme Research expires tomorrow") for who in ("ann", "olga")]


def test_keys_that_are_stopped_are_not_told_of(cast: Cast, clock: time_machine.Traveller) -> None:
    disable_key(apikey=make_key(cast.acme, cast.dev, "Off", days=10).apikey, reason="", actor=BY_TESTS)
    revoke_key(apikey=make_key(cast.acme, cast.dev, "Gone", days=10).apikey, actor=BY_TESTS)
    assert through(clock, 12) == {}


def test_a_team_that_wants_none_gets_none(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Nightly", days=10)
    change_team(team=cast.acme, name="Acme Research", max_key_lifetime_days=365, expiry_reminders=False, actor=BY_TESTS)
    assert through(clock, 12) == {}


def test_what_has_changed_before_the_mail_goes_is_not_told(cast: Cast, clock: time_machine.Traveller) -> None:
    """Reminders are collected at midnight, and mailed in the morning."""
    key = make_key(cast.acme, cast.dev, "Nightly", days=10).apikey
    other = make_key(cast.acme, cast.dev, "Weekly", days=10).apikey
    night = (MADE + timedelta(days=9)).replace(hour=2)
    assert keep_house(clock, night) == []
    assert Reminder.objects.count() == 4
    revoke_key(apikey=key, actor=BY_TESTS)
    morning = night.replace(hour=9)
    assert keep_house(clock, morning) == [
        (who, "Key Weekly of Acme Research expires tomorrow") for who in ("ann", "dev")
    ]
    night += timedelta(days=1)
    keep_house(clock, night)
    revoke_key(apikey=other, actor=BY_TESTS)
    assert keep_house(clock, night.replace(hour=9)) == []
    assert set(ReminderMail.objects.values_list("state", flat=True)) == {"sent", "needless"}


def test_after_an_outage_the_nearest_threshold_is_told_once(cast: Cast, clock: time_machine.Traveller) -> None:
    make_key(cast.acme, cast.dev, "Nightly", days=90)
    make_key(cast.acme, cast.dev, "Long over", days=30)
    clock.move_to(MADE + timedelta(days=85))
    assert through(clock, 1)["dev"] == ["31 Mar 15:30 Key Nightly of Acme Research expires in 5 days"]
    assert [each.days for each in Reminder.objects.filter(person=cast.dev)] == [7]


# The clock


@pytest.mark.parametrize("back", [timedelta(minutes=20), timedelta(hours=30), timedelta(days=20)])
def test_a_clock_that_is_set_back_repeats_nothing(cast: Cast, clock: time_machine.Traveller, back: timedelta) -> None:
    make_key(cast.acme, cast.dev, "Nightly", days=90)
    start = MADE + timedelta(days=70)
    clock.move_to(start)
    told = through(clock, 8)["dev"]
    clock.move_to(start + timedelta(days=8) - back)
    told += through(clock, 40)["dev"]
    words = [line.rpartition(" expires ")[2] for line in told]
    assert words == ["in 20 days", "in 14 days", "in 7 days", "tomorrow", "today"]


def test_a_clock_that_was_ahead_loses_nothing_that_is_to_come(cast: Cast, clock: time_machine.Traveller) -> None:
    """For an hour it is eighty days later. Whatever that tells is not told again; the rest is told when it is due."""
    make_key(cast.acme, cast.dev, "Nightly", days=90)
    make_key(cast.acme, cast.dev, "Weekly", days=81)
    through(clock, 1)
    ahead = MADE + timedelta(days=80)
    assert [who for who, _ in keep_house(clock, ahead)] == ["ann", "dev"]
    clock.move_to(MADE + timedelta(days=1))
    told = through(clock, 100)["dev"]
    assert [line.split(" ", 3)[3] for line in told] == [
        "Key Weekly of Acme Research expires in 30 days",
        "Key Nightly of Acme Research expires in 30 days",
        "Key Weekly of Acme Research expires in 14 days",
        "Key Weekly of Acme Research expires in 7 days",
        "Key Weekly of Acme Research expires today",
        "Key Nightly of Acme Research expires in 7 days",
        "Key Nightly of Acme Research expires tomorrow",
        "Key Nightly of Acme Research expires today",
    ]


# The mail


def test_the_mail_in_words_and_in_the_house_look(cast: Cast, clock: time_machine.Traveller) -> None:
    User.objects.filter(pk=cast.dev.pk).update(time_zone="Europe/Paris")
    made = [make_key(cast.acme, cast.dev, name, days=10) for name in ("Nightly <b>&", "Büro 🤖")]
    keep_house(clock, MADE + timedelta(days=9))
    (sent,) = [each for each in mail.outbox if each.to == ["dev@acme.example"]]
    text, html = sent.body, str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    assert text.startswith("2 API keys expire soon.")
    assert "- Nightly <b>& expires tomorrow: 15 Jan 2026, 16:30 CET\n  Owner: Dev Patel\n" in text
    assert "Nightly &lt;b&gt;&amp;" in html
    for key in made:
        link = f"/teams/acme/keys/{key.apikey.pk}/"
        assert f"http://127.0.0.1:8000{link}" in text
        assert link in html
        secret = key.text.rpartition("_")[2]
        assert secret not in text
        assert secret not in html
    assert "Times are those of Europe/Paris" in text
    assert ApiKey.objects.count() == 2
