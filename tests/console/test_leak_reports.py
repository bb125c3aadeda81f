"""A scanner sends a signed list of what it found, and a stranger fills in a form."""

import base64
import hashlib
import json
import logging
from collections.abc import Callable

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from apikeys.key_format import new_key
from apikeys.models import ApiKey, LeakReport
from apikeys.services import GeneratedKey
from console.checks import check_settings
from teams.models import AuditEvent
from tests.cast import Cast, make_key
from tests.conftest import SignIn

SCANNER = "a" * 64
URL = "https://git.example/acme/bot/blob/main/.env"

Answer = HttpResponse
Send = Callable[..., Answer]


def setting_of(private: ec.EllipticCurvePrivateKey, identifier: str = SCANNER) -> str:
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{identifier}:{base64.b64encode(der).decode()}"


@pytest.fixture
def private(settings: Settings) -> ec.EllipticCurvePrivateKey:
    made = ec.generate_private_key(ec.SECP256R1())
    settings.GATEHOUSE_SCANNER_KEYS = setting_of(made)
    return made


@pytest.fixture
def made(cast: Cast) -> GeneratedKey:
    return make_key(cast.acme, cast.dev)


@pytest.fixture
def send(client: Client, private: ec.EllipticCurvePrivateKey) -> Send:
    def post(body: bytes, *, signed: bytes | None = None, identifier: str = SCANNER, signature: str = "") -> Answer:
        over = body if signed is None else signed
        signature = signature or base64.b64encode(private.sign(over, ec.ECDSA(SHA256()))).decode()
        headers = {"Github-Public-Key-Identifier": identifier, "Github-Public-Key-Signature": signature}
        answer = client.post("/leaks/scanner/", body, content_type="application/json", headers=headers)
        assert isinstance(answer, HttpResponse)
        return answer

    return post


def matches(*texts: str) -> bytes:
    return json.dumps(
        [{"token": text, "type": "gatehouse_api_key", "url": URL, "source": "content"} for text in texts]
    ).encode()


def test_what_a_scanner_finds_is_stopped_and_it_is_told_what_was_a_key(send: Send, made: GeneratedKey) -> None:
    unknown = new_key("gate").text
    answer = send(matches(made.text, unknown))
    assert answer.status_code == 200
    assert answer["Cache-Control"].find("no-store") >= 0
    assert json.loads(answer.content) == [
        {
            "token_hash": hashlib.sha256(text.encode()).hexdigest(),
            "token_type": "gatehouse_api_key",
            "label": label,
        }
        for text, label in ((made.text, "true_positive"), (unknown, "false_positive"))
    ]
    assert ApiKey.objects.get().status == "disabled"
    assert LeakReport.objects.get().found_at == URL
    assert AuditEvent.objects.get(kind="key.leaked").via == "secret scanning"


def test_the_same_message_again_changes_nothing(send: Send, made: GeneratedKey) -> None:
    send(matches(made.text))
    events = AuditEvent.objects.count()
    assert send(matches(made.text)).status_code == 200
    assert AuditEvent.objects.count() == events


def test_nobody_is_believed_without_a_signature_over_this_body(
    send: Send, made: GeneratedKey, client: Client, private: ec.EllipticCurvePrivateKey
) -> None:
    body = matches(made.text)
    stranger = ec.generate_private_key(ec.SECP256R1())
    another_hash = base64.b64encode(private.sign(body, ec.ECDSA(SHA512()))).decode()
    by_a_stranger = base64.b64encode(stranger.sign(body, ec.ECDSA(SHA256()))).decode()
    answers = [
        client.post("/leaks/scanner/", body, content_type="application/json"),
        send(body, signed=body + b" "),
        send(body, identifier="b" * 64),
        send(body, identifier=""),
        send(body, signature=by_a_stranger),
        send(body, signature=another_hash),
        send(body, signature="not base64"),
        send(body, signature="ä"),
        send(body, signature=base64.b64encode(b"0").decode()),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert ApiKey.objects.get().status == "active"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b'"x"', b"[1]", b'[{"type": "x"}]', b'[{"token": 1}]', b"\xff", b"[" * 100_000],
    ids=["empty", "object", "null", "text", "number", "no token", "number as token", "not UTF-8", "deep"],
)
def test_a_signed_body_that_is_no_list_of_matches_is_refused(send: Send, made: GeneratedKey, body: bytes) -> None:
    answer = send(body)
    assert answer.status_code == 400
    assert "error" in json.loads(answer.content)


def test_texts_that_no_key_can_be_are_false_positives(send: Send, made: GeneratedKey) -> None:
    odd = b'[{"token": "\\ud800", "type": 7, "url": null}, {"token": ""}, {"token": "%s"}]' % (b"a" * 10_000)
    answer = send(odd)
    assert answer.status_code == 200
    assert {each["label"] for each in json.loads(answer.content)} == {"false_positive"}


def test_there_is_nothing_here_where_no_scanner_is_configured(client: Client, made: GeneratedKey) -> None:
    assert client.post("/leaks/scanner/", matches(made.text), content_type="application/json").status_code == 404
    assert ApiKey.objects.get().status == "active"


def test_a_setting_that_cannot_be_used_stops_the_start(settings: Settings) -> None:
    p384 = setting_of(ec.generate_private_key(ec.SECP384R1()))
    twice = setting_of(ec.generate_private_key(ec.SECP256R1()))
    for wrong in ("words", "a:AAAA", p384, f"{twice},{twice}", "a:!!"):
        settings.GATEHOUSE_SCANNER_KEYS = wrong
        [error] = [each for each in check_settings(None) if each.id == "gatehouse.E209"]
        assert "GATEHOUSE_SCANNER_KEYS" in error.msg
    settings.GATEHOUSE_SCANNER_KEYS = twice
    assert not [each for each in check_settings(None) if each.id == "gatehouse.E209"]


def test_a_stranger_pastes_a_text_that_holds_a_key(client: Client, made: GeneratedKey) -> None:
    answer = client.post("/leaks/", {"text": f'key = "{made.text}"', "found_at": URL}, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert made.text not in answer.content.decode()
    assert made.apikey.pk not in answer.content.decode()
    assert ApiKey.objects.get().status == "disabled"
    assert AuditEvent.objects.get(kind="key.leaked").actor_address == "198.51.100.7"


def test_whose_key_it_is_does_not_learn_which_other_team_s_member_found_it(
    cast: Cast, made: GeneratedKey, sign_in: SignIn
) -> None:
    sign_in(cast.mallory).post("/leaks/", {"text": made.text})
    event = AuditEvent.objects.get(kind="key.leaked")
    assert (event.actor_name, event.actor_id) == ("A visitor", None)
    assert "Mallory" not in ApiKey.objects.get().status_reason


def test_the_answer_is_the_same_for_a_key_that_is_not_ours(client: Client, made: GeneratedKey) -> None:
    with time_machine.travel(timezone.now(), tick=False):  # a header of both says when they were given
        ours = client.post("/leaks/", {"text": made.text})
        another = client.post("/leaks/", {"text": new_key("gate").text})
    assert ours.content == another.content
    assert ours.headers == another.headers


@pytest.mark.parametrize("text", ["", "gate_", "hello", "x" * 100_001])
def test_a_text_without_a_key_says_so_where_it_was_typed(client: Client, db: None, text: str) -> None:
    answer = client.post("/leaks/", {"text": text, "found_at": "a wiki"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert "a wiki" in page


def test_nobody_can_go_on_reporting_for_ever(client: Client, made: GeneratedKey) -> None:
    answers = [client.post("/leaks/", {"text": new_key("gate").text}).status_code for _ in range(25)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert client.post("/leaks/", {"text": made.text}, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_the_keys_are_in_no_log(
    client: Client, send: Send, made: GeneratedKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/leaks/", {"text": made.text})
    send(matches(made.text))
    assert made.text not in caplog.text
