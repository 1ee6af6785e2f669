"""The menu: the pages that a papel has, in the order of the studio's day; four are in the phone's bottom bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Flask, g
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from estudio.domain.usuario import Papel, Usuario
from estudio.web.rotas import ROTAS


@dataclass(frozen=True, slots=True)
class Item:
    endpoint: str
    nome: LazyString
    icone: str
    """Which drawing of `icones.html`."""
    salas: tuple[str, ...]
    """The blueprints whose pages belong to it: on them it is the current one."""


_RECORRENTES: Final = ("recorrentes", "lancamentos", "dispensas")

_EXTRATOS: Final = (
    *("extratos", "extrato_secoes", "conferencias", "fechamentos", "versoes", "reaberturas", "selagens", "vias"),
    *("demonstrativos", "demonstrativo_links", "demonstrativo_respostas", "demonstrativo_resolucoes"),
)

_OPERACAO: Final = (
    "funcionamento",
    *("ajustes", "logotipos", "formas", "categorias", "usos", "lugares"),
    *("usuarios", "encerramentos", "convites"),
    *("importacoes", "envios", "avisos"),
)

ITENS: Final = (
    Item("inicio.index", _l("Início"), "inicio", ("inicio",)),
    Item("agendas.index", _l("Agenda"), "agenda", ("agendas", "calendarios")),
    Item("clientes.index", _l("Clientes"), "clientes", ("clientes", "fusoes", "titulares", "citacoes")),
    Item("artistas.index", _l("Artistas"), "artistas", ("artistas", "retornos")),
    Item("sessoes.index", _l("Sessões"), "sessoes", ("sessoes", "situacoes", "vinculos", "sessoes_desfeitas")),
    Item("pagamentos.index", _l("Pagamentos"), "pagamentos", ("pagamentos", "estornos", "desfeitas", "recebimentos")),
    Item("gastos.index", _l("Gastos"), "gastos", ("gastos", "gastos_desfeitas", *_RECORRENTES)),
    Item("acertos.index", _l("Acertos"), "acertos", ("acertos", "acertos_desfeitas", "recebidos")),
    Item("itens.index", _l("Estoque"), "estoque", ("itens", "movimentos", "retomadas", "ordens")),
    Item("historico.index", _l("Histórico"), "historico", ("historico", "numeros", "passados")),
    Item("extratos.index", _l("Extratos"), "extratos", _EXTRATOS),
    Item("relatorios.index", _l("Relatórios"), "relatorios", ("relatorios",)),
    Item("calculadoras.index", _l("Calculadora"), "calculadora", ("calculadoras",)),
    Item("buscas.index", _l("Busca"), "busca", ("buscas",)),
    Item("funcionamento.index", _l("Operação"), "operacao", _OPERACAO),
)

NA_BARRA: Final[Mapping[Papel, tuple[str, ...]]] = {
    Papel.DONO: ("inicio.index", "agendas.index", "pagamentos.index", "historico.index"),
    Papel.RECEPCAO: ("inicio.index", "agendas.index", "clientes.index", "pagamentos.index"),
    Papel.ARTISTA: ("inicio.index", "agendas.index", "sessoes.index", "historico.index"),
    Papel.CONTADOR: ("inicio.index", "historico.index", "extratos.index", "buscas.index"),
}
"""The four things of each papel, which on the phone are always in reach; all the rest is one press further."""


def init_app(app: Flask) -> None:
    @app.context_processor
    def offer() -> dict[str, object]:
        usuario: Usuario | None = g.get("usuario")
        if usuario is None:
            return {"menu": []}
        return {"menu": list_menu(usuario.papel), "na_barra": NA_BARRA[Papel(usuario.papel)]}


def list_menu(papel: str) -> list[Item]:
    """What the table of doors lets this papel into: the menu never offers what would be refused."""
    return [item for item in ITENS if papel in (ROTAS[item.endpoint] or ())]
