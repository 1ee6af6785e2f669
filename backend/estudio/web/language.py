"""Languages: Portuguese as it is written in the code, English from a catalogue; by choice, then by the browser.

Catalogues are read as they are written (.po): nothing that is compiled lies in the repository, or is older than it.
"""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

PADRAO: Final = "pt_BR"
LINGUAS: Final[Mapping[str, str]] = {PADRAO: "Português", "en": "English"}
"""Each in its own words."""

BISCOITO: Final = "lingua"

CATALOGOS: Final = Path(__file__).parent / "translations"

# What browsers send; a bare `pt` of Portugal reads Brazilian rather than English.
_DO_NAVEGADOR: Final = {"pt-BR": PADRAO, "pt": PADRAO, "pt-PT": PADRAO, "en": "en", "en-US": "en", "en-GB": "en"}


@cache
def load_catalogo(lingua: str) -> NullTranslations:
    """The words of a language; Portuguese needs none."""
    path = CATALOGOS / lingua / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lingua))
    compiled.seek(0)
    return Translations(compiled)


def select_lingua() -> str:
    """The language of this request, found once: every amount on a page asks for it."""
    if "lingua" not in g:
        g.lingua = _find_lingua()
    return str(g.lingua)


def gettext(message: str, **variables: object) -> str:
    """A sentence in the language of this request; flask_babel's own has no types."""
    return str(flask_babel.gettext(message, **variables))


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """The same for one and for many; `num` is a blank of it too."""
    return str(flask_babel.ngettext(singular, plural, num, **variables))


def init_app(app: Flask) -> None:
    babel = Babel(app, default_locale=PADRAO, locale_selector=select_lingua)
    domain = Domain()
    # Of the request, and not of Babel's locale: a page of rows asks for it hundreds of times.
    domain.get_translations = lambda: load_catalogo(select_lingua() if has_request_context() else PADRAO)
    # A cached property: set once, it is what every later look finds.
    babel.domain_instance = domain

    @app.context_processor
    def offer() -> dict[str, object]:
        return {"linguas": LINGUAS, "lingua": select_lingua()}


def _find_lingua() -> str:
    chosen = request.cookies.get(BISCOITO)
    if chosen is not None and chosen in LINGUAS:
        return chosen
    return _DO_NAVEGADOR.get(request.accept_languages.best_match(_DO_NAVEGADOR) or "", PADRAO)
