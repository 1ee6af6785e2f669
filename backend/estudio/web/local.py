"""Addresses within these pages: the numbers of things in them, and that one to go back to leads nowhere else."""

import re
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

from estudio.domain.chave_de_acesso import Lugar

# One slash, then none that a browser would read as the start of another host, and nothing that ends a header.
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)

_MAIOR: Final = 2_000

_MAIOR_ID: Final = 2**63 - 1


class IdConverter(IntegerConverter):
    """The number of a thing: one that the database cannot hold is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=_MAIOR_ID)


def init_app(app: Flask) -> None:
    app.url_map.converters["id"] = IdConverter


def get_lugar() -> Lugar:
    """By which name a browser calls the studio: one of TRUSTED_HOSTS, or the request would not have come this far."""
    return Lugar(request.host_url.rstrip("/"))


def find_volta(text: str | None) -> str | None:
    """The address to go back to, if it is one of these pages."""
    return text if text and len(text) <= _MAIOR and _LOCAL.fullmatch(text) else None


def find_pagina(referrer: str | None) -> str | None:
    """The page that a form was sent from, by what its browser says, if it is one of these."""
    parts = urlsplit(referrer or "")
    if parts.netloc != request.host:
        return None
    return find_volta(f"{parts.path}?{parts.query}" if parts.query else parts.path)
