"""A program lists and removes networks."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ipsubnets.models import IPSubnet
from tests.api.calling import Program, errors_of, last_event, problem, program
from tests.cast import Cast, list_network
from tests.front_door import OFFICE, FrontDoorClient


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


def test_listing_a_network(bot: Program) -> None:
    assert bot.front_door.get("/api/v1/datasets", key=bot.generated.text, address="203.0.113.9").status == 403
    answer = bot.call("POST", "subnets", {"network": "203.0.113.0/24", "label": "VPN", "expires_in": "8h"})
    document = answer.json()
    assert (answer.status, document["network"], document["label"]) == (201, "203.0.113.0/24", "VPN")
    assert document["status"] == "ending"
    assert answer.headers["location"].endswith(f"/api/v1/subnets/{document['id']}")
    read = bot.get(f"subnets/{document['id']}")
    assert (read.json(), read.headers["etag"]) == (document, answer.headers["etag"])
    assert bot.front_door.get("/api/v1/datasets", key=bot.generated.text, address="203.0.113.9").status == 200
    event = last_event()
    assert (event.kind, event.actor_name) == ("subnet.created", f"API key Rotation-Bot ({bot.key_id})")


def test_what_is_no_network_is_said_at_its_field(bot: Program) -> None:
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "network"),
        ({"network": "203.0.113.7/24"}, "network"),
        ({"network": "203.0.113.0/33"}, "network"),
        ({"network": "fe80::1%eth0"}, "network"),
        ({"network": OFFICE}, "network"),
        ({"network": 7}, "network"),
        ({"network": "10.0.0.0/7"}, "accept_wide"),
        ({"network": "192.0.2.1", "accept_wide": "yes"}, "accept_wide"),
        ({"network": "192.0.2.1", "label": "a\u0007"}, "label"),
        ({"network": "192.0.2.1", "expires_at": yesterday}, "expires_at"),
    ]
    for members, field in wrong:
        assert field in errors_of(bot.call("POST", "subnets", members)), members
    assert IPSubnet.objects.count() == 1
    assert bot.call("POST", "subnets", {"network": "10.0.0.0/7", "accept_wide": True}).status == 201


def test_removing_a_network(bot: Program, cast: Cast) -> None:
    subnet = list_network(cast.acme, "203.0.113.0/24")
    assert bot.call("DELETE", f"subnets/{subnet.pk}").status == 204
    problem(bot.call("DELETE", f"subnets/{subnet.pk}"), 404, "not_found")
    foreign = list_network(cast.globex, "203.0.113.0/24")
    problem(bot.call("DELETE", f"subnets/{foreign.pk}"), 404, "not_found")
    assert IPSubnet.objects.filter(pk=foreign.pk).exists()


def test_a_program_does_not_lock_itself_out_unawares(bot: Program, cast: Cast) -> None:
    office = cast.acme.subnets.get()
    assert OFFICE in problem(bot.call("DELETE", f"subnets/{office.pk}"), 409, "conflict")["detail"]
    wider = list_network(cast.acme, "198.51.100.0/24")
    assert bot.call("DELETE", f"subnets/{office.pk}").status == 204, "another one holds the address"
    assert "lock_me_out" in errors_of(
        bot.call("DELETE", f"subnets/{wider.pk}?lock_me_out=yes"), code="invalid_parameter"
    )
    assert bot.call("DELETE", f"subnets/{wider.pk}?lock_me_out=true").status == 204
    problem(bot.get("subnets"), 403, "ip_not_allowed")


@pytest.mark.parametrize(("method", "path"), [("POST", "subnets"), ("DELETE", "subnets/{}")])
def test_changes_need_the_scope(front_door: FrontDoorClient, cast: Cast, method: str, path: str) -> None:
    reader = program(front_door, cast, "subnets:read", "keys:write")
    office = cast.acme.subnets.get()
    answer = reader.call(method, path.format(office.pk), {"network": "192.0.2.1"})
    assert problem(answer, 403, "insufficient_scope")["scope"] == "subnets:write"
    assert list(cast.acme.subnets.all()) == [office]
