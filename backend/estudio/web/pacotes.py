"""Pacotes: a closed month in one file, to be kept outside of the program and checked without it."""

from collections.abc import Iterator

from flask import Blueprint, Response

from estudio.domain.competencia import Competencia
from estudio.services.documento_pacote import PEDACO, Pacote, create_pacote
from estudio.web.access import get_quem
from estudio.web.transactions import reading

pacotes = Blueprint("pacotes", __name__, url_prefix="/extratos/<mes>/pacote")


@pacotes.get("")
def show(mes: str) -> Response:
    """Made anew each time: a GET keeps nothing, and a version gives the same bytes whenever it is asked."""
    competencia = Competencia.parse(mes)
    with reading() as session:
        pacote = create_pacote(session, competencia, quem=get_quem())
    response = Response(
        _read(pacote),
        mimetype="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{pacote.nome}"',
            "Content-Length": str(pacote.tamanho),
        },
    )
    # Also when nobody reads it to its end, or it was only asked about (HEAD).
    response.call_on_close(pacote.arquivo.close)
    return response


def _read(pacote: Pacote) -> Iterator[bytes]:
    with pacote.arquivo:
        while piece := pacote.arquivo.read(PEDACO):
            yield piece
