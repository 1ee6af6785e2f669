"""One section of a closed month, page after page."""

from flask import Blueprint, abort, render_template, request

from estudio.domain.historico import Cursor
from estudio.services.extrato_leitura import SECOES
from estudio.services.extrato_passado import page_versao
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.extratos import select_mes
from estudio.web.transactions import looking

extrato_secoes = Blueprint("extrato_secoes", __name__, url_prefix="/extratos/<mes>")


@extrato_secoes.get("/<secao>")
def show(mes: str, secao: str) -> str:
    if secao not in SECOES:
        abort(404)
    recorte = select_mes(mes)
    try:
        versao = parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    depois = request.args.get("depois")
    depois_de = Cursor.parse(depois) if depois else None
    with looking() as session:
        pagina = page_versao(session, recorte.competencia, versao, secao, quem=get_quem(), depois_de=depois_de)
    if versao is not None:
        recorte = recorte.of_versao(versao)
    return render_template("extratos/secao.html", recorte=recorte, secao=secao, pagina=pagina)
