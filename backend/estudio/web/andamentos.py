"""Andamentos: how far a closing is, told to a page that stays open: as a stream of events, or asked again and again."""

import time
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Final

from flask import Blueprint, Response, abort, copy_current_request_context, render_template, request

from estudio.domain.competencia import Competencia
from estudio.services.andamento_consulta import Tentativa, find_tentativa
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.remessas import FLUXO
from estudio.web.transactions import looking

andamentos = Blueprint("andamentos", __name__, url_prefix="/extratos/<mes>/andamento")

PASSO_S: Final = 0.4
"""Seconds between two looks."""

MAIOR_FLUXO_S: Final = 30
"""A stream holds one of the server's few threads: it ends, and the page opens the next."""

# In each process, of its eight threads. Who finds none free asks again and again instead.
_fluxos = BoundedSemaphore(2)


@andamentos.get("")
def show(mes: str) -> Response:
    """A piece of the page of the newest attempt, or of the one that `execucao` names. As a stream: each change of it as
    an event, until the attempt is over."""
    competencia, quem = Competencia.parse(mes), get_quem()
    try:
        numero = parse_numero(request.args.get("execucao"))
    except ValueError:
        abort(404)

    def look() -> Tentativa | None:
        with looking() as session:
            return find_tentativa(session, competencia, quem=quem, numero=numero)

    if request.accept_mimetypes.best != FLUXO:
        return Response(_render(look()))
    # Only looked at: the place is taken by the stream itself, so that whatever happens before it begins takes none.
    if not _fluxos.acquire(blocking=False):
        # By which a browser's EventSource knows not to come back.
        return Response(status=204)
    _fluxos.release()
    # For each piece the request is looked at again: between two of them its thread is nobody's.
    render = copy_current_request_context(_render)
    # nginx would keep what is told for itself until there is enough of it.
    return Response(_stream(look, render), content_type=FLUXO, headers={"X-Accel-Buffering": "no"})


def _stream(look: Callable[[], Tentativa | None], render: Callable[[Tentativa | None], str]) -> Iterator[str]:
    """The events of `_tell`, in one of the places; none where somebody was quicker: the browser then asks again."""
    if not _fluxos.acquire(blocking=False):
        return
    try:
        yield from _tell(look, render)
    finally:
        _fluxos.release()


def _tell(look: Callable[[], Tentativa | None], render: Callable[[Tentativa | None], str]) -> Iterator[str]:
    told, end = "", time.monotonic() + MAIOR_FLUXO_S
    while time.monotonic() < end:
        tentativa = look()
        piece = render(tentativa)
        if piece != told:
            told = piece
            yield "".join(f"data: {line}\n" for line in piece.splitlines()) + "\n"
        if tentativa is None or not tentativa.em_andamento:
            return
        time.sleep(PASSO_S)


def _render(tentativa: Tentativa | None) -> str:
    return render_template("fechamentos/andamento.html", tentativa=tentativa)
