"""Who may come in where: one table, deny by default, and the guard that reads it before every page.

The services ask again (`Quem.ensure_*`) and narrow what an artista sees: this table decides which doors there are.
"""

from collections.abc import Mapping
from typing import Final

import structlog
from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.acesso import calculate_ocioso
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.acesso_service import find_visita, has_dono
from estudio.web import cookies
from estudio.web.transactions import SAFE, reading

ORIGEM: Final = "web"

Porta = frozenset[Papel] | None

ABERTA: Final = None
"""For whoever comes, also without being logged in."""

NINGUEM: Final[frozenset[Papel]] = frozenset()
TODOS: Final = frozenset(Papel)
DONO: Final = frozenset({Papel.DONO})
REGISTRAM: Final = frozenset({Papel.DONO, Papel.RECEPCAO})

ROTAS: Final[Mapping[str, Porta]] = {
    "arquivos.show": ABERTA,
    "acessos.new": ABERTA,
    "acessos.create": ABERTA,
    # Also for whoever was away for too long: somebody else may hold a copy of the cookie.
    "acessos.destroy": ABERTA,
    "primeiro_acesso.index": ABERTA,
    "primeiro_acesso.new": ABERTA,
    "primeiro_acesso.create": ABERTA,
    "preferencias.update": ABERTA,
    "inicio.index": TODOS,
    "pagamentos.index": REGISTRAM,
    "pagamentos.new": REGISTRAM,
    "pagamentos.create": REGISTRAM,
    "pagamentos.edit": REGISTRAM,
    "pagamentos.update": REGISTRAM,
    "pagamentos.destroy": DONO,
    "estornos.new": REGISTRAM,
    "estornos.create": REGISTRAM,
    "desfeitas.create": REGISTRAM,
    "historico.index": TODOS,
    "historico.show": TODOS,
    "numeros.show": TODOS,
    "artistas.index": DONO,
    "artistas.new": DONO,
    "artistas.create": DONO,
    "artistas.show": DONO,
    "artistas.edit": DONO,
    "artistas.update": DONO,
    "artistas.destroy": DONO,
    "retornos.create": DONO,
    "itens.index": REGISTRAM,
    "itens.new": REGISTRAM,
    "itens.create": REGISTRAM,
    "itens.edit": REGISTRAM,
    "itens.update": REGISTRAM,
    "itens.destroy": REGISTRAM,
    "retomadas.create": REGISTRAM,
    "movimentos.index": REGISTRAM,
    "movimentos.create": REGISTRAM,
    "ordens.create": REGISTRAM,
    # They stand on the pages of nobody too.
    "cores.show": ABERTA,
    "logotipos.show": ABERTA,
    "ajustes.index": DONO,
    "ajustes.update": DONO,
    "logotipos.create": DONO,
    "logotipos.destroy": DONO,
    "formas.index": DONO,
    "formas.create": DONO,
    "formas.edit": DONO,
    "formas.update": DONO,
    "categorias.index": DONO,
    "categorias.create": DONO,
    "categorias.edit": DONO,
    "categorias.update": DONO,
    "usos.create": DONO,
    "lugares.create": DONO,
}
"""Endpoint → who may. A route that is not here is nobody's, and a test fails."""

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    @app.before_request
    def guard() -> BaseResponse | None:
        if request.endpoint is None:
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
        """Whoever is at work stays logged in; by what a page was really asked of, and not by its pictures."""
        cracha = g.get("cracha")
        if g.get("usuario") is not None and cracha is not None and cracha.ocioso > cookies.REFRESCA:
            cookies.put_cracha(response, cracha.chave)
        return response

    @app.context_processor
    def introduce() -> dict[str, object]:
        return {"eu": g.get("usuario")}


def find_current() -> Usuario | None:
    """Who is logged in in this browser, asked of the database once in a request."""
    if "usuario" not in g:
        g.cracha = cookies.read_cracha()
        g.usuario = None if g.cracha is None else _find_usuario(g.cracha)
    usuario: Usuario | None = g.usuario
    return usuario


def get_quem() -> Quem:
    """The person as the deeds are told of them; behind a door that the guard keeps there always is one."""
    usuario = find_current()
    assert usuario is not None, f"{request.endpoint} is open, and asks who is there"
    return usuario.as_quem(ORIGEM)


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
    # Back to where they wanted to go; what a form wanted to do is not done by a link.
    volta = request.full_path.rstrip("?") if request.method in SAFE and request.path != "/" else None
    return redirect(url_for("acessos.new", volta=volta), 303)
