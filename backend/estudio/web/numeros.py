"""Por que esse valor?: a number of the Histórico, the sums it is made of, and each sum down to its rows."""

from typing import Final

from flask import Blueprint, abort, render_template, request

from estudio.services.historico_service import Numero, explain, is_de_um
from estudio.web.access import get_quem
from estudio.web.recortes import Recorte, parse_id
from estudio.web.transactions import reading

numeros = Blueprint("numeros", __name__, url_prefix="/historico/numeros")

SOZINHA: Final = {"Pagamentos": Numero.RECEITA, "Comissões": Numero.COMISSOES, "Gastos": Numero.DESPESAS}
"""The number that one sum is by itself: where several make a number, each is paged there."""

DE_ARTISTA: Final = frozenset({Numero.ARTISTA_RECEITA, Numero.ARTISTA_COMISSAO})


@numeros.get("/<numero>")
def show(numero: str) -> str:
    if numero not in set(Numero):
        abort(404)
    asked, chave = Numero(numero), request.args.get("chave") or None
    # A key that does not belong to the number, or is missing: no such page, and no such question.
    if is_de_um(asked) != (chave is not None):
        abort(404)
    if chave is not None and asked in DE_ARTISTA:
        chave = str(parse_id(chave))
    quem = get_quem()
    recorte = Recorte.parse(request.args, quem=quem)
    with reading() as session:
        explicacao = explain(session, recorte.filtro, asked, quem=quem, chave=chave, depois_de=recorte.depois_de)
    return render_template(
        "numeros/show.html", recorte=recorte, numero=asked, chave=chave, explicacao=explicacao, sozinha=SOZINHA
    )
