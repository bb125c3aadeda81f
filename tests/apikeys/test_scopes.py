"""What a key may do: chosen in words that cannot be misread, kept in one form, and never widened by a key itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys import services
from apikeys.models import ApiKey
from apikeys.scopes import MOST, BadScope, Scope, as_text, base_of, covers, dataset_of, in_order, is_scope, parse_scopes
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, make_key
from tests.commands import manage_json, refused

datasets = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
scopes = st.one_of(st.sampled_from([str(scope) for scope in Scope]), datasets.map("datasets:read:{}".format))
chosen = st.sets(scopes, min_size=1, max_size=MOST)
everything = frozenset(map(str, Scope))


@given(chosen)
def test_any_choice_is_kept_in_one_form(choice: set[str]) -> None:
    kept = parse_scopes(choice)
    assert parse_scopes([as_text(kept)]) == kept
    assert parse_scopes(reversed(in_order(kept))) == kept
    assert covers(kept, choice)
    assert covers(choice, kept)
    for scope in kept:
        assert base_of(scope) == scope or base_of(scope) not in kept


@given(chosen, chosen, chosen)
def test_covering_is_an_order(first: set[str], second: set[str], third: set[str]) -> None:
    assert covers(first, first)
    assert covers(first | second, second)
    assert covers(everything, first)
    if covers(first, second) and covers(second, third):
        assert covers(first, third)
    if covers(first, second) and covers(second, first):
        assert parse_scopes(first) == parse_scopes(second)


@given(chosen, chosen)
def test_what_is_covered_may_do_no_more(maker: set[str], made: set[str]) -> None:
    """By what each opens: every scope without a dataset, and every dataset, one that neither names included."""
    names = {dataset_of(scope) for scope in maker | made} - {""} | {"never-named"}
    opened = [_opens(who, names) for who in (maker, made)]
    assert covers(maker, made) == (opened[1] <= opened[0])


def _opens(held: set[str], names: set[str]) -> set[str]:
    whole = {scope for scope in held if base_of(scope) == scope}
    read = names if Scope.DATASETS_READ in held else {dataset_of(scope) for scope in held} & names
    return whole | {f"the dataset {name}" for name in read}


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_scope_or_is_refused(text: str) -> None:
    words = text.split()
    if words and all(map(is_scope, words)):
        assert as_text(parse_scopes([text])).isascii()
    else:
        with pytest.raises(BadScope):
            parse_scopes([text])


@pytest.mark.parametrize(
    "text",
    [
        "datasets",
        "datasets:write",
        "DATASETS:READ",
        "datasets:read:",
        "datasets:read:*",
        "datasets:read:a:b",
        "datasets:read:-a",
        "datasets:read:a--b",
        "datasets:read:" + "a" * 65,
        "keys:read:us-equity-taq",
        "datasets:read,keys:read",
        "*",
    ],
)
def test_what_is_nearly_a_scope_is_none(text: str) -> None:
    assert not is_scope(text)
    with pytest.raises(BadScope, match="is not a scope"):
        parse_scopes([text])


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(BadScope, match="at least one"):
        parse_scopes([" "])
    with pytest.raises(BadScope, match=f"at most {MOST}"):
        parse_scopes(f"datasets:read:n{number}" for number in range(MOST + 1))


def test_a_key_reads_datasets_unless_its_maker_says_otherwise(cast: Cast) -> None:
    assert make_key(cast.acme, cast.dev).apikey.scopes == "datasets:read"


def test_the_successor_may_do_what_its_predecessor_may(cast: Cast) -> None:
    old = make_key(cast.acme, cast.dev, scopes=["keys:read", "datasets:read:us-equity-taq"]).apikey
    new = services.rotate_key(apikey=old, expires_at=old.expires_at, actor=BY_TESTS).apikey
    assert new.scopes == old.scopes == "datasets:read:us-equity-taq keys:read"
    assert AuditEvent.objects.get(kind="key.rotated").details["scopes"] == new.scope_list


def test_scopes_are_chosen_on_the_command_line(cast: Cast) -> None:
    words = ("apikey", "create", "--team", "acme", "--name")
    assert manage_json(*words, "plain")["scopes"] == ["datasets:read"]
    made = manage_json(*words, "narrow", "--scope", "audit:read", "--scope", "datasets:read:us-equity-taq")
    assert made["scopes"] == ["datasets:read:us-equity-taq", "audit:read"]
    listed = {row["name"]: row["scopes"] for row in manage_json("apikey", "list", "--team", "acme")}
    assert listed == {"plain": ["datasets:read"], "narrow": made["scopes"]}
    assert "“admin” is not a scope" in refused(*words, "bad", "--scope", "admin")
    assert ApiKey.objects.count() == 2
