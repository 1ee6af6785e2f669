"""Por que esse valor?: a number of the Histórico or of an Extrato, the sums that make it, each down to its rows."""

from datetime import date
from typing import Any, Final, NamedTuple

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from estudio.domain.historico import Explicacao
from estudio.domain.usuario import Quem
from estudio.services.extrato_passado import explain_versao
from estudio.services.historico_service import Numero, explain, is_de_um
from estudio.services.passado_service import explain_momento
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.filters import format_mes, format_segundo
from estudio.web.instantes import parse_instante
from estudio.web.language import gettext as _
from estudio.web.recortes import Recorte, parse_id, select_recorte
from estudio.web.transactions import looking

numeros = Blueprint("numeros", __name__, url_prefix="/historico/numeros")

SOZINHA: Final = {"Pagamentos": Numero.RECEITA, "Comissões": Numero.COMISSOES, "Gastos": Numero.DESPESAS}
"""The number that one sum is by itself: where several make a number, each is paged there."""

DE_ARTISTA: Final = frozenset({Numero.ARTISTA_RECEITA, Numero.ARTISTA_COMISSAO})


class Origem(NamedTuple):
    """Whose number it is: the page it stands on, its name, and how its rows are asked for."""

    recorte: Recorte
    volta: str
    nome: str
    versao: int | None = None
    em: str | None = None


@numeros.get("/<numero>")
def show(numero: str) -> str:
    """Of an open month as it is; of the version of a closed month that `versao` names; of the instant `em`."""
    if numero not in set(Numero):
        abort(404)
    asked, chave = Numero(numero), request.args.get("chave") or None
    # A key that does not belong to the number, or is missing: no such page, and no such question.
    if is_de_um(asked) != (chave is not None):
        abort(404)
    if chave is not None:
        chave = _read_chave(asked, chave)
    quem = get_quem()
    origem = _find_origem(quem)
    with looking() as session:
        explicacao = _explain(session, origem, asked, chave, quem)
    return render_template(
        "numeros/show.html",
        origem=origem,
        recorte=origem.recorte,
        numero=asked,
        chave=chave,
        explicacao=explicacao,
        sozinha=SOZINHA,
    )


def _read_chave(numero: Numero, chave: str) -> str:
    if numero in DE_ARTISTA:
        return str(parse_id(chave))
    if numero == Numero.DIA_RECEITA:
        try:
            return date.fromisoformat(chave).isoformat()
        except ValueError:
            abort(404)
    return chave


def _find_origem(quem: Quem) -> Origem:
    recorte = Recorte.parse(request.args, quem=quem)
    try:
        versao = parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    if versao is not None:
        quem.ensure_ve_resultado()
        slug = recorte.competencia.slug
        recorte.parametros["versao"] = str(versao)
        nome = _("Extrato de %(mes)s", mes=format_mes(recorte.competencia))
        return Origem(recorte, url_for("extratos.show", mes=slug, versao=versao), nome, versao=versao)
    if em := request.args.get("em"):
        instante = parse_instante(em)
        de_entao = select_recorte(recorte.competencia.slug, instante, quem=quem).continue_at(recorte.depois_de)
        nome = _("Como estava em %(instante)s", instante=format_segundo(instante))
        return Origem(de_entao, _locate("passados.index", de_entao), nome, em=em)
    return Origem(recorte, _locate("historico.index", recorte), _("Histórico"))


def _locate(endpoint: str, recorte: Recorte) -> str:
    parametros: dict[str, Any] = {**recorte.parametros}
    return url_for(endpoint, **parametros)


def _explain(session: Session, origem: Origem, numero: Numero, chave: str | None, quem: Quem) -> Explicacao:
    recorte = origem.recorte
    if origem.versao is not None:
        return explain_versao(
            session,
            recorte.competencia,
            origem.versao,
            numero,
            quem=quem,
            chave=chave,
            depois_de=recorte.depois_de,
        )
    if origem.em is not None:
        em = parse_instante(origem.em)
        return explain_momento(session, recorte.filtro, em, numero, quem=quem, chave=chave, depois_de=recorte.depois_de)
    return explain(session, recorte.filtro, numero, quem=quem, chave=chave, depois_de=recorte.depois_de)
