"""The composition root of the pages: settings, the key, the rooms of `web`, in the order in which a request meets them.

Importing it does nothing, and `create_app` connects to nothing: the first page that reads does.
"""

from typing import Final

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from estudio import logs
from estudio.config import get_settings
from estudio.web import (
    access,
    arquivos,
    cores,
    errors,
    filters,
    forms,
    headers,
    identidade,
    language,
    local,
    menus,
    preferencias,
)
from estudio.web.acessos import acessos
from estudio.web.ajustes import ajustes
from estudio.web.artistas import artistas
from estudio.web.categorias import categorias
from estudio.web.desfeitas import desfeitas
from estudio.web.estornos import estornos
from estudio.web.formas import formas
from estudio.web.historico import historico
from estudio.web.inicio import inicio
from estudio.web.itens import itens
from estudio.web.logotipos import logotipos
from estudio.web.lugares import lugares
from estudio.web.movimentos import movimentos
from estudio.web.numeros import numeros
from estudio.web.ordens import ordens
from estudio.web.pagamentos import pagamentos
from estudio.web.primeiro_acesso import primeiro_acesso
from estudio.web.retomadas import retomadas
from estudio.web.retornos import retornos
from estudio.web.secret_key import ensure_secret_key
from estudio.web.usos import usos

PAGINAS: Final = (
    acessos,
    primeiro_acesso,
    inicio,
    pagamentos,
    estornos,
    desfeitas,
    historico,
    numeros,
    artistas,
    retornos,
    itens,
    movimentos,
    retomadas,
    ordens,
    ajustes,
    logotipos,
    formas,
    categorias,
    usos,
    lugares,
)

LOOPBACK: Final = ("127.0.0.1", "localhost")

MAX_CONTENT: Final = 1024 * 1024
"""Bytes of a request. A page that takes a file says so for itself."""

MAX_FORM: Final = 256 * 1024
MAX_PARTS: Final = 200


def create_app() -> Flask:
    """The pages, ready to be served. Raises PastaDosDados when the key that signs cookies cannot be kept."""
    settings = get_settings()
    app = Flask("estudio.web", static_folder=None)
    https = settings.is_https
    app.config.update(
        SECRET_KEY=ensure_secret_key(),
        TRUSTED_HOSTS=[*LOOPBACK, *settings.trusted_hosts],
        MAX_CONTENT_LENGTH=MAX_CONTENT,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        MAX_FORM_PARTS=MAX_PARTS,
        # What Flask keeps in a browser: the secret of its forms, and what the next page has to tell.
        SESSION_COOKIE_NAME="__Host-recado" if https else "recado",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form is good for as long as its browser is logged in: who was called away in the middle loses nothing.
        WTF_CSRF_TIME_LIMIT=None,
        # Our own look at where a form comes from is stricter, and holds without https as well.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    errors.init_app(app)
    headers.init_app(app, https=https)
    CSRFProtect(app)
    access.init_app(app)
    for room in (local, language, filters, forms, arquivos, identidade, cores, menus, preferencias):
        room.init_app(app)
    for page in PAGINAS:
        app.register_blueprint(page)
    return app


def start() -> Flask:
    """What each process of the server begins with: a log of its own, and the pages."""
    logs.start()
    logs.configure()
    return create_app()
