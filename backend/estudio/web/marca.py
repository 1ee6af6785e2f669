"""What of the studio stands on every page: its name, its colour, its logo. Read along with who is logged in."""

from flask import Flask, g

from estudio.domain.identidade import Marca, get_identidade
from estudio.web.transactions import reading

SEM_MARCA = Marca()


def init_app(app: Flask) -> None:
    @app.context_processor
    def introduce() -> dict[str, object]:
        return {"marca": find_marca()}


def find_marca() -> Marca:
    """The guard has read it for whoever is logged in; the pages of nobody ask for it, once in a request."""
    if "marca" not in g:
        with reading() as session:
            g.marca = get_identidade(session).marca
    marca: Marca = g.marca
    return marca


def forgo_marca() -> None:
    """A page that says what went wrong asks the database nothing: it may be that which is gone."""
    g.setdefault("marca", SEM_MARCA)
