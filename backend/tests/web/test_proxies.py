"""deploy/nginx.conf and deploy/Caddyfile in the real programs: what passes, what does not, and what they write down."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from certificado import write_certificado
from cli.test_web import find_port, served
from cryptography import x509
from ferramentas import find_tool
from ouvintes import serving
from web.conftest import EMAILS, SENHA, hidden_fields

from estudio import config

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
NOME = "estudio.exemplo.com"
SEGREDO = "kWz7secretissimo"
LINKS = (
    "/d/",
    "/senha/",
    "/primeiro-acesso/",
    "/agenda/ics/",
    "//d/",
    "/d%2F",
    "/%64/",
    "/D/",
    "/d/x/",
    "/?chave=",
    "/d?",
)
"""Ways to write down an address that has a secret in it."""


@dataclass
class Fundo:
    """What lies behind the proxy and tells what it was asked: the heads of each request, and how long its body was."""

    port: int = 0
    begun: int = 0
    whole: int = 0
    """Requests that began, and those with a body that came to its end."""
    solta: threading.Event = field(default_factory=threading.Event)


class _Eco(BaseHTTPRequestHandler):
    fundo: Fundo

    def do_GET(self) -> None:
        self._begin()
        if self.path != "/fluxo":
            return self._answer({"cabecas": self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Accel-Buffering", "no")
        self.end_headers()
        self.wfile.write(b"data: um\n\n")
        self.fundo.solta.wait(30)
        self.wfile.write(b"data: dois\n\n")
        return None

    def do_POST(self) -> None:
        self._begin()
        length = int(self.headers["Content-Length"])
        if len(self.rfile.read(length)) == length:
            self.fundo.whole += 1
            self._answer({"tamanho": length})

    def log_message(self, *_: object) -> None:
        pass

    def _begin(self) -> None:
        self.fundo.begun += 1

    def _answer(self, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Conexao(http.client.HTTPSConnection):
    """To loopback, by the studio's name."""

    def connect(self) -> None:
        assert self.timeout is not None
        raw = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.contexto.wrap_socket(raw, server_hostname=NOME)

    contexto: ssl.SSLContext


@dataclass
class Proxy:
    """One that runs. `folder` has all that it and its system write down."""

    port: int
    http_port: int
    folder: Path
    contexto: ssl.SSLContext
    stop: Callable[[], None]

    def connect(self) -> http.client.HTTPSConnection:
        connection = _Conexao(NOME, self.port, timeout=20)
        connection.contexto = self.contexto
        return connection

    def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.connect()
        try:
            sent = {"Host": NOME, "Content-Type": "application/x-www-form-urlencoded"} | (headers or {})
            # Who is refused in the middle of what it sends has its answer all the same.
            with suppress(ConnectionError):
                connection.request("GET" if body is None else "POST", path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


def swap(text: str, changes: dict[str, str]) -> str:
    """A configuration as it is delivered, but for these."""
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


def write_nginx(folder: Path, *, port: int, http_port: int, behind: int, pem: Path) -> list[str]:
    site = folder / "estudio.conf"
    live = f"/etc/letsencrypt/live/{NOME}"
    changes = {
        "listen 80 ": f"listen 127.0.0.1:{http_port} ",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        # Where there is no second kind of address nginx would not start.
        "    listen [::]:80 default_server;\n": "",
        "    listen [::]:443 ssl http2 default_server;\n": "",
        f"{live}/fullchain.pem": str(pem),
        f"{live}/privkey.pem": str(pem),
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "/var/log/nginx": str(folder),
    }
    site.write_text(swap((DEPLOY / "nginx.conf").read_text(encoding="utf-8"), changes), encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root its processes would be somebody's who may not look into this folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"{user}daemon off;\npid {folder / 'nginx.pid'};\nerror_log {folder / 'partida.log'} warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {site};\n}}\n",
        encoding="utf-8",
    )
    return [find_tool("nginx"), "-p", str(folder), "-e", str(folder / "partida.log"), "-c", str(whole)]


def write_caddy(folder: Path, *, port: int, http_port: int, behind: int, pem: Path) -> list[str]:
    # Its own ports for http and https: with one in the site's name, it would be another site to Caddy.
    options = f"admin off\n\tdefault_bind 127.0.0.1\n\thttp_port {http_port}\n\thttps_port {port}"
    changes = {
        "\n{\n": f"\n{{\n\t{options}\n",
        f"\n{NOME} {{\n": f"\n{NOME} {{\n\ttls {pem} {pem}\n",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "/var/log/caddy": str(folder),
    }
    site = folder / "Caddyfile"
    site.write_text(swap((DEPLOY / "Caddyfile").read_text(encoding="utf-8"), changes), encoding="utf-8")
    return [find_tool("caddy"), "run", "--config", str(site), "--adapter", "caddyfile"]


PROGRAMAS = {"nginx": write_nginx, "caddy": write_caddy}


@contextmanager
def run(programa: str, folder: Path, behind: int) -> Generator[Proxy, None, None]:
    folder.mkdir()
    pem = write_certificado(folder.parent / "proxy.pem", x509.DNSName(NOME))
    port, http_port = find_port(), find_port()
    command = PROGRAMAS[programa](folder, port=port, http_port=http_port, behind=behind, pem=pem)
    with (folder / "sistema.log").open("wb") as log:
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | home)

    def stop() -> None:
        process.terminate()
        process.wait(20)

    try:
        end = time.monotonic() + 20
        while not _answers(port):
            told = (folder / "sistema.log").read_text()
            assert process.poll() is None, told
            assert time.monotonic() < end, told
            time.sleep(0.02)
        yield Proxy(port, http_port, folder, ssl.create_default_context(cafile=pem), stop)
    finally:
        stop()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def fundo() -> Generator[Fundo, None, None]:
    behind = Fundo()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Eco", (_Eco,), {"fundo": behind}))
    behind.port = server.server_address[1]
    with serving(server, "fundo"):
        yield behind
        behind.solta.set()


@pytest.fixture(params=list(PROGRAMAS))
def programa(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def proxy(programa: str, fundo: Fundo, tmp_path: Path) -> Generator[Proxy, None, None]:
    with run(programa, tmp_path / "proxy", fundo.port) as running:
        yield running


def test_who_asks_cannot_say_from_where_by_which_name_and_how(proxy: Proxy) -> None:
    lies = {"For": "6.6.6.6", "Host": "mau.example", "Proto": "http"}
    sent = {
        f"X{first}Forwarded{second}{name}": value
        for name, value in lies.items()
        for first, second in product("-_", repeat=2)
    }
    _, _, page = proxy.ask("/", headers=sent)
    # As a program for WSGI has them: there a dash and a line below are the same.
    got = [(name.lower().replace("_", "-"), value) for name, value in json.loads(page)["cabecas"]]
    assert sorted(each for each in got if each[0].startswith("x-forwarded-")) == [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", NOME),
        ("x-forwarded-proto", "https"),
    ]
    assert ("host", NOME) in got


def test_what_is_sent_is_handed_on_once_it_is_whole(proxy: Proxy, fundo: Fundo) -> None:
    """Otherwise whoever sends slowly keeps one of the program's threads for as long."""
    big = b"x" * (20 << 20)
    with closing(proxy.connect()) as connection:
        connection.putrequest("POST", "/importacoes/envios", skip_host=True)
        for name, value in (("Host", NOME), ("Content-Length", str(len(big)))):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(big[:-1])
        time.sleep(0.3)
        assert fundo.begun == 0
        connection.send(big[-1:])
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"tamanho": len(big)})


def test_more_than_the_largest_upload_is_refused_at_the_door(programa: str, proxy: Proxy, fundo: Fundo) -> None:
    # Caddy learns it while it hands on, and leaves off.
    status = {"nginx": 413, "caddy": 502}[programa]
    assert proxy.ask("/importacoes/envios", b"x" * (22 << 20))[0] == status
    assert fundo.whole == 0


def test_a_closing_is_told_of_while_it_goes_on(proxy: Proxy, fundo: Fundo) -> None:
    with closing(proxy.connect()) as connection:
        connection.request("GET", "/fluxo", headers={"Host": NOME})
        answer = connection.getresponse()
        assert answer.readline() == b"data: um\n"
        fundo.solta.set()
        assert answer.read() == b"\ndata: dois\n\n"


def test_no_key_of_a_link_is_written_down(programa: str, tmp_path: Path, fundo: Fundo) -> None:
    carried = {"Referer": f"https://{NOME}/d/{SEGREDO}", "Cookie": f"acesso={SEGREDO}"}
    # There, and away: what fails is written down elsewhere.
    for number, (behind, status) in enumerate(((fundo.port, 200), (find_port(), 502))):
        with run(programa, tmp_path / f"proxy{number}", behind) as proxy:
            for link in LINKS:
                assert proxy.ask(f"{link}{SEGREDO}", headers=carried)[0] == status
            assert proxy.ask("/pagamentos/new")[0] == status
            # By other names, whole as a proxy is asked, and in the open: whatever the answer.
            for host in (f"{NOME}:443", "127.0.0.1"):
                proxy.ask(f"/d/{SEGREDO}", headers=carried | {"Host": host})
            proxy.ask(f"https://{NOME}/d/{SEGREDO}", headers=carried)
            for host in (NOME, f"www.{NOME}", "127.0.0.1"):
                with closing(http.client.HTTPConnection("127.0.0.1", proxy.http_port, timeout=20)) as plain:
                    plain.request("GET", f"/d/{SEGREDO}", headers={"Host": host} | carried)
                    answer = plain.getresponse()
                    assert host != NOME or answer.headers["Location"].startswith(f"https://{NOME}")
            proxy.stop()
            written = {path.name: path.read_text() for path in proxy.folder.rglob("*") if path.is_file()}
            assert [name for name, text in written.items() if SEGREDO in text] == []
            lines = written["estudio.log"].splitlines()
            assert len(lines) > len(LINKS)
            # What remains is of use.
            assert sum("/senha" in line for line in lines) == 1
            assert sum("/pagamentos" in line and str(status) in line for line in lines) == 1


def test_nginx_is_not_started_beside_the_site_that_debian_gives_it(tmp_path: Path) -> None:
    """That one would answer for every other name, and write whole addresses into its log."""
    folder = tmp_path / "proxy"
    folder.mkdir()
    pem = write_certificado(tmp_path / "proxy.pem", x509.DNSName(NOME))
    port = find_port()
    command = write_nginx(folder, port=find_port(), http_port=port, behind=1, pem=pem)
    site = folder / "estudio.conf"
    given = f"server {{\nlisten 127.0.0.1:{port} default_server;\nserver_name _;\n}}\n"
    assert subprocess.run([*command, "-t"], capture_output=True, check=False).returncode == 0
    site.write_text(site.read_text(encoding="utf-8") + given, encoding="utf-8")
    told = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "duplicate default server" in told.stderr


@pytest.mark.usefixtures("cast")
def test_the_studio_is_reached_through_it(programa: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TRUSTED_PROXIES", "1"), ("TRUSTED_HOSTS", NOME), ("PUBLIC_URL", f"https://{NOME}")):
        monkeypatch.setenv(name, value)
    config.reset()
    behind = find_port()
    with served(behind), run(programa, tmp_path / "proxy", behind) as proxy:
        end = time.monotonic() + 60
        while proxy.ask("/ready")[0] != 200:
            assert time.monotonic() < end, "nobody answers"
            time.sleep(0.1)
        status, headers, page = proxy.ask("/entrar")
        assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        cookie = str(headers["Set-Cookie"])
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        fields = hidden_fields(page.decode()) | {"email": EMAILS["dono"], "senha": SENHA}
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields.items()).encode()
        sent = {"Cookie": cookie.partition(";")[0], "Origin": f"https://{NOME}"}
        assert proxy.ask("/entrar", body, sent | {"Origin": "https://mau.example"})[0] == 403
        status, headers, _ = proxy.ask("/entrar", body, sent)
        assert (status, headers["Location"]) == (303, "/")
        assert proxy.ask("/metrics")[0] == 404
