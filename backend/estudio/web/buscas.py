"""Busca: one box over everything that the papel may see; a plain form, whose address can be kept."""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.busca import Pedido
from estudio.domain.errors import DadosInvalidos
from estudio.services.busca_service import Achados, search
from estudio.web.access import get_quem
from estudio.web.errors import explain, get_status
from estudio.web.transactions import reading

buscas = Blueprint("buscas", __name__, url_prefix="/busca")


@buscas.get("")
def index() -> BaseResponse:
    texto = request.args.get("q", "")
    try:
        pedido = Pedido.parse(texto, hoje=clock.today())
    except DadosInvalidos as refusal:
        page = render_template("buscas/index.html", texto=texto, erro=explain(refusal), achados=Achados())
        return make_response(page, get_status(refusal))
    with reading() as session:
        achados = search(session, pedido, quem=get_quem())
        return make_response(render_template("buscas/index.html", texto=pedido.texto, erro=None, achados=achados))
