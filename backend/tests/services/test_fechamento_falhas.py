"""A closing that goes wrong: the month stays open, and what happened is remembered."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from agosto import (
    AGOSTO,
    close,
    count_rows,
    enter_agosto,
    execucoes,
    fail_after,
    is_waiting_for_lock,
    state,
    wait_until,
)
from conftest import Banco
from psycopg import sql

from estudio import config, db
from estudio.domain.errors import (
    ContagensDiferem,
    EmAndamento,
    Ocupado,
    OperacaoFalhou,
    TempoEsgotado,
)
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import batch_processing, contagem_service, fechamento_service
from estudio.services.contagem_service import as_canonical
from estudio.services.execucao_etapas import Andamento
from estudio.services.execucao_service import open_execucao, settle_interrupted


@pytest.mark.usefixtures("banco")
class TestWhenItGoesWrong:
    def test_scenario_20_a_failure_in_the_middle_of_a_batch_leaves_the_month_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        before = count_rows()

        def fail(*_: Any) -> Any:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", fail_after(3, fail))
        with pytest.raises(OperacaoFalhou, match="parou na etapa contagem"):
            close(AGOSTO)
        assert (state(AGOSTO), count_rows()) == ("aberta", before)
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("falhou", "contagem")]

    def test_an_error_of_ours_is_remembered_as_failed_with_its_stage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()

        def fail(*_: Any) -> Any:
            raise ArithmeticError("one centavo")

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", fail_after(3, fail))
        with pytest.raises(ArithmeticError):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("falhou", "contagem")]
        monkeypatch.undo()

    def test_counts_that_differ_refuse_and_say_where(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setattr(fechamento_service, "find_current", lambda _: None)

        def add_a_centavo(totals: Any) -> list[Any]:
            counted = as_canonical(totals)
            counted[0] += 1
            return counted

        monkeypatch.setattr(fechamento_service, "as_canonical", add_a_centavo)
        monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
        monkeypatch.setenv("BACKUP_DIR", "/dev/null/nada")
        config.reset()
        with pytest.raises(ContagensDiferem) as refusal:
            close(AGOSTO)
        assert refusal.value.details["diferencas"] == [
            {"total": "receita", "sql_centavos": 35_000, "python_centavos": 35_001}
        ]
        assert state(AGOSTO) == "aberta"

    def test_a_writer_that_does_not_end_is_named_and_nothing_changes(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        monkeypatch.setenv("ATOMIC_TRANSACTION_TIMEOUT", "1")
        config.reset()
        with banco.connect() as writer, writer.transaction():
            writer.execute("update estudio.gastos set descricao = descricao")
            with pytest.raises(Ocupado, match=r"Agosto/2025 está ocupado desde .* por um lançamento que não termina"):
                close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert execucoes()[0]["codigo"] == "ocupado"

    def test_a_closing_waits_for_writers_for_as_long_as_it_may_take_and_not_for_the_role_s_lock_timeout(
        self, banco: Banco
    ) -> None:
        enter_agosto()
        with banco.connect_as_superuser() as superuser:
            superuser.execute(
                sql.SQL("alter role estudio_app in database {} set lock_timeout = '200ms'").format(
                    sql.Identifier(banco.name)
                )
            )
        db.reset()
        with banco.connect() as writer, ThreadPoolExecutor(1) as pool:
            with writer.transaction():
                writer.execute(
                    "update estudio.gastos set valor_centavos = valor_centavos + 1 where id ="
                    " (select min(id) from estudio.gastos where mes = '2025-08-01')"
                )
                closing = pool.submit(close, AGOSTO)
                wait_until(lambda: is_waiting_for_lock(banco))
                time.sleep(0.5)
            extrato = closing.result()
        assert extrato.totais[2] == 5_001

    def test_running_out_of_time_in_a_count_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setenv("ATOMIC_TRANSACTION_TIMEOUT", "1")
        config.reset()

        def fall_asleep(*args: Any) -> Any:
            time.sleep(1.1)
            return batch_processing.calculate_totals_batch(*args)

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", fail_after(1, fall_asleep))
        with pytest.raises(TempoEsgotado):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert execucoes()[0]["codigo"] == "tempo_esgotado"

    def test_a_payment_in_flight_is_waited_for_and_counted(self, banco: Banco) -> None:
        cast = enter_agosto()
        with banco.connect() as writer, ThreadPoolExecutor(1) as pool:
            writer.execute("begin")
            writer.execute(
                """insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, percentual)
                   values ('2025-08-31', 7700, 'pix', %s, 0)""",
                [cast.bia.id],
            )
            closing = pool.submit(close, AGOSTO)
            wait_until(lambda: is_waiting_for_lock(banco))
            assert not closing.done()
            writer.execute("commit")
            assert closing.result(30).totais[0] == 35_000 + 7_700

    def test_a_run_that_was_killed_is_told_as_interrupted(self) -> None:
        enter_agosto()
        with db.connect() as dead:
            dead.execute(
                """insert into estudio.execucoes (run_id, acao, mes, origem, maquina, pid, etapa)
                   values (gen_random_uuid(), 'fechamento', '2025-08-01', 'cli', 'balcao', 1, 'contagem')"""
            )
        close(AGOSTO)
        assert [e["desfecho"] for e in execucoes()] == ["fechado", "interrompido"]

    def test_a_run_killed_after_its_commit_is_told_as_closed(self, banco: Banco) -> None:
        enter_agosto()
        extrato = close(AGOSTO)
        with banco.connect_as_superuser() as connection:
            connection.execute("update execucoes set desfecho = null, terminada_em = null, extrato_id = null")
        with db.connect() as connection:
            assert settle_interrupted(connection) == 1
        with banco.connect_as_superuser() as connection:
            row = connection.execute("select desfecho, extrato_id from execucoes").fetchone()
        assert row == ("fechado", extrato.id)

    def test_a_running_closing_is_named_to_the_second(self) -> None:
        enter_agosto()
        with open_execucao("fechamento", AGOSTO, quem=LINHA_DE_COMANDO) as running:
            running.step("contagem")
            with pytest.raises(
                EmAndamento, match=r"um fechamento de Agosto/2025 em andamento desde .* \(etapa contagem"
            ):
                close(AGOSTO)
            with db.connect() as connection:
                assert settle_interrupted(connection) == 0
            running.finish("fechado")

    def test_progress_is_read_by_another_process_while_it_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setenv("BATCH_SIZE", "1")
        config.reset()
        seen: list[tuple[str, int, int]] = []

        def watch(andamento: Andamento) -> None:
            if andamento.etapa == "contagem" and andamento.lote:
                row = execucoes()[0]
                seen.append((row["etapa"], row["lote"], row["registros"]))

        close(AGOSTO, watch=watch)
        assert [stage for stage, _, _ in seen] == ["contagem"] * 6
        assert [done for _, _, done in seen] == sorted(done for _, _, done in seen)
        assert seen[-1][1] >= 5
