"""Movimentos: what came onto the shelf and what left it; by one press in the list, or with how many and why."""

from typing import Final

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf

from estudio.domain.errors import EstoqueInsuficiente, Refusal, ValorInvalido
from estudio.domain.estoque import get_item
from estudio.services.estoque_service import list_movimentos, list_quem_moveu, move_item
from estudio.web.access import get_quem
from estudio.web.campos import NomeField, QuantidadeField, parse_numero
from estudio.web.errors import explain
from estudio.web.forms import Feito, Formulario, offer_undo, submit
from estudio.web.itens import describe_item, locate, show_itens
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

POR_PAGINA: Final = 50

ENTRADA: Final = "entrada"
SAIDA: Final = "saida"

LISTA: Final = "lista"

movimentos = Blueprint("movimentos", __name__, url_prefix="/estoque/<id:item_id>/movimentos")


class MovimentoForm(Formulario):
    """`onde` is the page that the button stands on, to which the answer goes."""

    sentido = HiddenField(_l("O que houve"), validators=[AnyOf([ENTRADA, SAIDA], _l("Escolha um da lista."))])
    quantidade = QuantidadeField(_l("Quantidade"))
    motivo = NomeField(_l("Motivo"), maximo=2_000)
    onde = HiddenField(validators=[AnyOf([LISTA, "", None])])

    def refuse(self, refusal: Refusal) -> None:
        """More than there is, or nothing at all: the number that was typed is what is wrong."""
        if isinstance(refusal, EstoqueInsuficiente | ValorInvalido):
            self.quantidade.errors = [*self.quantidade.errors, explain(refusal)]
        else:
            super().refuse(refusal)

    @property
    def delta(self) -> int:
        quantidade: int = self.quantidade.data
        return quantidade if self.sentido.data == ENTRADA else -quantidade

    @property
    def oposto(self) -> dict[str, str]:
        """What takes it back."""
        return {
            "sentido": SAIDA if self.sentido.data == ENTRADA else ENTRADA,
            "quantidade": str(self.quantidade.data),
            "motivo": _("Desfeito"),
            "onde": self.onde.data or "",
        }


@movimentos.get("")
def index(item_id: int) -> str:
    return _show(MovimentoForm(data={"sentido": ENTRADA, "onde": ""}), item_id)


@movimentos.post("")
def create(item_id: int) -> BaseResponse:
    quem = get_quem()
    form = MovimentoForm(request.form)

    def move(session: Session) -> Feito:
        movimento = move_item(session, item_id, quem=quem, delta=form.delta, motivo=form.motivo.data)
        item = get_item(session, item_id)
        recado = _("Entrou %(quantidade)s: %(item)s.") if movimento.delta > 0 else _("Saiu %(quantidade)s: %(item)s.")
        return Feito(
            locate(item) if form.onde.data == LISTA else url_for("movimentos.index", item_id=item_id),
            recado % {"quantidade": abs(movimento.delta), "item": describe_item(item)},
            offer_undo(url_for("movimentos.create", item_id=item_id), form.oposto),
        )

    na_lista = form.onde.data == LISTA
    return submit(form, quem=quem, deed=move, show=lambda: show_itens(form) if na_lista else _show(form, item_id))


def _show(form: MovimentoForm, item_id: int) -> str:
    try:
        antes_de = parse_numero(request.args.get("antes"))
    except ValueError:
        abort(404)
    with reading() as session:
        item = get_item(session, item_id)
        linhas = list_movimentos(session, item_id, antes_de=antes_de, limite=POR_PAGINA + 1)
        nomes = list_quem_moveu(session, linhas)
    return render_template(
        "movimentos/index.html",
        form=form,
        item=item,
        linhas=linhas[:POR_PAGINA],
        nomes=nomes,
        antes_de=antes_de,
        proxima=linhas[POR_PAGINA - 1].id if len(linhas) > POR_PAGINA else None,
    )
