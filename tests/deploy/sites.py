"""Real nginx and real Caddy with TLS, by the files below deploy/, before two real Echoscopes that share a Redis."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from echoscope.server.certificates import self_signed
from tests.cli.program import Program, started
from tests.deploy.places import fitted
from tests.eventually import eventually
from tests.places import redis_running
from tests.ports import free_port
from tests.programs import require
from tests.servers import HOST, WAIT_S

TOKEN = "operator-token-of-these-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}
CLIENT = "127.0.0.2"
"""The address from which clients come to the proxy, which is at another."""

ProxyName = Literal["nginx", "caddy"]
Prefix = Literal["", "kept", "taken off"]
"""What the proxy makes of the prefix; empty without one."""

PREFIX = "/debug"

NGINX = """
user root;
daemon off;
pid {folder}/pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""

CADDY = """{
	admin off
	skip_install_trust
	auto_https disable_redirects
}
"""


@dataclass
class Site:
    """What clients see: an origin, the certificate that vouches for it, and the Echoscopes behind it."""

    name: ProxyName
    port: int
    authority: Path
    echoscopes: list[Program]
    prefix: str

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def client(self, *, http2: bool = True) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self.context, http2=http2, local_address=CLIENT)
        return httpx.Client(base_url=self.origin, transport=transport, timeout=WAIT_S, trust_env=False)

    def api(self, path: str, **query: str) -> httpx.Response:
        """The API of the first Echoscope, which has what all of them have recorded."""
        first = self.echoscopes[0]
        address = f"{first.origin}{self.prefix}/-/api/{path}"
        return httpx.get(address, params=query, headers=BEARER, timeout=WAIT_S, trust_env=False)

    def exchange(self, exchange_id: str) -> dict[str, object]:
        """All of an exchange, once it is stored: an answer that waited for that in vain says that it comes later."""
        eventually(lambda: self.api(f"exchanges/{exchange_id}").is_success)
        return dict(self.api(f"exchanges/{exchange_id}").json())

    def found(self, q: str) -> list[dict[str, object]]:
        return list(self.api("exchanges", q=q).json()["items"])


@contextmanager
def site(
    name: ProxyName,
    folder: Path,
    *,
    prefix: Literal["", "kept", "taken off"] = "",
    echoscopes: int = 2,
    store: str = "",
) -> Iterator[Site]:
    options = ["--profile", "public", "--token", TOKEN, "--hosts", "localhost,127.0.0.1", "--trusted-proxies", HOST]
    options += ["--rate", "100000"]  # the clients of all tests are one
    options += ["--root-path", PREFIX] if prefix else []
    with ExitStack() as running:
        options += ["--store", running.enter_context(redis_running()).address] if echoscopes > 1 else []
        programs = [running.enter_context(started(*options)) for _ in range(echoscopes)]
        upstreams = [program.origin.removeprefix("http://") for program in programs]
        certificate, port = running.enter_context(self_signed()), free_port()
        if name == "nginx":
            authority = certificate.certfile
            text = _nginx(port, upstreams, authority, certificate.keyfile, prefix)
            (folder / "nginx.conf").write_text(NGINX.format(folder=folder, site=text))
            command = [require("nginx"), "-p", str(folder), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
            checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=WAIT_S, check=False)
        else:
            authority = folder / "caddy/pki/authorities/local/root.crt"
            (folder / "Caddyfile").write_text(CADDY + _caddy(prefix))
            command = [require("caddy"), "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]
            validate = [require("caddy"), "validate", *command[2:]]
            environment = _environment(folder, port, upstreams)
            checked = subprocess.run(
                validate, capture_output=True, text=True, timeout=WAIT_S, env=environment, check=False
            )
        assert checked.returncode == 0, checked.stderr
        log = running.enter_context((folder / "proxy.log").open("w"))
        process = running.enter_context(
            subprocess.Popen(command, stderr=log, stdout=log, env=_environment(folder, port, upstreams))
        )
        running.callback(process.terminate)
        made = Site(name, port, authority, programs, PREFIX if prefix else "")
        eventually(lambda: process.poll() is not None or (authority.exists() and _answers(made)))
        assert process.poll() is None, (folder / "proxy.log").read_text()
        yield made


def _nginx(port: int, upstreams: list[str], certfile: Path, keyfile: Path, prefix: Prefix) -> str:
    servers = "\n".join(f"    server {address} fail_timeout=1s;" for address in upstreams)
    changes = {
        "    server 127.0.0.1:8000;": servers,
        "listen 443 ssl http2;": f"listen {HOST}:{port} ssl http2;",
        "listen 80;": f"listen {HOST}:{free_port()};",
        "/etc/nginx/tls/debug.example.com.pem": str(certfile),
        "/etc/nginx/tls/debug.example.com.key": str(keyfile),
        "server_name debug.example.com;": "server_name localhost;",
    }
    text = fitted("nginx/echoscope.conf", changes)
    if not prefix:
        return text
    slash = "/" if prefix == "taken off" else ""
    inner = fitted("nginx/prefix.conf", {"proxy_pass http://echoscope;": f"proxy_pass http://echoscope{slash};"})
    start, end = text.index("    location / {"), text.index("\n    }\n") + len("\n    }\n")
    return text[:start] + inner + text[end:]


def _caddy(prefix: Prefix) -> str:
    if not prefix:
        return fitted("caddy/Caddyfile", {})
    handle = "handle_path /debug/*" if prefix == "taken off" else "handle /debug/*"
    return fitted("caddy/prefix.caddyfile", {"\thandle /debug/*": f"\t{handle}"})


def _environment(folder: Path, port: int, upstreams: list[str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "ECHOSCOPE_SITE": f"https://localhost:{port}",
        "ECHOSCOPE_UPSTREAMS": " ".join(upstreams),
    }


def _answers(made: Site) -> bool:
    try:
        with made.client() as client:
            return client.get(f"{PREFIX}/-/health").status_code < 500
    except (httpx.HTTPError, OSError):
        return False
