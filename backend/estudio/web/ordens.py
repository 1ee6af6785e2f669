"""Ordens: in which order the estoque is listed; by a press that moves one item, or by the whole order after a drag."""

from typing import Final

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, ValidationError
from wtforms.validators import AnyOf

from estudio.services.estoque_service import list_itens, set_ordem
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField, parse_numero
from estudio.web.forms import Feito, Formulario, offer_undo, press
from estudio.web.language import gettext as _

CIMA: Final = "cima"
BAIXO: Final = "baixo"

MAIOR_ORDEM: Final = 20_000
"""Characters of the list of numbers."""

ordens = Blueprint("ordens", __name__, url_prefix="/estoque/ordem")


class OrdemForm(Formulario):
    """One item that moves by a place (`item_id`, `para`), or the numbers of all in their new order (`ids`)."""

    ids = HiddenField()
    item_id = NumeroField()
    para = HiddenField(validators=[AnyOf([CIMA, BAIXO, "", None])])

    def validate_ids(self, field: HiddenField) -> None:
        text = field.data or ""
        if not text and (self.item_id.data is None or not self.para.data):
            raise ValidationError("nothing to move")
        if len(text) > MAIOR_ORDEM:
            raise ValidationError("too many")
        try:
            self.numeros = [numero for part in text.split(",") if (numero := parse_numero(part)) is not None]
        except ValueError:
            raise ValidationError("not numbers") from None


@ordens.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = OrdemForm(request.form)

    def put(session: Session) -> Feito:
        antes = [item.id for item in list_itens(session)]
        set_ordem(session, quem=quem, ids=form.numeros or move(antes, form.item_id.data, form.para.data or CIMA))
        return Feito(
            url_for("itens.index", ordem=1, _anchor=f"item-{form.item_id.data}" if form.item_id.data else None),
            _("Ordem gravada."),
            offer_undo(url_for("ordens.create"), {"ids": ",".join(map(str, antes))}),
        )

    return press(form, quem=quem, deed=put)


def move(ids: list[int], numero: int, para: str) -> list[int]:
    """The order in which one has changed its place with its neighbour; at the end of the list nothing changes."""
    if numero not in ids:
        return ids
    here = ids.index(numero)
    there = here - 1 if para == CIMA else here + 1
    if 0 <= there < len(ids):
        ids = ids.copy()
        ids[here], ids[there] = ids[there], ids[here]
    return ids
