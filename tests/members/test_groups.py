"""Groups of Acme: who is in them, what they are called, and what becomes of their keys."""

import pytest

from apikeys.models import ApiKey
from apikeys.services import delete_key
from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Group
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn

GROUP = "/teams/acme/groups/quant-research/"


@pytest.fixture
def quants(cast: Cast) -> Group:
    return services.create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)


def owner_of(key: ApiKey) -> object:
    key = ApiKey.objects.get(pk=key.pk)
    return key.owner_group or key.owner_user


def test_a_group_is_created_and_has_a_page(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    response = ann.post("/teams/acme/create-group/", {"name": " Quant  Research "}, follow=True)
    assert "Created the group Quant Research." in response.content.decode()
    assert f'href="{GROUP}"' in response.content.decode()
    page = ann.get(GROUP).content.decode()
    assert "Nobody is in this group yet" in page
    assert "group:quant-research" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Give the group a name"), ("Quant research", "already has a group"), ("数据", "at least one letter")],
)
def test_names_that_cannot_be(cast: Cast, sign_in: SignIn, quants: Group, name: str, said: str) -> None:
    response = sign_in(cast.ann).post("/teams/acme/create-group/", {"name": name})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert cast.acme.groups.count() == 1


def test_a_group_called_create_has_a_page_of_its_own(cast: Cast, sign_in: SignIn) -> None:
    services.create_group(team=cast.acme, name="Create", actor=BY_TESTS)
    assert "group:create" in sign_in(cast.ann).get("/teams/acme/groups/create/").content.decode()


def test_renamed_it_keeps_its_slug(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    ann = sign_in(cast.ann)
    response = ann.post(f"{GROUP}rename/", {"name": "Alpha Research"}, follow=True)
    assert "The group is called Alpha Research now." in response.content.decode()
    quants.refresh_from_db()
    assert (quants.name, quants.slug) == ("Alpha Research", "quant-research")
    assert "renamed the group Quant Research to Alpha Research" in ann.get("/teams/acme/activity/").content.decode()


def test_two_groups_are_not_called_alike(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    services.create_group(team=cast.acme, name="Execution", actor=BY_TESTS)
    response = sign_in(cast.ann).post(f"{GROUP}rename/", {"name": "execution"})
    assert response.status_code == 422
    assert "already has a group called" in response.content.decode()
    services.rename_group(group=quants, name="quant research", actor=BY_TESTS)


def test_somebody_is_added_and_may_then_manage_its_keys(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    ann, dev = sign_in(cast.ann), sign_in(cast.dev)
    key = make_key(cast.acme, quants).apikey
    url = f"/teams/acme/keys/{key.pk}/disable/"
    assert dev.post(url).status_code == 403
    assert ann.post(f"{GROUP}add/", {"member": cast.dev.pk}).status_code == 302
    page = ann.get(GROUP).content.decode()
    assert "dev@acme.example" in page
    assert key.name in page
    assert dev.post(url).status_code == 302
    assert ann.post(f"{GROUP}{cast.dev.pk}/remove/").status_code == 302
    assert dev.post(f"/teams/acme/keys/{key.pk}/enable/").status_code == 403
    kinds = AuditEvent.objects.filter(kind__startswith="group.member").order_by("pk").values_list("kind", "details")
    assert list(kinds) == [
        ("group.member_added", {"member": "dev@acme.example"}),
        ("group.member_removed", {"member": "dev@acme.example"}),
    ]
    assert "added dev@acme.example to the group Quant Research" in ann.get("/teams/acme/activity/").content.decode()


def test_only_members_of_the_team_who_are_not_in_it_are_offered(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    services.add_to_group(group=quants, user=cast.dev, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    page = ann.get(f"{GROUP}add/").content.decode()
    assert "Olga Ops" in page
    for somebody in (cast.dev, cast.mallory):
        assert f'value="{somebody.pk}"' not in page
        assert ann.post(f"{GROUP}add/", {"member": somebody.pk}).status_code == 422
    assert ann.post(f"{GROUP}add/", {}).status_code == 422
    with pytest.raises(RefusedChange, match="Mallory is not a member of Acme Research"):
        services.add_to_group(group=quants, user=cast.mallory, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="is in the group already"):
        services.add_to_group(group=quants, user=cast.dev, actor=BY_TESTS)
    assert list(quants.members.all()) == [cast.dev]


def test_who_is_not_in_it_cannot_be_removed(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    assert sign_in(cast.ann).post(f"{GROUP}{cast.dev.pk}/remove/").status_code == 404
    with pytest.raises(RefusedChange, match="is not in the group any more"):
        services.remove_from_group(group=quants, user=cast.dev, actor=BY_TESTS)


def test_a_group_without_keys_is_deleted(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    """Also when it once owned keys that are deleted."""
    gone = make_key(cast.acme, quants).apikey
    delete_key(apikey=gone, actor=BY_TESTS)
    services.add_to_group(group=quants, user=cast.dev, actor=BY_TESTS)
    response = sign_in(cast.ann).post(f"{GROUP}delete/")
    assert (response.status_code, response["Location"]) == (302, "/teams/acme/groups/")
    assert not cast.acme.groups.exists()
    assert cast.acme.memberships.filter(user=cast.dev).exists()
    assert owner_of(gone) == cast.ann
    assert AuditEvent.objects.get(kind="group.deleted").object_name == "Quant Research"


def test_deleting_a_group_asks_about_its_keys(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    key = make_key(cast.acme, quants, "Nightly").apikey
    ann = sign_in(cast.ann)
    assert "Nightly" in ann.get(f"{GROUP}delete/").content.decode()
    for heir in ("", "group:quant-research", f"user:{cast.mallory.pk}"):
        assert ann.post(f"{GROUP}delete/", {"heir": heir}).status_code == 422
    with pytest.raises(RefusedChange, match="Quant Research still owns 1 key"):
        services.delete_group(group=quants, actor=BY_TESTS)
    assert owner_of(key) == quants
    ann.post(f"{GROUP}delete/", {"heir": f"user:{cast.dev.pk}"})
    assert owner_of(key) == cast.dev
    assert ApiKey.objects.get(pk=key.pk).status == "active"
    assert not cast.acme.groups.exists()


def test_deleting_a_group_can_stop_its_keys(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    key = make_key(cast.acme, quants).apikey
    sign_in(cast.ann).post(f"{GROUP}delete/", {"heir": "disable"})
    key.refresh_from_db()
    assert (key.status, key.owner_user) == ("disabled", cast.ann)


@pytest.mark.parametrize("name", ["dev", "olga", "vic"])
def test_members_see_groups_and_only_admins_change_them(cast: Cast, sign_in: SignIn, quants: Group, name: str) -> None:
    services.add_to_group(group=quants, user=cast.dev, actor=BY_TESTS)
    person = sign_in(cast.person(name))
    assert person.get("/teams/acme/groups/").status_code == 200
    page = person.get(GROUP).content.decode()
    assert "Dev Patel" in page
    assert "Rename" not in page
    changes = ("rename/", "delete/", "add/", f"{cast.dev.pk}/remove/")
    for url in [*(GROUP + change for change in changes), "/teams/acme/create-group/"]:
        assert person.get(url).status_code == 403
        assert person.post(url, {"name": "X", "member": cast.vic.pk}).status_code == 403
    assert list(quants.members.all()) == [cast.dev]


def test_groups_of_another_team_do_not_exist(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    mallory = sign_in(cast.mallory)
    for url in ("", "rename/", "delete/", "add/", f"{cast.dev.pk}/remove/"):
        assert mallory.get(GROUP + url).status_code == 404
        assert mallory.get((GROUP + url).replace("acme", "globex")).status_code == 404
