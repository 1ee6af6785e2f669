"""Somebody at the pages: a dono who is logged in, by HTTP, at the pace that is asked for and not at the server's.

Each request has its moment beforehand, and its time is counted from that moment: one that a slow answer keeps waiting
has waited all the same (coordinated omission, as it is called where it is forgotten).
"""

import http.client
import random
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from livro import ARTISTAS, MES

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO, Papel
from estudio.services.usuario_service import create_usuario

EMAIL, SENHA = "dona@estudio.example", "violeta mastiga granito"

HOJE = Competencia.of(clock.today())

NAVEGADORES = 64
"""Connections: as many requests can be under way. One that finds none free waits, and its wait counts."""

PACIENCIA_S = 30

MISTURA: dict[str, int] = {
    "/": 6,
    "/agenda": 5,
    f"/pagamentos?mes={HOJE.slug}": 6,
    "/pagamentos/new": 4,
    "/clientes": 2,
    "/clientes?q=mari": 2,
    "/clientes/{cliente}": 4,
    "/sugestoes/clientes?q=joa": 4,
    "/sessoes": 2,
    "/gastos": 2,
    "/historico": 2,
    "/historico/pagamentos": 1,
    "/extratos": 1,
    f"/extratos/{MES.previous.slug}": 1,
    f"/extratos/{MES.previous.slug}/pagamentos": 1,
    f"/extratos/{MES.slug}/fechamento": 2,
    "/artistas": 1,
    "/busca?q=joana": 1,
    "POST /pagamentos": 3,
}
"""What an owner asks for in a day, of fifty: the closing that is watched among it, and payments of this month."""


@dataclass(frozen=True, slots=True)
class Pedido:
    """One request, as whoever asked saw it."""

    what: str
    ms: float
    """From the moment it was due."""
    status: int
    """0: no answer."""
    ended_s: float
    """Since the visit began."""

    @property
    def is_good(self) -> bool:
        """A page, or the way on after what was done."""
        return self.status == (303 if self.what.startswith("POST ") else 200)


@dataclass
class Visita:
    """A dono who is logged in at an address. `open_visita` logs her in."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    _own: threading.local = field(default_factory=threading.local, repr=False)
    _mutex: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, path: str, body: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads and the page. Raises OSError and HTTPException where there was no answer."""
        connection = self._connect()
        with self._mutex:
            shown = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": shown, "Sec-Fetch-Site": "same-origin", "Accept-Language": "pt-BR"}
        sent = None if body is None else urlencode(body)
        if sent is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        try:
            connection.request("GET" if sent is None else "POST", path, sent, headers)
            answer = connection.getresponse()
            page = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        self._keep(answer.msg.get_all("Set-Cookie") or [])
        return answer.status, answer.getheader("Location") or "", page

    def log_in(self) -> None:
        """As a person does; what her forms carry is kept for all of them."""
        _, _, page = self.ask("/entrar")
        status, _, page = self.ask("/entrar", find_hidden(page) | {"email": EMAIL, "senha": SENHA})
        assert status == 303, f"/entrar: {status} {page}"
        self.csrf = find_hidden(self.ask("/pagamentos/new")[2])["csrf_token"]

    def pay(self, chance: random.Random) -> int:
        """A payment of this month, by its form; none equals another."""
        body = {
            "csrf_token": self.csrf,
            "chave": secrets.token_urlsafe(24),
            "dia": clock.today().isoformat(),
            "cliente": f"Visita {chance.randrange(10**9)}",
            "artista_id": str(1 + chance.randrange(ARTISTAS)),
            "valor": f"{100 + chance.randrange(900)},{chance.randrange(100):02}",
            "forma": "pix",
        }
        return self.ask("/pagamentos", body)[0]

    def _connect(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PACIENCIA_S)
        connection: http.client.HTTPConnection = self._own.connection
        return connection

    def _keep(self, told: list[str]) -> None:
        """What a page has to tell the next one is not kept: of many pages at once there is no next one."""
        for each in told:
            name, _, value = each.partition(";")[0].partition("=")
            with self._mutex:
                if name != "recado" or not self.csrf:
                    self.cookies[name] = value


def create_dona() -> None:
    """Whoever visits."""
    with db.transaction() as session:
        create_usuario(session, quem=LINHA_DE_COMANDO, nome="Dona", email=EMAIL, papel=Papel.DONO, senha=SENHA)


def open_visita(port: int, within_s: int = 60) -> Visita:
    """Wait until the pages answer, and log in."""
    visita = Visita(port)
    end = time.monotonic() + within_s
    while not _is_ready(visita):
        assert time.monotonic() < end, "the pages do not answer"
        time.sleep(0.1)
    visita.log_in()
    return visita


def visit(visita: Visita, rate: int, until: Callable[[float], bool]) -> list[Pedido]:
    """Ask `rate` times a second, until a look at the seconds gone by says that it is enough."""
    chance = random.Random(20250901)
    names, weights = list(MISTURA), list(MISTURA.values())
    found: list[Pedido] = []
    turn = threading.Lock()
    begun = time.perf_counter() + 0.05
    number = 0

    def work(seed: int) -> None:
        nonlocal number
        own = random.Random(seed + time.time_ns())
        while True:
            with turn:
                due = begun + number / rate
                number += 1
                what = chance.choices(names, weights)[0]
            time.sleep(max(0.0, due - time.perf_counter()))
            if until(time.perf_counter() - begun):
                return
            status = _try(visita, what, own)
            ended = time.perf_counter()
            found.append(Pedido(what, (ended - due) * 1000, status, ended - begun))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(NAVEGADORES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def find_hidden(page: str) -> dict[str, str]:
    """What a form carries along."""
    return dict(re.findall(r'name="(csrf_token|chave)"[^>]*value="([^"]*)"', page))


def _is_ready(visita: Visita) -> bool:
    try:
        return visita.ask("/ready")[0] == 200
    except OSError:
        return False


def _try(visita: Visita, what: str, chance: random.Random) -> int:
    try:
        if what.startswith("POST "):
            return visita.pay(chance)
        return visita.ask(what.format(cliente=1 + chance.randrange(500)))[0]
    except (OSError, http.client.HTTPException):
        return 0
