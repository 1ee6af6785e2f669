"""Sugestões: who is registered already, while a name or a phone is being typed."""

from typing import Final

from flask import Blueprint, Response, jsonify, request
from flask_babel import ngettext

from estudio.services.cliente_service import search_clientes
from estudio.web.access import get_quem
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

sugestoes = Blueprint("sugestoes", __name__, url_prefix="/sugestoes")

QUANTAS: Final = 8

MAIOR_BUSCA: Final = 100


@sugestoes.get("/clientes")
def index() -> Response:
    """Of clientes: best first, and how many there are, as it is said aloud."""
    texto = request.args.get("q", "")[:MAIOR_BUSCA].replace("\x00", "")
    with reading() as session:
        achados = search_clientes(session, texto, quem=get_quem(), limite=QUANTAS)
    diz = ngettext("%(num)s cliente já cadastrado.", "%(num)s clientes já cadastrados.", len(achados))
    return jsonify(
        diz=str(diz),
        clientes=[
            {
                "id": cliente.id,
                "nome": cliente.nome,
                "telefone": cliente.telefone or "",
                "rotulo": f"{cliente.nome} · {cliente.telefone or _('sem telefone')}",
            }
            for cliente in achados
        ],
    )
