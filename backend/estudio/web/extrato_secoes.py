"""One section of a closed month, page after page."""

from flask import Blueprint, abort, render_template, request

from estudio.domain.historico import Cursor
from estudio.services.extrato_leitura import SECOES, page_secao
from estudio.web.access import get_quem
from estudio.web.extratos import select_mes
from estudio.web.transactions import reading

extrato_secoes = Blueprint("extrato_secoes", __name__, url_prefix="/extratos/<mes>")


@extrato_secoes.get("/<secao>")
def show(mes: str, secao: str) -> str:
    if secao not in SECOES:
        abort(404)
    recorte = select_mes(mes)
    depois = request.args.get("depois")
    depois_de = Cursor.parse(depois) if depois else None
    with reading() as session:
        pagina = page_secao(session, recorte.competencia, secao, quem=get_quem(), depois_de=depois_de)
    return render_template("extratos/secao.html", recorte=recorte, secao=secao, pagina=pagina)
