"""The page of one key: all that is known of it, and what can be done to it."""

from datetime import UTC, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey, KeyHour, KeyUsage
from tests.cast import BY_TESTS, Cast, make_key, refused
from tests.conftest import SignIn
from tests.markup import events, read, rows, said

HTMX = {"HX-Request": "true", "HX-Target": "key-page"}
LIST = "/teams/acme/authorization/"


@pytest.fixture
def apikey(cast: Cast) -> ApiKey:
    return make_key(cast.acme, cast.dev).apikey


def path(apikey: ApiKey) -> str:
    return f"/teams/acme/keys/{apikey.pk}/"


def test_the_list_leads_to_the_page_of_each_key(cast: Cast, apikey: ApiKey, sign_in: SignIn) -> None:
    (row,) = rows(read(sign_in(cast.vic).get(LIST)), "keys-list")
    assert [link.text for link in row.all("a", href=path(apikey))] == [apikey.name]


def test_the_page_says_what_the_key_is_and_does_not_hold_it(cast: Cast, sign_in: SignIn) -> None:
    generated = make_key(cast.acme, cast.dev, sealed=True)
    apikey = generated.apikey
    KeyUsage.objects.create(key=apikey, last_used_at=timezone.now(), last_used_from="198.51.100.7", requests=4)
    services.disable_key(apikey=apikey, reason="being looked at", actor=BY_TESTS)
    answer = sign_in(cast.ann).get(path(apikey))
    text = read(answer).text
    told = (apikey.name, apikey.hint, "Dev Patel", "The tests", "198.51.100.7", "being looked at")
    for words in (*told, *apikey.scopes_in_words):
        assert words.lower() in text.lower()
    assert generated.text not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert "export GATEHOUSE_API_KEY" in text
    assert 'os.environ["GATEHOUSE_API_KEY"]' in text


def test_its_history_is_told_in_words_to_those_who_may_read_the_activity(
    cast: Cast, apikey: ApiKey, sign_in: SignIn
) -> None:
    services.disable_key(apikey=apikey, reason="being looked at", actor=BY_TESTS)
    make_key(cast.acme, cast.dev, "Another-Bot")
    told = [item.text for item in read(sign_in(cast.olga).get(path(apikey))).one("ol").all("li")]
    assert len(told) == 2
    assert told[0].endswith("The tests disabled key Backtesting-Alpha-Bot being looked at")
    assert told[1].endswith("The tests generated key Backtesting-Alpha-Bot")
    assert "being looked at" not in read(sign_in(cast.vic).get(path(apikey))).all("ol").__repr__()


def test_requests_of_thirty_days_are_drawn_and_told_in_a_table(cast: Cast, apikey: ApiKey, sign_in: SignIn) -> None:
    cast.vic.time_zone = "UTC"
    cast.vic.save()
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for days, hour, requests in ((0, 0, 5), (3, 4, 20), (3, 5, 22), (29, 12, 1), (31, 1, 999)):
        moment = today - timedelta(days=days) + timedelta(hours=hour)
        KeyHour.objects.create(key=apikey, hour=moment, requests=requests)
    page = read(sign_in(cast.vic).get(path(apikey)))
    counted = [row.one("td").text for row in page.one(_class="chart-table").one("tbody").all("tr")]
    assert (len(counted), counted[0], counted[3], counted[29]) == (30, "5", "42", "1")
    assert sum(map(int, counted)) == 48
    drawing = page.one("svg", role="img")
    bars = drawing.all("rect", _class="chart-bar")
    assert [float(bar.get("height")) == 96 for bar in bars] == [False, True, False]
    assert "48 in all" in drawing.one("title", id="days-title").text
    assert [element for element in page if "style" in element.attributes] == []


def test_what_was_refused_of_this_key_is_shown_to_those_who_may_read_it(
    cast: Cast, apikey: ApiKey, sign_in: SignIn
) -> None:
    refused(apikey, "203.0.113.9")
    refused(make_key(cast.acme, cast.dev, "Another-Bot").apikey, "203.0.113.77")
    text = read(sign_in(cast.dev).get(path(apikey))).text
    assert "203.0.113.9" in text
    assert "203.0.113.77" not in text
    assert "203.0.113.9" not in read(sign_in(cast.vic).get(path(apikey))).text


def test_the_page_of_a_key_that_was_rotated_leads_to_its_successor_and_back(
    cast: Cast, apikey: ApiKey, sign_in: SignIn
) -> None:
    later = timezone.now() + timedelta(days=30)
    successor = services.rotate_key(apikey=apikey, expires_at=later, actor=BY_TESTS).apikey
    ann = sign_in(cast.ann)
    assert read(ann.get(path(apikey))).all("a", href=path(successor))
    assert read(ann.get(path(successor))).all("a", href=path(apikey))


def test_a_deleted_key_leads_back_to_the_list(cast: Cast, apikey: ApiKey, sign_in: SignIn) -> None:
    services.delete_key(apikey=apikey, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    assert ann.get(path(apikey)).headers["Location"] == LIST
    assert ann.get(path(apikey), headers=HTMX).headers["HX-Redirect"] == LIST


def test_a_key_of_another_team_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    foreign = make_key(cast.globex, cast.mallory).apikey
    assert sign_in(cast.ann).get(path(foreign)).status_code == 404


def test_the_page_costs_the_same_however_much_has_happened(
    cast: Cast, apikey: ApiKey, sign_in: SignIn, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(20):
        refused(apikey, f"203.0.113.{number}")
    browser = sign_in(cast.ann)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        browser.get(path(apikey))


class TestRenaming:
    @pytest.fixture
    def dev(self, cast: Cast, sign_in: SignIn) -> Client:
        return sign_in(cast.dev)

    def test_the_dialog_proposes_the_name_and_the_page_shows_the_new_one(self, apikey: ApiKey, dev: Client) -> None:
        form = read(dev.get(f"{path(apikey)}rename/")).form
        assert form["name"] == apikey.name
        answer = dev.post(f"{path(apikey)}rename/", form | {"name": "Live-Bot"}, follow=True)
        assert answer.redirect_chain == [(path(apikey), 302)]
        assert said(read(answer)) == ["The key is called “Live-Bot” now."]
        assert read(answer).one("h2", id="key-title").text == "Live-Bot"

    def test_in_the_dialog_the_page_behind_is_told(self, apikey: ApiKey, dev: Client) -> None:
        answer = dev.post(f"{path(apikey)}rename/", {"name": "Live-Bot"}, headers={"HX-Request": "true"})
        assert events(answer)["keys-changed"] is True

    @pytest.mark.parametrize("name", ["", "taken", "Backtesting-Alpha-Bot", "x" * 65, "a\u202eb"])
    def test_a_name_that_cannot_be_comes_back_with_what_is_wrong(
        self, cast: Cast, apikey: ApiKey, dev: Client, name: str
    ) -> None:
        make_key(cast.acme, cast.ann, "Taken")
        answer = dev.post(f"{path(apikey)}rename/", {"name": name})
        page = read(answer)
        assert answer.status_code == 422
        assert page.error_of("name")
        assert page.form["name"] == name
