"""Entrar and Sair: the one door, and the way out."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import EmailField, Form, HiddenField, PasswordField
from wtforms.validators import DataRequired, Length

from estudio import clock
from estudio.domain.errors import AcessoRecusado, MuitasTentativas
from estudio.domain.senha import MAXIMO
from estudio.services.acesso_service import Entrada, close_acesso, has_dono, login_in_own_transactions
from estudio.services.aviso_service import record_entrada_nova
from estudio.services.etapa_service import Pendente
from estudio.services.google_service import is_google_ligado
from estudio.services.turno_service import begin_turno, end_turno
from estudio.services.usuario_service import LIMITE_EMAIL, get_usuario
from estudio.web import cookies
from estudio.web.access import ORIGEM, find_current, forget_current
from estudio.web.confirmacoes import refuse
from estudio.web.forms import OBRIGATORIO, Erros
from estudio.web.local import find_volta, get_lugar
from estudio.web.navegadores import describe_navegador
from estudio.web.transactions import reading, writing

acessos = Blueprint("acessos", __name__)


class EntradaForm(Erros, Form):
    email = EmailField(_l("E-mail"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_EMAIL)])
    senha = PasswordField(_l("Senha"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])
    volta = HiddenField()


@acessos.get("/entrar")
def new() -> BaseResponse:
    # Another person at a shared browser: who is logged in goes when she has come in.
    if find_current() is not None and "outra" not in request.args:
        return redirect(url_for("inicio.index"), 303)
    with reading() as db_session:
        begun = has_dono(db_session)
    if not begun:
        return redirect(url_for("primeiro_acesso.index"), 303)
    return make_response(show_login(EntradaForm(volta=find_volta(request.args.get("volta")))))


@acessos.post("/entrar")
def create() -> BaseResponse:
    form = EntradaForm(request.form)
    if not form.validate():
        return make_response(show_login(form), 422)
    email, senha = form.email.data or "", form.senha.data or ""
    try:
        entrada = login_in_own_transactions(
            email=email,
            senha=senha,
            balcao=cookies.find_balcao(email),
            navegador=request.user_agent.string,
            origem=ORIGEM,
        )
    except (AcessoRecusado, MuitasTentativas) as refusal:
        return refuse(form, refusal, lambda: show_login(form))
    return arrive(entrada, find_volta(form.volta.data))


@acessos.post("/sair")
def destroy() -> BaseResponse:
    usuario, cracha, aparelho = find_current(), cookies.read_cracha(), cookies.name_aparelho()
    if cracha is not None:
        writing(lambda db_session: end_turno(db_session, cracha.chave, aparelho))
    response = leave()
    cookies.drop_cracha(response)
    if usuario is not None:
        cookies.leave_aparelho(response, usuario.email)
    return response


def arrive(entrada: Entrada | Pendente, volta: str | None) -> Response:
    """Begin as who was let in, where they wanted to go; or go on to the second question."""
    if isinstance(entrada, Pendente):
        response = make_response(redirect(url_for("codigos.new", volta=volta), 303))
        cookies.put_etapa(response, entrada.chave)
        return response
    response = leave()
    response.location = volta or url_for("inicio.index")
    if cookies.find_aparelho(entrada.email) is None:
        writing(lambda db_session: _tell(db_session, entrada))
    cookies.put_cracha(response, entrada.chave)
    cookies.drop_etapa(response)
    if entrada.provou:
        cookies.put_aparelho(response, entrada.email)
        aparelho = cookies.name_aparelho()
        writing(lambda db_session: begin_turno(db_session, entrada.usuario_id, aparelho))
    else:
        # Another vouched for them: known here from now on, but no PIN counts before a password was given.
        cookies.leave_aparelho(response, entrada.email)
    return response


def _tell(db_session: Session, entrada: Entrada) -> None:
    """A browser that was not known to be this person's. It gets its key with the answer, after this is committed."""
    usuario = get_usuario(db_session, entrada.usuario_id)
    record_entrada_nova(
        db_session,
        usuario_id=usuario.id,
        papel=usuario.papel,
        navegador=describe_navegador(request.user_agent.string),
        aparelho=cookies.name_aparelho(),
        em=clock.now(),
    )


def show_login(form: EntradaForm) -> str:
    return render_template("acessos/new.html", form=form, google=is_google_ligado(), chaves=get_lugar().serve)


def leave() -> Response:
    """End what this browser was logged in as, and forget the key of its forms: whoever comes next begins anew."""
    cracha = cookies.read_cracha()
    if cracha is not None:
        writing(lambda db_session: close_acesso(db_session, cracha.chave, origem=ORIGEM))
    forget_current()
    session.clear()
    return make_response(redirect(url_for("acessos.new"), 303))
