"""Avisos: where alerts go, what is not well now, what was told and whether it arrived; and a test. The dono's."""

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.errors import SemDestino
from estudio.services.aviso_consulta import POR_PAGINA, describe_alarmes, find_situacao, list_avisos
from estudio.services.aviso_destinos import list_destinos
from estudio.services.aviso_service import record_teste
from estudio.services.rotinas import get_rotina, register_rotina
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.forms import Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import looking

avisos = Blueprint("avisos", __name__, url_prefix="/avisos")


@avisos.get("")
def index() -> str:
    return _show(Formulario())


@avisos.post("")
def create() -> BaseResponse:
    """One about nothing, to see whether it arrives. The worker sends it, as all others."""
    quem = get_quem()
    form = Formulario(request.form)

    def test(session: Session) -> Feito:
        if not list_destinos():
            raise SemDestino
        record_teste(session, quem=quem)
        register_rotina(session, get_rotina("avisos"))
        return Feito(
            url_for("avisos.index"), _("Um aviso de teste está a caminho. Atualize a página para ver se chegou.")
        )

    return submit(form, quem=quem, deed=test, show=lambda: _show(form))


def _show(form: Formulario) -> str:
    quem, antes = get_quem(), _read_antes()
    with looking() as session:
        linhas = list_avisos(session, quem=quem, antes=antes, limit=POR_PAGINA + 1)
        return render_template(
            "avisos/index.html",
            form=form,
            situacao=find_situacao(session),
            alarmes=describe_alarmes(session, quem=quem),
            linhas=linhas[:POR_PAGINA],
            mais=linhas[POR_PAGINA - 1].id if len(linhas) > POR_PAGINA else None,
            antes=antes,
        )


def _read_antes() -> int | None:
    try:
        return parse_numero(request.args.get("antes"))
    except ValueError:
        abort(404)
