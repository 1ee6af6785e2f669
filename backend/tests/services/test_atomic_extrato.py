"""Closing a month: what is sealed, what is refused, what stays as it was."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cast import Cast, book, make_cast, pay, spend
from conftest import Banco
from structlog.testing import capture_logs

from estudio import clock, config, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    BackupNaoProvado,
    CompetenciaFechada,
    ContagensDiferem,
    DiscoRecusou,
    EmAndamento,
    ForcaDesligada,
    JaFechado,
    MesesPosterioresFechados,
    MotivoFaltando,
    NaoPronto,
    Ocupado,
    Refusal,
    SemDados,
    SemPermissao,
    TempoEsgotado,
)
from estudio.domain.extrato import Extrato, find_vigente, get_estado, get_extrato
from estudio.domain.usuario import Quem
from estudio.services import backup_leitura, batch_processing, contagem_service, fechamento_service
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.contagem_service import as_canonical
from estudio.services.execucao_service import Andamento, open_execucao, settle_interrupted
from estudio.services.extrato_consulta import compare_versions, describe_extrato, list_execucoes, preview_extrato
from estudio.services.extrato_service import (
    COMMAND_LINE,
    generate_extrato_with_atomic_transaction,
    reopen_extrato,
    seal_extrato,
    verify_backup_before_transfer,
)
from estudio.services.gasto_service import register_gasto

AGOSTO, SETEMBRO, OUTUBRO = (Competencia(2025, m) for m in (8, 9, 10))


def enter_agosto() -> Cast:
    """Scenario 17: 200 in Pix with 60 of comissão and two sessões, 150 in cash without client, 50 of expense."""
    with db.transaction() as session:
        cast = make_cast(session)
        sessions = [book(session, cast, "100.00", data=date(2025, 8, d), cliente=cast.dora) for d in (4, 5)]
        pay(session, cast, "200.00", data=date(2025, 8, 5), cliente=cast.dora, percentual=3000, sessoes=sessions)
        pay(session, cast, "150.00", data=date(2025, 8, 20), artista=cast.ana, percentual=0, forma="dinheiro")
        spend(session, cast, "50.00", data=date(2025, 8, 10))
        return cast


def add_payment(cast: Cast, valor: str, dia: date) -> None:
    with db.transaction() as session:
        pay(session, cast, valor, data=dia, percentual=0)


def close(competencia: Competencia, **more: Any) -> Extrato:
    return generate_extrato_with_atomic_transaction(competencia.mes, competencia.ano, **more)


def state(competencia: Competencia) -> str:
    with db.transaction(read_only=True) as session:
        return get_estado(session, competencia)


def execucoes() -> list[dict[str, Any]]:
    with db.transaction(read_only=True) as session:
        return list_execucoes(session)


def count_rows() -> list[int]:
    with db.connect() as connection:
        row = connection.execute(
            """select (select count(*) from estudio.pagamentos), (select count(*) from estudio.comissoes),
                      (select count(*) from estudio.sessoes), (select count(*) from estudio.gastos)"""
        ).fetchone()
    return list(row or ())


def ensure_whole(cabeca: str | None = None) -> None:
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session, cabeca=cabeca) == []


@pytest.mark.usefixtures("banco")
class TestClosing:
    def test_scenario_17_a_month_is_sealed_with_its_totals_and_its_rows_stay(self) -> None:
        enter_agosto()
        before = count_rows()
        extrato = close(AGOSTO)
        with db.transaction(read_only=True) as session:
            described = describe_extrato(session, session.merge(extrato))
        assert described["totais"]["receita_total"] == "350.00"
        assert described["totais"]["comissoes_total"] == "60.00"
        assert described["totais"]["despesas_total"] == "50.00"
        assert described["contagens"] == {"pagamentos": 2, "sessoes": 2, "comissoes": 1, "gastos": 1}
        assert [(a["artista"], a["receita"], a["comissao"]) for a in described["totais"]["por_artista"]] == [
            ("Ana", "150.00", "0.00"),
            ("Bia", "200.00", "60.00"),
        ]
        assert described["backup_sha256"] == described["conteudo_sha256"]
        assert state(AGOSTO) == "fechada"
        assert count_rows() == before
        assert [(e["desfecho"], e["etapa"]) for e in execucoes()] == [("fechado", "leitura")]
        ensure_whole(cabeca=described["selo_sha256"][:16])

    def test_scenario_18_closing_september_touches_no_row_of_october(self, banco: Banco) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 30))
        add_payment(cast, "20.00", date(2025, 10, 1))
        close(AGOSTO)
        query = "select p.*, p.xmin::text from estudio.pagamentos p where data >= '2025-10-01'"
        with banco.connect() as connection:
            before = connection.execute(query).fetchall()
        extrato = close(SETEMBRO)
        with banco.connect() as connection:
            assert connection.execute(query).fetchall() == before
        assert extrato.totais[0] == 1000
        assert state(OUTUBRO) == "aberta"
        add_payment(cast, "5.00", date(2025, 10, 2))

    def test_scenario_19_a_second_closing_answers_with_what_stands_and_writes_nothing(self, banco: Banco) -> None:
        enter_agosto()
        first = close(AGOSTO)
        with banco.connect_as_superuser() as connection:
            before = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
            again = close(AGOSTO)
            after = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
        assert (again.id, again.versao, again.selo.selo_sha256) == (first.id, 1, first.selo.selo_sha256)
        assert len(execucoes()) == 1
        assert before is not None
        assert after is not None

    def test_scenario_19_a_late_payment_makes_version_two_and_version_one_stays_as_it_was(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        query = "select to_jsonb(x) - 'estado' from extratos x where versao = 1"
        with banco.connect_as_superuser() as connection:
            sealed = connection.execute(query).fetchone()
        reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="pagamento esquecido")
        add_payment(cast, "80.00", date(2025, 8, 31))
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        second = close(AGOSTO, force=True)
        assert second.versao == 2
        assert second.totais[0] == 35_000 + 8_000
        with banco.connect_as_superuser() as connection:
            assert connection.execute(query).fetchone() == sealed
            assert connection.execute("select estado from extratos order by versao").fetchall() == [
                ("substituido",),
                ("vigente",),
            ]
        with db.transaction(read_only=True) as session:
            comparison = compare_versions(session, AGOSTO, 1, 2)
        assert comparison["mesmo_conteudo"] is False
        assert [a["artista"] for a in comparison["por_artista"]] == ["Bia"]
        assert comparison["por_artista"][0]["receita"]["diferenca"] == "80.00"
        assert [(d["dia"], d["diferenca_centavos"]) for d in comparison["por_dia"]] == [("2025-08-31", 8000)]
        ensure_whole()

    def test_scenario_2_a_month_without_data_is_not_closed(self) -> None:
        with pytest.raises(SemDados):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("sem_dados", "sem_dados")]

    def test_empty_months_before_a_closed_one_are_shut_and_reopened_with_a_reason(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        assert state(Competencia(2025, 7)) == "vazia"
        with pytest.raises(CompetenciaFechada):
            add_payment(cast, "1.00", date(2025, 7, 1))
        with pytest.raises(MesesPosterioresFechados):
            reopen_extrato(Competencia(2025, 7), quem=COMMAND_LINE, motivo="chegou um recibo")
        reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="chegou um recibo")
        reopen_extrato(Competencia(2025, 7), quem=COMMAND_LINE, motivo="chegou um recibo")
        add_payment(cast, "1.00", date(2025, 7, 1))
        close(Competencia(2025, 7))
        close(AGOSTO)
        ensure_whole()

    def test_after_closing_every_way_to_change_the_month_is_refused(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        with pytest.raises(
            CompetenciaFechada, match=r"Agosto/2025 está fechado. Lance um ajuste em .* ou peça ao dono"
        ):
            add_payment(cast, "1.00", date(2025, 8, 5))
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            register_gasto(
                session, quem=cast.quem_ana, data=date(2025, 8, 5), valor=Decimal(1), descricao="x", forma="pix",
                categoria=None,
            )  # fmt: skip

    def test_an_artist_or_the_desk_closes_nothing(self) -> None:
        cast = enter_agosto()
        for quem in (cast.quem_bia, cast.quem_caio, cast.quem_edu):
            with pytest.raises(SemPermissao):
                close(AGOSTO, quem=quem)
        assert state(AGOSTO) == "aberta"
        assert close(AGOSTO, quem=cast.quem_ana).fechado_por == cast.quem_ana.usuario_id

    def test_a_closing_without_backup_is_loud_and_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Scenario 23: EXTRATO_REQUIRE_BACKUP=false and a backup folder that cannot be written."""
        enter_agosto()
        blocked = tmp_path / "arquivo"
        blocked.write_text("não é uma pasta")
        monkeypatch.setenv("BACKUP_DIR", str(blocked))
        config.reset()
        with pytest.raises(DiscoRecusou):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
        config.reset()
        with capture_logs() as logs:
            extrato = close(AGOSTO)
        assert extrato.backup is None
        assert extrato.selo.backup_sha256 is None
        assert "fechando_sem_backup_provado" in [e["event"] for e in logs if e["log_level"] == "warning"]


@pytest.mark.usefixtures("banco")
class TestReadiness:
    def test_the_current_month_and_the_future_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setattr(clock, "today", lambda: date(2025, 8, 31))
        with pytest.raises(
            NaoPronto, match=r"ainda não terminou. Ele pode ser fechado a partir de 01/09/2025 às 04:00"
        ):
            close(AGOSTO)
        monkeypatch.setattr(clock, "today", lambda: date(2025, 9, 1))
        assert close(AGOSTO).versao == 1

    def test_a_month_that_is_over_nowhere_is_refused_whatever_the_caller_says(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with db.transaction() as session:
            cast = make_cast(session)
            pay(session, cast, "10.00", data=clock.today(), percentual=0)
        this_month = Competencia.of(clock.today())
        monkeypatch.setattr(clock, "today", lambda: date(2099, 1, 1))
        with pytest.raises(NaoPronto) as refusal:
            close(this_month)
        assert refusal.value.codigo == "mes_nao_terminou"
        assert state(this_month) == "aberta"

    def test_an_earlier_month_with_data_comes_first(self) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 1))
        with pytest.raises(NaoPronto, match=r"Agosto/2025\. Feche do mais antigo") as refusal:
            close(SETEMBRO)
        assert refusal.value.codigo == "mes_anterior_aberto"
        assert execucoes()[0]["codigo"] == "mes_anterior_aberto"

    def test_a_payment_whose_share_nobody_decided_blocks_and_is_named(self, banco: Banco) -> None:
        enter_agosto()
        with banco.connect_as_superuser() as connection:
            connection.execute("update pagamentos set percentual = null where valor_centavos = 15000")
        with pytest.raises(NaoPronto, match=r"1 pagamento de R\$ 150,00 está sem comissão decidida \(nº \d+\)"):
            close(AGOSTO)

    def test_a_share_without_its_comissao_is_a_broken_link(self, banco: Banco) -> None:
        enter_agosto()
        with banco.connect_as_superuser() as connection:
            connection.execute("delete from comissoes")
        with pytest.raises(NaoPronto) as refusal:
            close(AGOSTO)
        assert refusal.value.codigo == "vinculo_quebrado"

    def test_warnings_are_told_and_block_nothing(self) -> None:
        cast = enter_agosto()
        with db.transaction() as session:
            pay(session, cast, "150.00", data=date(2025, 8, 20), artista=cast.ana, percentual=0, forma="dinheiro")
            book(session, cast, "999.00", data=date(2025, 8, 30), cliente=cast.dora)
            spend(session, cast, "7.00", data=date(2025, 7, 1), descricao="Aluguel", categoria="aluguel")
        close(Competencia(2025, 7))
        with db.transaction(read_only=True) as session:
            previa = preview_extrato(session, AGOSTO, hoje=clock.today())
        assert {a.codigo for a in previa.achados} == {
            "pagamentos_sem_cliente",
            "possiveis_duplicados",
            "sessoes_sem_pagamento",
            "gastos_habituais_ausentes",
        }
        assert previa.pronto
        assert close(AGOSTO).contagem == previa.contagem


@pytest.mark.usefixtures("banco")
class TestBackupInTheClosing:
    def test_scenario_23_an_old_backup_is_not_accepted_and_a_fresh_one_is_made(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="vinte pagamentos")
        for _ in range(20):
            add_payment(cast, "1.00", date(2025, 8, 15))
        assert verify_backup_before_transfer(2025, 8) is False
        assert close(AGOSTO).totais[0] == 35_000 + 2_000
        assert verify_backup_before_transfer(2025, 8) is True

    def test_a_write_between_backup_and_lock_makes_one_more_backup_under_the_lock(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast = enter_agosto()
        original = backup_leitura.prove
        proofs: list[Any] = []

        def prove_and_write(*args: Any, **kwargs: Any) -> Any:
            proof = original(*args, **kwargs)
            if not proofs:
                add_payment(cast, "80.00", date(2025, 8, 15))
            proofs.append(proof)
            return proof

        monkeypatch.setattr(fechamento_service, "prove", prove_and_write)
        extrato = close(AGOSTO)
        assert extrato.totais[0] == 43_000
        assert len(proofs) == 2
        assert extrato.selo.backup_sha256 == extrato.conteudo_sha256

    def test_an_edit_that_keeps_the_totals_makes_the_backup_stale_as_well(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        original = backup_leitura.prove
        edits = iter([True])

        def prove_and_edit(*args: Any, **kwargs: Any) -> Any:
            proof = original(*args, **kwargs)
            if next(edits, False):
                with banco.connect() as connection:
                    connection.execute("update estudio.pagamentos set data = data + 1 where valor_centavos = 15000")
            return proof

        monkeypatch.setattr(fechamento_service, "prove", prove_and_edit)
        extrato = close(AGOSTO)
        assert ["2025-08-21", "pagamento", 1, 15000] in [d[:4] for d in extrato.por_dia]
        ensure_whole()

    def test_a_damaged_backup_is_kept_as_evidence_and_a_new_one_is_made(self, tmp_path: Path) -> None:
        enter_agosto()
        close(AGOSTO)
        reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="conferir o backup")
        folder = config.get_settings().backup_dir / "2025_08"
        (sheet,) = folder.glob("backup_2025_08.*.csv")
        damaged = sheet.read_bytes().replace(b"200,00", b"900,00", 1)
        sheet.chmod(0o600)
        sheet.write_bytes(damaged)
        assert verify_backup_before_transfer(2025, 8) is False
        assert close(AGOSTO).versao == 2
        assert verify_backup_before_transfer(2025, 8) is True
        assert damaged in [file.read_bytes() for file in folder.iterdir()]

    def test_without_a_required_proof_verification_is_true_and_loud(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        assert verify_backup_before_transfer(2025, 8) is False
        monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
        config.reset()
        with capture_logs() as logs:
            assert verify_backup_before_transfer(2025, 8) is True
        assert [e["log_level"] for e in logs] == ["warning"]


@pytest.mark.usefixtures("banco")
class TestWhenItGoesWrong:
    def test_scenario_20_a_failure_in_the_middle_of_a_batch_leaves_the_month_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        before = count_rows()

        def fail(*_: Any) -> Any:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", _after(3, fail))
        with pytest.raises(Refusal):
            close(AGOSTO)
        assert (state(AGOSTO), count_rows()) == ("aberta", before)
        assert (execucoes()[0]["desfecho"], execucoes()[0]["etapa"]) == ("recusado", "contagem")

    def test_an_error_of_ours_is_remembered_as_failed_with_its_stage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()

        def fail(*_: Any) -> Any:
            raise ArithmeticError("one centavo")

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", _after(3, fail))
        with pytest.raises(ArithmeticError):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("falhou", "contagem")]
        monkeypatch.undo()

    def test_counts_that_differ_refuse_and_say_where(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setattr(fechamento_service, "_find_current_backup", lambda _: None)

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

    def test_running_out_of_time_in_a_count_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setenv("ATOMIC_TRANSACTION_TIMEOUT", "1")
        config.reset()

        def fall_asleep(*args: Any) -> Any:
            time.sleep(1.1)
            return batch_processing.calculate_totals_batch(*args)

        monkeypatch.setattr(contagem_service, "calculate_totals_batch", _after(1, fall_asleep))
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
            _wait_until(lambda: _is_waiting_for_lock(banco))
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
        with open_execucao("fechamento", AGOSTO, quem=COMMAND_LINE) as running:
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


@pytest.mark.usefixtures("banco")
class TestReopeningAndSealing:
    def test_reopening_asks_for_a_reason_and_takes_the_latest_month_first(self) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 1))
        close(AGOSTO)
        close(SETEMBRO)
        with pytest.raises(MotivoFaltando):
            reopen_extrato(SETEMBRO, quem=COMMAND_LINE, motivo="  ")
        with pytest.raises(MesesPosterioresFechados, match="Setembro/2025"):
            reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="conferir de novo")
        with pytest.raises(SemPermissao):
            reopen_extrato(SETEMBRO, quem=cast.quem_bia, motivo="quero mais")
        reopen_extrato(SETEMBRO, quem=cast.quem_ana, motivo="conferir de novo")
        reopen_extrato(AGOSTO, quem=cast.quem_ana, motivo="conferir de novo")
        assert (state(AGOSTO), state(SETEMBRO)) == ("aberta", "aberta")
        ensure_whole()

    def test_reopening_and_closing_again_gives_the_same_content(self) -> None:
        enter_agosto()
        first = close(AGOSTO)
        reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="só para ver")
        second = close(AGOSTO)
        assert (first.versao, second.versao) == (1, 2)
        assert first.conteudo_sha256 == second.conteudo_sha256
        assert first.selo.selo_sha256 != second.selo.selo_sha256

    def test_a_sealed_month_never_opens_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        with pytest.raises(Refusal):
            seal_extrato(AGOSTO, quem=COMMAND_LINE)
        close(AGOSTO)
        seal_extrato(AGOSTO, quem=COMMAND_LINE, motivo="entregue ao contador")
        assert state(AGOSTO) == "selada"
        with pytest.raises(CompetenciaFechada, match="está selado e não abre mais"):
            reopen_extrato(AGOSTO, quem=COMMAND_LINE, motivo="quero abrir")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        with pytest.raises(CompetenciaFechada):
            close(AGOSTO, force=True, motivo="quero refazer")
        ensure_whole()

    def test_force_is_off_until_it_is_allowed_and_wants_a_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        close(AGOSTO)
        with pytest.raises(ForcaDesligada):
            close(AGOSTO, force=True, motivo="refazer tudo")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        with pytest.raises(MotivoFaltando):
            close(AGOSTO, force=True)

    def test_force_without_a_change_answers_with_the_version_that_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        first = close(AGOSTO)
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        again = close(AGOSTO, force=True, motivo="refazer tudo")
        assert (again.id, again.versao) == (first.id, 1)

    def test_force_after_rows_changed_behind_the_guard_makes_a_version(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        close(AGOSTO)
        _cheat(banco, "update pagamentos set valor_centavos = 25000 where valor_centavos = 15000")
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        second = close(AGOSTO, force=True, motivo="corrigido à mão")
        assert (second.versao, second.totais[0]) == (2, 45_000)
        ensure_whole()


@pytest.mark.usefixtures("banco")
class TestSameness:
    @pytest.mark.parametrize("size", ["1", "7", "100", "100000"])
    def test_the_size_of_the_batches_changes_no_byte_of_what_is_sealed(
        self, size: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        with db.transaction(read_only=True) as session:
            expected = preview_extrato(session, AGOSTO, hoje=clock.today()).contagem
        monkeypatch.setenv("BATCH_SIZE", size)
        config.reset()
        extrato = close(AGOSTO)
        assert extrato.contagem == expected
        assert extrato.conteudo_sha256 == expected.conteudo_sha256

    def test_locale_and_zone_of_the_server_change_no_byte(self, banco: Banco) -> None:
        enter_agosto()
        with db.connect() as connection:
            plain = contagem_service.count_in_sql(connection, AGOSTO)
        with banco.connect() as connection:
            for setting, value in (("TimeZone", "Pacific/Kiritimati"), ("DateStyle", "SQL, DMY"), ("lc_numeric", "C")):
                connection.execute("select set_config(%s, %s, false)", [setting, value])
            connection.execute("set search_path = estudio")
            assert contagem_service.count_in_sql(connection, AGOSTO) == plain


def test_scenario_21_eight_at_once_one_closes_and_seven_are_refused(banco: Banco) -> None:
    enter_agosto()
    barrier = threading.Barrier(8)

    def attempt(_: int) -> str:
        barrier.wait()
        try:
            return f"versão {close(AGOSTO).versao}"
        except (EmAndamento, JaFechado, Ocupado) as refusal:
            return refusal.codigo

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert "versão 1" in answers
    assert set(answers) <= {"versão 1", "em_andamento", "ja_fechado", "ocupado"}
    with banco.connect() as connection:
        assert connection.execute("select count(*) from estudio.extratos").fetchone() == (1,)
        assert connection.execute("select count(*) from estudio.selos").fetchone() == (1,)
        done = connection.execute("select count(*) from estudio.execucoes where desfecho = 'fechado'").fetchone()
        assert done == (1,)


def test_the_head_of_the_chain_is_published_beside_the_backups(banco: Banco) -> None:
    enter_agosto()
    extrato = close(AGOSTO)
    heads = (config.get_settings().backup_dir / "selos.log").read_text().splitlines()
    assert [json.loads(line)["selo_sha256"] for line in heads] == [extrato.selo.selo_sha256]
    _cheat(
        banco,
        "delete from extrato_nomes; delete from extratos; delete from selos;"
        "update competencias set estado = 'aberta' where mes = '2025-08-01'",
    )
    with db.transaction(read_only=True) as session:
        found = [str(d) for d in verify_cadeia(session)]
    assert found == ["selos.log, elo 1 (2025-08): foi publicado e não está na cadeia"]


def test_names_as_they_stood_are_kept_beside_the_seal(banco: Banco) -> None:
    """Fault 30: master data renamed after closing."""
    enter_agosto()
    close(AGOSTO)
    with banco.connect() as connection:
        connection.execute("update estudio.artistas set nome = 'Beatriz' where nome = 'Bia'")
        connection.execute("update estudio.formas set rotulo = 'PIX!' where codigo = 'pix'")
    with db.transaction(read_only=True) as session:
        described = describe_extrato(session, get_extrato(session, AGOSTO))
    assert [a["artista"] for a in described["totais"]["por_artista"]] == ["Ana", "Bia"]
    assert [f["forma"] for f in described["totais"]["por_forma_pagamento"]] == ["Dinheiro", "Pix"]
    ensure_whole()


@pytest.mark.usefixtures("banco")
def test_nothing_stands_for_an_open_month() -> None:
    with db.transaction(read_only=True) as session:
        assert find_vigente(session, AGOSTO) is None
        with pytest.raises(Refusal):
            get_extrato(session, AGOSTO)


def test_who_acts_is_in_the_audit_and_in_the_outbox(banco: Banco) -> None:
    cast = enter_agosto()
    close(AGOSTO, quem=Quem(cast.quem_ana.usuario_id, "dono", "web"))
    reopen_extrato(AGOSTO, quem=cast.quem_ana, motivo="faltou um recibo")
    with banco.connect() as connection:
        trail = connection.execute(
            "select acao, quem, origem, motivo from estudio.auditoria where tabela = 'competencias' order by id"
        ).fetchall()
        outbox = connection.execute("select tipo, estado from estudio.avisos order by id").fetchall()
    ana = cast.quem_ana.usuario_id
    assert trail == [("fechado", ana, "web", None), ("reaberto", ana, "teste", "faltou um recibo")]
    assert outbox == [("extrato_fechado", "pendente"), ("extrato_reaberto", "pendente")]


def test_backup_proof_is_refused_when_the_rows_say_something_else(banco: Banco) -> None:
    enter_agosto()
    close(AGOSTO)
    _cheat(banco, "update pagamentos set valor_centavos = 15001 where valor_centavos = 15000")
    with capture_logs() as logs:
        assert verify_backup_before_transfer(2025, 8) is False
    assert issubclass(BackupNaoProvado, Refusal)
    assert "o arquivo não diz o mesmo que os registros" in logs[-1]["motivo"]
    with db.transaction(read_only=True) as session:
        found = [str(d) for d in verify_cadeia(session)]
    assert found == [
        "extrato Agosto/2025: dia 2025-08-20, pagamento: diferença de 1 centavos (agora, selado: [15001, 15000])"
    ]


def _after(calls: int, deed: Callable[..., Any]) -> Callable[..., Any]:
    """The real totals for the first calls, then the deed."""
    original = batch_processing.calculate_totals_batch
    counter = iter(range(10**6))

    def run(*args: Any) -> Any:
        return original(*args) if next(counter) < calls else deed(*args)

    return run


def _wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def _is_waiting_for_lock(banco: Banco) -> bool:
    with banco.connect_as_superuser() as connection:
        row = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid = 7"
        ).fetchone()
    return bool(row and row[0])


def _cheat(banco: Banco, statements: str) -> None:
    """What only a superuser can do: behind the guard's back."""
    with banco.connect_as_superuser() as connection, connection.transaction():
        tables = ("pagamentos", "comissoes", "sessoes", "gastos", "extratos", "selos", "extrato_nomes", "competencias")
        for table in tables:
            connection.execute(f"alter table {table} disable trigger all")
        for statement in statements.split(";"):
            connection.execute(statement)
        for table in tables:
            connection.execute(f"alter table {table} enable trigger all")
