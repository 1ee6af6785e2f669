"""Fusões: two entries that turn out to be one person are united, and separated again; no payment is rewritten."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import DataRequired

from estudio.domain.cliente import Cliente, get_cliente
from estudio.domain.usuario import Quem
from estudio.services.cliente_historia import find_atual
from estudio.services.cliente_service import list_parecidos, search_clientes
from estudio.services.fusao_service import merge_clientes, unmerge_cliente
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.clientes import locate, read_busca
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

fusoes = Blueprint("fusoes", __name__, url_prefix="/clientes/<id:cliente_id>")


class FusaoForm(Formulario):
    """`em` is the entry that stays."""

    em = NumeroField(validators=[DataRequired()])


@fusoes.get("/fusao")
def new(cliente_id: int) -> str | BaseResponse:
    quem = get_quem()
    texto = read_busca()
    with reading() as session:
        cliente = find_atual(session, cliente_id, quem=quem)
        if cliente.id != cliente_id:
            return redirect(url_for("fusoes.new", cliente_id=cliente.id), 303)
        return render_template(
            "fusoes/new.html", cliente=cliente, texto=texto, outros=_list_outros(session, cliente, texto, quem)
        )


@fusoes.post("/fusao")
def create(cliente_id: int) -> BaseResponse:
    quem = get_quem()
    form = FusaoForm(request.form)

    def merge(session: Session) -> Feito:
        assert form.em.data is not None, "the form was validated"
        fica = merge_clientes(session, cliente_id, quem=quem, em=form.em.data)
        unido = get_cliente(session, cliente_id)
        return Feito(
            locate(fica),
            _("Unidos: %(unido)s agora faz parte de %(fica)s.", unido=unido.nome, fica=fica.nome),
            Desfazer(url_for("fusoes.destroy", cliente_id=cliente_id)),
        )

    return press(form, quem=quem, deed=merge)


@fusoes.post("/separacao")
def destroy(cliente_id: int) -> BaseResponse:
    quem = get_quem()

    def separate(session: Session) -> Feito:
        cliente = unmerge_cliente(session, cliente_id, quem=quem)
        return Feito(locate(cliente), _("Separado: %(cliente)s voltou a ser um cadastro só seu.", cliente=cliente.nome))

    return press(Formulario(request.form), quem=quem, deed=separate)


def _list_outros(session: Session, cliente: Cliente, texto: str, quem: Quem) -> list[Cliente]:
    """With whom it may be united: who was searched for, or else those of the same name or telefone."""
    if texto:
        found = search_clientes(session, texto, quem=quem)
    else:
        found = list_parecidos(session, quem=quem, nome=cliente.nome, telefone=cliente.telefone)
    return [outro for outro in found if outro.id != cliente.id]
