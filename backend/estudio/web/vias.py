"""Vias: the files of a closed month one by one, as they were kept; and the button that makes those that are missing."""

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.competencia import Competencia
from estudio.domain.documento import MIMETYPES, Tipo
from estudio.domain.errors import DocumentosEmAndamento
from estudio.services.documento_service import get_documento
from estudio.services.fechamento_tarefa import start_documentos
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.forms import Feito, go_on
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

vias = Blueprint("vias", __name__, url_prefix="/extratos/<mes>/vias")


@vias.get("/<tipo>")
def show(mes: str, tipo: str) -> Response:
    """Of the version that stands, or of the one that `versao` names: the very bytes that were made after its seal."""
    competencia = Competencia.parse(mes)
    try:
        wanted, versao = Tipo(tipo), parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    with reading() as session:
        documento = get_documento(session, competencia, wanted, versao, quem=get_quem())
        conteudo, nome = documento.conteudo, documento.nome
    return Response(
        conteudo,
        content_type=MIMETYPES[wanted],
        headers={"Content-Disposition": f'attachment; filename="{nome}"', "Content-Length": str(len(conteudo))},
    )


@vias.post("")
def create(mes: str) -> BaseResponse:
    """It has no key: pressed twice, the second finds them there, or being made."""
    competencia = Competencia.parse(mes)
    destino = url_for("extratos.show", mes=competencia.slug)
    try:
        done = start_documentos(competencia, quem=get_quem())
    except DocumentosEmAndamento:
        done = False
    recado = _("Os documentos estão prontos.") if done else _("Os documentos estão sendo gerados.")
    return go_on(Feito(destino, recado))
