"""Logotipos: the studio's picture, sent by the dono, drawn anew, shown on every page under the digest of its bytes."""

import re
from typing import Any, Final

from flask import Blueprint, Response, abort, make_response, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, HiddenField
from wtforms.validators import Regexp
from wtforms.widgets import FileInput

from estudio.domain.errors import Refusal
from estudio.domain.identidade import get_identidade, get_logotipo
from estudio.domain.usuario import Papel
from estudio.services.identidade_service import register_logotipo, set_logotipo
from estudio.services.imagem_service import MAIOR_ARQUIVO, Imagem, read_imagem
from estudio.web.access import find_current, get_quem
from estudio.web.ajuste_paginas import AJUSTES, show_ajustes
from estudio.web.errors import explain, show_http
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

SHA256: Final = re.compile("[0-9a-f]{64}")

logotipos = Blueprint("logotipos", __name__)


class ImagemField(Field):
    """A picture; what it is kept as is `data`."""

    widget = FileInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: Imagem | None = None
        # Without its multipart the browser sends the name of the file and not the file.
        sent = valuelist[0] if valuelist and hasattr(valuelist[0], "stream") else None
        try:
            self.data = read_imagem(b"" if sent is None else sent.stream.read(MAIOR_ARQUIVO + 1))
        except Refusal as refusal:
            raise ValueError(explain(refusal)) from None


class LogotipoForm(Formulario):
    arquivo = ImagemField(_l("Imagem"))


class VoltaForm(Formulario):
    """The logo to go back to (none: away with it), and the one that the person saw."""

    para = HiddenField(validators=[Regexp("^([0-9a-f]{64})?$")])
    atual = HiddenField(validators=[Regexp("^([0-9a-f]{64})?$")])


@logotipos.get("/logotipos/<sha256>.png")
def show(sha256: str) -> Response:
    if not SHA256.fullmatch(sha256):
        abort(404)
    with reading() as session:
        png = get_logotipo(session, sha256).png
    response = Response(png, content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@logotipos.post("/ajustes/logotipo")
def create() -> BaseResponse:
    quem = get_quem()
    form = LogotipoForm(CombinedMultiDict([request.files, request.form]))

    def take(session: Session) -> Feito:
        antes = get_identidade(session).logotipo_sha256
        assert form.arquivo.data is not None, "the form was validated"
        depois = register_logotipo(session, quem=quem, imagem=form.arquivo.data).logotipo_sha256
        return Feito(url_for(AJUSTES), _("O logotipo está em todas as páginas."), _offer(antes, depois))

    return submit(form, quem=quem, deed=take, show=lambda: show_ajustes(logotipo=form))


@logotipos.post("/ajustes/logotipo/volta")
def destroy() -> BaseResponse:
    quem = get_quem()
    form = VoltaForm(request.form)

    def go_back(session: Session) -> Feito:
        antes, para = form.atual.data or None, form.para.data or None
        set_logotipo(session, quem=quem, sha256=para, atual=antes)
        recado = _("Sem logotipo.") if para is None else _("O logotipo voltou.")
        return Feito(url_for(AJUSTES), recado, _offer(antes, para))

    return press(form, quem=quem, deed=go_back)


@logotipos.errorhandler(RequestEntityTooLarge)
def show_too_large(error: RequestEntityTooLarge) -> Response:
    """Refused before anything was read, the person too: only who may be at the page sees it again."""
    usuario = find_current()
    if usuario is None or usuario.papel != Papel.DONO:
        return show_http(error)
    form = LogotipoForm()
    form.arquivo.errors = [_("A imagem passa de 1 MB. Envie uma menor.")]
    return make_response(show_ajustes(logotipo=form), 413)


def _offer(antes: str | None, depois: str | None) -> Desfazer | None:
    if antes == depois:
        return None
    return Desfazer(url_for("logotipos.destroy"), {"para": antes or "", "atual": depois or ""})
