"""The menu: the pages that a papel has, in the order of the studio's day; the first four are the phone's bottom bar."""

from dataclasses import dataclass
from typing import Final

from flask import Flask, g
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from estudio.domain.usuario import Usuario
from estudio.web.access import ROTAS


@dataclass(frozen=True, slots=True)
class Item:
    endpoint: str
    nome: LazyString
    icone: str
    """Which drawing of `icones.html`."""
    salas: tuple[str, ...]
    """The blueprints whose pages belong to it: on them it is the current one."""


ITENS: Final = (
    Item("inicio.index", _l("Início"), "inicio", ("inicio",)),
    Item("pagamentos.index", _l("Pagamentos"), "pagamentos", ("pagamentos", "estornos", "desfeitas", "recebimentos")),
    Item("historico.index", _l("Histórico"), "historico", ("historico", "numeros")),
)


def init_app(app: Flask) -> None:
    @app.context_processor
    def offer() -> dict[str, object]:
        usuario: Usuario | None = g.get("usuario")
        return {"menu": [] if usuario is None else list_menu(usuario.papel)}


def list_menu(papel: str) -> list[Item]:
    """What the table of doors lets this papel into: the menu never offers what would be refused."""
    return [item for item in ITENS if papel in (ROTAS[item.endpoint] or ())]
