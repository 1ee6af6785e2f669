"""Gastos: one line to register what was spent, and the month's list below it; corrected, deleted, undone."""

from dataclasses import replace
from typing import Final

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.codigos import list_categorias, list_formas
from estudio.domain.gasto import Gasto, get_gasto
from estudio.domain.usuario import Quem
from estudio.services.gasto_service import (
    count_gastos,
    delete_gasto,
    edit_gasto,
    find_ultima_categoria,
    register_gasto,
)
from estudio.services.historico_service import Numero, explain, list_competencias_abertas
from estudio.services.recorrente_service import list_rascunhos
from estudio.web.access import get_quem
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.gasto_form import GastoForm, describe_gasto
from estudio.web.language import gettext as _
from estudio.web.recortes import Recorte, parse_codigo
from estudio.web.transactions import reading

gastos = Blueprint("gastos", __name__, url_prefix="/gastos")

NAO_EXISTE: Final = "Essa categoria não existe. Escolha uma da lista."


@gastos.get("")
def index() -> str:
    quem = get_quem()
    with reading() as session:
        form = GastoForm.of_new(session)
        return _show_index(session, form, quem)


@gastos.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = GastoForm(request.form)

    def register(session: Session) -> Feito:
        assert form.dia.data is not None, "the form was validated"
        descricao = str(form.descricao.data)
        gasto = register_gasto(
            session,
            quem=quem,
            data=form.dia.data,
            valor=form.valor.data,
            descricao=descricao,
            forma=form.forma.data,
            categoria=form.categoria.data or find_ultima_categoria(session, descricao),
        )
        return Feito(
            locate_gasto(gasto),
            _("Registrado: %(gasto)s.", gasto=describe_gasto(gasto)),
            Desfazer(url_for("gastos.destroy", gasto_id=gasto.id)),
        )

    def show() -> str:
        with reading() as session:
            return _show_index(session, form, quem)

    return submit(form, quem=quem, deed=register, show=show)


@gastos.get("/<id:gasto_id>/edit")
def edit(gasto_id: int) -> str:
    with reading() as session:
        form = GastoForm.of(get_gasto(session, gasto_id))
    return _show_edit(form, gasto_id)


@gastos.post("/<id:gasto_id>")
def update(gasto_id: int) -> BaseResponse:
    quem = get_quem()
    form = GastoForm(request.form)

    def change(session: Session) -> Feito:
        campos = form.list_mudancas(get_gasto(session, gasto_id))
        gasto = edit_gasto(session, gasto_id, quem=quem, versao=form.versao.data or 0, **campos)
        # The database wrote the version, and names follow their codes.
        session.expire(gasto)
        if gasto.versao == form.versao.data:
            return Feito(locate_gasto(gasto), _("Nada mudou."))
        return Feito(
            locate_gasto(gasto),
            _("Alterado: %(gasto)s.", gasto=describe_gasto(gasto)),
            Desfazer(
                url_for("gastos_desfeitas.create", gasto_id=gasto_id), {"ato": "edicao", "versao": str(gasto.versao)}
            ),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, gasto_id))


@gastos.post("/<id:gasto_id>/exclusao")
def destroy(gasto_id: int) -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        gasto = get_gasto(session, gasto_id)
        destino, apagado = locate_gasto(gasto), describe_gasto(gasto)
        delete_gasto(session, gasto_id, quem=quem)
        return Feito(
            destino,
            _("Apagado: %(gasto)s.", gasto=apagado),
            Desfazer(url_for("gastos_desfeitas.create", gasto_id=gasto_id), {"ato": "exclusao"}),
        )

    return press(Formulario(request.form), quem=quem, deed=delete)


def locate_gasto(gasto: Gasto) -> str:
    """The list in which a gasto is."""
    return url_for("gastos.index", mes=gasto.competencia.slug)


def _show_index(session: Session, form: GastoForm, quem: Quem) -> str:
    recorte = Recorte.parse(request.args, quem=quem)
    categorias = list_categorias(session)
    categoria = parse_codigo(request.args["categoria"], NAO_EXISTE) if request.args.get("categoria") else None
    numero = Numero.GASTOS_CATEGORIA if categoria else Numero.DESPESAS
    despesa = explain(session, recorte.filtro, numero, quem=quem, chave=categoria, depois_de=recorte.depois_de)
    rascunhos = list_rascunhos(session)
    form.offer(session, nenhuma=_("A de sempre"))
    return render_template(
        "gastos/index.html",
        form=form,
        recorte=recorte,
        categoria=categoria,
        numero=numero,
        quantos=count_gastos(session, replace(recorte.filtro, categoria=categoria), quem=quem),
        total=despesa.total,
        pagina=despesa.parcelas[0].pagina,
        rascunhos=[rascunho for rascunho in rascunhos if rascunho.competencia == recorte.competencia],
        esperam=sorted({each.competencia for each in rascunhos if each.competencia != recorte.competencia}),
        meses=list_competencias_abertas(session),
        categorias=categorias,
        formas=list_formas(session),
    )


def _show_edit(form: GastoForm, gasto_id: int) -> str:
    with reading() as session:
        gasto = get_gasto(session, gasto_id)
        form.offer(session, nenhuma=_("Nenhuma (conta em Outros)"))
        return render_template("gastos/edit.html", form=form, gasto=gasto, fato=describe_gasto(gasto))
