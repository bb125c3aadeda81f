"""manage.py housekeeping: what the server does now and then, done once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.housekeeping.jobs import JOBS
from console.housekeeping.runner import run


class Command(BaseCommand):
    help = (
        "Do once what is due: reminders, endings, clearing away. A running server does it by itself; with "
        "GATEHOUSE_HOUSEKEEPING=off, run this from a timer, every minute or so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [job.name for job in JOBS]
        parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"only these, of: {', '.join(names)}")
        parser.add_argument("--json", action="store_true", help="answer with JSON, for programs")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        unknown = sorted(set(options["jobs"]) - {job.name for job in JOBS})
        if unknown:
            raise CommandError(f"There is no job “{unknown[0]}”. There are: {', '.join(job.name for job in JOBS)}")
        jobs = [job for job in JOBS if job.name in options["jobs"] or not options["jobs"]]
        results = {job: run(job) for job in jobs}
        if options["json"]:
            self.stdout.write(json.dumps({job.name: number for job, number in results.items()}))
        else:
            for job, number in results.items():
                if number:
                    self.stdout.write(f"{number} {job.done}.")
            if not any(results.values()):
                self.stdout.write("Nothing was due.")
        failed = [job.name for job, number in results.items() if number is None]
        if failed:
            raise CommandError(f"Failed, see the log: {', '.join(failed)}")
