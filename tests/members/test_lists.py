"""The lists of members, invitations and groups: searched, sorted, and at the same price whatever their length."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.services import delete_key
from teams import services
from teams.models import Invitation, Membership, User
from teams.permissions import Role
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn

PAGES = ("/teams/acme/members/", "/teams/acme/groups/", "/teams/acme/groups/desk-0/", "/teams/acme/settings/")


def grow(cast: Cast, start: int, end: int) -> None:
    people = User.objects.bulk_create(
        User(email=f"p{n}@acme.example", full_name=f"Person {n:03}") for n in range(start, end)
    )
    Membership.objects.bulk_create(Membership(team=cast.acme, user=person, role=Role.DEVELOPER) for person in people)
    Invitation.objects.bulk_create(
        Invitation(
            team=cast.acme,
            email=f"i{n}@acme.example",
            role=Role.OPS,
            digest=n.to_bytes(32, "big"),
            invited_by_name="Ann Lee",
            expires_at=timezone.now() + timedelta(days=7),
        )
        for n in range(start, end)
    )
    for n, person in zip(range(start, end), people, strict=True):
        group = services.create_group(team=cast.acme, name=f"Desk {n}", actor=BY_TESTS)
        first = cast.acme.groups.get(slug="desk-0")
        first.members.add(person)
        make_key(cast.acme, person, f"Personal {n}")
        make_key(cast.acme, group, f"Shared {n}")
        make_key(cast.acme, first, f"First {n}")


def test_a_page_asks_the_database_as_often_for_many_as_for_few(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    counts = []
    for start, end in ((0, 2), (2, 12)):
        grow(cast, start, end)
        for page in PAGES:
            assert ann.get(page).status_code == 200
            with CaptureQueriesContext(
                connection,
            ) as queries:
                ann.get(page)
            counts.append(len(queries))
    assert counts[:4] == counts[4:]
    assert max(counts) <= 14


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", "Ann Lee"),
        ("members.sort=-name", "Vic Viewer"),
        ("members.sort=role", "Ann Lee"),
        ("members.sort=-keys", "Olga Ops"),
        ("members.sort=nonsense", "Ann Lee"),
        ("members.q=OLGA%40", "Olga Ops"),
        ("members.q=viewer", "Vic Viewer"),
    ],
)
def test_members_are_searched_and_sorted(cast: Cast, sign_in: SignIn, query: str, first: str) -> None:
    make_key(cast.acme, cast.olga)
    page = sign_in(cast.ann).get(f"/teams/acme/members/?{query}").content.decode()
    assert page.index(f"<bdi>{first}</bdi>") == page.index("<bdi>")


def test_keys_are_counted_that_are_listed_and_of_this_team(cast: Cast, sign_in: SignIn) -> None:
    services.add_member(team=cast.globex, user=cast.dev, role=Role.OPS, actor=BY_TESTS)
    make_key(cast.globex, cast.dev)
    make_key(cast.acme, cast.dev, "kept")
    delete_key(apikey=make_key(cast.acme, cast.dev, "gone").apikey, actor=BY_TESTS)
    listing = sign_in(cast.ann).get("/teams/acme/members/").context["members"]
    assert {str(m.user): m.key_count for m in listing.rows}["Dev Patel"] == 1


def test_a_fragment_is_answered_with_its_list_only(cast: Cast, sign_in: SignIn) -> None:
    services.invite(team=cast.acme, email="nora@acme.example", role=Role.OPS, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    for target in ("member-lists", "members-list", "invitations-list"):
        headers = {"HX-Request": "true", "HX-Target": target}
        page = ann.get("/teams/acme/members/", headers=headers).content.decode()
        assert page.lstrip().startswith(("<div", "<section"))
        assert f'id="{target}"' in page
        assert ("nora@acme.example" in page) == (target != "members-list")


def test_over_is_said_of_an_invitation_whose_time_is_over(cast: Cast, sign_in: SignIn) -> None:
    made = services.invite(team=cast.acme, email="nora@acme.example", role=Role.OPS, actor=BY_TESTS).invitation
    Invitation.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(days=3))
    assert "Expired" in sign_in(cast.ann).get("/teams/acme/members/").content.decode()


def test_pages_that_belong_to_no_team_lead_back_to_the_one_seen_last(cast: Cast, sign_in: SignIn) -> None:
    services.add_member(team=cast.globex, user=cast.ann, role=Role.VIEWER, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    assert ann.get("/")["Location"] == "/teams/acme/authorization/"
    ann.get("/teams/globex/members/")
    assert "/teams/globex/members/" in ann.get("/settings/profile/").content.decode()
    assert ann.get("/")["Location"] == "/teams/globex/authorization/"
    services.remove_member(team=cast.globex, user=cast.ann, actor=BY_TESTS)
    assert ann.get("/")["Location"] == "/teams/acme/authorization/"
