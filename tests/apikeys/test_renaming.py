"""A key is given another name: the gate, the trail and the command line know it at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from apikeys.renaming import rename_key
from console.enforcement.loading import load_key
from teams.audit import sentence
from teams.errors import RefusedChange
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, make_key
from tests.commands import manage, manage_json, refused


def test_upstreams_hear_the_new_name(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    rename_key(apikey=apikey, name="Live-Bot", actor=BY_TESTS)
    policy = load_key(apikey.pk)
    assert policy
    assert dict(policy.forward_auth_headers)[b"x-gatehouse-key-name"] == b"Live-Bot"


def test_the_trail_tells_both_names(cast: Cast) -> None:
    rename_key(apikey=make_key(cast.acme, cast.dev).apikey, name="Live-Bot", actor=BY_TESTS)
    event = AuditEvent.objects.get(kind="key.renamed")
    assert sentence(event) == "The tests renamed key Backtesting-Alpha-Bot to Live-Bot"


def test_a_key_may_have_the_name_of_the_key_it_succeeds_but_of_no_other(cast: Cast) -> None:
    first = make_key(cast.acme, cast.dev).apikey
    make_key(cast.acme, cast.dev, "Taken")
    later = timezone.now() + timedelta(days=30)
    second = services.rotate_key(apikey=first, expires_at=later, actor=BY_TESTS).apikey
    rename_key(apikey=second, name="Live-Bot", actor=BY_TESTS)
    rename_key(apikey=first, name="live-bot", actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="already called"):
        rename_key(apikey=second, name="Taken", actor=BY_TESTS)
    assert ApiKey.objects.get(pk=second.pk).name == "Live-Bot"


def test_on_the_command_line(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    assert manage("apikey", "rename", apikey.pk, "Live-Bot") == f"The key {apikey.pk} is called Live-Bot now.\n"
    assert manage_json("apikey", "rename", apikey.pk, "Live-Bot-2")["name"] == "Live-Bot-2"
    assert "called that already" in refused("apikey", "rename", apikey.pk, "Live-Bot-2")
