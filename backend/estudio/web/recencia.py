"""Before what is dangerous (`rotas.RECENTE`): is it still the same person who sits here? Password or passkey, again.

A form that comes too late is shown to be sent again, with everything that was typed in it but passwords and files.
"""

from typing import Final

from flask import Flask, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, HiddenField, PasswordField
from wtforms.validators import Length

from estudio.domain.errors import ChaveRecusada, MuitasTentativas, ProvaPeloPin, Refusal, SenhaErrada
from estudio.domain.senha import MAXIMO
from estudio.domain.usuario import Usuario
from estudio.services.chave_service import prove_chave_in_own_transactions
from estudio.services.prova_service import is_provado, prove_senha_in_own_transactions
from estudio.web import cookies
from estudio.web.access import ORIGEM, find_current, get_chave
from estudio.web.desafios import MAIOR_RESPOSTA, take_desafio
from estudio.web.errors import explain, get_status
from estudio.web.forms import Erros
from estudio.web.local import find_volta, get_lugar
from estudio.web.rotas import RECENTE
from estudio.web.transactions import SAFE, reading

_DELA: Final = frozenset({"csrf_token", "prova_senha", "prova_credencial"})


class ProvaForm(Erros, Form):
    """Names that no form of another page has: the two travel together."""

    prova_senha = PasswordField(_l("Sua senha"), [Length(max=MAXIMO)])
    prova_credencial = HiddenField()


def init_app(app: Flask) -> None:
    @app.before_request
    def demand() -> BaseResponse | None:
        """After the guard of the doors, which let this person in."""
        usuario = find_current() if request.endpoint in RECENTE else None
        if usuario is None or _is_provado():
            return None
        if request.method in SAFE:
            return redirect(url_for("provas.new", volta=request.full_path.rstrip("?")), 303)
        form = ProvaForm(request.form)
        if not (form.prova_senha.data or form.prova_credencial.data):
            return make_response(ask(form), 403)
        return _prove(form, usuario)


def ask(form: ProvaForm, volta: str | None = None) -> str:
    """The page that asks. It sends on what a form wanted, or goes to `volta` when there was none."""
    fields, lost = _list_typed()
    acao, segue = request.path, request.method not in SAFE and request.endpoint != "provas.create" and not lost
    if not segue:
        came = find_volta(request.form.get("volta")) if request.endpoint == "provas.create" else _find_page()
        acao, fields = url_for("provas.create"), [("volta", volta or came or url_for("inicio.index"))]
    return render_template(
        "provas/new.html",
        form=form,
        acao=acao,
        campos_do_pedido=fields,
        segue=segue,
        perdido=lost,
        chaves=get_lugar().serve,
    )


def _is_provado() -> bool:
    with reading() as session:
        return is_provado(session, get_chave())


def _prove(form: ProvaForm, usuario: Usuario) -> BaseResponse | None:
    """Look at what was shown; None lets the form go on to where it was sent."""
    try:
        if form.prova_credencial.data:
            prove_chave_in_own_transactions(
                quem=usuario.as_quem(ORIGEM),
                chave=get_chave(),
                desafio=take_desafio(),
                resposta=form.prova_credencial.data[:MAIOR_RESPOSTA],
                lugar=get_lugar(),
            )
        else:
            prove_senha_in_own_transactions(
                usuario_id=usuario.id,
                senha=form.prova_senha.data or "",
                balcao=cookies.find_balcao(usuario.email),
                chave=get_chave(),
            )
    except (SenhaErrada, ProvaPeloPin, ChaveRecusada, MuitasTentativas) as refusal:
        return _refuse(form, refusal)
    return None


def _refuse(form: ProvaForm, refusal: Refusal) -> BaseResponse:
    if isinstance(refusal, SenhaErrada):
        form.prova_senha.errors = [explain(refusal)]
    else:
        form.refuse(refusal)
    return make_response(ask(form), get_status(refusal))


def _list_typed() -> tuple[list[tuple[str, str]], bool]:
    """What a form holds, and whether it also held a file, which no page can hand back."""
    typed = [(k, v) for k, v in request.form.items(multi=True) if k not in _DELA and "senha" not in k]
    return typed, any(file.filename for file in request.files.values())


def _find_page() -> str | None:
    """The page that sent this, to go back to."""
    return find_volta((request.referrer or "").removeprefix(request.host_url.rstrip("/")))
