"""What the studio does by itself: told from the books, done once, remembered, and tried again when it went badly."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from agosto import AGOSTO, OUTUBRO, SETEMBRO, add_payment, close, enter_agosto, state
from cast import Cast
from conftest import Banco
from feitas import run_apart
from psycopg.types.json import Jsonb
from sqlalchemy import text

from estudio import clock, config, db, logs
from estudio.domain.competencia import Competencia
from estudio.domain.documento import Tipo
from estudio.domain.errors import BancoIndisponivel, DiscoRecusou
from estudio.domain.rotina import Desfecho
from estudio.services import rotina_avisos, rotina_copias, rotina_documentos, rotinas
from estudio.services.backup_ensaio import IGUAL
from estudio.services.extrato_service import reopen_extrato
from estudio.services.fila import (
    Tarefa,
    count_tarefas,
    find_ultimo_sinal,
    list_paradas,
    prune_tarefas,
    register_tarefa,
    rescue_paradas,
)
from estudio.services.rodada_service import finish_rodada, is_waiting, list_rodadas, open_rodada, prune_rodadas
from estudio.services.rotinas import list_due, register_due, work_rotina
from estudio.services.trabalhador import Trabalhador


def due_at(instant: datetime) -> list[tuple[str, str]]:
    with db.transaction(read_only=True) as session:
        return [(rotina.nome, alvo) for rotina, alvo in list_due(session, instant)]


def closings_at(instant: datetime) -> list[str]:
    return [alvo for nome, alvo in due_at(instant) if nome == "fechamento"]


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """By the wall in São Paulo, which is three hours behind."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=3)


def rodadas() -> list[dict[str, Any]]:
    with db.transaction(read_only=True) as session:
        return list_rodadas(session, limit=1000)


def avisos(tipo: str) -> list[dict[str, Any]]:
    with db.transaction(read_only=True) as session:
        rows = session.execute(
            text("select dados from estudio.avisos where tipo = :tipo order by id"), {"tipo": tipo}
        ).scalars()
        return list(rows)


def tarefas() -> dict[str, int]:
    with db.transaction(read_only=True) as session:
        return count_tarefas(session)


def set_env(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    config.reset()
    # Read here: a traveller takes the time zone of where he goes into the environment.
    assert config.get_settings().tz == "America/Sao_Paulo"


@pytest.fixture
def agosto(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """August 2025 with rows, open."""
    del banco
    # What looks whether all is well does so each hour, and is tested in test_alarmes.
    monkeypatch.setattr(rotinas, "MODULOS", tuple(each for each in rotinas.MODULOS if each is not rotina_avisos))
    return enter_agosto()


# --- when a month is due --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("agosto")
def test_a_month_is_due_from_the_hour_of_the_schedule_on_and_not_before() -> None:
    assert closings_at(local(date(2025, 8, 31), 23)) == []
    assert closings_at(local(date(2025, 9, 1), 4, 59)) == []
    assert closings_at(local(date(2025, 9, 1), 5)) == ["2025-08"]
    # Nobody was there on the 1st, nor for a year.
    assert closings_at(local(date(2026, 9, 14), 15)) == ["2025-08"]


@pytest.mark.usefixtures("agosto")
def test_days_of_grace_come_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, EXTRATO_GRACE_DAYS="2")
    assert closings_at(local(date(2025, 9, 3), 4, 59)) == []
    assert closings_at(local(date(2025, 9, 3), 5)) == ["2025-08"]


@pytest.mark.usefixtures("agosto")
def test_who_switches_it_off_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, ENABLE_MONTHLY_EXTRATO_JOB="false", ENABLE_BACKUP_JOBS="false")
    assert due_at(local(date(2026, 9, 14), 15)) == []


@pytest.mark.usefixtures("banco")
def test_a_studio_without_a_row_has_nothing_to_do() -> None:
    assert due_at(clock.now()) == []


def test_a_schedule_that_never_comes_closes_nothing(agosto: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    del agosto
    set_env(monkeypatch, CRON_SCHEDULE="0 5 30 2 *", BACKUP_SCHEDULE="0 5 30 2 *")
    assert {nome for nome, _ in due_at(clock.now())} == {"copia_completa", "ensaio"}


def test_a_month_that_was_reopened_is_not_shut_again_under_the_hands_of_who_corrects_it(agosto: Cast) -> None:
    close(AGOSTO)
    assert closings_at(clock.now()) == []
    reopen_extrato(AGOSTO, quem=agosto.quem_ana, motivo="lançar o que faltou")
    assert closings_at(clock.now()) == []
    # The next time that the schedule comes.
    assert closings_at(clock.now() + timedelta(days=32)) == ["2025-08"]


def test_what_was_imported_can_be_looked_at_before_it_is_closed(agosto: Cast) -> None:
    del agosto
    with db.transaction() as session:
        session.execute(
            text(
                """insert into estudio.importacoes (origem, arquivo, sha256)
                   values ('v4', 'historico.csv', repeat('a', 64))"""
            )
        )
    assert closings_at(clock.now()) == []
    assert closings_at(clock.now() + timedelta(days=32)) == ["2025-08"]


def test_a_month_whose_import_was_taken_back_waits_for_the_right_file(agosto: Cast, banco: Banco) -> None:
    del agosto
    with banco.connect_as_superuser() as behind:
        behind.execute(
            """insert into importacoes (origem, arquivo, sha256, feita_em, desfeita_em)
               values ('v4', 'errado.csv', repeat('a', 64), now() - interval '400 days', now() - interval '1 minute')"""
        )
        assert closings_at(clock.now()) == []
        assert closings_at(clock.now() + timedelta(days=32)) == ["2025-08"]
        # Nor does one that was taken back at once, by a clock that was set back since, keep it open for ever.
        behind.execute("update importacoes set desfeita_em = '2090-01-01'")
    assert closings_at(clock.now()) == ["2025-08"]


def test_what_was_done_by_a_clock_that_was_set_back_keeps_no_month_open(agosto: Cast, banco: Banco) -> None:
    """A battery that is dead: imported in 2090, by the clock of that morning."""
    del agosto
    with banco.connect_as_superuser() as behind:
        behind.execute(
            """insert into importacoes (origem, arquivo, sha256, feita_em)
               values ('v4', 'historico.csv', repeat('a', 64), '2090-01-01')"""
        )
    assert closings_at(clock.now()) == ["2025-08"]


def test_once_in_vain_is_no_success(agosto: Cast, banco: Banco) -> None:
    """The queue could not be asked: that there was nothing to do would be a lie."""
    del agosto
    with banco.connect_as_superuser() as behind:
        behind.execute("revoke execute on function tarefas.procrastinate_fetch_job_v2 from estudio_app")
    with pytest.raises(BancoIndisponivel):
        run_apart(Trabalhador().run_once)
    assert rodadas() == []


# --- announced ------------------------------------------------------------------------------------------------------


def test_the_closing_is_announced_once_some_days_before(agosto: Cast) -> None:
    del agosto
    with time_machine.travel(local(date(2025, 8, 28), 12), tick=False):
        assert ("anuncio", "2025-08") not in due_at(clock.now())
    with time_machine.travel(local(date(2025, 8, 30), 12), tick=False):
        assert ("anuncio", "2025-08") in due_at(clock.now())
        assert work_rotina("anuncio", "2025-08") == Desfecho.FEITA
        assert work_rotina("anuncio", "2025-08") == Desfecho.NADA
    with time_machine.travel(local(date(2025, 8, 31), 12), tick=False):
        assert "anuncio" not in {nome for nome, _ in due_at(clock.now())}
    assert avisos("fechamento_previsto") == [{"mes": "2025-08", "em": "2025-09-01T05:00:00-03:00"}]


# --- worked ---------------------------------------------------------------------------------------------------------


def test_a_worker_that_was_off_for_months_catches_up_oldest_first_and_does_all_else(agosto: Cast) -> None:
    add_payment(agosto, "120.00", date(2025, 9, 9))
    add_payment(agosto, "80.00", date(2025, 10, 9))
    with time_machine.travel(local(date(2025, 11, 20), 12)):
        trabalhador = Trabalhador()
        run_apart(trabalhador.run_once)
        assert [alvo for nome, alvo, _ in trabalhador.desfechos if nome == "fechamento"] == [
            "2025-08", "2025-09", "2025-10",
        ]  # fmt: skip
        assert {state(month) for month in (AGOSTO, SETEMBRO, OUTUBRO)} == {"fechada"}
        # The backups and the closing run side by side: whether a month is still open for the one is chance.
        assert {row["rotina"] for row in rodadas()} == {
            "fechamento", "documentos", "backup", "copia_completa", "ensaio", "limpeza",
        }  # fmt: skip
        assert {row["desfecho"] for row in rodadas()} <= {"feita", "nada"}
        again = Trabalhador()
        run_apart(again.run_once)
        assert again.desfechos == []
    assert tarefas() == {"succeeded": 10}
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select count(*) from estudio.extratos")) == 3
        assert session.scalar(text("select count(*) from estudio.documentos")) == 12


def test_two_looks_at_once_put_it_into_the_queue_once(agosto: Cast) -> None:
    del agosto
    first = register_due()
    assert first == 5
    assert register_due() == 0
    with db.transaction() as one:
        assert register_tarefa(one, Tarefa("outra", "x"))
        with db.transaction() as two:
            assert register_tarefa(two, Tarefa("mais_uma"))
    assert tarefas() == {"todo": first + 2}


def test_a_job_belongs_to_its_transaction(agosto: Cast) -> None:
    del agosto

    def change_our_mind() -> None:
        with db.transaction() as session:
            assert register_tarefa(session, Tarefa("perdida"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_our_mind()
    assert tarefas() == {}


def test_a_month_that_is_not_ready_is_told_once_and_tried_again_later(agosto: Cast, banco: Banco) -> None:
    del agosto
    with banco.connect_as_superuser() as behind:
        behind.execute("update pagamentos set percentual = null where valor_centavos = 15000")
    start = local(date(2025, 9, 1), 5)
    with time_machine.travel(start, tick=False):
        assert work_rotina("fechamento", "2025-08") == Desfecho.RECUSADA
    assert closings_at(start + timedelta(hours=5, minutes=59)) == []
    assert closings_at(start + timedelta(hours=6)) == ["2025-08"]
    with time_machine.travel(start + timedelta(hours=6), tick=False):
        assert work_rotina("fechamento", "2025-08") == Desfecho.RECUSADA
    assert avisos("rotina_recusada") == []
    assert avisos("fechamento_recusado") == [{"mes": "2025-08", "codigo": "comissao_indefinida"}]
    assert rodadas()[0]["codigo"] == "comissao_indefinida"
    with banco.connect_as_superuser() as behind:
        behind.execute("update pagamentos set percentual = 0 where valor_centavos = 15000")
    with time_machine.travel(start + timedelta(hours=12), tick=False):
        assert work_rotina("fechamento", "2025-08") == Desfecho.FEITA
    assert state(AGOSTO) == "fechada"


def break_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Callable[[], None]:
    """The copy of the studio fails so, until it is mended."""

    def fail(_: str) -> str:
        raise error

    whole = rotina_copias.list_rotinas()
    broken = replace(next(rotina for rotina in whole if rotina.nome == "copia_completa"), work=fail)
    monkeypatch.setattr(rotina_copias, "list_rotinas", lambda: (broken,))
    return lambda: monkeypatch.setattr(rotina_copias, "list_rotinas", lambda: whole)


def test_a_failure_is_tried_again_sooner_and_ever_later(agosto: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    del agosto
    logs.start()
    logs.configure()
    mend = break_with(monkeypatch, KeyError("Maria da Silva, 123.456.789-09"))
    now = local(date(2025, 9, 1), 3)
    for minutes in (1, 5, 25, 60, 60):
        with time_machine.travel(now, tick=False):
            assert work_rotina("copia_completa", "") == Desfecho.FALHOU
        assert ("copia_completa", "") not in due_at(now + timedelta(minutes=minutes, seconds=-1))
        now += timedelta(minutes=minutes)
        assert ("copia_completa", "") in due_at(now)
    assert len(avisos("rotina_falhou")) == 1
    assert "Maria" not in json.dumps([*avisos("rotina_falhou"), *rodadas()], default=str)
    written = "".join(file.read_text() for file in config.get_settings().log_dir.glob("*"))
    assert "KeyError: …" in written
    assert "Maria" not in written
    mend()
    with time_machine.travel(now, tick=False):
        assert work_rotina("copia_completa", "") == Desfecho.FEITA
        assert ("copia_completa", "") not in due_at(now)


def test_a_cause_that_comes_back_is_told_again(agosto: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    del agosto
    for week in range(2):
        now = local(date(2025, 9, 1), 6) + timedelta(weeks=week)
        mend = break_with(monkeypatch, DiscoRecusou("O disco está cheio."))
        with time_machine.travel(now, tick=False):
            assert work_rotina("copia_completa", "") == Desfecho.RECUSADA
        mend()
        with time_machine.travel(now + timedelta(hours=2), tick=False):
            assert work_rotina("copia_completa", "") == Desfecho.FEITA
    assert len(avisos("rotina_recusada")) == 2


def test_a_clock_that_was_set_back_neither_waits_for_ever_nor_believes_the_future(agosto: Cast) -> None:
    del agosto
    rotina = rotinas.get_rotina("copia_completa")
    then = local(date(2027, 9, 1), 6)
    with time_machine.travel(then, tick=False):
        number = open_rodada(rotina, "", run_id=uuid4(), tarefa_id=None)
        finish_rodada(number, Desfecho.RECUSADA, codigo="disco")
    with db.transaction(read_only=True) as session:
        assert is_waiting(session, rotina, "", then)
        assert not is_waiting(session, rotina, "", then - timedelta(days=300))
    with time_machine.travel(then, tick=False):
        finish_rodada(number, Desfecho.FEITA)
    assert ("copia_completa", "") not in due_at(then)
    assert ("copia_completa", "") in due_at(then - timedelta(days=300))


def test_what_seems_due_and_is_not_is_not_asked_without_end(agosto: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    del agosto
    whole = rotina_copias.list_rotinas()
    idle = replace(whole[0], find_alvos=lambda *_: [""], work=lambda _: None)
    monkeypatch.setattr(rotinas, "MODULOS", (SimpleNamespace(list_rotinas=lambda: (idle,)),))
    with time_machine.travel(local(date(2025, 9, 1), 6), tick=False):
        trabalhador = Trabalhador()
        run_apart(trabalhador.run_once)
        assert trabalhador.desfechos == [("backup", "", Desfecho.NADA)]
    assert due_at(local(date(2025, 9, 1), 6, 9)) == []
    assert due_at(local(date(2025, 9, 1), 6, 10)) == [("backup", "")]


def test_an_hour_that_comes_twice_asks_once_and_one_that_is_skipped_asks(
    agosto: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    del agosto
    set_env(monkeypatch, BACKUP_SCHEDULE="30 23 * * *", FULL_BACKUP_SCHEDULE="30 0 * * *")
    # In São Paulo the clocks went from midnight back to eleven; by UTC it was two in the morning.
    with time_machine.travel(datetime(2019, 2, 17, 1, 31, tzinfo=UTC), tick=False):
        assert work_rotina("backup", "") == Desfecho.FEITA
    for minutes in range(0, 180, 10):
        assert ("backup", "") not in due_at(datetime(2019, 2, 17, 1, 32, tzinfo=UTC) + timedelta(minutes=minutes))
    assert ("backup", "") in due_at(datetime(2019, 2, 18, 2, 30, tzinfo=UTC))
    # And forward over half past midnight.
    with time_machine.travel(datetime(2018, 11, 3, 12, tzinfo=UTC), tick=False):
        assert work_rotina("copia_completa", "") == Desfecho.FEITA
    assert ("copia_completa", "") not in due_at(datetime(2018, 11, 4, 2, 59, tzinfo=UTC))
    assert ("copia_completa", "") in due_at(datetime(2018, 11, 4, 3, 0, tzinfo=UTC))


def test_a_damaged_backup_is_replaced_and_told_once(agosto: Cast) -> None:
    add_payment(agosto, "120.00", date(2025, 9, 9))
    with time_machine.travel(local(date(2025, 9, 9), 12), tick=False):
        assert work_rotina("backup", "") == Desfecho.FEITA
    folder = config.get_settings().backup_dir / "2025_08"
    (sheet,) = folder.glob("backup_2025_08.????????????.csv")
    sheet.write_bytes(sheet.read_bytes().replace(b"Dora", b"Dara"))
    with time_machine.travel(local(date(2025, 9, 10), 12), tick=False):
        assert work_rotina("backup", "") == Desfecho.RECUSADA
    with time_machine.travel(local(date(2025, 9, 10), 13), tick=False):
        assert work_rotina("backup", "") == Desfecho.FEITA
    assert rodadas()[0]["mensagem"] == "Meses abertos conferidos: 2; backups novos: 0."
    assert [aviso["codigo"] for aviso in avisos("rotina_recusada")] == [rodadas()[1]["codigo"]]


def test_what_is_new_is_tried_every_day_and_what_failed_until_it_is_mended(agosto: Cast) -> None:
    add_payment(agosto, "120.00", date(2025, 9, 9))
    day = clock.now()

    def work_at(instant: datetime, *nomes: str) -> str | None:
        with time_machine.travel(instant, tick=False):
            for nome in nomes:
                work_rotina(nome, "")
        found = rodadas()[0]
        said: str | None = found["mensagem" if found["desfecho"] == Desfecho.FEITA else "codigo"]
        return said

    whole_line = "Restaurados em um banco vazio e iguais: backups de meses: {}; cópias completas: {}."
    assert work_at(day, "copia_completa", "backup", "ensaio") == whole_line.format(2, 1)
    day += timedelta(days=1)
    assert work_at(day, "backup", "ensaio") is None
    add_payment(agosto, "80.00", date(2025, 9, 10))
    day += timedelta(days=1)
    assert work_at(day, "copia_completa", "backup", "ensaio") == whole_line.format(1, 1)
    # A disk forgot some of what it had; the others are tried all the same, and that they went well hides nothing.
    add_payment(agosto, "90.00", date(2025, 9, 11))
    day += timedelta(days=1)
    work_at(day, "copia_completa", "backup")
    (dump,) = sorted((config.get_settings().backup_dir / "completo").glob("*.dump"))[-1:]
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    for hours in (0, 2):
        assert work_at(day + timedelta(hours=hours), "ensaio") == "backup_tamanho_errado"
    with db.connect() as connection:
        tried = connection.execute("select count(*) from estudio.backups where resultado = %s", [IGUAL]).fetchone()
    assert tried == (6,)
    dump.write_bytes(whole)
    assert work_at(day + timedelta(hours=4), "ensaio") == whole_line.format(0, 1)
    assert work_at(day + timedelta(days=31), "ensaio") == whole_line.format(2, 1)


def test_documents_that_a_month_lacks_are_made_whoever_closed_it(agosto: Cast) -> None:
    del agosto
    close(AGOSTO)
    assert ("documentos", "2025-08") in due_at(clock.now())
    assert work_rotina("documentos", "2025-08") == Desfecho.FEITA
    assert rodadas()[0]["mensagem"] == "Documentos de Agosto/2025: CSV, JSON, XLSX, PDF."
    assert "documentos" not in {nome for nome, _ in due_at(clock.now())}


def test_six_months_that_fail_again_and_again_keep_no_later_one_waiting(
    agosto: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    del agosto
    made: list[Competencia] = []

    def ensure(month: Competencia, **_: object) -> list[Tipo]:
        if month.mes <= 6:
            raise DiscoRecusou("O disco está cheio.")
        made.append(month)
        return [Tipo.PDF]

    def list_lacking(_: object) -> list[Competencia]:
        return [month for month in (Competencia(2024, mes) for mes in range(1, 13)) if month not in made]

    monkeypatch.setattr(rotina_documentos, "ensure_documentos", ensure)
    monkeypatch.setattr(rotina_documentos, "list_incompletos", list_lacking)
    monkeypatch.setattr(rotinas, "MODULOS", (rotina_documentos,))
    monkeypatch.setattr(rotinas, "DE_UMA_VEZ", 6)
    with time_machine.travel(local(date(2025, 9, 1), 6), tick=False):
        assert len(due_at(clock.now())) == 6
        run_apart(Trabalhador().run_once)
    assert [month.mes for month in made] == [7, 8, 9, 10, 11, 12]


# --- left behind ----------------------------------------------------------------------------------------------------


def take_job(banco: Banco, *, sign_ago_s: int) -> int:
    """A worker took the first job, and gave its last sign so long ago."""
    with banco.connect_as_superuser() as behind:
        worker = behind.execute(
            """insert into tarefas.procrastinate_workers (last_heartbeat)
               values (now() - make_interval(secs => %s)) returning id""",
            [sign_ago_s],
        ).fetchone()
        assert worker is not None
        row = behind.execute("select id from tarefas.procrastinate_fetch_job_v2(null, %s)", [worker[0]]).fetchone()
    assert row is not None
    return int(row[0])


def test_the_job_of_a_dead_worker_is_tried_once_more_and_then_given_up(agosto: Cast, banco: Banco) -> None:
    del agosto
    assert register_due() == 5
    living = take_job(banco, sign_ago_s=10)
    dead = take_job(banco, sign_ago_s=600)
    for back in (1, 0):
        with db.transaction() as session:
            found = list_paradas(session, worker_id=None, em_curso=[])
            assert found == {dead}
            assert rescue_paradas(session, found) == back
        if back:
            assert tarefas() == {"todo": 4, "doing": 1}
            with banco.connect_as_superuser() as behind:
                behind.execute(
                    """update tarefas.procrastinate_jobs set status = 'doing', worker_id = (
                         select id from tarefas.procrastinate_workers where last_heartbeat < now() - interval '5 min')
                       where id = %s""",
                    [dead],
                )
    assert tarefas() == {"todo": 3, "doing": 1, "failed": 1}
    with db.transaction(read_only=True) as session:
        assert list_paradas(session, worker_id=None, em_curso=[living]) == set()


def test_a_job_that_waits_already_keeps_no_other_from_being_put_back(agosto: Cast, banco: Banco) -> None:
    del agosto
    register_due()
    dead = [take_job(banco, sign_ago_s=600) for _ in range(2)]
    with banco.connect_as_superuser() as behind:
        # The first is in the queue once more: two that looked at one moment, or somebody's hand.
        behind.execute(
            """insert into tarefas.procrastinate_jobs (queue_name, task_name, queueing_lock, lock, args)
               select queue_name, task_name, queueing_lock, lock, args from tarefas.procrastinate_jobs where id = %s""",
            [dead[0]],
        )
    with db.transaction() as session:
        assert rescue_paradas(session, dead) == 1
    assert tarefas() == {"todo": 5, "failed": 1}


def test_what_this_process_is_at_is_not_left_behind_although_it_was_forgotten(agosto: Cast, banco: Banco) -> None:
    """Its machine slept: another worker took its name off the list."""
    del agosto
    register_due()
    taken = take_job(banco, sign_ago_s=600)
    with banco.connect_as_superuser() as behind:
        behind.execute("delete from tarefas.procrastinate_workers")
    with db.transaction(read_only=True) as session:
        assert list_paradas(session, worker_id=1, em_curso=[taken]) == set()
        assert list_paradas(session, worker_id=1, em_curso=[]) == {taken}


def test_a_sign_of_life_from_the_future_is_none(agosto: Cast, banco: Banco) -> None:
    """The server's clock was set back: who gave it since has given another."""
    del agosto
    register_due()
    taken = take_job(banco, sign_ago_s=-86_400)
    with db.transaction(read_only=True) as session:
        assert list_paradas(session, worker_id=None, em_curso=[]) == {taken}
        assert find_ultimo_sinal(session)[0] == 0


@pytest.mark.parametrize("nome", ["fechamento", "os.system"])
@pytest.mark.parametrize(
    "args",
    [
        {"alvo": "../../etc"}, {"alvo": "2099-01"}, {"alvo": ["2025-08"]}, {"alvo": {}}, {},
        {"alvo": "2025-08", "mais": 1}, [], "x", None, 7,
    ],
)  # fmt: skip
def test_a_forged_row_makes_nobody_do_what_is_not_due(
    agosto: Cast, banco: Banco, monkeypatch: pytest.MonkeyPatch, nome: str, args: object
) -> None:
    del agosto
    set_env(monkeypatch, ENABLE_MONTHLY_EXTRATO_JOB="false", ENABLE_BACKUP_JOBS="false")
    with banco.connect() as forger:
        forger.execute(
            "insert into tarefas.procrastinate_jobs (queue_name, task_name, args) values ('rotinas', %s, %s)",
            [nome, Jsonb(args)],
        )
    trabalhador = Trabalhador()
    for _ in range(2):
        run_apart(trabalhador.run_once)
        with banco.connect_as_superuser() as behind:
            behind.execute("delete from tarefas.procrastinate_workers")
    # Nor does it stay in the way of others.
    run_apart(trabalhador.run_once)
    assert "doing" not in tarefas()
    assert {desfecho for _, _, desfecho in trabalhador.desfechos} <= {Desfecho.NADA}
    assert rodadas() == []
    assert state(AGOSTO) == "aberta"


def test_a_run_whose_process_is_gone_is_ended_by_the_next(agosto: Cast) -> None:
    del agosto
    rotina = rotinas.get_rotina("fechamento")
    open_rodada(rotina, "2025-08", run_id=uuid4(), tarefa_id=None)
    assert work_rotina("fechamento", "2025-08") == Desfecho.FEITA
    assert [row["desfecho"] for row in rodadas()] == ["feita", "interrompida"]


def test_what_is_long_over_is_forgotten_but_for_what_says_when_the_next_is_due(agosto: Cast, banco: Banco) -> None:
    del agosto
    with time_machine.travel(local(date(2025, 9, 1), 6)):
        run_apart(Trabalhador().run_once)
    done = tarefas()["succeeded"]
    assert register_due() > 0
    with banco.connect_as_superuser() as behind:
        behind.execute("update tarefas.procrastinate_events set at = at - interval '31 days' where job_id <= 2")
    with db.transaction() as session:
        assert prune_tarefas(session) == 2
    waiting = tarefas()["todo"]
    assert tarefas() == {"succeeded": done - 2, "todo": waiting}
    kept = len(rodadas())
    with db.transaction() as session:
        assert prune_rodadas(session, before=local(date(2027, 9, 1), 6)) == 0
    with time_machine.travel(local(date(2025, 9, 2), 6), tick=False):
        assert work_rotina("backup", "") in {Desfecho.FEITA, Desfecho.NADA}
    with db.transaction() as session:
        assert prune_rodadas(session, before=local(date(2027, 9, 1), 6)) == 1
    assert len(rodadas()) == kept
