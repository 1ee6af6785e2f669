"""The files that pages are made of: styles and scripts of ours, and Bootstrap's styles from its wheel.

Compressed once, kept long: a file's address holds the digest of its bytes, so a browser asks for each version once.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from flask import Blueprint, Flask, Response, abort, request, url_for

arquivos = Blueprint("arquivos", __name__)

_OURS: Final = files("estudio.web") / "static"
_BOOTSTRAP: Final = files("flask_bootstrap") / "static" / "bootstrap5"

MODULOS: Final = ("rascunho.js", "envio.js", "comissao.js", "sugestoes.js", "vivo.js", "foco.js", "procura.js")
"""The scripts, in the order in which a page takes them. None imports another: each has an address of its own."""

_FILES: Final[dict[str, tuple[Traversable, str]]] = {
    "bootstrap.css": (_BOOTSTRAP / "css" / "bootstrap.min.css", "text/css; charset=utf-8"),
    "estudio.css": (_OURS / "estudio.css", "text/css; charset=utf-8"),
    "andamento.js": (_OURS / "andamento.js", "text/javascript; charset=utf-8"),
    "ordem.js": (_OURS / "ordem.js", "text/javascript; charset=utf-8"),
    "passkeys.js": (_OURS / "passkeys.js", "text/javascript; charset=utf-8"),
    "icone.svg": (_OURS / "icone.svg", "image/svg+xml"),
    **{nome: (_OURS / nome, "text/javascript; charset=utf-8") for nome in MODULOS},
}
"""Name → where it is, and what it is. Nothing else is served: no name becomes a path."""


@dataclass(frozen=True, slots=True)
class Arquivo:
    corpo: bytes
    comprimido: bytes
    tipo: str
    versao: str


def init_app(app: Flask) -> None:
    app.register_blueprint(arquivos)
    app.jinja_env.globals["arquivo"] = lambda nome: url_for("arquivos.show", nome=nome, v=get_arquivo(nome).versao)
    app.jinja_env.globals["modulos"] = MODULOS


@arquivos.get("/arquivos/<nome>")
def show(nome: str) -> Response:
    if nome not in _FILES:
        abort(404)
    arquivo = get_arquivo(nome)
    compressed = request.accept_encodings.quality("gzip") > 0
    response = Response(arquivo.comprimido if compressed else arquivo.corpo, content_type=arquivo.tipo)
    if compressed:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@cache
def get_arquivo(nome: str) -> Arquivo:
    """The bytes of a file, as they are and compressed."""
    path, tipo = _FILES[nome]
    corpo = path.read_bytes()
    return Arquivo(corpo, gzip.compress(corpo, 9, mtime=0), tipo, hashlib.sha256(corpo).hexdigest()[:12])
