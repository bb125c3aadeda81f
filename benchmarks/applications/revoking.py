"""Gatehouse, and on `/benchmark/revoke/KEY_ID` a revoke in the process that happens to get the request."""

import asyncio

import console.asgi
from apikeys.models import ApiKey
from apikeys.services import revoke_key
from benchmarks.applications import REVOKE_PATH
from teams.audit import Actor

ACTOR = Actor(name="Benchmark", via="command line")


async def application(scope, receive, send):
    if scope["type"] != "http" or not scope["path"].startswith(REVOKE_PATH):
        await console.asgi.application(scope, receive, send)
        return
    await asyncio.to_thread(_revoke, scope["path"].removeprefix(REVOKE_PATH))
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _revoke(key_id: str) -> None:
    revoke_key(apikey=ApiKey.objects.get(pk=key_id), actor=ACTOR)
