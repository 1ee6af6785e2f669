"""Closers and writers at once: the sealed digest equals the rows, and nobody is told what is not so."""

import pytest
from conftest import Banco
from figures import Show
from guards.palco import Enderecos
from proof.concorrencia import run_rodadas

from estudio import db
from estudio.services.cadeia_service import verify_cadeia


@pytest.mark.parametrize("rodadas", [15, pytest.param(500, marks=[pytest.mark.proof, pytest.mark.timeout(1800)])])
def test_closers_and_writers_at_once(banco: Banco, rodadas: int, show_figures: Show) -> None:
    placar = run_rodadas(Enderecos(banco.app_url, banco.superuser_url), rodadas=rodadas, seed=20261124)
    show_figures(placar.format())
    assert placar.anomalias == []
    assert placar.rodadas == rodadas
    # It was a contest: months were closed under the writers, and writers were refused.
    assert placar.contagem["fechar: feito"] >= rodadas
    assert sum(n for what, n in placar.contagem.items() if what.endswith("P0F01")) >= rodadas
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []
