"""The API as a whole: its rooms in the order of the document, the table of its doors, the Blueprint they hang on."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint

from estudio.web.api import (
    acertos,
    artistas,
    clientes,
    contas,
    documento,
    extratos,
    gastos,
    historico,
    itens,
    listas,
    pagamentos,
    portas,
    sessoes,
)
from estudio.web.api.salas import Rota, Sala

PREFIXO: Final = "/api/v1"

SALAS: Final[tuple[Sala, ...]] = (
    listas.me,
    pagamentos.pagamentos,
    pagamentos.estornos,
    pagamentos.desfeitas,
    sessoes.sessoes,
    sessoes.cancelamentos,
    sessoes.vinculos,
    sessoes.desfeitas,
    clientes.clientes,
    clientes.fusoes,
    artistas.artistas,
    gastos.gastos,
    gastos.desfeitas,
    acertos.acertos,
    acertos.desfeitas,
    acertos.recebidos,
    contas.contas,
    itens.itens,
    itens.movimentos,
    itens.ordem,
    historico.historico,
    historico.totais,
    historico.comissoes,
    historico.numeros,
    extratos.extratos,
    extratos.linhas,
    listas.formas,
    listas.categorias,
    listas.competencias,
)

ROTAS: Final[Mapping[str, Rota]] = {rota.endpoint: rota for sala in SALAS for rota in sala.rotas}
"""Endpoint → scope, papéis, deed and types. What is not here is nobody's, and a test fails."""


def create_api() -> Blueprint:
    """The Blueprint of everything below /api/v1, behind its door."""
    api = Blueprint("api", __name__, url_prefix=PREFIXO)
    portas.guard(api, ROTAS)
    for blueprint in list_blueprints():
        api.register_blueprint(blueprint)
    return api


def list_blueprints() -> list[Blueprint]:
    """Those that it is made of: none of their requests comes from a form, so none has a form's token."""
    return [documento.documento, *(sala.blueprint for sala in SALAS)]
