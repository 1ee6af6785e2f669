"""Palpites: how often an address asked for a secret that is none, and how long it has to wait.

In the memory of the process: a page that is only looked at writes nothing, and 256 random bits are found by nobody. It
keeps whoever tries from making the database look a thousand times a second.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from flask import Flask, current_app, request

from estudio import clock
from estudio.domain.acesso import calculate_espera
from estudio.domain.errors import MuitasTentativas

LIVRES: Final = 30
ESQUECE_EM: Final = timedelta(hours=1)
MAIS_ENDERECOS: Final = 10_000

_NOME: Final = "palpites"


class Palpites:
    """Counts by address; the address that was quiet for longest is forgotten first."""

    def __init__(self) -> None:
        self._errados: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def ensure_calmo(self, endereco: str, agora: datetime) -> None:
        """Raises MuitasTentativas."""
        with self._lock:
            quantos, em = self._errados.get(endereco, (0, agora))
        resta = em + calculate_espera(quantos, livres=LIVRES) - agora
        if quantos >= LIVRES and resta > timedelta(0):
            raise MuitasTentativas(segundos=max(1, round(resta / timedelta(seconds=1))))

    def count(self, endereco: str, agora: datetime) -> None:
        with self._lock:
            quantos, em = self._errados.pop(endereco, (0, agora))
            self._errados[endereco] = (1 if agora - em > ESQUECE_EM else quantos + 1, agora)
            while len(self._errados) > MAIS_ENDERECOS:
                self._errados.popitem(last=False)


def init_app(app: Flask) -> None:
    app.extensions[_NOME] = Palpites()


def ensure_calmo() -> None:
    """Whoever asked for too many secrets that are none waits, also for the right one. Raises MuitasTentativas."""
    _get().ensure_calmo(request.remote_addr or "", clock.now())


def count_palpite() -> None:
    _get().count(request.remote_addr or "", clock.now())


def _get() -> Palpites:
    palpites: Palpites = current_app.extensions[_NOME]
    return palpites
