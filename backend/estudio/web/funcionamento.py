"""Funcionamento: how the studio works by itself, what is not in order and what to do first. The dono's, and live."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from estudio import clock
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.services.andamento_consulta import count_lotes
from estudio.services.aviso_destinos import list_destinos
from estudio.services.funcionamento_consulta import describe_funcionamento, find_marca
from estudio.services.funcionamento_estado import Achado, find_grau
from estudio.web.access import get_quem
from estudio.web.filters import format_mes
from estudio.web.language import gettext as _
from estudio.web.novidades import FUNCIONAMENTO
from estudio.web.transactions import looking

funcionamento = Blueprint("funcionamento", __name__, url_prefix="/funcionamento")


@funcionamento.get("")
def index() -> str:
    quem, agora = get_quem(), clock.now()
    todos = request.args.get("meses") == "todos"
    with looking() as session:
        # Asked for first: what happens while the page is made is news to it.
        marca = find_marca(session, agora, quem=quem)
        described = describe_funcionamento(session, agora, quem=quem, todos=todos)
        return render_template(
            "funcionamento/index.html",
            vista=marca,
            novidades_de=FUNCIONAMENTO,
            grau=find_grau(described["achados"]),
            dizer=say_achado,
            lotes=count_lotes(described["passos"]),
            titulos={rotina["rotina"]: rotina["titulo"] for rotina in described["rotinas"]},
            exame=next(rotina["ultima"] for rotina in described["rotinas"] if rotina["rotina"] == "exame"),
            avisa=bool(list_destinos()),
            limite_ms=get_settings().slow_query_ms,
            **_with_months(described),
        )


def say_achado(achado: Achado) -> str:
    """The sentence in the language of the page."""
    values = {
        name: format_mes(value) if isinstance(value, Competencia) else _(value) if name == "rotina" else value
        for name, value in achado.valores.items()
    }
    said = _(achado.frase, **values)
    return said[:1].upper() + said[1:]


def _with_months(described: Mapping[str, Any]) -> dict[str, Any]:
    guardados = [{**cada, "mes": Competencia.parse(cada["mes"])} for cada in described["guardados"]]
    execucoes = [{**cada, "competencia": Competencia.parse(cada["mes"])} for cada in described["execucoes"]]
    return {**described, "guardados": guardados, "execucoes": execucoes}
