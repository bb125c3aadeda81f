"""The very files of `deploy/`, started: only the addresses that they document are replaced by free ones."""

import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.server import ROOT, wait_until

DEPLOY = ROOT / "deploy"
SYSTEM_PROGRAMS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where Debian puts servers, and where an ordinary user's PATH does not look."""

AS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Addresses:
    """Ports on 127.0.0.1."""

    listen: int
    gatehouse: int
    upstream: int


@dataclass(frozen=True)
class Program:
    command: list[str]
    port: int
    """Where it listens once it is up."""


@dataclass(frozen=True)
class Recipe:
    name: str
    prepare: Callable[[Path, Addresses], list[Program]]
    for_nginx: bool = False
    """Whether it needs GATEHOUSE_AUTHZ_FOR_NGINX."""
    tells_the_client: bool = True
    """Whether the client hears of the key's expiry and of its rate when it is let through."""
    refuses_odd_connection: bool = False
    """Whether it answers 400 itself when `Connection` names a header that is not for one hop."""
    sends_the_url: bool = True
    """Whether Gatehouse can see that a key is in the URL."""
    when_gatehouse_is_down: int = 503

    @property
    def program(self) -> str | None:
        return program({"apache": "apache2"}.get(self.name, self.name))


def port_to_listen_on() -> int:
    """A free port below those that outgoing connections get, so that none of them has it when the proxy comes."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), SYSTEM_PROGRAMS)))


def copy_with(changes: Mapping[str, str], recipe: str, directory: Path) -> Path:
    """A copy of a file of `deploy/` in which each documented text is replaced; each of them has to occur."""
    text = (DEPLOY / recipe).read_text(encoding="utf-8")
    missing = [documented for documented in changes if documented not in text]
    assert not missing, f"deploy/{recipe} does not say {missing}"
    copy = directory / Path(recipe).name
    pattern = "|".join(re.escape(documented) for documented in changes)
    copy.write_text(re.sub(pattern, lambda found: changes[found[0]], text), encoding="utf-8")
    return copy


def _nginx(directory: Path, at: Addresses) -> list[Program]:
    changes = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{at.gatehouse};",
        "server 127.0.0.1:9000;": f"server 127.0.0.1:{at.upstream};",
        "listen 127.0.0.1:8080;": f"listen 127.0.0.1:{at.listen};",
    }
    copy = copy_with(changes, "nginx/gatehouse.conf", directory)
    temporary = "".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = directory / "nginx.conf"
    main.write_text(
        f"{'user root;' if AS_ROOT else ''} daemon off; pid {directory}/nginx.pid; worker_processes 1;"
        f" error_log stderr; events {{ }} http {{ access_log off; {temporary} include {copy}; }}"
    )
    return [Program(["nginx", "-e", "stderr", "-p", str(directory), "-c", str(main)], at.listen)]


def _caddy(directory: Path, at: Addresses) -> list[Program]:
    changes = {
        "reverse_proxy 127.0.0.1:8000 {": f"reverse_proxy 127.0.0.1:{at.gatehouse} {{",
        "reverse_proxy 127.0.0.1:9000 {": f"reverse_proxy 127.0.0.1:{at.upstream} {{",
        "http://:8080 {": f"http://:{at.listen} {{",
    }
    copy = copy_with(changes, "caddy/Caddyfile", directory)
    main = directory / "main.caddyfile"
    main.write_text(f"{{\n\tadmin off\n}}\nimport {copy}\n")  # several of them run at once
    return [Program(["caddy", "run", "--adapter", "caddyfile", "--config", str(main)], at.listen)]


def _haproxy(directory: Path, at: Addresses) -> list[Program]:
    changes = {
        "lua-load /etc/haproxy/gatehouse.lua": f"lua-load {DEPLOY}/haproxy/gatehouse.lua",
        "lua.gatehouse http://127.0.0.1:8000/": f"lua.gatehouse http://127.0.0.1:{at.gatehouse}/",
        "server api 127.0.0.1:9000": f"server api 127.0.0.1:{at.upstream}",
        "bind 127.0.0.1:8080": f"bind 127.0.0.1:{at.listen}",
    }
    copy = copy_with(changes, "haproxy/haproxy.cfg", directory)
    return [Program(["haproxy", "-db", "-f", str(copy)], at.listen)]


APACHE_MODULES = (
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "authnz_fcgi",
    "headers",
    "proxy",
    "proxy_http",
)


def _apache(directory: Path, at: Addresses) -> list[Program]:
    authorizer = port_to_listen_on()
    changes = {
        "fcgi://127.0.0.1:9010/": f"fcgi://127.0.0.1:{authorizer}/",
        '"http://127.0.0.1:9000/"': f'"http://127.0.0.1:{at.upstream}/"',
        "Listen 127.0.0.1:8080": f"Listen 127.0.0.1:{at.listen}",
        "<VirtualHost 127.0.0.1:8080>": f"<VirtualHost 127.0.0.1:{at.listen}>",
    }
    copy = copy_with(changes, "apache/gatehouse.conf", directory)
    modules = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in APACHE_MODULES]
    nobody = pwd.getpwnam("nobody")
    main = directory / "apache.conf"
    main.write_text(
        "\n".join(
            [
                *modules,
                f"ServerRoot {directory}",
                f"DefaultRuntimeDir {directory}",
                f"PidFile {directory}/apache.pid",
                f"ErrorLog {directory}/apache-error.log",
                "ServerName api.example.com",
                *([f"User #{nobody.pw_uid}", f"Group #{nobody.pw_gid}"] if AS_ROOT else []),
                f"Include {copy}",
                "",
            ]
        )
    )
    ask = [sys.executable, str(DEPLOY / "apache/gatehouse_authorizer.py"), "--listen", f"127.0.0.1:{authorizer}"]
    return [
        Program([*ask, "--gatehouse", f"http://127.0.0.1:{at.gatehouse}/authz"], authorizer),
        Program(["apache2", "-f", str(main), "-DFOREGROUND"], at.listen),
    ]


def _envoy(directory: Path, at: Addresses) -> list[Program]:
    changes = {
        "port_value: 8000}": f"port_value: {at.gatehouse}}}",
        "port_value: 9000}": f"port_value: {at.upstream}}}",
        "port_value: 8080}": f"port_value: {at.listen}}}",
    }
    copy = copy_with(changes, "envoy/envoy.yaml", directory)
    return [Program(["envoy", "-c", str(copy), "--disable-hot-restart", "--concurrency", "1"], at.listen)]


def _traefik(directory: Path, at: Addresses) -> list[Program]:
    changes = {
        'address: "http://127.0.0.1:8000/': f'address: "http://127.0.0.1:{at.gatehouse}/',
        '- url: "http://127.0.0.1:9000"': f'- url: "http://127.0.0.1:{at.upstream}"',
    }
    dynamic = copy_with(changes, "traefik/gatehouse.yml", directory)
    changes = {
        'address: "127.0.0.1:8080"': f'address: "127.0.0.1:{at.listen}"',
        "filename: /etc/traefik/gatehouse.yml": f"filename: {dynamic}",
    }
    static = copy_with(changes, "traefik/traefik.yml", directory)
    return [Program(["traefik", f"--configFile={static}"], at.listen)]


RECIPES = (
    Recipe("nginx", _nginx, for_nginx=True),
    Recipe("caddy", _caddy),
    Recipe("haproxy", _haproxy),
    Recipe("apache", _apache),
    Recipe("envoy", _envoy, refuses_odd_connection=True),
    Recipe("traefik", _traefik, tells_the_client=False, sends_the_url=False, when_gatehouse_is_down=500),
)
INSTALLED = tuple(recipe for recipe in RECIPES if recipe.program)


def _asking_for(scope: str, programs: list[Program], directory: Path) -> list[Program]:
    """As the documentation says to do it: `/authz:SCOPE` in place of `/authz`."""

    def changed(text: str) -> str:
        return re.sub(r"/authz(?=[\s\"${]|\Z)", f"/authz:{scope}", text)

    for file in [path for path in directory.iterdir() if path.is_file()]:
        file.write_text(changed(file.read_text(encoding="utf-8")), encoding="utf-8")
    return [Program([changed(word) for word in program.command], program.port) for program in programs]


@contextmanager
def started(recipe: Recipe, directory: Path, *, gatehouse: int, upstream: int, scope: str = "") -> Iterator[int]:
    """The recipe's programs, running; yields the port where clients are answered. They may ask for a scope."""
    at = Addresses(port_to_listen_on(), gatehouse, upstream)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        programs = recipe.prepare(directory, at)
        if scope:
            programs = _asking_for(scope, programs, directory)
        for each in programs:
            log = directory / f"{Path(each.command[0]).name}.log"
            process = _start(each, directory, log)
            processes.append(process)
            wait_until(lambda p=process, e=each: _is_up(p, e.port), f"{recipe.name}: {log}", seconds=30)
        yield at.listen
    finally:
        for process in reversed(processes):
            _stop(process)


def _start(each: Program, directory: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "HOME": str(directory),
        "XDG_DATA_HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory),
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [program(each.command[0]) or each.command[0], *each.command[1:]],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
