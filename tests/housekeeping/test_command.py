"""`manage.py housekeeping`, for those who prefer a timer."""

import json
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apikeys.models import ApiKey, SealedCopy
from console.housekeeping.jobs import JOBS, Job
from console.management.commands import housekeeping
from tests.cast import Cast, make_key


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("housekeeping", *arguments, stdout=out)
    return out.getvalue()


def test_does_what_is_due_and_says_so(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True).apikey
    assert run("expired-copies") == "Nothing was due.\n"
    ApiKey.objects.filter(pk=made.pk).update(expires_at=timezone.now())
    assert run("expired-copies") == "1 sealed copies of expired keys destroyed.\n"
    assert not SealedCopy.objects.exists()


def test_answers_programs(cast: Cast) -> None:
    assert json.loads(run("--json")) == {job.name: 0 for job in JOBS}


def test_a_job_that_fails_keeps_no_other_from_its_work(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[datetime] = []

    def fails(*, now: datetime) -> int:
        raise OSError("the disk is full")

    def works(*, now: datetime) -> int:
        done.append(now)
        return 3

    jobs = (Job("first", fails, 60, "things broken"), Job("second", works, 60, "things mended"))
    monkeypatch.setattr(housekeeping, "JOBS", jobs)
    out = StringIO()
    with pytest.raises(CommandError, match="Failed, see the log: first"):
        call_command("housekeeping", stdout=out)
    assert out.getvalue() == "3 things mended.\n"
    assert len(done) == 1
    assert "“first” failed; it is tried again." in caplog.text


def test_an_unknown_job(db: None) -> None:
    with pytest.raises(CommandError, match="There is no job “sweep”"):
        run("sweep")
