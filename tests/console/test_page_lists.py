"""Lists of any length: searched, sorted and paged by the database, and the state of each list is in the address."""

from datetime import timedelta
from urllib.parse import parse_qs, quote_from_bytes, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from ipsubnets.models import IPSubnet
from ipsubnets.networks import parse_network
from teams import audit
from teams.models import Team, User
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.markup import Element, read, rows

LIST = "/teams/acme/authorization/"
ACTIVITY = "/teams/acme/activity/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


def many_keys(team: Team, owner: User, number: int) -> None:
    """Rows as the service makes them, without the work of making each."""
    now = timezone.now()
    started = ApiKey.objects.count()
    ApiKey.objects.bulk_create(
        ApiKey(
            id=f"K{started + n:011d}",
            team=team,
            name=f"Bot-{started + n:05d}",
            folded_name=f"bot-{started + n:05d}",
            prefix="gate",
            digest=b"x" * 32,
            pepper=1,
            owner_user=owner,
            created_by_name="The tests",
            created_at=now - timedelta(seconds=n),
            expires_at=now + timedelta(days=1 + n % 300),
        )
        for n in range(number)
    )


def many_networks(team: Team, number: int) -> None:
    started = IPSubnet.objects.count()
    subnets = []
    for n in range(started, started + number):
        subnet = IPSubnet(team=team, label=f"Site {n:05d}", created_by_name="The tests")
        subnet.set_network(parse_network(f"10.{n >> 8}.{n & 255}.0/24"))
        subnets.append(subnet)
    IPSubnet.objects.bulk_create(subnets)


def names(page: Element, list_id: str = "keys-list", column: str = "Name") -> list[str]:
    return [row.one("td", data_label=column).text.split()[0] for row in rows(page, list_id)]


def queries(browser: Client, path: str, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(path, headers=headers).status_code == 200
    return len(captured)


# The number of queries


def test_ten_thousand_rows_take_as_many_queries_as_ten(cast: Cast, sign_in: SignIn) -> None:
    """The whole page, and each part of it that refreshes itself, for everybody."""
    targets = ("lists", "keys-list", "networks-list", "team-notices")
    parts: list[dict[str, str]] = [{}, *(HTMX | {"HX-Target": target} for target in targets)]
    browsers = [sign_in(cast.person(name)) for name in ("ann", "dev", "olga", "vic")]

    def counted() -> list[list[int]]:
        return [[queries(browser, LIST, **headers) for headers in parts] for browser in browsers]

    many_keys(cast.acme, cast.dev, 10)
    many_networks(cast.acme, 10)
    with_ten = counted()
    many_keys(cast.acme, cast.dev, 9_990)
    assert counted() == with_ten
    many_networks(cast.acme, 9_990)
    assert counted() == with_ten
    assert max(map(max, with_ten)) <= 12
    for prefix in ("keys", "networks"):
        searched = f"{LIST}?{prefix}.q=1&{prefix}.sort=created_at&{prefix}.page=7"
        assert queries(browsers[0], searched) <= 12


def test_rows_of_every_kind_take_no_further_queries(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 3)
    many_networks(cast.acme, 3)
    plain = queries(ann, LIST)
    group = cast.acme.groups.create(name="Quant Research", slug="quants")
    for n in range(5):
        make_key(cast.acme, group, f"Sealed-{n}", sealed=True)
        services.revoke_key(apikey=make_key(cast.acme, cast.vic, f"Revoked-{n}").apikey, actor=BY_TESTS)
        list_network(cast.acme, f"203.0.113.{n}", hours=n + 1)
    assert queries(ann, LIST) == plain


def test_activity_takes_as_many_queries_for_any_length(cast: Cast, ann: Client) -> None:
    few = queries(ann, ACTIVITY)
    for n in range(60):
        list_network(cast.acme, f"203.0.113.{n}")
    assert queries(ann, ACTIVITY) == few <= 12


# Search


def test_keys_are_found_by_name_id_and_owner(cast: Cast, ann: Client) -> None:
    group = cast.acme.groups.create(name="Quant Research", slug="quants")
    alpha = make_key(cast.acme, cast.dev, "Alpha-Bot").apikey
    make_key(cast.acme, cast.ann, "Beta-Bot")
    make_key(cast.acme, group, "Gamma-Bot")
    make_key(cast.globex, cast.mallory, "Alpha-Elsewhere")
    for searched, found in (
        ("ALPHA", ["Alpha-Bot"]),
        (alpha.pk, ["Alpha-Bot"]),
        ("dev@acme", ["Alpha-Bot"]),
        ("Ann Lee", ["Beta-Bot"]),
        ("quant", ["Gamma-Bot"]),
        ("  bot ", ["Gamma-Bot", "Beta-Bot", "Alpha-Bot"]),
        ("%", []),
        ("_", []),
        ("Mallory", []),
    ):
        page = read(ann.get(LIST, {"keys.q": searched}))
        assert names(page) == found, searched
        assert page.one("input", id="keys-search").get("value") == searched.strip()
    empty = read(ann.get(LIST, {"keys.q": "<b>nothing</b>"})).one(id="keys-list")
    assert "No key matches “<b>nothing</b>”" in empty.text
    assert [link.get("href") for link in empty.all("a") if link.text == "Clear the search"] == ["?"]


def test_networks_are_found_by_network_label_and_who_added_them(cast: Cast, ann: Client) -> None:
    list_network(cast.acme, "203.0.113.0/24", "London office")
    list_network(cast.acme, "2001:db8::/32", "VPN")
    for searched, found in (("london", ["203.0.113.0/24"]), ("2001:DB8", ["2001:db8::/32"]), ("nowhere", [])):
        assert names(read(ann.get(LIST, {"networks.q": searched})), "networks-list", "Network") == found
    by_tests = names(read(ann.get(LIST, {"networks.q": "the tests"})), "networks-list", "Network")
    assert len(by_tests) == 2


def test_a_search_keeps_its_sorting_and_the_other_list_and_begins_at_the_first_page(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 60)
    list_network(cast.acme, "203.0.113.0/24")
    state = {"keys.sort": "-name", "keys.page": "2", "keys.q": "bot", "networks.sort": "label", "networks.q": "2"}
    search = read(ann.get(LIST, state)).one(id="keys-list").one("form", role="search")
    hidden = {element.get("name"): element.get("value") for element in search.all("input", type="hidden")}
    assert hidden == {"keys.sort": "-name", "networks.sort": "label", "networks.q": "2"}


# Sorting


def test_keys_are_sorted_by_the_columns_that_can_be(cast: Cast, ann: Client) -> None:
    group = cast.acme.groups.create(name="Quant Research", slug="quants")
    make_key(cast.acme, cast.dev, "beta", days=10)
    make_key(cast.acme, cast.ann, "Alpha", days=30)
    make_key(cast.acme, group, "gamma", days=20)
    orders = {
        "name": ["Alpha", "beta", "gamma"],
        "-name": ["gamma", "beta", "Alpha"],
        "expires_at": ["beta", "gamma", "Alpha"],
        "created_at": ["beta", "Alpha", "gamma"],
        "-created_at": ["gamma", "Alpha", "beta"],
        "": ["gamma", "Alpha", "beta"],
        "status": ["gamma", "Alpha", "beta"],
        "digest": ["gamma", "Alpha", "beta"],
        "team__members__password": ["gamma", "Alpha", "beta"],
        "-": ["gamma", "Alpha", "beta"],
        "--name": ["gamma", "Alpha", "beta"],
        "?": ["gamma", "Alpha", "beta"],
    }
    for sort, order in orders.items():
        assert names(read(ann.get(LIST, {"keys.sort": sort}))) == order, sort


def test_a_column_says_how_it_is_sorted_and_turns_round(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 60)
    heads = read(ann.get(LIST, {"keys.sort": "name", "keys.page": "2", "networks.q": "x"})).one(id="keys-list")
    sorted_heads = [(head.text, head.get("aria-sort")) for head in heads.all("th") if head.get("aria-sort")]
    assert sorted_heads == [("Name", "ascending")]
    link = heads.one("a", id="keys-by-name").get("href")
    assert parse_qs(urlsplit(link).query) == {"keys.sort": ["-name"], "networks.q": ["x"]}
    assert not heads.all("a", id="keys-by-status")


def test_networks_are_sorted_as_numbers_not_as_text(cast: Cast, ann: Client) -> None:
    for network in ("100.0.0.0/8", "9.0.0.0/8", "2001:db8::/32", "20.0.0.0/8"):
        list_network(cast.acme, network)
    by_network = names(read(ann.get(LIST, {"networks.sort": "network"})), "networks-list", "Network")
    assert by_network == ["9.0.0.0/8", "20.0.0.0/8", "100.0.0.0/8", "2001:db8::/32"]


def test_what_has_no_end_comes_last_either_way(cast: Cast, ann: Client) -> None:
    list_network(cast.acme, "203.0.113.1")
    list_network(cast.acme, "203.0.113.2", hours=2)
    list_network(cast.acme, "203.0.113.3", hours=1)
    for sort, order in (("expires_at", ["3", "2", "1"]), ("-expires_at", ["2", "3", "1"])):
        found = names(read(ann.get(LIST, {"networks.sort": sort})), "networks-list", "Network")
        assert [network.split(".")[3][0] for network in found] == order


# Paging


def test_pages_hold_every_row_once(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 60)
    many_networks(cast.acme, 60)
    for list_id, prefix, column in (("keys-list", "keys", "Name"), ("networks-list", "networks", "Network")):
        pages = [names(read(ann.get(LIST, {f"{prefix}.page": str(n)})), list_id, column) for n in (1, 2, 3)]
        assert [len(page) for page in pages] == [25, 25, 10]
        assert len({name for page in pages for name in page}) == 60


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2", "26–50 of 60"),
        ("99", "51–60 of 60"),
        ("0", "51–60 of 60"),
        ("-1", "51–60 of 60"),
        ("two", "1–25 of 60"),
        ("", "1–25 of 60"),
        ("1.5", "1–25 of 60"),
        ("9" * 400, "51–60 of 60"),
        ("9" * 6_000, "1–25 of 60"),
    ],
)
def test_a_page_that_is_not_there(cast: Cast, ann: Client, asked: str, shown: str) -> None:
    many_keys(cast.acme, cast.dev, 60)
    (pages,) = read(ann.get(LIST, {"keys.page": asked})).all("nav", aria_label="Pages of API keys")
    assert shown in pages.text


def test_links_between_pages_keep_search_and_sorting_and_the_other_list(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 60)
    many_networks(cast.acme, 60)
    state = {"keys.q": "bot", "keys.sort": "name", "networks.page": "3"}
    page = read(ann.get(LIST, state))
    following = page.one("a", id="keys-next").get("href")
    assert parse_qs(urlsplit(following).query) == {
        name: [value] for name, value in (state | {"keys.page": "2"}).items()
    }
    after = read(ann.get(LIST + following))
    assert names(after)[0] == "Bot-00025"
    assert after.one("a", id="keys-page-2").get("aria-current") == "page"
    assert after.one("a", id="networks-page-3").get("aria-current") == "page"


# What a browser sends that no page of ours made


HOSTILE = {
    "NUL": b"\x00",
    "a NUL in the middle": b"bot\x00x",
    "a lone surrogate": b"\xed\xa0\x80",
    "bytes that are not UTF-8": b"\xff\xfe\xc3(",
    "overlong": b"x" * 100_000,
    "overlong and wide": "🚀".encode() * 5_000,
    "markup": b"\"><script>alert(1)</script>'",
    "a pattern": b"%_\\%%[^a]*?",
    "a template": b"{{ request }}{% debug %}",
    "right to left": "\u202ebot\u202c".encode(),
    "a number beyond all": b"9" * 5_000,
    "digits of another script": "٢".encode(),
    "line ends": b"\r\nSet-Cookie: x=y",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("path", [LIST, ACTIVITY])
def test_no_parameter_breaks_a_list(cast: Cast, ann: Client, path: str, value: bytes) -> None:
    many_keys(cast.acme, cast.dev, 1)
    prefixes = ("keys", "networks") if path == LIST else ("events",)
    parameters = [f"{prefix}.{name}={quote_from_bytes(value)}" for prefix in prefixes for name in ("q", "sort", "page")]
    answer = ann.get(path, QUERY_STRING="&".join(parameters))
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content
    assert "x" not in answer.cookies


def test_links_carry_the_state_of_lists_and_nothing_else(cast: Cast, ann: Client) -> None:
    """A page has a hundred links: what they carry must not be what somebody else put into the address."""
    many_keys(cast.acme, cast.dev, 60)
    short = len(ann.get(LIST, {"keys.sort": "name"}).content)
    strange = {"keys.sort": "name", "utm_source": "x", "networks.q": "🚀" * 5_000, "<b>": "1", "z" * 5_000: "1"}
    answer = ann.get(LIST, strange)
    assert len(answer.content) < short + 500_000
    carried = [parse_qs(urlsplit(link.get("href")).query) for link in read(answer).all("a")]
    assert {name for query in carried for name in query} == {"keys.sort", "keys.page", "keys.status", "networks.q"}


def test_names_of_parameters_can_be_anything_too(cast: Cast, ann: Client) -> None:
    many_keys(cast.acme, cast.dev, 30)
    for query in (
        "=&=&",
        "%00=%00",
        "keys.q",
        "keys.q[]=1&keys.q=2",
        "%ED%A0%80=%ED%A0%80",
        "<script>=1&\"'=2",
        "&&;;",
    ):
        answer = ann.get(LIST, QUERY_STRING=query)
        assert answer.status_code == 200, query
        assert b"<script>=" not in answer.content


def test_more_parameters_than_any_page_has_are_refused_as_a_bad_request(cast: Cast, ann: Client) -> None:
    answer = ann.get(LIST, QUERY_STRING="&".join(f"a{n}=1" for n in range(1_001)))
    assert answer.status_code == 400
    assert read(answer).one("h1").text == "That request could not be read"


def test_a_target_that_no_fragment_has_gets_the_page(cast: Cast, ann: Client) -> None:
    for target in ("nothing", "../../etc/passwd", "lists%00", ""):
        assert read(ann.get(LIST, headers=HTMX | {"HX-Target": target})).all("html")


def test_a_page_from_the_history_is_whole(cast: Cast, ann: Client) -> None:
    headers = HTMX | {"HX-Target": "lists", "HX-History-Restore-Request": "true"}
    answer = ann.get(LIST, headers=headers)
    assert read(answer).all("html")
    assert {"HX-Request", "HX-Target"} <= set(answer.headers["Vary"].replace(" ", "").split(","))


# Fragments


def test_sorting_one_list_fetches_both_and_nothing_else(cast: Cast, ann: Client) -> None:
    part = read(ann.get(f"{LIST}?keys.sort=name", headers=HTMX | {"HX-Target": "lists"}))
    assert [len(part.all(id=name)) for name in ("lists", "keys-list", "networks-list")] == [1, 1, 1]
    assert not part.all("html")
    assert not part.all(id="team-notices")


def test_activity_tells_what_was_done_by_whom_and_from_where(cast: Cast, ann: Client, sign_in: SignIn) -> None:
    sign_in(cast.olga).post("/teams/acme/networks/add-current/", REMOTE_ADDR="198.51.100.7")
    sign_in(cast.vic).post("/teams/acme/networks/add-current/", REMOTE_ADDR="203.0.113.9")
    audit.record(kind="team.changed", actor=audit.Actor(name="Elsewhere"), team=cast.globex, object_name="Globex")
    told = [row.one("td", data_label="What").text for row in rows(read(ann.get(ACTIVITY)), "events-list")]
    assert told[0].startswith("Vic Viewer was refused to change something that needs subnets:manage")
    assert told[0].endswith("from 203.0.113.9")
    assert told[1] == "Olga Ops added the network 198.51.100.7/32 from 198.51.100.7"
    assert not any("Globex" in sentence for sentence in told)
    found = read(ann.get(ACTIVITY, {"events.q": "203.0.113.9"}))
    assert len(rows(found, "events-list")) == 1
