"""nginx, one worker: with the key and the network written into its configuration, and asking Gatehouse."""

import shutil

from benchmarks.contenders import Contender, Ring
from benchmarks.contenders.gatehouse import AUTHZ
from benchmarks.processes import NotHere, free_port, serve

STATIC_MAP, ALONE, AUTH_REQUEST = "nginx static map", "nginx alone", "nginx auth_request"

# `return` would answer before `allow` and `deny` are looked at; an empty picture from memory does not.
CONFIGURATION = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    map_hash_bucket_size 256;
    map $http_authorization $known {{ default 0; "{authorization}" 1; }}
    upstream gatehouse {{ server 127.0.0.1:{gatehouse}; keepalive 32; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port};
        location = /static-map {{ if ($known = 0) {{ return 401; }} allow 127.0.0.1; deny all; empty_gif; }}
        location = /alone {{ empty_gif; }}
        location = /auth-request {{ auth_request /authz; empty_gif; }}
        location = /authz {{
            internal;
            proxy_pass http://gatehouse;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }}
    }}
}}
"""


def start(ring: Ring) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise NotHere("there is no nginx here (Debian: apt-get install nginx)")
    authz = ring.started[AUTHZ]
    directory, port = ring.folder("nginx"), free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            directory=directory,
            authorization=authz.headers["Authorization"],
            gatehouse=authz.process.port,
            port=port,
        )
    )
    process = ring.stack.enter_context(serve([nginx, "-p", directory, "-c", configuration], port))
    for name, path in ((STATIC_MAP, "/static-map"), (ALONE, "/alone")):
        ring.enter(Contender(name, process, path, authz.headers))
    ring.enter(Contender(AUTH_REQUEST, process, "/auth-request", authz.headers, behind=(authz.process,)))
