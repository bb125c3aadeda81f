"""A change made by this process reaches its memory on commit, before the response to the change is sent."""

from teams.policy_changes import policy_changed


def connect() -> None:
    policy_changed.connect(_forget, dispatch_uid="gatehouse.forget")


def _forget(*, team_id: int, key_id: str, **_: object) -> None:
    from console.enforcement.gate import gate  # noqa: PLC0415 - models are ready only by now

    gate().memory.forget(team_id=team_id, key_id=key_id)
