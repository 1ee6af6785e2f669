"""Resoluções: the studio's sentence to what an artista contested."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.competencia import Competencia
from estudio.services.demonstrativo_service import resolve_contestacao
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.demonstrativo_form import ResolucaoForm, RespostaForm
from estudio.web.demonstrativos import show_demonstrativo
from estudio.web.forms import Feito, submit
from estudio.web.language import gettext as _

demonstrativo_resolucoes = Blueprint(
    "demonstrativo_resolucoes",
    __name__,
    url_prefix="/extratos/<mes>/demonstrativos/<id:artista_id>/respostas/<id:resposta_id>/resolucao",
)


@demonstrativo_resolucoes.post("")
def create(mes: str, artista_id: int, resposta_id: int) -> BaseResponse:
    competencia, quem, form = Competencia.parse(mes), get_quem(), ResolucaoForm(request.form)
    versao = _find_versao()

    def resolve(session: Session) -> Feito:
        resolve_contestacao(session, competencia, resposta_id, quem=quem, texto=form.texto.data or "")
        destino = url_for("demonstrativos.show", mes=mes, artista_id=artista_id, versao=versao)
        return Feito(destino, _("Respondido. O artista vê a resposta no mesmo link."))

    return submit(
        form,
        quem=quem,
        deed=resolve,
        show=lambda: show_demonstrativo(
            competencia, artista_id, versao, form=RespostaForm(), resolve=(resposta_id, form)
        ),
    )


def _find_versao() -> int | None:
    """The version whose page was seen; a page of an older one stays there."""
    try:
        return parse_numero(request.args.get("versao"))
    except ValueError:
        return None
