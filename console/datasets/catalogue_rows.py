"""Rows for the datasets that ship with Gatehouse: written whenever the database has been migrated."""

from typing import Any, Final

from django.apps import AppConfig
from django.db import router
from django.db.models.signals import post_migrate

from console.datasets.catalogue import DATASETS
from console.datasets.models import Dataset

FOLLOWED: Final = ("name", "description", "asset_class", "frequency")


def connect() -> None:
    post_migrate.connect(_after_migrating, dispatch_uid="gatehouse.catalogue")


def write_catalogue() -> None:
    """What the code says of its datasets is what the rows say. Whether new teams get one stays as it was."""
    known = Dataset.objects.in_bulk()
    for dataset in DATASETS:
        told = {name: getattr(dataset, name) for name in FOLLOWED}
        row = known.get(dataset.id)
        if row is None:
            new = Dataset(id=dataset.id, for_every_team=True, **told)
            Dataset.objects.bulk_create([new], ignore_conflicts=True)  # another process may be starting, too
        elif told != {name: getattr(row, name) for name in FOLLOWED}:
            Dataset.objects.filter(pk=row.pk).update(**told)


def _after_migrating(sender: AppConfig, using: str, apps: Any = None, **_: object) -> None:
    """Only where the table is there by then: one can also migrate back to before it."""
    if sender.name != "console" or not router.allow_migrate_model(using, Dataset):
        return
    if apps is None or ("console", "dataset") in {
        (model._meta.app_label, model._meta.model_name) for model in apps.get_models()
    }:
        write_catalogue()
