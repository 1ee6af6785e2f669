"""The guard before every page: who is logged in, and whether the table of doors (`rotas`) lets them in."""

from typing import Final

import structlog
from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.acesso import calculate_ocioso
from estudio.domain.usuario import Quem, Usuario
from estudio.services.acesso_service import find_visita, has_dono
from estudio.web import cookies
from estudio.web.local import find_pagina
from estudio.web.problemas import is_api
from estudio.web.remessas import is_olhada
from estudio.web.rotas import ABERTA, API, NINGUEM, ROTAS
from estudio.web.transactions import SAFE, reading

ORIGEM: Final = "web"

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    @app.before_request
    def guard() -> BaseResponse | None:
        # Below /api a ficha opens the doors, by a table of their own (`api.rotas`), and no cookie does.
        if request.endpoint is None:
            # No such page. Whoever is in keeps their menu, to go on from here.
            if not is_api():
                find_current()
            return None
        if request.endpoint.startswith(API):
            return None
        porta = ROTAS.get(request.endpoint, NINGUEM)
        if porta is ABERTA:
            return None
        usuario = find_current()
        if usuario is None:
            return _send_to_login()
        structlog.contextvars.bind_contextvars(usuario=usuario.id)
        if usuario.papel not in porta:
            log.warning("porta_recusada", rota=request.endpoint, papel=usuario.papel)
            abort(403)
        return None

    @app.after_request
    def refresh(response: Response) -> Response:
        """Whoever is at work stays logged in; by what a page was really asked of, not by its pictures or by itself."""
        cracha = g.get("cracha")
        if is_olhada() or g.get("usuario") is None or cracha is None:
            return response
        if cracha.ocioso > cookies.REFRESCA:
            cookies.put_cracha(response, cracha.chave)
        return response

    @app.context_processor
    def introduce() -> dict[str, object]:
        return {"eu": g.get("usuario"), "pode": is_offered}


def find_current() -> Usuario | None:
    """Who is logged in in this browser, asked of the database once in a request."""
    if "usuario" not in g:
        g.cracha = cookies.read_cracha()
        g.usuario = None if g.cracha is None else _find_usuario(g.cracha)
    usuario: Usuario | None = g.usuario
    return usuario


def is_offered(endpoint: str) -> bool:
    """Whether a page may show a link to this one: the table of doors lets in who is logged in here."""
    porta = ROTAS.get(endpoint, NINGUEM)
    usuario: Usuario | None = g.get("usuario")
    return porta is ABERTA or (usuario is not None and usuario.papel in porta)


def get_current() -> Usuario:
    """Who is logged in in this browser; behind a door that the guard keeps there always is somebody."""
    usuario = find_current()
    assert usuario is not None, f"{request.endpoint} is open, and asks who is there"
    return usuario


def get_quem() -> Quem:
    """The same person, as the deeds are told of them."""
    return get_current().as_quem(ORIGEM)


def get_chave() -> str:
    """The key of this browser; behind a door that the guard keeps there always is one."""
    cracha: cookies.Cracha | None = g.get("cracha")
    assert cracha is not None, f"{request.endpoint} is open, and asks for the browser's key"
    return cracha.chave


def forget_current() -> None:
    """They logged out, or another logs in: what was known of this browser is not refreshed."""
    g.cracha = g.usuario = None


def _find_usuario(cracha: cookies.Cracha) -> Usuario | None:
    with reading() as session:
        visita = find_visita(session, cracha.chave)
    if visita is None:
        return None
    g.estudio, usuario = visita.marca, visita.usuario
    if cracha.ocioso > calculate_ocioso(usuario.papel):
        return None
    return usuario


def _send_to_login() -> BaseResponse:
    with reading() as session:
        begun = has_dono(session)
    if not begun:
        return redirect(url_for("primeiro_acesso.index"), 303)
    # Back to where they wanted to go; what a form wanted to do is not done by a link, which leads to the form.
    volta = request.full_path.rstrip("?") if request.method in SAFE else find_pagina(request.referrer)
    if volta == "/":
        volta = None
    return redirect(url_for("acessos.new", volta=volta), 303)
