"""Negative controls: with a protection taken away each harness fails, and says what went wrong."""

import pytest
from guards.bateria import attack
from guards.entrelacamentos import list_casos, run_entrelacamentos
from guards.fabrica import Mutante, build_mutante, clone
from proof.concorrencia import run_rodadas
from proof.mutantes import GUARDA_ANTES
from servers import TestServer

FECHAR = [caso for caso in list_casos() if caso.transicao == "fechar" and caso.escrita in ("insert", "move out")]

# The guard as it would be without one lock: it looks, and holds nothing.
SEM_TRAVA = Mutante(
    "o guarda olha e nada segura",
    depois="""
        create or replace function ensure_abertas(meses date[]) returns void
            language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
        $$ begin
            if exists (select from competencias where mes = any (meses) and estado <> 'aberta') then
                raise exception 'fechado' using errcode = 'P0F01';
            end if;
        end $$""",
)

# The guard as a predicate: while the month is open it finds no row, and so it locks none.
PREDICADO = Mutante(
    "o guarda é um predicado, e nada mais",
    depois="""
        create or replace function ensure_abertas(meses date[]) returns void
            language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
        $$ begin
            perform 1 from competencias where mes = any (meses) and estado <> 'aberta' order by mes for share;
            if found then
                raise exception 'fechado' using errcode = 'P0F01';
            end if;
        end $$""",
)

QUALQUER_ISOLAMENTO = Mutante(
    "transição em qualquer isolamento",
    "50_transicoes",
    ("perform exigir_read_committed('transição');", ""),
)


@pytest.mark.parametrize("mutante", [SEM_TRAVA, PREDICADO], ids=lambda m: m.nome)
def test_without_the_lock_a_payment_slips_into_a_closed_month(server: TestServer, mutante: Mutante) -> None:
    with build_mutante(server, mutante) as template, clone(server, template, mutante) as enderecos:
        anomalias = run_entrelacamentos(enderecos, FECHAR).anomalias
    assert any("SELADO ≠ LINHAS" in anomalia for anomalia in anomalias), anomalias


def test_a_closing_in_repeatable_read_seals_an_older_world(server: TestServer) -> None:
    mutante = QUALQUER_ISOLAMENTO
    with build_mutante(server, mutante) as template, clone(server, template, mutante) as enderecos:
        resultado = run_entrelacamentos(enderecos, FECHAR, isolamento_da_transicao="repeatable read")
    assert any("SELADO ≠ LINHAS" in anomalia for anomalia in resultado.anomalias), resultado.anomalias


def test_a_closing_in_repeatable_read_is_refused_as_it_stands(server: TestServer) -> None:
    as_it_stands = Mutante("nada muda")
    with build_mutante(server, as_it_stands) as template, clone(server, template, as_it_stands) as enderecos:
        resultado = run_entrelacamentos(enderecos, FECHAR[:2], isolamento_da_transicao="repeatable read")
    assert sum("P0F03" in anomalia for anomalia in resultado.anomalias) == resultado.casos == 2
    assert not any("SELADO" in anomalia for anomalia in resultado.anomalias)


def test_a_row_guard_that_runs_before_the_others_is_passed(server: TestServer) -> None:
    with build_mutante(server, GUARDA_ANTES) as template, clone(server, template, GUARDA_ANTES) as enderecos:
        falhas = attack(enderecos, familia="por trás").falhas
    assert any("muda a data, pagamentos fechada: insert: MUDOU ['auditoria', 'pagamentos'" in f for f in falhas), falhas


def test_without_the_lock_the_ledgers_and_the_books_part(server: TestServer) -> None:
    with build_mutante(server, SEM_TRAVA) as template, clone(server, template, SEM_TRAVA) as enderecos:
        placar = run_rodadas(enderecos, rodadas=100, seed=1)
    assert placar.anomalias != []


def test_a_mutant_whose_text_is_gone_is_an_error(server: TestServer) -> None:
    gone = Mutante("texto que não há", "20_guarda", ("texto que não há", ""))
    with pytest.raises(AssertionError, match="0 times"), build_mutante(server, gone):
        pass
