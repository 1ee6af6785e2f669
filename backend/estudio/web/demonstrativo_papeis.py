"""Papéis: the statement of an artista as a PDF, for whoever may read its page."""

from flask import Blueprint, Response, abort, make_response, request

from estudio.domain.competencia import Competencia
from estudio.services.demonstrativo_leitura import read_demonstrativo
from estudio.services.demonstrativo_papel import write_demonstrativo
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.transactions import looking

demonstrativo_papeis = Blueprint(
    "demonstrativo_papeis", __name__, url_prefix="/extratos/<mes>/demonstrativos/<id:artista_id>/pdf"
)


@demonstrativo_papeis.get("")
def show(mes: str, artista_id: int) -> Response:
    try:
        versao = parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    with looking() as session:
        folha = read_demonstrativo(session, Competencia.parse(mes), artista_id, versao, quem=get_quem())
    return send_papel(*write_demonstrativo(folha))


def send_papel(nome: str, pdf: bytes) -> Response:
    response = make_response(pdf)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{nome}"'
    return response
