"""Versões: what changed from one closing of a month to another, in total, per artista, per day and line by line."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Blueprint, abort, render_template, request

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.domain.extrato import get_extrato
from estudio.services.extrato_consulta import compare_versions
from estudio.services.extrato_passado import compare_linhas
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.mudancas import parse_marco, prepare_mudancas
from estudio.web.transactions import looking

versoes = Blueprint("versoes", __name__, url_prefix="/extratos/<mes>/versoes")


class Mudanca(NamedTuple):
    """An amount before and after."""

    antes: Decimal
    depois: Decimal
    diferenca: Decimal

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Mudanca":
        return cls(*(Decimal(told[name]) for name in cls._fields))


@versoes.get("")
def index(mes: str) -> str:
    """From version `de` to version `para`; without them, from the one before the newest to the newest."""
    competencia = Competencia.parse(mes)
    get_quem().ensure_ve_resultado()
    try:
        de, para = (parse_numero(request.args.get(name)) for name in ("de", "para"))
        depois_de = parse_marco(request.args)
    except ValueError:
        abort(404)
    with looking() as session:
        para = para or get_extrato(session, competencia).versao
        de = de or max(1, para - 1)
        mudou = compare_versions(session, competencia, de, para)
        linhas = compare_linhas(session, competencia, de, para, quem=get_quem(), depois_de=depois_de)
    return render_template(
        "versoes/index.html",
        mes=competencia,
        mudou=_prepare(mudou),
        provadas=linhas.provadas,
        mudancas=prepare_mudancas(linhas.mudancas, linhas.nomes, primeira=depois_de is None),
    )


def _prepare(mudou: dict[str, Any]) -> dict[str, Any]:
    """The comparison, which programs read as text, with its amounts as amounts."""
    return mudou | {
        "totais": [(cada["nome"], Mudanca.of(cada)) for cada in mudou["totais"]],
        "por_artista": [
            (cada["artista"], Mudanca.of(cada["receita"]), Mudanca.of(cada["comissao"]))
            for cada in mudou["por_artista"]
        ],
        "por_dia": [
            (
                date.fromisoformat(cada["dia"]),
                cada["tipo"],
                cada["quantidade"][1] or 0,
                cada["quantidade"][0] or 0,
                from_centavos(cada["diferenca_centavos"]),
            )
            for cada in mudou["por_dia"]
        ],
    }
