"""Clientes: found by a few letters or digits, listed by name, registered, corrected; one person's page of all years."""

import re
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.cliente import Cliente, get_cliente
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor
from estudio.domain.usuario import Quem
from estudio.services.cliente_historia import find_atual, get_historia
from estudio.services.cliente_service import (
    count_clientes,
    edit_cliente,
    list_clientes,
    register_outro_cliente,
    search_clientes,
)
from estudio.web.access import get_quem, is_offered
from estudio.web.campos import parse_numero
from estudio.web.cliente_form import EdicaoDeClienteForm, NovoClienteForm
from estudio.web.forms import Desfazer, Feito, submit
from estudio.web.language import gettext as _
from estudio.web.recortes import parse_texto
from estudio.web.transactions import reading

clientes = Blueprint("clientes", __name__, url_prefix="/clientes")

POR_PAGINA: Final = 50


@clientes.get("")
def index() -> str:
    quem = get_quem()
    texto = read_busca()
    with reading() as session:
        if texto:
            achados = search_clientes(session, texto, quem=quem, limite=POR_PAGINA)
            return render_template(
                "clientes/index.html",
                texto=texto,
                achados=achados,
                cheia=len(achados) == POR_PAGINA,
                total=len(achados),
            )
        achados, proxima = _list_page(session, quem)
        return render_template(
            "clientes/index.html", texto="", achados=achados, proxima=proxima, total=count_clientes(session, quem=quem)
        )


@clientes.get("/new")
def new() -> str:
    # What was searched for in vain: a name, or a phone.
    texto = read_busca()
    campo = "telefone" if re.fullmatch(r"[0-9 ()+./-]+", texto) else "nome"
    return _show_new(NovoClienteForm(data={campo: texto}))


@clientes.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovoClienteForm(request.form)

    def register(session: Session) -> Feito:
        cliente = register_outro_cliente(
            session,
            quem=quem,
            vistos=form.vistos.data or (),
            nome=str(form.nome.data),
            telefone=form.telefone.data,
            email=form.email.data,
            observacoes=form.observacoes.data,
        )
        return Feito(locate(cliente), _("Cadastrado: %(cliente)s.", cliente=describe(cliente)))

    return submit(form, quem=quem, deed=register, show=lambda: _show_new(form))


@clientes.get("/<id:cliente_id>")
def show(cliente_id: int) -> str | BaseResponse:
    quem = get_quem()
    with reading() as session:
        historia = get_historia(
            session,
            cliente_id,
            quem=quem,
            pagamentos_de=_read_cursor("pagamentos"),
            sessoes_de=_read_cursor("sessoes"),
        )
        if historia.cliente.id != cliente_id:
            return redirect(locate(historia.cliente), 303)
        return render_template("clientes/show.html", historia=historia, locate_extrato=_locate_extrato)


@clientes.get("/<id:cliente_id>/edit")
def edit(cliente_id: int) -> str | BaseResponse:
    with reading() as session:
        cliente = find_atual(session, cliente_id, quem=get_quem())
        if cliente.id != cliente_id:
            return redirect(url_for("clientes.edit", cliente_id=cliente.id), 303)
        return _show_edit(EdicaoDeClienteForm.of(cliente), cliente_id)


@clientes.post("/<id:cliente_id>")
def update(cliente_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoDeClienteForm(request.form)

    def change(session: Session) -> Feito:
        campos = form.list_mudancas(get_cliente(session, cliente_id))
        cliente = edit_cliente(session, cliente_id, quem=quem, versao=form.versao.data, **campos)
        # The database wrote the version.
        session.expire(cliente)
        if cliente.versao == form.versao.data:
            return Feito(locate(cliente), _("Nada mudou."))
        return Feito(
            locate(cliente),
            _("Alterado: %(cliente)s.", cliente=describe(cliente)),
            Desfazer(url_for("edicoes_desfeitas.create", cliente_id=cliente_id), {"versao": str(cliente.versao)}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, cliente_id))


def locate(cliente: Cliente) -> str:
    """The page of a client."""
    return url_for("clientes.show", cliente_id=cliente.id)


def describe(cliente: Cliente) -> str:
    """The client, as a message and a button say it."""
    return " · ".join(filter(None, (cliente.nome, cliente.telefone)))


def read_busca() -> str:
    """What is searched for. Raises DadosInvalidos."""
    return parse_texto(request.args.get("q", "").strip())


def _list_page(session: Session, quem: Quem) -> tuple[list[Cliente], int | None]:
    """A page in order of name, and after whom the next one begins: by number, as no address should hold a name."""
    try:
        depois = parse_numero(request.args.get("depois"))
    except ValueError:
        raise DadosInvalidos(_("A página pedida não existe. Volte ao começo da lista."), motivo="cursor") from None
    depois_de = None
    if depois is not None:
        ultimo = get_cliente(session, depois)
        depois_de = (ultimo.nome_busca[:100], ultimo.id)
    found = list_clientes(session, quem=quem, depois_de=depois_de, limite=POR_PAGINA + 1)
    return found[:POR_PAGINA], found[POR_PAGINA - 1].id if len(found) > POR_PAGINA else None


def _read_cursor(lista: str) -> Cursor | None:
    depois = request.args.get(lista)
    return Cursor.parse(depois) if depois else None


def _locate_extrato(competencia: Competencia) -> str | None:
    """The page of a closed month, for those who may read it."""
    return url_for("extratos.show", mes=competencia.slug) if is_offered("extratos.show") else None


def _show_new(form: NovoClienteForm) -> str:
    return render_template("clientes/new.html", form=form)


def _show_edit(form: EdicaoDeClienteForm, cliente_id: int) -> str:
    with reading() as session:
        cliente = get_cliente(session, cliente_id)
        return render_template("clientes/edit.html", form=form, cliente=cliente)
