"""Entradas pelo Google: the way there, the way back, and the press by which who comes back is let in.

The way back is a GET, and a GET writes nothing: it is a page whose only button sends on what Google gave.
"""

import hmac

from flask import Blueprint, abort, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.errors import AcessoRecusado, GoogleFalhou, GoogleRecusado, Refusal
from estudio.services.google_service import Ida, enter_by_google_in_own_transactions, is_google_ligado, start_ida
from estudio.web.access import ORIGEM
from estudio.web.acessos import EntradaForm, arrive, show_login
from estudio.web.errors import get_status
from estudio.web.local import find_volta

_LEMBRA = "google"

entradas_google = Blueprint("entradas_google", __name__, url_prefix="/entrar/google")


@entradas_google.before_request
def ensure_ligado() -> None:
    if not is_google_ligado():
        abort(404)


@entradas_google.get("")
def new() -> BaseResponse:
    """Off to Google. What it has to bring back is known to this browser alone, in its cookie."""
    try:
        ida = start_ida(retorno=_retorno())
    except GoogleFalhou as refusal:
        return _refuse(refusal)
    session[_LEMBRA] = [ida.estado, ida.nonce, ida.verificador, find_volta(request.args.get("volta")) or ""]
    return redirect(ida.endereco, 303)


@entradas_google.get("/volta")
def show() -> BaseResponse:
    if _find_ida(request.args.get("state")) is None or not request.args.get("code"):
        return _refuse(GoogleFalhou())
    return make_response(
        render_template("entradas_google/show.html", code=request.args["code"], state=request.args["state"])
    )


@entradas_google.post("/volta")
def create() -> BaseResponse:
    ida = _find_ida(request.form.get("state"))
    kept = session.pop(_LEMBRA, None)
    if ida is None or kept is None:
        return _refuse(GoogleFalhou())
    try:
        entrada = enter_by_google_in_own_transactions(
            codigo=request.form.get("code", ""),
            ida=ida,
            retorno=_retorno(),
            navegador=request.user_agent.string,
            origem=ORIGEM,
        )
    except (AcessoRecusado, GoogleFalhou, GoogleRecusado) as refusal:
        return _refuse(refusal)
    return arrive(entrada, find_volta(kept[3]))


def _find_ida(state: str | None) -> Ida | None:
    """The way that this browser went, if this is what it has to come back with."""
    kept = session.get(_LEMBRA)
    if not kept or not state or not hmac.compare_digest(str(kept[0]).encode(), state.encode("utf-8", "replace")):
        return None
    return Ida("", kept[0], kept[1], kept[2])


def _retorno() -> str:
    return url_for("entradas_google.show", _external=True)


def _refuse(refusal: Refusal) -> BaseResponse:
    form = EntradaForm()
    form.refuse(refusal)
    return make_response(show_login(form), get_status(refusal))
