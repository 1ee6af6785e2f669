"""Estoque: the items in the studio's own order, each with how many there are; new ones, edits, and what goes off it."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import DataRequired

from estudio.domain.estoque import Item, get_item
from estudio.services.estoque_service import deactivate_item, edit_item, list_itens, register_item
from estudio.web.access import get_quem
from estudio.web.campos import NomeField, NotaField, NumeroField, QuantidadeField
from estudio.web.filters import shorten
from estudio.web.forms import Desfazer, Feito, Formulario, offer_undo, press, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

itens = Blueprint("itens", __name__, url_prefix="/estoque")


class ItemForm(Formulario):
    """What an item is. How many there are of it only movements change."""

    nome = NomeField(_l("Nome"), maximo=200, obrigatorio=True)
    minimo = QuantidadeField(_l("Avisar abaixo de"))
    observacoes = NotaField(_l("Observações"), maximo=20_000)


class NovoItemForm(ItemForm):
    quantidade = QuantidadeField(_l("Quantidade"))


class EdicaoDoItemForm(ItemForm):
    """`versao` is the one that the person saw."""

    versao = NumeroField(validators=[DataRequired()])


@itens.get("")
def index() -> str:
    return show_itens(None)


@itens.get("/new")
def new() -> str:
    return _show_new(NovoItemForm(data={"quantidade": 0, "minimo": 6}))


@itens.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovoItemForm(request.form)

    def register(session: Session) -> Feito:
        item = register_item(
            session,
            quem=quem,
            nome=form.nome.data or "",
            quantidade=form.quantidade.data,
            minimo=form.minimo.data,
            observacoes=form.observacoes.data,
        )
        return Feito(
            locate(item),
            _("Cadastrado: %(item)s.", item=describe_item(item)),
            Desfazer(url_for("itens.destroy", item_id=item.id)),
        )

    return submit(form, quem=quem, deed=register, show=lambda: _show_new(form))


@itens.get("/<id:item_id>/edit")
def edit(item_id: int) -> str:
    with reading() as session:
        item = get_item(session, item_id)
        campos = ("nome", "minimo", "observacoes", "versao")
        form = EdicaoDoItemForm(data={campo: getattr(item, campo) for campo in campos})
    return _show_edit(form, item_id)


@itens.post("/<id:item_id>")
def update(item_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoDoItemForm(request.form)

    def change(session: Session) -> Feito:
        antes = get_item(session, item_id)
        era = {"nome": antes.nome, "minimo": str(antes.minimo), "observacoes": antes.observacoes or ""}
        item = edit_item(
            session,
            item_id,
            quem=quem,
            versao=form.versao.data,
            nome=form.nome.data or "",
            minimo=form.minimo.data,
            observacoes=form.observacoes.data,
        )
        # The database wrote the version.
        session.refresh(item)
        if item.versao == form.versao.data:
            return Feito(locate(item), _("Nada mudou."))
        return Feito(
            locate(item),
            _("Alterado: %(item)s.", item=describe_item(item)),
            offer_undo(url_for("itens.update", item_id=item_id), {**era, "versao": str(item.versao)}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, item_id))


@itens.post("/<id:item_id>/desativacao")
def destroy(item_id: int) -> BaseResponse:
    quem = get_quem()

    def deactivate(session: Session) -> Feito:
        item = deactivate_item(session, item_id, quem=quem)
        return Feito(
            url_for("itens.index"),
            _("Fora da lista: %(item)s. Os movimentos continuam guardados.", item=describe_item(item)),
            Desfazer(url_for("retomadas.create", item_id=item_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=deactivate)


def locate(item: Item) -> str:
    """The list, at the place where the item is."""
    return url_for("itens.index", _anchor=f"item-{item.id}")


def describe_item(item: Item) -> str:
    """The fact, as a message says it: name and how many."""
    return f"{shorten(item.nome)} · {item.quantidade}"


def show_itens(form: Formulario | None) -> str:
    """The list; with `form` also what was wrong with the button that was pressed in it."""
    todos, ordenando = "todos" in request.args, "ordem" in request.args
    with reading() as session:
        lista = list_itens(session, ativos=False)
    return render_template(
        "itens/index.html",
        itens=[item for item in lista if item.ativo],
        fora=[item for item in lista if not item.ativo],
        todos=todos,
        ordenando=ordenando,
        form=form,
    )


def _show_new(form: NovoItemForm) -> str:
    return render_template("itens/new.html", form=form)


def _show_edit(form: EdicaoDoItemForm, item_id: int) -> str:
    with reading() as session:
        item = get_item(session, item_id)
    return render_template("itens/edit.html", form=form, item=item)
