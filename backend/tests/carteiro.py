"""A mail server of the tests' own, on loopback: it speaks SMTP over a real socket, keeps what it gets, and no more.

With a certificate it offers STARTTLS, or speaks TLS from the first byte; with a login it asks for it before any letter.
"""

import base64
import queue
import socketserver
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from ouvintes import serving

from estudio import config
from estudio.services import correio_service

LINHA = 2_000


@dataclass
class Carteiro:
    """What arrived, in order; and what was said on the way. `despedida`: what QUIT is answered with; "": the line is
    cut instead; None: nothing is said."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    desde_o_inicio: bool = False
    login: tuple[str, str] | None = None
    recusa: bool = False
    despedida: str | None = "221 ate"
    cartas: "queue.Queue[tuple[str, EmailMessage]]" = field(default_factory=queue.Queue)
    ditos: list[str] = field(default_factory=list)

    def receive(self) -> tuple[str, EmailMessage]:
        """The next letter, and the address on its envelope; waits for it as long as a person would."""
        return self.cartas.get(timeout=15)


class _Conversa(socketserver.StreamRequestHandler):
    """One connection, from 220 to 221."""

    carteiro: Carteiro
    timeout = 20

    def setup(self) -> None:
        if self.carteiro.desde_o_inicio and self.carteiro.tls is not None:
            self.request = self.carteiro.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.secure, self.inside = self.carteiro.desde_o_inicio, self.carteiro.login is None

    def handle(self) -> None:
        self.say("220 carteiro")
        para = ""
        while line := self.rfile.readline(LINHA):
            said = line.decode("utf-8").rstrip("\r\n")
            self.carteiro.ditos.append(said)
            verb = said.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                self.say(*self.list_offers())
            elif verb == "STARTTLS" and self.carteiro.tls is not None:
                self.say("220 vai")
                self.go_secure()
            elif verb == "AUTH":
                self.authenticate(said)
            elif verb == "MAIL" and not self.inside:
                self.say("530 entre antes")
            elif verb == "RCPT":
                para = said.partition("<")[2].partition(">")[0]
                self.say(f"550 aqui nao mora <{para}>" if self.carteiro.recusa else "250 ok")
            elif verb == "DATA":
                self.say("354 diga")
                self.carteiro.cartas.put((para, self.read_letter()))
                self.say("250 ok")
            elif verb == "QUIT":
                self.part()
                return
            else:
                self.say("250 ok")

    def finish(self) -> None:
        super().finish()
        # What went secure is another socket than the one that the server closes.
        self.request.close()

    def list_offers(self) -> list[str]:
        offers = ["carteiro"]
        if self.carteiro.tls is not None and not self.secure:
            offers.append("STARTTLS")
        if self.carteiro.login is not None:
            offers.append("AUTH PLAIN")
        return [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]

    def go_secure(self) -> None:
        assert self.carteiro.tls is not None
        self.request = self.carteiro.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.secure = True

    def part(self) -> None:
        if self.carteiro.despedida is None:
            self.rfile.read()
        elif self.carteiro.despedida:
            self.say(self.carteiro.despedida)

    def authenticate(self, said: str) -> None:
        _, name, password = base64.b64decode(said.split(" ")[2]).decode("utf-8").split("\0")
        self.inside = (name, password) == self.carteiro.login
        self.say("235 entre" if self.inside else "535 nao")

    def read_letter(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline(LINHA)) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return message_from_bytes(b"".join(lines), policy=default)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _Servidor(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle, because of a certificate say, is no fault of the server's."""


@contextmanager
def open_carteiro(carteiro: Carteiro) -> Generator[Carteiro, None, None]:
    handler = type("Conversa", (_Conversa,), {"carteiro": carteiro})
    server = _Servidor(("127.0.0.1", 0), handler)
    carteiro.port = server.server_address[1]
    with serving(server, "carteiro"):
        yield carteiro


@contextmanager
def receive_letters(monkeypatch: pytest.MonkeyPatch) -> Generator[Carteiro, None, None]:
    """The studio sends letters, and what it sends arrives here; at the end all of it has."""
    with open_carteiro(Carteiro()) as opened:
        for name, value in (
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_PORT", str(opened.port)),
            ("SMTP_SECURITY", "none"),
            ("MAIL_FROM", "Estúdio da Ana <estudio@estudio.example>"),
        ):
            monkeypatch.setenv(name, value)
        config.reset()
        try:
            yield opened
        finally:
            correio_service.settle()
