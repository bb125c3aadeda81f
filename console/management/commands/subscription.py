"""manage.py subscription grant|end|list"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from console.datasets import subscriptions
from console.datasets.models import Dataset, Subscription
from console.datasets.selectors import subscriptions_of
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, moment_after, team_named
from teams.models import Team
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Say which datasets a team may read, and until when."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        grant = action("grant", "Subscribe a team to a dataset.")
        end = action("end", "End a team's subscription: now, or at the moment that --in says.")
        for change in (grant, end):
            change.add_argument("dataset", metavar="DATASET")
            change.add_argument("--team", required=True, metavar="SLUG")
        grant.add_argument("--starts-in", metavar="DURATION", help="90d, 12h, 30m, 45s (default: now)")
        grant.add_argument("--ends-in", metavar="DURATION", help="counted from now (default: it has no end)")
        when = end.add_mutually_exclusive_group()
        when.add_argument("--in", dest="ends_in", metavar="DURATION", help="also later than it would have ended")
        when.add_argument("--never", action="store_true", help="take the end away that it has")
        end.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
        listing = action("list", "List a team's subscriptions, or the datasets that there are.")
        listing.add_argument("--team", metavar="SLUG")

    def do_grant(self, options: dict[str, Any]) -> None:
        team, dataset = team_named(options["team"]), _dataset(options["dataset"])
        subscription = subscriptions.grant_subscription(
            team=team,
            dataset=dataset,
            starts_at=moment_after(options["starts_in"]) if options["starts_in"] else None,
            ends_at=moment_after(options["ends_in"]) if options["ends_in"] else None,
            actor=Actor.command_line(),
        )
        until = f"until {rfc3339(subscription.ends_at)}" if subscription.ends_at else "without an end"
        self.show(_record(subscription), f"Subscribed {team.name} to {dataset.name}, {until}.")

    def do_end(self, options: dict[str, Any]) -> None:
        subscription, actor = _current(team_named(options["team"]), options["dataset"]), Actor.command_line()
        what = f"subscription of {subscription.team.name} to {subscription.dataset.name}"
        if options["ends_in"] or options["never"]:
            ends_at = moment_after(options["ends_in"]) if options["ends_in"] else None
            subscription = subscriptions.set_end(
                subscription=subscription, ends_at=ends_at, reason=options["reason"], actor=actor
            )
            text = f"The {what} ends at {rfc3339(ends_at)}." if ends_at else f"The {what} has no end."
        else:
            subscription = subscriptions.end_subscription(
                subscription=subscription, reason=options["reason"], actor=actor
            )
            text = f"Ended the {what}."
        self.show(_record(subscription), text)

    def do_list(self, options: dict[str, Any]) -> None:
        if options["team"]:
            team = team_named(options["team"])
            records = [_record(subscription) for subscription in subscriptions_of(team).order_by("starts_at", "pk")]
            columns = ["id", "dataset", "status", "starts_at", "ends_at", "requests_30d"]
            self.show_table(records, columns, "The team has no subscriptions.")
            return
        datasets = [
            {"id": dataset.pk, "name": dataset.name, "for_every_team": dataset.for_every_team}
            for dataset in Dataset.objects.order_by("id")
        ]
        self.show_table(datasets, ["id", "name"], "There are no datasets.")


def _record(subscription: Subscription) -> Record:
    return {
        "id": subscription.pk,
        "team": subscription.team.slug,
        "dataset": subscription.dataset_id,
        "status": subscription.status,
        "starts_at": rfc3339(subscription.starts_at),
        "ends_at": rfc3339(subscription.ends_at),
        "granted_by": subscription.granted_by_name,
        "requests_30d": getattr(subscription, "requests", None),
    }


def _dataset(dataset_id: str) -> Dataset:
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    if dataset is None:
        raise CommandError(f"There is no dataset “{dataset_id}”. See: manage.py subscription list")
    return dataset


def _current(team: Team, dataset_id: str) -> Subscription:
    """The one that runs, or else the one that begins next."""
    dataset = _dataset(dataset_id)
    subscription = subscriptions_of(team).filter(dataset=dataset).not_over().order_by("starts_at").first()
    if subscription is None:
        raise CommandError(f"{team.name} has no subscription to {dataset.name} that could be ended.")
    return subscription
