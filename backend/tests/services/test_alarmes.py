"""What is not well is looked for, told once, and told again only after it was well; and a sign of life meanwhile."""

import threading
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from agosto import AGOSTO, close, enter_agosto
from cast import Cast
from conftest import Banco
from receptor import Receptor, open_receptor
from sqlalchemy import text

from estudio import clock, config, db
from estudio.domain.rotina import Desfecho
from estudio.services import alarme_service, aviso_destinos, disco_consulta
from estudio.services.alarme_service import (
    DE_HORA_EM_HORA,
    find_atrasado,
    is_tudo_bem,
    list_alarmes,
    look_at_everything,
    look_quickly,
)
from estudio.services.aviso_texto import TEXTOS, write_texto
from estudio.services.doctor_laudo import Laudo, aviso, falha, ok
from estudio.services.extrato_service import reopen_extrato
from estudio.services.rotina_avisos import examine
from estudio.services.rotinas import get_rotina, list_due, work_rotina


def local(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(hours=3)


DIA_1 = date(2025, 9, 1)


@pytest.fixture
def agosto(banco: Banco) -> Cast:
    del banco
    return enter_agosto()


@pytest.fixture
def receptor(monkeypatch: pytest.MonkeyPatch) -> Generator[Receptor, None, None]:
    with open_receptor() as opened:
        monkeypatch.setenv("ALERT_ADDRESSES", opened.endereco)
        monkeypatch.setenv("ALERT_QUIET_HOURS", "nunca")
        config.reset()
        yield opened


def avisos() -> list[tuple[str, dict[str, Any]]]:
    with db.connect() as connection:
        rows = connection.execute("select tipo, dados from estudio.avisos order by id").fetchall()
    return [(tipo, dados) for tipo, dados in rows]


def alarmes() -> list[str]:
    with db.transaction(read_only=True) as session:
        return [alarme.codigo for alarme in list_alarmes(session)]


def only(monkeypatch: pytest.MonkeyPatch, answer: Laudo) -> None:
    """The look of every hour asks for the disk of the data alone, and is answered so."""

    def check_espaco_dados() -> Laudo:
        return answer

    monkeypatch.setattr(alarme_service, "DE_HORA_EM_HORA", (("Discos", check_espaco_dados),))


# --- the closing that did not happen --------------------------------------------------------------------------------


@pytest.mark.usefixtures("agosto")
def test_a_month_that_was_not_closed_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, ok("vazio"))
    with time_machine.travel(local(DIA_1, 6), tick=False):
        assert look_quickly() == 0
    for days in range(40):
        with time_machine.travel(local(DIA_1, 8) + timedelta(days=days), tick=False):
            assert look_quickly() == 1
    assert avisos() == [("fechamento_nao_aconteceu", {"mes": "2025-08"})]
    assert alarmes() == ["fechamento_nao_aconteceu_2025_08"]
    close(AGOSTO)
    with time_machine.travel(local(DIA_1, 8) + timedelta(days=41), tick=False):
        assert look_quickly() == 0
    assert alarmes() == []


def test_grace_and_a_reopening_put_it_off(agosto: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def late_at(instant: datetime) -> bool:
        with db.transaction(read_only=True) as session:
            return find_atrasado(session, instant) == AGOSTO

    assert not late_at(local(date(2025, 8, 31), 23))
    assert not late_at(local(DIA_1, 7))
    assert late_at(local(DIA_1, 7) + timedelta(minutes=1))
    monkeypatch.setenv("EXTRATO_GRACE_DAYS", "3")
    config.reset()
    assert not late_at(local(date(2025, 9, 4), 7))
    assert late_at(local(date(2025, 9, 4), 8))
    close(AGOSTO)
    now = datetime.now(UTC)
    assert not late_at(now)
    reopen_extrato(AGOSTO, quem=agosto.quem_ana, motivo="lançar o que faltou")
    # Who reopened it is at it until the schedule comes again.
    assert not late_at(now + timedelta(days=1))
    assert late_at(now + timedelta(days=40))


@pytest.mark.usefixtures("agosto")
def test_where_nobody_scheduled_it_a_month_may_wait_ten_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENABLE_MONTHLY_EXTRATO_JOB", "false")
    config.reset()
    with db.transaction(read_only=True) as session:
        assert find_atrasado(session, local(date(2025, 9, 11), 3)) is None
        assert find_atrasado(session, local(date(2025, 9, 11), 5)) == AGOSTO


# --- alarms ---------------------------------------------------------------------------------------------------------


def make_look(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, Laudo], int]:
    """Looks so many hours after the first, and says how much was told until then."""
    start = local(date(2026, 3, 10), 9)

    def look_at(hours: float, answer: Laudo) -> int:
        only(monkeypatch, answer)
        # Within a second, as looks are.
        with time_machine.travel(start + timedelta(hours=hours, milliseconds=700), tick=False):
            look_quickly()
        return len(avisos())

    return look_at


FULL, LOW, FINE = falha("O disco está cheio."), aviso("pouco espaço"), ok("há espaço")


@pytest.mark.usefixtures("banco")
def test_an_alarm_is_told_when_it_begins_and_by_turns_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at = make_look(monkeypatch)
    assert look_at(0, FINE) == 0
    assert look_at(1, FULL) == 1
    assert look_at(2, FULL) == 1
    # By turns.
    assert look_at(3, FINE) == 1
    assert alarmes() == []
    assert look_at(4, FULL) == 1
    assert alarmes() == ["espaco_dados"]
    assert look_at(5, FINE) == 1
    assert look_at(30, FINE) == 1
    assert look_at(31, FULL) == 2
    assert avisos()[0] == (
        "alarme",
        {"codigo": "espaco_dados", "situacao": "falha", "mensagem": "O disco está cheio."},
    )
    # Off for a weekend, and full all the time.
    assert look_at(92, FULL) == 2
    # What comes back is news where the last word of it is of days ago.
    assert look_at(93, FINE) == 2
    assert look_at(94, FULL) == 3


@pytest.mark.usefixtures("banco")
def test_one_that_comes_back_within_a_day_and_stays_is_told_when_the_day_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look_at = make_look(monkeypatch)
    assert look_at(0, FULL) == 1
    assert look_at(1, FINE) == 1
    assert [look_at(hours, FULL) for hours in (2, 3, 12, 23)] == [1, 1, 1, 1]
    assert look_at(25, FULL) == 2
    assert [look_at(hours, FULL) for hours in (26, 48, 50, 51, 400)] == [2, 2, 2, 2, 2]


@pytest.mark.usefixtures("banco")
def test_one_that_is_bad_and_worse_by_turns_is_told_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at = make_look(monkeypatch)
    told = [look_at(hours, LOW if hours % 2 == 0 else FULL) for hours in range(50)]
    # Low, full; and then full once a day.
    assert (told[0], told[1], told[24], told[25], told[49]) == (1, 2, 2, 3, 4)
    assert [dados["situacao"] for _, dados in avisos()] == ["aviso", "falha", "falha", "falha"]


@pytest.mark.usefixtures("banco")
def test_one_that_got_worse_again_and_stays_so_is_told_when_the_day_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at = make_look(monkeypatch)
    assert look_at(0, FULL) == 1
    assert look_at(1, LOW) == 1
    assert [look_at(hours, FULL) for hours in (2, 23, 25, 26, 90)] == [1, 1, 2, 2, 2]
    assert look_at(91, LOW) == 2
    assert look_at(92, FULL) == 3


@pytest.mark.usefixtures("banco")
def test_what_was_told_by_a_clock_that_was_set_back_is_told_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at = make_look(monkeypatch)
    assert look_at(8_000, FULL) == 1
    assert [look_at(hours, FULL) for hours in (0, 1, 23, 25, 50)] == [2, 2, 2, 2, 2]


@pytest.mark.usefixtures("banco")
def test_one_that_gets_worse_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, aviso("pouco espaço"))
    look_quickly()
    look_quickly()
    only(monkeypatch, falha("quase nenhum"))
    look_quickly()
    look_quickly()
    assert [dados["situacao"] for _, dados in avisos()] == ["aviso", "falha"]
    assert [write_texto(tipo, dados).urgente for tipo, dados in avisos()] == [False, True]


@pytest.mark.usefixtures("banco")
def test_a_low_disk_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disco_consulta, "LOW", 10**18)
    monkeypatch.setattr(disco_consulta, "EMPTY", 10**17)
    look_quickly()
    assert {"espaco_dados", "espaco_backups", "espaco_registro"} <= set(alarmes())


def test_a_backup_that_is_missing_and_a_drill_that_failed(agosto: Cast, banco: Banco) -> None:
    del agosto
    look_quickly()
    assert "backup_recente" not in alarmes()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8), tick=False):
        look_quickly()
        assert "backup_recente" in alarmes()
    close(AGOSTO)
    with banco.connect_as_superuser() as behind:
        behind.execute("update backups set ensaiado_em = now(), resultado = 'ensaio: 3 linhas diferem'")
    look_quickly()
    assert "backup_ensaiado" in alarmes()
    told = [dados["codigo"] for tipo, dados in avisos() if tipo == "alarme"]
    assert told.count("backup_recente") == told.count("backup_ensaiado") == 1


def test_what_another_aviso_tells_of_is_an_alarm_and_no_second_aviso(agosto: Cast, banco: Banco) -> None:
    del agosto
    close(AGOSTO)
    with banco.connect_as_superuser() as behind:
        behind.execute("update backups set ensaiado_em = now(), resultado = 'ensaio: difere'")
        behind.execute(
            """insert into rodadas (rotina, run_id, maquina, pid, iniciada_em, terminada_em, desfecho)
               values ('ensaio', gen_random_uuid(), 'x', 1, now(), now(), 'recusada')"""
        )
    look_quickly()
    assert "backup_ensaiado" in alarmes()
    assert "backup_ensaiado" not in [dados.get("codigo") for _, dados in avisos()]


def test_what_still_stands_when_the_other_aviso_is_past_is_told(agosto: Cast, banco: Banco) -> None:
    del agosto
    close(AGOSTO)

    def count_told() -> int:
        return [dados.get("codigo") for _, dados in avisos()].count("backup_ensaiado")

    with banco.connect_as_superuser() as behind:
        behind.execute("update backups set ensaiado_em = now(), resultado = 'ensaio: difere'")
        for desfecho, told in (("recusada", 0), ("feita", 1), ("feita", 1)):
            behind.execute(
                """insert into rodadas (rotina, run_id, maquina, pid, iniciada_em, terminada_em, desfecho)
                   values ('ensaio', gen_random_uuid(), 'x', 1, now(), now(), %s)""",
                [desfecho],
            )
            look_quickly()
            assert count_told() == told


@pytest.mark.usefixtures("agosto")
def test_the_whole_doctor_is_asked_and_names_nobody(banco: Banco) -> None:
    with banco.connect_as_superuser() as behind:
        behind.execute("alter table pagamentos disable trigger audit_insert")
    look_at_everything()
    assert "gatilhos" in alarmes()
    said = str(avisos())
    assert "gatilhos" in said
    assert not any(name in said for name in ("Dora", "Bia", "Ana", "Caio"))


def test_what_is_asked_each_hour_is_of_the_doctor() -> None:
    from estudio.services import doctor_service

    checks = {
        (subject, check)
        for group in (doctor_service.ON_THE_SERVER, doctor_service.ON_THE_MACHINE)
        for subject, found in group.items()
        for check in found
    }
    assert set(DE_HORA_EM_HORA) <= checks


@pytest.mark.usefixtures("agosto")
def test_the_looks_are_due_each_hour_and_each_day_where_somebody_is_told(receptor: Receptor) -> None:
    def due_at(instant: datetime) -> set[str]:
        with db.transaction(read_only=True) as session:
            return {rotina.nome for rotina, _ in list_due(session, instant)} & {"vigia", "exame"}

    start = local(DIA_1, 9)
    assert due_at(start) == {"vigia", "exame"}
    with time_machine.travel(start, tick=False):
        assert work_rotina("vigia", "") == Desfecho.FEITA
        assert work_rotina("exame", "") == Desfecho.FEITA
    assert due_at(start + timedelta(minutes=59)) == set()
    assert due_at(start + timedelta(hours=1)) == {"vigia"}
    assert due_at(start + timedelta(days=1)) == {"vigia", "exame"}
    assert receptor.pedidos == []


def test_where_nobody_is_told_it_is_looked_all_the_same_and_again_when_a_copy_was_made(agosto: Cast) -> None:
    del agosto

    def is_due() -> bool:
        with db.transaction(read_only=True) as session:
            return bool(get_rotina("vigia").find_alvos(session, clock.now()))

    assert is_due()
    work_rotina("vigia", "")
    assert "copia_completa" in alarmes()
    assert not is_due()
    work_rotina("copia_completa", "")
    # What the page says is not to contradict itself for an hour.
    assert is_due()
    work_rotina("vigia", "")
    assert "copia_completa" not in alarmes()
    assert not is_due()


def test_what_no_check_says_any_more_is_no_alarm(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update renamed the one, and gave the other to an aviso of its own; the third is asked once a day."""
    only(monkeypatch, ok("há espaço"))
    with banco.connect_as_superuser() as behind:
        for codigo in ("de_antes", "rotinas", "gatilhos"):
            behind.execute(
                """insert into alarmes (codigo, assunto, situacao, mensagem, desde, visto_em)
                   values (%s, 'Guarda', 'falha', 'x', now(), now())""",
                [codigo],
            )
    look_quickly()
    assert alarmes() == ["gatilhos"]


# --- the sign of life -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("banco")
def test_a_sign_is_given_while_all_is_well(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", receptor.url)
    config.reset()
    start = local(date(2026, 3, 10), 9)

    def is_due(hours: int) -> bool:
        instant = start + timedelta(hours=hours)
        with db.transaction(read_only=True) as session:
            return bool(get_rotina("sinal").find_alvos(session, instant))

    # Nobody looked yet.
    assert not is_due(0)
    only(monkeypatch, ok("há espaço"))
    with time_machine.travel(start, tick=False):
        assert work_rotina("vigia", "") == Desfecho.FEITA
        assert is_due(0)
        assert work_rotina("sinal", "") == Desfecho.FEITA
        assert work_rotina("sinal", "") == Desfecho.NADA
    assert [(pedido.metodo, pedido.caminho) for pedido in receptor.pedidos] == [("GET", "/ping/segredo")]
    assert not is_due(0)
    assert is_due(1)
    # Whoever looks is gone.
    assert not is_due(3)
    only(monkeypatch, falha("cheio"))
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        assert work_rotina("vigia", "") == Desfecho.FEITA
    assert not is_due(1)
    with db.transaction(read_only=True) as session:
        assert not is_tudo_bem(session, start + timedelta(hours=1))


@pytest.mark.usefixtures("banco")
def test_a_sign_that_is_not_taken_says_no_address(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", receptor.url)
    config.reset()
    only(monkeypatch, ok("há espaço"))
    work_rotina("vigia", "")
    receptor.resposta = 404
    assert work_rotina("sinal", "") == Desfecho.RECUSADA
    with db.transaction(read_only=True) as session:
        said = session.scalar(text("select mensagem from estudio.rodadas where rotina = 'sinal'"))
    assert "a resposta foi 404" in str(said)
    assert "segredo" not in str(said)


@pytest.mark.usefixtures("banco")
def test_a_sign_that_is_never_answered_does_not_keep_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aviso_destinos, "AO_TODO_S", 1)
    only(monkeypatch, ok("há espaço"))
    with open_receptor(segura=threading.Event()) as hangs:
        monkeypatch.setenv("HEARTBEAT_URL", hangs.url)
        config.reset()
        work_rotina("vigia", "")
        assert work_rotina("sinal", "") == Desfecho.RECUSADA
        with db.transaction(read_only=True) as session:
            said = session.scalar(text("select mensagem from estudio.rodadas where rotina = 'sinal'"))
        assert "sem resposta em 1 s" in str(said)


def test_no_sign_is_given_while_what_there_was_to_tell_reached_nobody(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor, banco: Banco
) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", receptor.url)
    config.reset()
    only(monkeypatch, ok("há espaço"))
    work_rotina("vigia", "")
    with banco.connect_as_superuser() as behind:
        behind.execute("insert into avisos (evento, tipo, dados, estado) values ('x:1', 'teste', '{}', 'falhou')")
        assert work_rotina("sinal", "") == Desfecho.NADA
        behind.execute(
            """with a as (insert into avisos (evento, tipo, dados, estado)
                          values ('x:2', 'teste', '{}', 'entregue') returning id)
               insert into aviso_entregas (aviso_id, destino, urgente, estado, proxima_em, terminada_em)
               select id, 'Webhook', true, 'entregue', now(), now() from a"""
        )
    assert work_rotina("sinal", "") == Desfecho.FEITA


def test_runs_of_long_ago_are_forgotten_also_where_no_backups_are_made(
    monkeypatch: pytest.MonkeyPatch, banco: Banco
) -> None:
    monkeypatch.setattr(alarme_service, "look_at_everything", lambda: 0)
    with banco.connect_as_superuser() as behind:
        behind.execute(
            """insert into rodadas (rotina, run_id, maquina, pid, iniciada_em, terminada_em, desfecho)
               select 'sinal', gen_random_uuid(), 'x', 1, now() - interval '401 days', now() - interval '401 days',
                      'feita' from generate_series(1, 3)"""
        )
        examine("")
        assert behind.execute("select count(*) from rodadas").fetchone() == (1,)


# --- what is said ---------------------------------------------------------------------------------------------------


def test_every_kind_has_words_that_name_no_month_twice() -> None:
    dados = {
        "mes": "2025-08", "versao": 1, "selo": "ab" * 32, "em": "2025-09-01T05:00:00-03:00", "codigo": "disco",
        "rotina": "backup", "usuario": 3, "papel": "dono", "navegador": "Chrome, Android", "situacao": "falha",
    }  # fmt: skip
    for tipo in TEXTOS:
        texto = write_texto(tipo, dados)
        assert 5 < len(texto.titulo) <= 80
        assert 10 < len(texto.corpo) <= 600
        assert "None" not in texto.titulo + texto.corpo
    assert write_texto("o que ninguém conhece", {}).titulo == "Aviso: o que ninguém conhece"


def test_a_month_that_is_none_is_no_crash() -> None:
    assert "Um mês" in write_texto("fechamento_recusado", {"mes": "x", "codigo": "y"}).titulo
