"""better-auth's API-key plugin: what a Node team would take instead."""

import json
import shutil

from benchmarks.contenders import CACHE, Contender, Ring
from benchmarks.processes import ROOT, NotHere, free_port, run, serve

VERIFY = "better-auth verify"
PACKAGES = {
    "better-auth": "1.7.5",
    "@better-auth/core": "1.7.5",
    "@better-auth/api-key": "1.7.5",
    "better-call": "1.4.0",
    "@better-auth/utils": "0.4.2",
    "better-sqlite3": "^12",
}
FOLDER = CACHE / "better-auth"
SCRIPT = ROOT / "benchmarks" / "applications" / "better_auth.mjs"


def start(ring: Ring) -> None:
    node = shutil.which("node")
    if node is None:
        raise NotHere("there is no Node.js here")
    _install()
    environment = {"PEER_DATABASE": str(ring.folder("better-auth") / "db.sqlite3")}
    key = run([node, SCRIPT, "seed"], environment=environment, directory=FOLDER).strip().splitlines()[-1]
    port = free_port()
    process = serve([node, SCRIPT, str(port)], port, environment=environment, directory=FOLDER)
    ring.enter(Contender(VERIFY, ring.stack.enter_context(process), "/", {"Authorization": f"Bearer {key}"}))


def _install() -> None:
    """Its SQLite driver is compiled where no binary can be fetched, which takes minutes."""
    npm = shutil.which("npm")
    if (FOLDER / "installed").exists():
        return
    if npm is None:
        raise NotHere("there is no npm here")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}))
    run([npm, "install", "--no-audit", "--no-fund", "--silent"], directory=FOLDER, seconds=900)
    (FOLDER / "installed").touch()
