"""Redefinições: whoever holds a link (an invitation, or one that came by e-mail) gives herself a password by it."""

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from estudio.domain.conta import TipoDeLink
from estudio.domain.senha import MAXIMO, MINIMO
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.link_service import ORIGEM_DO_LINK, get_usuario_of_link, redeem_link
from estudio.web.cartas import send_senha_trocada
from estudio.web.forms import OBRIGATORIO, Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

redefinicoes = Blueprint("redefinicoes", __name__, url_prefix="/senha")

# Whose form it is: of nobody who is logged in. The deed itself acts as the person of the link.
QUEM_TEM_O_LINK: Final = Quem(None, Papel.CONTADOR, ORIGEM_DO_LINK)


class RedefinicaoForm(Formulario):
    senha = PasswordField(_l("Senha nova"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])
    outra_vez = PasswordField(
        _l("A mesma senha outra vez"),
        [DataRequired(OBRIGATORIO), EqualTo("senha", _l("As duas senhas não são iguais. Digite as duas de novo."))],
    )


@redefinicoes.get("/<chave>")
def edit(chave: str) -> str:
    return _show(RedefinicaoForm(), chave)


@redefinicoes.post("/<chave>")
def update(chave: str) -> BaseResponse:
    form = RedefinicaoForm(request.form)
    changed: list[Usuario] = []

    def redeem(session: Session) -> Feito:
        changed[:] = [redeem_link(session, chave, senha=form.senha.data or "")]
        return Feito(url_for("acessos.new"), _("Pronto: entre com o seu e-mail e a senha que você escolheu."))

    response = submit(form, quem=QUEM_TEM_O_LINK, deed=redeem, show=lambda: _show(form, chave))
    for usuario in changed if response.status_code == 303 else []:
        send_senha_trocada(usuario)
    return response


def _show(form: RedefinicaoForm, chave: str) -> str:
    with reading() as session:
        usuario, tipo = get_usuario_of_link(session, chave)
    return render_template(
        "redefinicoes/edit.html",
        form=form,
        chave_do_link=chave,
        pessoa=usuario,
        convite=tipo == TipoDeLink.CONVITE,
        minimo=MINIMO,
    )
