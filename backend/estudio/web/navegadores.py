"""Navegadores: a person logs herself out of another browser of hers, or of all others; and what a browser is called."""

import re
from typing import Final

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.conta_service import close_navegadores
from estudio.web.access import get_chave, get_current, get_quem
from estudio.web.campos import NumeroField
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _

navegadores = Blueprint("navegadores", __name__, url_prefix="/conta/navegadores")

# In this order: each of these calls itself by the names of those that follow as well.
_PROGRAMAS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SISTEMAS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip

_MAIOR_NOME: Final = 60


class NavegadorForm(Formulario):
    """`acesso_id` is the browser; empty, all but this one."""

    acesso_id = NumeroField()


@navegadores.post("/encerramento")
def destroy() -> BaseResponse:
    quem, usuario_id, chave = get_quem(), get_current().id, get_chave()
    form = NavegadorForm(request.form)

    def close(session: Session) -> Feito:
        closed = close_navegadores(session, usuario_id, quem=quem, acesso_id=form.acesso_id.data, exceto=chave)
        return Feito(url_for("contas.index"), describe_encerrados(closed))

    return press(form, quem=quem, deed=close)


def describe_encerrados(quantos: int) -> str:
    if not quantos:
        return _("Nenhum navegador foi encerrado: já não havia nenhum.")
    return _("Encerrado: %(quantos)d. Ali é preciso entrar de novo, com a senha.", quantos=quantos)


@navegadores.app_template_filter("navegador")
def describe_navegador(texto: str) -> str:
    """`Chrome, Android`, from what a browser says of itself; or that, cut, when it is none that we know."""
    programa = next((name for mark, name in _PROGRAMAS if mark in texto), None)
    sistema = next((name for mark, name in _SISTEMAS if mark in texto), None)
    known = ", ".join(name for name in (programa, sistema) if name)
    return known or re.sub(r"\s+", " ", texto)[:_MAIOR_NOME]
