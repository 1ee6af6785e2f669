"""A receiver of webhooks of the tests' own, on loopback: it keeps what it gets, and answers as it is told, or not."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ouvintes import serving


@dataclass
class Pedido:
    metodo: str
    caminho: str
    cabecas: dict[str, str]
    corpo: Any


@dataclass
class Receptor:
    """`resposta`: the status of each answer. `segura`: no answer before it is let go. `pinga`: one byte, then another,
    without end. `para`: where a redirect goes."""

    port: int = 0
    resposta: int = 200
    para: str = ""
    pinga: bool = False
    segura: threading.Event | None = None
    pedidos: list[Pedido] = field(default_factory=list)

    @property
    def endereco(self) -> str:
        return f"json://127.0.0.1:{self.port}/segredo-do-caminho"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/segredo"

    @property
    def titulos(self) -> list[str]:
        return [pedido.corpo["title"] for pedido in self.pedidos]


class _Resposta(BaseHTTPRequestHandler):
    receptor: Receptor

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        corpo = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = json.loads(corpo) if corpo else None
        self.receptor.pedidos.append(Pedido(self.command, self.path, dict(self.headers.items()), told))
        if self.receptor.segura is not None:
            self.receptor.segura.wait(60)
        self.send_response(self.receptor.resposta)
        if self.receptor.para:
            self.send_header("Location", self.receptor.para)
        self.send_header("Content-Length", "1000000" if self.receptor.pinga else "0")
        self.end_headers()
        while self.receptor.pinga:
            self.wfile.write(b".")
            self.wfile.flush()
            threading.Event().wait(0.2)


class _Servidor(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle is no fault of the server's."""


@contextmanager
def open_receptor(**more: Any) -> Generator[Receptor, None, None]:
    receptor = Receptor(**more)
    handler = type("Resposta", (_Resposta,), {"receptor": receptor})
    server = _Servidor(("127.0.0.1", 0), handler)
    receptor.port = server.server_address[1]
    with serving(server, "receptor"):
        try:
            yield receptor
        finally:
            receptor.pinga = False
            if receptor.segura is not None:
                receptor.segura.set()
