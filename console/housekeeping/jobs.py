"""What has to be done now and then, and how often. A new job is one line at the end of this file.

A job may be run by two processes at once (`manage.py housekeeping` beside a server; a leader that lost its lock
without noticing yet), and may be ended between any two statements: it takes what it does from the database, claims it
there, and does nothing twice. What takes long asks `stopping` between two pieces of work.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from apikeys.retention import delete_old_hours, destroy_expired_copies
from apikeys.retirement import retire_overdue
from console.api.once import forget_old_creations
from console.reminders.collecting import collect_reminders
from console.reminders.outbox import send_reminders
from console.retention import delete_old_dataset_days, delete_old_refusals, delete_old_refused_requests
from ipsubnets.observing import close_ended
from ipsubnets.retention import delete_old_address_days
from ipsubnets.trials import revert_overdue

MINUTE: Final = 60.0
HOUR: Final = 3600.0


class Work(Protocol):
    def __call__(self, *, now: datetime) -> int:
        """Do what is due at `now`. Returns how many things were done; raises what it likes: it is logged."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    """As `manage.py housekeeping NAME` takes it."""
    work: Work
    every: float
    """Seconds between two runs."""
    done: str
    """What was done, after the number: "12 expired sealed copies destroyed"."""


JOBS: Final = (
    Job("reminders", collect_reminders, 10.0, "reminders due"),
    Job("reminder-mails", send_reminders, 5.0, "reminder mails sent"),
    Job("expired-copies", destroy_expired_copies, MINUTE, "sealed copies of expired keys destroyed"),
    Job("old-hours", delete_old_hours, HOUR, "hours of old statistics deleted"),
    Job("trials", revert_overdue, MINUTE, "unconfirmed changes of networks taken back"),
    Job("observing", close_ended, MINUTE, "teams whose observing is over"),
    Job("old-addresses", delete_old_address_days, HOUR, "days of addresses deleted"),
    Job("old-refusals", delete_old_refusals, HOUR, "old counts of refusals deleted"),
    Job("old-refused-requests", delete_old_refused_requests, HOUR, "old refused requests deleted"),
    Job("old-creations", forget_old_creations, HOUR, "requests forgotten that could have been repeated"),
    Job("old-dataset-days", delete_old_dataset_days, HOUR, "days of old requests for datasets deleted"),
    Job("retirements", retire_overdue, 10.0, "keys retired at their time"),
)
