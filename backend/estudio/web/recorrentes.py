"""Recorrentes: the gastos that come back every month, made (also from one that was registered), changed, stopped."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.gasto import get_gasto
from estudio.domain.recorrente import Recorrente, get_recorrente
from estudio.services.recorrente_service import edit_recorrente, list_recorrentes, register_recorrente
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.forms import Feito, submit
from estudio.web.language import gettext as _
from estudio.web.recorrente_form import RecorrenteForm, describe_recorrente
from estudio.web.transactions import reading

recorrentes = Blueprint("recorrentes", __name__, url_prefix="/gastos/recorrentes")


@recorrentes.get("")
def index() -> str:
    with reading() as session:
        return render_template("recorrentes/index.html", recorrentes=list_recorrentes(session))


@recorrentes.get("/new")
def new() -> str:
    try:
        gasto_id = parse_numero(request.args.get("gasto"))
    except ValueError:
        abort(404)
    with reading() as session:
        if gasto_id is None:
            form = RecorrenteForm.of_new(session)
        else:
            form = RecorrenteForm.of_gasto(get_gasto(session, gasto_id))
    return _show(form)


@recorrentes.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = RecorrenteForm(request.form)

    def register(session: Session) -> Feito:
        recorrente = register_recorrente(session, quem=quem, **_read(form))
        return _done(_("Todo mês: %(recorrente)s.", recorrente=describe_recorrente(recorrente)))

    return submit(form, quem=quem, deed=register, show=lambda: _show(form))


@recorrentes.get("/<id:recorrente_id>/edit")
def edit(recorrente_id: int) -> str:
    with reading() as session:
        recorrente = get_recorrente(session, recorrente_id)
        return _show(RecorrenteForm.of(recorrente), recorrente)


@recorrentes.post("/<id:recorrente_id>")
def update(recorrente_id: int) -> BaseResponse:
    quem = get_quem()
    form = RecorrenteForm(request.form)

    def change(session: Session) -> Feito:
        ativo = form.ativo.data != 0
        versao = form.versao.data or 0
        recorrente = edit_recorrente(session, recorrente_id, quem=quem, versao=versao, ativo=ativo, **_read(form))
        fato = describe_recorrente(recorrente)
        if not ativo:
            return _done(_("Parado: %(recorrente)s.", recorrente=fato))
        return _done(_("Todo mês: %(recorrente)s.", recorrente=fato))

    def show() -> str:
        with reading() as session:
            return _show(form, get_recorrente(session, recorrente_id))

    return submit(form, quem=quem, deed=change, show=show)


def _read(form: RecorrenteForm) -> dict[str, Any]:
    return {
        "descricao": form.descricao.data,
        "valor": form.valor.data,
        "forma": form.forma.data,
        "categoria": form.categoria.data,
        "dia": form.dia_do_mes.data,
        "desde": form.dia.data,
    }


def _done(recado: str) -> Feito:
    return Feito(url_for("recorrentes.index"), recado)


def _show(form: RecorrenteForm, recorrente: Recorrente | None = None) -> str:
    with reading() as session:
        form.offer(session)
    return render_template("recorrentes/edit.html", form=form, recorrente=recorrente)
