"""Provas: the page that asks for password or passkey once more; `recencia` sends there, and looks at the answer."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.web.local import find_volta
from estudio.web.recencia import ProvaForm, ask

provas = Blueprint("provas", __name__, url_prefix="/conta/prova")


@provas.get("")
def new() -> str:
    return ask(ProvaForm(), find_volta(request.args.get("volta")) or url_for("inicio.index"))


@provas.post("")
def create() -> BaseResponse:
    """Whoever comes this far has proved it (`rotas.RECENTE`)."""
    return redirect(find_volta(request.form.get("volta")) or url_for("inicio.index"), 303)
