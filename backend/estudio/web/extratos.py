"""Extratos: the closed months, and one of them as it was sealed, in the sections of the Histórico."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.competencia import Competencia
from estudio.domain.extrato import get_estado
from estudio.domain.historico import Filtro
from estudio.services.andamento_consulta import count_lotes, list_passos
from estudio.services.cadeia_service import verify_elos
from estudio.services.demonstrativo_consulta import list_demonstrativos
from estudio.services.documento_service import find_situacao
from estudio.services.extrato_consulta import list_execucoes
from estudio.services.extrato_leitura import list_extratos, read_extrato
from estudio.services.extrato_passado import read_secoes
from estudio.web.access import get_quem
from estudio.web.acerto_form import NOMES
from estudio.web.campos import parse_numero
from estudio.web.extrato_graficos import draw_extrato
from estudio.web.recortes import Recorte
from estudio.web.transactions import looking, reading

extratos = Blueprint("extratos", __name__, url_prefix="/extratos")


@extratos.get("")
def index() -> str:
    with reading() as session:
        return render_template("extratos/index.html", meses=list_extratos(session, quem=get_quem()))


@extratos.get("/<mes>")
def show(mes: str) -> str | BaseResponse:
    """The version that stands, or the one that `versao` names; of a month without one, what it lacks to be closed."""
    recorte = select_mes(mes)
    try:
        versao = parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    quem = get_quem()
    with looking() as session:
        if versao is None and get_estado(session, recorte.competencia) in ("aberta", "vazia"):
            return redirect(url_for("conferencias.show", mes=mes), 303)
        leitura = read_extrato(session, recorte.competencia, versao, quem=quem)
        execucoes = list_execucoes(session, recorte.competencia, limit=10)
        passos = list_passos(session, [cada["id"] for cada in execucoes])
        _, demonstrativos = list_demonstrativos(session, recorte.competencia, quem=quem)
        return render_template(
            "extratos/show.html",
            recorte=recorte.of_versao(leitura.extrato.versao),
            leitura=leitura,
            # Of a version that was replaced: put together again.
            secoes=leitura.secoes or read_secoes(session, leitura.extrato, quem=quem),
            execucoes=execucoes,
            passos=passos,
            lotes=count_lotes(passos),
            cadeia=verify_elos(session),
            vias=find_situacao(session, leitura.extrato, quem=quem),
            demonstrativos=demonstrativos if leitura.secoes else [],
            nomes_de_acertos=NOMES,
            **draw_extrato(session, leitura),
        )


def select_mes(mes: str) -> Recorte:
    """The whole of the month that an address names. Raises CompetenciaInvalida."""
    competencia = Competencia.parse(mes)
    return Recorte(Filtro.of_month(competencia), competencia, {"mes": competencia.slug})
