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
from estudio.web.local import find_pagina
from estudio.web.remessas import is_olhada
from estudio.web.transactions import SAFE, reading

ORIGEM: Final = "web"

API: Final = "api."
"""What the endpoints begin with that have a guard of their own."""

Porta = frozenset[Papel] | None

ABERTA: Final = None
"""For whoever comes, also without being logged in."""

NINGUEM: Final[frozenset[Papel]] = frozenset()
TODOS: Final = frozenset(Papel)
DONO: Final = frozenset({Papel.DONO})
VEEM_RESULTADO: Final = frozenset({Papel.DONO, Papel.CONTADOR})
REGISTRAM: Final = frozenset({Papel.DONO, Papel.RECEPCAO})
MARCAM: Final = REGISTRAM | {Papel.ARTISTA}

ROTAS: Final[Mapping[str, Porta]] = {
    "arquivos.show": ABERTA,
    "acessos.new": ABERTA,
    "acessos.create": ABERTA,
    # Also for whoever was away for too long: somebody else may hold a copy of the cookie.
    "acessos.destroy": ABERTA,
    "primeiro_acesso.index": ABERTA,
    "primeiro_acesso.new": ABERTA,
    "primeiro_acesso.create": ABERTA,
    "senhas_esquecidas.new": ABERTA,
    "senhas_esquecidas.create": ABERTA,
    "redefinicoes.edit": ABERTA,
    "redefinicoes.update": ABERTA,
    # Also for whose browser was left alone: it is taken over by a PIN.
    "trocas.new": ABERTA,
    "trocas.create": ABERTA,
    "preferencias.update": ABERTA,
    # Who said the password, or shows a passkey or Google's word, is not logged in yet.
    "codigos.new": ABERTA,
    "codigos.create": ABERTA,
    "desafios.create": ABERTA,
    "entradas.create": ABERTA,
    "entradas_google.new": ABERTA,
    "entradas_google.show": ABERTA,
    "entradas_google.create": ABERTA,
    "segundos_fatores.index": TODOS,
    "segundos_fatores.new": TODOS,
    "segundos_fatores.create": TODOS,
    "segundos_fatores.destroy": TODOS,
    "recuperacoes.create": TODOS,
    "chaves.index": TODOS,
    "chaves.new": TODOS,
    "chaves.create": TODOS,
    "chaves.destroy": TODOS,
    "provas.new": TODOS,
    "provas.create": TODOS,
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
    "gastos.index": DONO,
    "gastos.create": DONO,
    "gastos.edit": DONO,
    "gastos.update": DONO,
    "gastos.destroy": DONO,
    "gastos_desfeitas.create": DONO,
    "recorrentes.index": DONO,
    "recorrentes.new": DONO,
    "recorrentes.create": DONO,
    "recorrentes.edit": DONO,
    "recorrentes.update": DONO,
    "lancamentos.new": DONO,
    "lancamentos.create": DONO,
    "dispensas.create": DONO,
    "dispensas.destroy": DONO,
    "calculadoras.index": TODOS,
    "importacoes.index": DONO,
    "importacoes.create": DONO,
    "importacoes.destroy": DONO,
    "envios.create": DONO,
    "envios.show": DONO,
    "envios.destroy": DONO,
    "clientes.index": REGISTRAM,
    "clientes.new": REGISTRAM,
    "clientes.create": REGISTRAM,
    "clientes.show": REGISTRAM,
    "clientes.edit": REGISTRAM,
    "clientes.update": REGISTRAM,
    "edicoes_desfeitas.create": REGISTRAM,
    "fusoes.new": REGISTRAM,
    "fusoes.create": REGISTRAM,
    "fusoes.destroy": REGISTRAM,
    "dossies.show": DONO,
    "titulares.show": DONO,
    "titulares.update": DONO,
    "titulares.destroy": DONO,
    "agendas.index": MARCAM,
    "sessoes.index": MARCAM,
    "sessoes.new": MARCAM,
    "sessoes.create": MARCAM,
    "sessoes.edit": MARCAM,
    "sessoes.update": MARCAM,
    "sessoes.destroy": DONO,
    "sessoes_desfeitas.create": MARCAM,
    "situacoes.create": MARCAM,
    "vinculos.create": REGISTRAM,
    "vinculos.destroy": REGISTRAM,
    "calendarios.index": DONO | {Papel.ARTISTA},
    "calendarios.create": DONO | {Papel.ARTISTA},
    "calendarios.destroy": DONO | {Papel.ARTISTA},
    # Programs read it: the link itself is the key.
    "calendarios.show": ABERTA,
    "historico.index": TODOS,
    "historico.show": TODOS,
    "numeros.show": TODOS,
    "extratos.index": VEEM_RESULTADO,
    "extratos.show": VEEM_RESULTADO,
    "extrato_secoes.show": VEEM_RESULTADO,
    "buscas.index": TODOS,
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
    "contas.index": TODOS,
    "contas.update": TODOS,
    "senhas.edit": TODOS,
    "senhas.update": TODOS,
    "pins.edit": TODOS,
    "pins.update": TODOS,
    "pins.destroy": TODOS,
    "navegadores.destroy": TODOS,
    "usuarios.index": DONO,
    "usuarios.new": DONO,
    "usuarios.create": DONO,
    "usuarios.edit": DONO,
    "usuarios.update": DONO,
    "usuarios.destroy": DONO,
    "reativacoes.create": DONO,
    "convites.create": DONO,
    "encerramentos.create": DONO,
    "recebimentos.create": REGISTRAM,
    "novidades.show": TODOS,
    "previas.show": REGISTRAM,
    "sugestoes.index": REGISTRAM,
    "fichas.index": TODOS,
    "fichas.new": TODOS,
    "fichas.create": TODOS,
    "fichas.destroy": TODOS,
    # What the addresses are is no secret.
    "documentos.index": ABERTA,
}
"""Endpoint → who may. A route that is not here is nobody's, and a test fails."""

RECENTE: Final[frozenset[str]] = frozenset(
    {
        "recuperacoes.create",
        "chaves.new",
        "chaves.create",
        "chaves.destroy",
        "provas.create",
    }
)
"""Dangerous: behind these, password or passkey is asked again unless it was shown within ten minutes (`provas`).

Both the page of a form and what it is sent to: asked before it is filled in, and nothing typed is lost if it took long.
"""

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    @app.before_request
    def guard() -> BaseResponse | None:
        # Below /api a ficha opens the doors, by a table of their own (`api.rotas`), and no cookie does.
        if request.endpoint is None or request.endpoint.startswith(API):
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


def get_quem() -> Quem:
    """The person as the deeds are told of them; behind a door that the guard keeps there always is one."""
    usuario = find_current()
    assert usuario is not None, f"{request.endpoint} is open, and asks who is there"
    return usuario.as_quem(ORIGEM)


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
