"""A Gatehouse that was set up with an earlier version goes on as it was."""

from pathlib import Path

import pytest

from tests.server import Gatehouse

pytestmark = pytest.mark.server


def test_teams_and_keys_from_before_subscriptions_and_scopes_read_what_they_read(tmp_path: Path) -> None:
    """The database is taken back to where the earlier version left it, and forward again by the start."""
    installed = Gatehouse(tmp_path)
    installed.manage("migrate")
    team = installed.team("127.0.0.1")
    key = installed.key(team)
    for app in ("console", "apikeys"):
        installed.manage("migrate", app, "0001_initial")
    try:
        server = installed.start()
        assert len(server.get("/api/v1/datasets", key=key["key"]).json()["datasets"]) == 5
        assert server.get("/api/v1/datasets/us-equity-taq/rows?limit=1", key=key["key"]).status == 200
        assert server.get("/authz", key=key["key"]).headers["x-gatehouse-scopes"] == "datasets:read"
        named = {row["id"]: row["name"] for row in server.manage_json("subscription", "list")}
        assert named["us-equity-taq"] == "US Equity TAQ"
    finally:
        installed.stop()
    installed.assert_trail_intact()
