"""Cores: the studio's colour as a stylesheet of a few lines, made of the colour in its address and of nothing else."""

import hashlib
from functools import lru_cache
from typing import Final

from flask import Blueprint, Flask, Response, abort, url_for

from estudio.domain.cor import CLARO, ESCURO, Tema, derive_tons, parse_cor
from estudio.domain.errors import DadosInvalidos

cores = Blueprint("cores", __name__, url_prefix="/cores")

PALETA: Final = ("#1f3a5f", "#0f6b62", "#2f6b2f", "#7a5c00", "#a3410f", "#a11c1c", "#8a2060", "#5b3a8c", "#3d3d3d")
"""What is offered; the first is the program's own."""


def init_app(app: Flask) -> None:
    app.register_blueprint(cores)
    app.jinja_env.globals["endereco_da_cor"] = locate_cor


@cores.get("/<cor>.css")
def show(cor: str) -> Response:
    try:
        css = write_css(parse_cor(f"#{cor}"))
    except DadosInvalidos:
        abort(404)
    response = Response(css, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def locate_cor(cor: str) -> str:
    """The address of a colour's stylesheet; another version of the program that draws it otherwise has another."""
    return url_for("cores.show", cor=cor.removeprefix("#"), v=hashlib.sha256(write_css(cor).encode()).hexdigest()[:12])


@lru_cache(maxsize=64)
def write_css(cor: str) -> str:
    """As in estudio.css: light; dark where it was chosen; dark where the system is and nothing was chosen."""
    claro, escuro = _write_tons(cor, CLARO), _write_tons(cor, ESCURO)
    return (
        f":root{{{claro}}}\n"
        f':root[data-bs-theme="dark"]{{{escuro}}}\n'
        f"@media (prefers-color-scheme: dark){{:root:not([data-bs-theme]){{{escuro}}}}}\n"
    )


def _write_tons(cor: str, tema: Tema) -> str:
    tons = derive_tons(cor, tema)
    return (
        f"--acento:{tons.acento};--acento-2:{tons.acento_2};--sobre-acento:{tons.sobre_acento};--realce:{tons.realce}"
    )
