"""Primeiro acesso: who starts `estudio web` gets a link, and whoever opens it becomes the studio's first dono."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from estudio.domain.senha import MAXIMO, MINIMO
from estudio.services.acesso_service import PRIMEIRO_ACESSO, ensure_convite, has_dono, register_primeiro_dono
from estudio.services.usuario_service import LIMITE_EMAIL, LIMITE_NOME
from estudio.web.forms import OBRIGATORIO, Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

primeiro_acesso = Blueprint("primeiro_acesso", __name__, url_prefix="/primeiro-acesso")


class PrimeiroAcessoForm(Formulario):
    nome = StringField(_l("Seu nome"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_NOME)])
    email = EmailField(_l("E-mail"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_EMAIL)])
    senha = PasswordField(_l("Senha"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])
    outra_vez = PasswordField(
        _l("A mesma senha outra vez"),
        [DataRequired(OBRIGATORIO), EqualTo("senha", _l("As duas senhas não são iguais. Digite as duas de novo."))],
    )


@primeiro_acesso.get("")
def index() -> BaseResponse:
    """Where every page leads as long as there is no dono: it says where the link is, and holds none."""
    with reading() as session:
        begun = has_dono(session)
    if begun:
        return redirect(url_for("inicio.index"), 303)
    return make_response(render_template("primeiro_acesso/index.html"))


@primeiro_acesso.get("/<chave>")
def new(chave: str) -> str:
    with reading() as session:
        ensure_convite(session, chave)
    return _show(PrimeiroAcessoForm(), chave)


@primeiro_acesso.post("/<chave>")
def create(chave: str) -> BaseResponse:
    form = PrimeiroAcessoForm(request.form)

    def register(session: Session) -> Feito:
        register_primeiro_dono(
            session, chave, nome=form.nome.data or "", email=form.email.data or "", senha=form.senha.data or ""
        )
        recado = _("Pronto: o estúdio é seu. Entre com o e-mail e a senha que você escolheu.")
        return Feito(url_for("acessos.new"), recado)

    return submit(form, quem=PRIMEIRO_ACESSO, deed=register, show=lambda: _show(form, chave))


def _show(form: PrimeiroAcessoForm, chave: str) -> str:
    return render_template("primeiro_acesso/new.html", form=form, chave_do_link=chave, minimo=MINIMO)
