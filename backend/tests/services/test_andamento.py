"""How far an attempt is: never backwards, whatever stage comes twice; no time is told before a tenth is done."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cast import DIA, make_cast, pay
from hypothesis import given
from hypothesis import strategies as st

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import SemPermissao
from estudio.services.andamento_consulta import ANTES, INTEIRO, PESOS, Passo, Tentativa, calculate_feito, find_tentativa
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

ETAPAS = ["prontidao", "backup", "verificacao", "trava", "contagem", "selo", "commit", "leitura"]


def test_the_stages_are_all_of_a_closing() -> None:
    assert list(PESOS) == ETAPAS
    assert sum(PESOS.values()) == INTEIRO


def test_a_closing_goes_from_nothing_to_almost_all() -> None:
    seen = [calculate_feito(ETAPAS[: n + 1], 0, None) for n in range(len(ETAPAS))]
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] < INTEIRO


def test_half_of_a_stages_rows_are_half_of_its_share() -> None:
    before, half = calculate_feito(["prontidao", "backup"], 0, 100), calculate_feito(["prontidao", "backup"], 50, 100)
    assert half - before == ANTES["backup"] + (PESOS["backup"] - ANTES["backup"]) // 2


def test_who_finds_a_backup_has_less_to_do() -> None:
    found = calculate_feito(["prontidao", "verificacao", "trava"], 0, None)
    assert found > calculate_feito(["prontidao"], 0, None)
    assert found == INTEIRO * (PESOS["prontidao"] + PESOS["verificacao"]) // (INTEIRO - PESOS["backup"])


@given(st.lists(st.sampled_from([*ETAPAS, "selagem"]), min_size=1, max_size=20), st.integers(0, 100))
def test_no_stage_takes_anything_back(etapas: list[str], registros: int) -> None:
    shown = [0]
    for until in range(1, len(etapas) + 1):
        shown += [calculate_feito(etapas[:until], 0, 100), calculate_feito(etapas[:until], registros, 100)]
    # The rows of a stage that was left in the middle are forgotten with it; all that was told of finished ones stays.
    finished = shown[1::2]
    assert finished == sorted(finished)
    assert max(shown) < INTEIRO


def make_tentativa(*passos: str, ms: int, registros: int = 0) -> Tentativa:
    return Tentativa(
        id=1,
        acao="fechamento",
        competencia=Competencia.of(DIA),
        por=None,
        iniciada_em=datetime(2026, 11, 1, tzinfo=UTC),
        ms=ms,
        etapa=passos[-1],
        lote=0,
        lotes=None,
        registros=registros,
        registros_total=100,
        desfecho=None,
        codigo=None,
        mensagem=None,
        viva=True,
        passos=[Passo(etapa, None, None, None) for etapa in passos],
    )


def test_the_time_left_is_told_by_the_pace_so_far_and_not_before_a_tenth() -> None:
    assert make_tentativa("prontidao", ms=5_000).faltam_ms is None
    halfway = make_tentativa("prontidao", "backup", "verificacao", ms=4_350)
    # 435 thousandths in 4,35 s: the other 565 take 5,65 s.
    assert halfway.faltam_ms == 5_650


def test_a_stage_that_counts_nothing_is_told_by_the_pace_of_those_before_it() -> None:
    # 855 thousandths in 8,55 s, then 0,5 s of a stage of 135: 0,95 s are left, and 10 thousandths in any case.
    passos = [Passo("prontidao", 8_550, None, None)]
    passos += [Passo(etapa, 0, None, None) for etapa in ETAPAS[1:5]] + [Passo("selo", None, None, None)]
    for ms, left in ((9_050, 950), (9_900, 100), (20_000, 100)):
        tentativa = replace(make_tentativa("selo", ms=ms), passos=passos, registros_total=None)
        assert tentativa.feito == 855
        assert tentativa.faltam_ms == left, ms


@pytest.mark.usefixtures("banco")
def test_an_attempt_is_read_with_its_stages_and_only_by_who_sees_the_studios_result() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "100.00", data=DIA)
    month = Competencia.of(DIA)
    with db.transaction(read_only=True) as session:
        assert find_tentativa(session, month, quem=cast.quem_ana) is None
    generate_extrato_with_atomic_transaction(month.mes, month.ano, quem=cast.quem_ana)
    with db.transaction(read_only=True) as session:
        found = find_tentativa(session, month, quem=cast.quem_edu)
        assert found is not None
        assert find_tentativa(session, month, quem=cast.quem_ana, numero=found.id + 1) is None
        with pytest.raises(SemPermissao):
            find_tentativa(session, month, quem=cast.quem_caio)
    assert (found.desfecho, found.feito, found.faltam_ms, found.em_andamento) == ("fechado", INTEIRO, None, False)
    assert [passo.etapa for passo in found.passos] == ETAPAS
    assert all(passo.ms is not None for passo in found.passos)
    assert {passo.etapa for passo in found.passos if passo.registros} == {"backup", "verificacao", "contagem"}
