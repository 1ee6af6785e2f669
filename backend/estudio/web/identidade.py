"""What of the studio stands on every page: its name, its colour, its logo. Read along with who is logged in."""

from flask import Flask, g

from estudio.domain.identidade import Marca, get_identidade
from estudio.web.transactions import reading

PADRAO = Marca()


def init_app(app: Flask) -> None:
    @app.context_processor
    def introduce() -> dict[str, object]:
        return {"estudio": find_estudio()}


def find_estudio() -> Marca:
    """The guard has read it for whoever is logged in; the pages of nobody ask for it, once in a request."""
    if "estudio" not in g:
        with reading() as session:
            g.estudio = get_identidade(session).marca
    estudio: Marca = g.estudio
    return estudio


def forgo_estudio() -> None:
    """A page that says what went wrong asks the database nothing: it may be that which is gone."""
    g.setdefault("estudio", PADRAO)
