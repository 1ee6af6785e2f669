"""A write and a transition of its month, in every order: acknowledged is sealed, refused is nowhere, no deadlock."""

import pytest
from conftest import Banco
from figures import Show
from guards.entrelacamentos import ESCRITAS, ISOLAMENTOS, ORDENS, TRANSICOES, list_casos, run_entrelacamentos
from guards.palco import Enderecos

from estudio import db
from estudio.services.cadeia_service import verify_cadeia


@pytest.fixture
def enderecos(banco: Banco) -> Enderecos:
    return Enderecos(banco.app_url, banco.superuser_url)


@pytest.mark.tabela
def test_no_order_of_a_write_and_a_transition_is_an_anomaly(enderecos: Enderecos, show_figures: Show) -> None:
    casos = list_casos()
    assert len(casos) == len(ESCRITAS) * len(ORDENS) * len(ISOLAMENTOS) * len(TRANSICOES) >= 144
    resultado = run_entrelacamentos(enderecos, casos)
    show_figures(resultado.format())
    assert resultado.anomalias == []
    # Who comes second was seen to wait in each of the orders in which there is something to wait for.
    assert resultado.esperas == {"escrita": 96, "transição": 24}
    assert resultado.segundos < 60
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []
