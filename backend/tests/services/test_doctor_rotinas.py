"""The doctor looks at what the studio does by itself; and what a restored studio makes of the jobs of then."""

from collections.abc import Generator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from agosto import AGOSTO, close, enter_agosto
from conftest import Banco

from estudio import clock, config, db
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import LINHA_DE_COMANDO, SOZINHO
from estudio.services.alarme_service import look_quickly
from estudio.services.backup_banco import connect_to, drop_database
from estudio.services.backup_completo import create_full_backup
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.doctor_laudo import Laudo
from estudio.services.doctor_rotinas import PRESA, check_fila, check_rotina_presa, check_rotinas, check_trabalhador
from estudio.services.documento_service import ensure_documentos
from estudio.services.funcionamento_consulta import describe_funcionamento
from estudio.services.rodada_service import finish_rodada, open_rodada
from estudio.services.rotinas import get_rotina, register_due


def ensure_says(found: Laudo, situacao: str, words: str) -> None:
    assert (found[0], words in found[1]) == (situacao, True), found


def leave_rodada(
    nome: str, desfecho: Desfecho, codigo: str | None = None, mensagem: str | None = None, *, alvo: str = ""
) -> None:
    number = open_rodada(get_rotina(nome), alvo, run_id=uuid4(), tarefa_id=None)
    finish_rodada(number, desfecho, codigo=codigo, mensagem=mensagem)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("drop table tarefas.procrastinate_periodic_defers", "falta procrastinate_periodic_defers"),
        ("grant truncate on tarefas.procrastinate_jobs to estudio_app", "direitos de procrastinate_jobs"),
        ("revoke insert on tarefas.procrastinate_events from estudio_app", "direitos de procrastinate_events"),
        ("grant execute on function tarefas.procrastinate_register_worker_v1() to public", "register_worker"),
        ("alter function tarefas.procrastinate_register_worker_v1() reset search_path", "register_worker"),
    ],
)
def test_a_queue_that_is_not_as_it_was_made_is_said(banco: Banco, statement: str, words: str) -> None:
    ensure_says(check_fila(), "ok", "inteira")
    with banco.connect_as_superuser() as behind:
        behind.execute(statement.encode())
    ensure_says(check_fila(), "falha", words)


@pytest.mark.usefixtures("banco")
def test_silence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    enter_agosto()
    close(AGOSTO)
    ensure_documentos(AGOSTO, quem=SOZINHO)
    ensure_says(check_trabalhador(), "ok", "estudio run")
    today = clock.now()
    for nome in ("backup", "copia_completa", "ensaio", "limpeza"):
        leave_rodada(nome, Desfecho.FEITA)
    ensure_says(check_trabalhador(), "ok", "são feitas")
    with time_machine.travel(today + timedelta(days=4), tick=False):
        ensure_says(check_trabalhador(), "aviso", "Backup dos meses abertos, Cópia do estúdio inteiro")
    # Its last sign was given before the clock was set back.
    with time_machine.travel(today - timedelta(days=9), tick=False):
        ensure_says(check_trabalhador(), "aviso", "Ninguém faz")
    # Where cron does it once a month there is nothing to be heard in between.
    monkeypatch.setenv("ENABLE_BACKUP_JOBS", "false")
    config.reset()
    with time_machine.travel(today + timedelta(days=4), tick=False):
        ensure_says(check_trabalhador(), "ok", "atrasada")
    monkeypatch.setenv("ENABLE_MONTHLY_EXTRATO_JOB", "false")
    config.reset()
    ensure_says(check_trabalhador(), "ok", "Nada é feito sozinho")


@pytest.mark.usefixtures("banco")
def test_what_went_badly_and_is_still_to_be_done_is_said() -> None:
    enter_agosto()
    ensure_says(check_rotinas(), "ok", "Nada do que")
    leave_rodada("copia_completa", Desfecho.RECUSADA, "disco", "O disco está cheio.")
    ensure_says(check_rotinas(), "aviso", "Cópia do estúdio inteiro: O disco está cheio.")
    leave_rodada("ensaio", Desfecho.FALHOU, "falha", "RuntimeError")
    ensure_says(check_rotinas(), "falha", "2 tarefas")
    leave_rodada("ensaio", Desfecho.FEITA)
    leave_rodada("copia_completa", Desfecho.FEITA)
    leave_rodada("backup", Desfecho.RECUSADA, "em_andamento")
    ensure_says(check_rotinas(), "ok", "Nada do que")
    leave_rodada("fechamento", Desfecho.RECUSADA, "comissao_indefinida", "Falta uma comissão.", alvo="2025-08")
    ensure_says(check_rotinas(), "aviso", "Fechamento do mês: Falta uma comissão.")
    # Somebody mended it and closed the month by hand.
    close(AGOSTO)
    ensure_says(check_rotinas(), "ok", "Nada do que")


def test_what_does_not_end_is_said_and_told(banco: Banco) -> None:
    enter_agosto()
    register_due()
    with banco.connect_as_superuser() as behind:
        behind.execute("insert into tarefas.procrastinate_workers default values")
        job = behind.execute(
            """update tarefas.procrastinate_jobs set status = 'doing',
                 worker_id = (select id from tarefas.procrastinate_workers)
               where task_name = 'copia_completa' returning id"""
        ).fetchone()
        assert job is not None
        open_rodada(get_rotina("copia_completa"), "", run_id=uuid4(), tarefa_id=job[0])

        def is_shown() -> bool:
            with db.transaction(read_only=True) as session:
                described = describe_funcionamento(session, clock.now(), quem=LINHA_DE_COMANDO)
            return "presa" in [achado.codigo for achado in described["achados"]]

        begun = clock.now()
        with time_machine.travel(begun + PRESA - timedelta(minutes=1), tick=False):
            ensure_says(check_rotina_presa(), "ok", "Nenhuma")
            assert not is_shown()
        with time_machine.travel(begun + PRESA + timedelta(minutes=1), tick=False):
            ensure_says(check_rotina_presa(), "falha", "Não termina: Cópia do estúdio inteiro (desde ")
            assert is_shown()
            look_quickly()
            told = behind.execute("select dados ->> 'codigo' from avisos where dados ? 'situacao'").fetchall()
            assert ("rotina_presa",) in told
            # What was left behind is tried again by itself.
            behind.execute("update tarefas.procrastinate_workers set last_heartbeat = now() - interval '10 minutes'")
            ensure_says(check_rotina_presa(), "ok", "Nenhuma")
            assert not is_shown()


@pytest.fixture
def new_name(banco: Banco) -> Generator[str, None, None]:
    name = f"n_{uuid4().hex[:16]}"
    yield name
    db.reset()
    drop_database(name)
    del banco


def test_no_job_of_the_past_is_worked_in_a_restored_studio(banco: Banco, new_name: str) -> None:
    enter_agosto()
    waiting = register_due()
    open_rodada(get_rotina("copia_completa"), "", run_id=uuid4(), tarefa_id=1)
    with banco.connect_as_superuser() as behind:
        behind.execute("insert into tarefas.procrastinate_workers default values")
        behind.execute("select tarefas.procrastinate_fetch_job_v2(null, 1)")
    restore_full_backup(create_full_backup(), into=new_name)
    with connect_to(new_name) as connection:
        states = connection.execute(
            "select status::text, count(*) from tarefas.procrastinate_jobs group by 1 order by 1"
        ).fetchall()
        assert states == [("cancelled", waiting - 1), ("failed", 1)]
        assert connection.execute("select count(*) from tarefas.procrastinate_workers").fetchone() == (0,)
        assert connection.execute("select desfecho from estudio.rodadas").fetchall() == [("interrompida",)]
        rights = """select relname, relacl::text, relowner::regrole::text from pg_class
                    where relnamespace = 'tarefas'::regnamespace union all
                    select proname, proacl::text, proowner::regrole::text from pg_proc
                    where pronamespace = 'tarefas'::regnamespace order by 1"""
        there = connection.execute(rights.encode()).fetchall()
    with banco.connect_as_superuser() as behind:
        assert behind.execute(rights.encode()).fetchall() == there
