"""What has to happen inside Gatehouse: `python -m benchmarks.inside JOB ARGUMENTS` prints one JSON object."""

import gc
import json
import random
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from apikeys.digests import digest, newest_pepper, peppers
from apikeys.key_format import new_key
from apikeys.models import ApiKey
from apikeys.services import generate_key
from console.enforcement.decision import Credential
from console.enforcement.gate import gate
from ipsubnets.addresses import parse_address
from ipsubnets.models import IPSubnet
from ipsubnets.networks import parse_network
from ipsubnets.services import create_subnet
from teams.audit import Actor
from teams.models import User
from teams.permissions import Role
from teams.public_ids import ALPHABET, LENGTH
from teams.services import add_member, create_team

ACTOR = Actor(name="Benchmark", via="command line")
CLIENT = "127.0.0.1"
CHUNK = 20_000
REPEATS, DECISIONS = 9, 20_000
MOST_TIMED_KEYS = 1000


def seed(keys: int, networks: int, usable: int) -> dict[str, Any]:
    """A team with a key and a network that the services made, and copies of their rows up to the numbers asked for."""
    call_command("migrate", interactive=False, verbosity=0)
    team = create_team(name="Benchmark", slug="benchmark", actor=ACTOR)
    owner = User.objects.create_user("bench@benchmark.example", full_name="Benchmark")
    add_member(team=team, user=owner, role=Role.ADMIN, actor=ACTOR)
    first = generate_key(
        team=team, name="key 0", expires_at=timezone.now() + timedelta(days=90), owner=owner, actor=ACTOR
    )
    listed = create_subnet(team=team, network=parse_network(CLIENT), label="loopback", expires_at=None, actor=ACTOR)
    texts = [first.text, *(new_key(settings.GATEHOUSE_KEY_PREFIX).text for _ in range(usable - 1))]
    with transaction.atomic():
        _insert_copies(ApiKey.objects.get(pk=first.apikey.pk), _key_rows(texts[1:], keys - 1))
        _insert_copies(IPSubnet.objects.get(pk=listed.pk), _network_rows(networks - 1))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (settings.GATEHOUSE_DATA_DIR / "keys.json").write_text(json.dumps(texts))
    return {"keys": texts[:MOST_TIMED_KEYS]}


def _key_rows(texts: list[str], count: int) -> Iterator[dict[str, object]]:
    """Rows of the keys handed out, then rows of keys that nobody holds."""
    pepper = peppers()[newest_pepper()]
    for number in range(count):
        if number < len(texts):
            key_id, hashed = texts[number].split("_")[1], digest(texts[number], pepper)
        else:
            key_id, hashed = _random_id(), random.randbytes(32)
        yield {"id": key_id, "digest": hashed, "name": f"key {number + 1}", "folded_name": f"key {number + 1}"}


def _network_rows(count: int) -> Iterator[dict[str, object]]:
    """Single addresses of 10.0.0.0/8, no two of them neighbours: none can be merged away."""
    for number in random.sample(range(2**23), count):
        value = (10 << 24) + 2 * number
        address = ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
        yield {"id": _random_id(), "network": f"{address}/32", "first": f"{value:032x}", "last": f"{value:032x}"}


def _random_id() -> str:
    return "".join(random.choices(ALPHABET, k=LENGTH))


def _insert_copies(prototype: Model, changes: Iterable[dict[str, object]]) -> None:
    fields = {field.attname: field for field in prototype._meta.concrete_fields}
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields.values())
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {prototype._meta.db_table} ({columns}) VALUES ({places})"
    usual = {name: field.get_db_prep_save(getattr(prototype, name), connection) for name, field in fields.items()}
    rows = (tuple((usual | changed).values()) for changed in changes)
    with connection.cursor() as cursor:
        while chunk := list(islice(rows, CHUNK)):
            cursor.executemany(statement, chunk)


def decide() -> dict[str, Any]:
    """The processor time of a decision with its freshness check; what a key takes at first, and occupies then."""
    texts = json.loads((settings.GATEHOUSE_DATA_DIR / "keys.json").read_text())
    credentials = [Credential(text, given=True) for text in texts]
    engine, address = gate(), parse_address(CLIENT)
    _allowed(engine.decide(credentials[0], address))
    timed, traced = credentials[1 : len(credentials) // 2 + 1], credentials[len(credentials) // 2 + 1 :]
    first = []
    for credential in timed:
        began = perf_counter()
        _allowed(engine.decide(credential, address))
        first.append(perf_counter() - began)
    tracemalloc.start()
    for credential in traced:
        _allowed(engine.decide(credential, address))
    gc.collect()
    occupied, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    decide_at_once = engine.decide_from_memory
    sequence = list(islice(cycle(credentials[:MOST_TIMED_KEYS]), DECISIONS))
    runs = []
    for _ in range(REPEATS):
        began = thread_time()
        for credential in sequence:
            decide_at_once(credential, address)
        runs.append((thread_time() - began) / DECISIONS * 1e9)
    return {
        "decide_ns": runs,
        "first_decision_us": median(first) * 1e6 if first else None,
        "bytes_per_cached_key": occupied / len(traced) if len(traced) >= MOST_TIMED_KEYS else None,
    }


def _allowed(decision: Any) -> None:
    if not decision.allowed:
        raise RuntimeError(f"The benchmark's own key is refused: {decision.code} {decision.reason}")


if __name__ == "__main__":
    print(json.dumps({"seed": seed, "decide": decide}[sys.argv[1]](*map(int, sys.argv[2:]))))
