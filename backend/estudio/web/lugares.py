"""Lugares: the press that moves a forma or a categoria up or down its list."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf, Length

from estudio.services.codigo_service import Lista, Passo, move_codigo
from estudio.web.access import get_quem
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _

lugares = Blueprint("lugares", __name__, url_prefix="/ajustes/lugares")


class LugarForm(Formulario):
    lista = HiddenField(validators=[AnyOf(list(Lista))])
    codigo = HiddenField(validators=[Length(min=1, max=30)])
    para = HiddenField(validators=[AnyOf(list(Passo))])


@lugares.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = LugarForm(request.form)

    def move(session: Session) -> Feito:
        lista, passo = Lista(str(form.lista.data)), Passo(str(form.para.data))
        codigo = move_codigo(session, lista, str(form.codigo.data), quem=quem, passo=passo)
        volta = Passo.BAIXO if passo == Passo.CIMA else Passo.CIMA
        return Feito(
            url_for(f"{lista}.index", _anchor=f"codigo-{codigo.codigo}"),
            _("Ordem gravada."),
            Desfazer(url_for("lugares.create"), {"lista": lista, "codigo": codigo.codigo, "para": volta}),
        )

    return press(form, quem=quem, deed=move)
