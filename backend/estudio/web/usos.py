"""Usos: the press that takes a forma or a categoria out of use, or puts it back."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf, Length

from estudio.services.codigo_service import Lista, set_em_uso
from estudio.web.access import get_quem
from estudio.web.codigo_paginas import offer_uso
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _

usos = Blueprint("usos", __name__, url_prefix="/ajustes/usos")


class UsoForm(Formulario):
    lista = HiddenField(validators=[AnyOf(list(Lista))])
    codigo = HiddenField(validators=[Length(min=1, max=30)])
    ativa = HiddenField(validators=[AnyOf(["sim", "nao"])])


@usos.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = UsoForm(request.form)

    def change(session: Session) -> Feito:
        lista, ativa = Lista(str(form.lista.data)), form.ativa.data == "sim"
        codigo = set_em_uso(session, lista, str(form.codigo.data), quem=quem, ativa=ativa)
        recado = (
            _("Em uso: %(rotulo)s.") if ativa else _("Fora de uso: %(rotulo)s. O que foi lançado com esse nome fica.")
        )
        return Feito(
            url_for(f"{lista}.index"),
            recado % {"rotulo": codigo.rotulo},
            offer_uso(lista, codigo.codigo, ativa=not ativa),
        )

    return press(form, quem=quem, deed=change)
