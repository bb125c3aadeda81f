"""Teams that were there before subscriptions go on reading what they could read: the sample datasets of that time."""

from django.db import migrations
from django.utils import timezone

from teams.public_ids import new_public_id

READ_BY_EVERYBODY = (
    "us-equity-taq",
    "us-equity-1min-bars",
    "us-options-1min-nbbo",
    "us-futures-trades",
    "us-equity-reference",
)


def subscribe(apps, schema_editor):
    """What the datasets are called follows once the migration is done (`console.datasets.catalogue_rows`)."""
    Dataset, Subscription = apps.get_model("console", "Dataset"), apps.get_model("console", "Subscription")
    team_ids = apps.get_model("teams", "Team").objects.values_list("pk", flat=True)
    now = timezone.now()
    Dataset.objects.bulk_create(
        [Dataset(id=dataset_id, name=dataset_id, for_every_team=True) for dataset_id in READ_BY_EVERYBODY],
        ignore_conflicts=True,
    )
    Subscription.objects.bulk_create(
        (
            Subscription(
                id=new_public_id(), team_id=team_id, dataset_id=dataset_id, starts_at=now, granted_by_name="Included"
            )
            for team_id in team_ids.iterator(chunk_size=1000)
            for dataset_id in READ_BY_EVERYBODY
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("console", "0002_subscriptions"),
    ]

    operations = [
        migrations.RunPython(subscribe, migrations.RunPython.noop),
    ]
