"""Whatever else there is can be looked at in the admin, and nothing of it can be changed there."""

import pytest
from django.contrib.admin import AdminSite
from django.db.models import BinaryField

from apikeys.models import ApiKey, SealedCopy
from console.datasets.models import Dataset, Subscription
from console.operators_admin import site
from ipsubnets.models import IPSubnet
from teams.models import AuditEvent, Group, Membership, SetupLink, Team, User
from tests.cast import Cast, list_network, make_key
from tests.identity.visitor import Visitor

ADMIN = "/operators/admin/"
MODELS = [model for model in site._registry if model is not User]


@pytest.fixture
def things(cast: Cast) -> dict[type, object]:
    return {
        Team: cast.acme,
        Membership: cast.acme.memberships.get(user=cast.vic),
        Group: cast.acme.groups.create(name="Quants", slug="quants"),
        ApiKey: make_key(cast.acme, cast.dev, sealed=True).apikey,
        IPSubnet: list_network(cast.acme, "198.51.100.0/24"),
        Dataset: Dataset.objects.get(pk="us-equity-taq"),
        Subscription: cast.acme.subscriptions.get(dataset="us-equity-taq"),
        AuditEvent: AuditEvent.objects.filter(team_id=cast.acme.pk)[0],
    }


def path(model: type) -> str:
    return f"{ADMIN}{model._meta.app_label}/{model._meta.model_name}/"  # type: ignore[attr-defined]


def test_this_is_what_there_is() -> None:
    """A model that comes to the admin has to be thought about here."""
    assert isinstance(site, AdminSite)
    assert set(MODELS) == {Team, Membership, Group, ApiKey, IPSubnet, Dataset, Subscription, AuditEvent}


@pytest.mark.parametrize("model", MODELS)
def test_it_is_listed_found_and_shown(operator: Visitor, things: dict[type, object], model: type) -> None:
    thing = things[model]
    listed = operator.page(path(model))
    assert listed.all(id="result_list")
    assert operator.page(f"{path(model)}?q=acme&o=1").all(id="content-main")
    shown = operator.page(f"{path(model)}{thing.pk}/change/")  # type: ignore[attr-defined]
    assert shown.all("div", class_="readonly")
    names = {field.get("name") for field in shown if field.tag in {"input", "select", "textarea"}}
    assert names <= {"csrfmiddlewaretoken"}
    assert shown.all("input", type="submit") == []


@pytest.mark.parametrize("model", MODELS)
def test_nothing_of_it_can_be_changed(operator: Visitor, things: dict[type, object], model: type) -> None:
    rows = list(model._default_manager.order_by("pk").values())  # type: ignore[attr-defined]
    pk = things[model].pk  # type: ignore[attr-defined]
    sent = {"name": "X", "slug": "x", "label": "X", "role": "admin", "post": "yes", "_save": "Save"}
    assert operator.post(f"{path(model)}{pk}/change/", sent).status_code == 403
    for way in ("add/", f"{pk}/delete/", f"{pk}/history/"):
        assert operator.post(f"{path(model)}{way}", sent).status_code == 404
    operator.post(path(model), {"action": "delete_selected", "_selected_action": [pk], **sent})
    assert list(model._default_manager.order_by("pk").values()) == rows  # type: ignore[attr-defined]


def test_no_digest_and_no_copy_is_ever_shown(operator: Visitor, things: dict[type, object]) -> None:
    key = ApiKey.objects.get()
    pages = [operator.get(path(ApiKey)), operator.get(f"{path(ApiKey)}{key.pk}/change/")]
    for digest in (key.digest, SealedCopy.objects.get().sealed):
        secret = bytes(digest)
        for page in pages:
            assert secret not in page.content
            assert secret.hex().encode() not in page.content
            assert repr(secret).encode() not in page.content


def test_no_secret_can_be_searched_or_sorted_for(operator: Visitor, things: dict[type, object]) -> None:
    """`?digest__startswith=…` would be a way to read it, a byte at a time."""
    for query in (
        "digest__isnull=False",
        "sealed_copy__sealed__isnull=False",
        "team__invitations__digest__isnull=True",
    ):
        answer = operator.get(f"{path(ApiKey)}?{query}")
        assert answer.status_code in {302, 400}, query
    for query in ("password__startswith=md5", "password__isnull=False"):
        assert operator.get(f"{path(User)}?{query}").status_code in {302, 400}, query


def test_what_holds_secrets_has_no_page(operator: Visitor) -> None:
    for model, admin in site._registry.items():
        shown = set(getattr(admin, "fields", None) or ())
        secret = {field.name for field in model._meta.get_fields() if isinstance(field, BinaryField)}
        assert not shown & secret
    assert not {SealedCopy, SetupLink} & set(site._registry)


def test_the_trail_is_shown_with_what_it_says(operator: Visitor, cast: Cast) -> None:
    event = AuditEvent.objects.filter(team_id=cast.acme.pk).order_by("seq")[0]
    page = operator.page(f"{path(AuditEvent)}{event.pk}/change/")
    assert event.hash in page.text
    assert "team.created" in page.text
