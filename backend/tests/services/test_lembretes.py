"""Reminders, against a mail server on loopback: one letter a day to each who has something to know."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage

import pytest
import time_machine
from carteiro import Carteiro, receive_letters
from cast import Cast, book, make_cast, make_cliente, pay
from conftest import Banco

from estudio import config, db
from estudio.config_avisos import parse_reminder
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import Usuario
from estudio.services.lembrete_service import ARRENDAMENTO, RECUOS, has_due, send_due, take_next
from estudio.services.rotinas import work_rotina
from estudio.services.usuario_service import edit_own_conta

HOJE = date(2026, 3, 10)
AMANHA = HOJE + timedelta(days=1)
AS_SEIS = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
"""18:00 in São Paulo."""

ANA, BIA, CAIO, EDU = (f"{nome}@estudio.example" for nome in ("ana", "bia", "caio", "edu"))


@pytest.fixture
def carteiro(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> Generator[Carteiro, None, None]:
    del banco
    monkeypatch.setenv("PUBLIC_URL", "https://estudio.example")
    with receive_letters(monkeypatch) as opened:
        yield opened


@pytest.fixture
def cast(carteiro: Carteiro) -> Cast:
    """Tomorrow Dora comes to Bia and João to Ana; Dora's sessão of last week with Bia was never settled."""
    del carteiro
    with db.transaction() as session:
        cast = make_cast(session)
        joao = make_cliente(session, "João da Silva")
        dela = book(session, cast, "700.00", data=AMANHA, cliente=cast.dora)
        dela.hora, dela.duracao = time(14, 30), 60
        book(session, cast, data=AMANHA, artista=cast.ana, cliente=joao)
        book(session, cast, data=AMANHA, cliente=joao, status="cancelada")
        book(session, cast, data=HOJE - timedelta(days=4), cliente=cast.dora)
        book(session, cast, data=HOJE - timedelta(days=40), cliente=cast.dora)
        return cast


def due_at(instant: datetime) -> bool:
    with db.transaction(read_only=True) as session:
        return has_due(session, instant)


def send_at(instant: datetime) -> tuple[int, int]:
    with time_machine.travel(instant, tick=False):
        done = send_due()
        return done.cartas, done.nada


def use(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    config.reset()
    # Read here: a traveller takes the time zone of where he goes into the environment.
    assert config.get_settings().tz == "America/Sao_Paulo"


def read(carta: EmailMessage) -> str:
    return str(carta.get_content()).replace("\r\n", "\n")


def receive_all(carteiro: Carteiro) -> dict[str, EmailMessage]:
    """By address; two to the same one are a failure."""
    found: dict[str, EmailMessage] = {}
    while not carteiro.cartas.empty():
        para, carta = carteiro.cartas.get()
        assert para not in found
        found[para] = carta
    return found


@pytest.mark.usefixtures("cast")
def test_each_is_told_once_a_day_of_what_is_theirs(carteiro: Carteiro) -> None:
    assert not due_at(AS_SEIS - timedelta(minutes=1))
    assert due_at(AS_SEIS)
    # The accountant books nothing and the month is far from its end.
    assert send_at(AS_SEIS) == (3, 1)
    assert send_at(AS_SEIS + timedelta(hours=1)) == (0, 0)
    assert not due_at(AS_SEIS + timedelta(hours=5))
    cartas = receive_all(carteiro)
    assert set(cartas) == {ANA, BIA, CAIO}
    said = read(cartas[ANA])
    assert cartas[ANA]["Subject"] == "Estúdio: amanhã, 2 sessões; 1 sessão por resolver"
    assert "Amanhã, quarta-feira, 11/03: 2 sessões\n  14:30  Dora, com Bia\n  sem hora  João, com Ana\n" in said
    assert "06/03  sem hora  Dora, com Bia\n    https://estudio.example/sessoes/4/edit" in said
    assert "https://estudio.example/agenda?dia=2026-03-11" in said
    assert "https://estudio.example/conta" in said
    assert read(cartas[CAIO]).replace("Caio", "Ana") == said
    assert not any(word in said for word in ("Silva", "R$", "700", "90000"))
    # An artista's own, and nobody else's.
    dela = read(cartas[BIA])
    assert cartas[BIA]["Subject"] == "Estúdio: amanhã, 1 sessão; 1 sessão por resolver"
    assert "14:30  Dora\n" in dela
    assert "João" not in dela
    assert send_at(AS_SEIS + timedelta(days=1)) == (3, 1)


@pytest.mark.usefixtures("cast")
def test_two_workers_at_once_send_each_letter_once(carteiro: Carteiro) -> None:
    barrier = threading.Barrier(2)

    def work(_: int) -> int:
        barrier.wait()
        return send_due().cartas

    with time_machine.travel(AS_SEIS, tick=False), ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) <= 3
        send_due()
    assert set(receive_all(carteiro)) == {ANA, BIA, CAIO}


@pytest.mark.usefixtures("cast")
def test_who_was_killed_while_sending_is_followed_by_another(carteiro: Carteiro) -> None:
    with db.transaction() as session:
        taken = take_next(session, AS_SEIS)
    assert taken is not None
    assert send_at(AS_SEIS) == (2, 1)
    assert not due_at(AS_SEIS + ARRENDAMENTO - timedelta(seconds=1))
    assert send_at(AS_SEIS + ARRENDAMENTO) == (1, 0)
    assert len(receive_all(carteiro)) == 3


@pytest.mark.usefixtures("cast")
def test_a_mail_server_that_is_down_is_tried_again_until_midnight(
    carteiro: Carteiro, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, SMTP_PORT="1")
    with time_machine.travel(AS_SEIS, tick=False):
        assert work_rotina("lembretes", "") == Desfecho.RECUSADA
    assert not due_at(AS_SEIS + RECUOS[0] - timedelta(seconds=1))
    assert due_at(AS_SEIS + RECUOS[0])
    midnight = datetime(2026, 3, 11, 3, 0, tzinfo=UTC)
    assert due_at(midnight - timedelta(minutes=1))
    assert not due_at(midnight)
    use(monkeypatch, SMTP_PORT=str(carteiro.port))
    with time_machine.travel(AS_SEIS + RECUOS[0], tick=False):
        assert work_rotina("lembretes", "") == Desfecho.FEITA
    assert set(receive_all(carteiro)) == {ANA, BIA, CAIO}


def test_who_wants_none_gets_none_and_nothing_to_say_is_no_letter(
    cast: Cast, carteiro: Carteiro, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction() as session:
        edit_own_conta(session, quem=cast.quem_bia, nome="Bia", lembretes=False)
        caio = session.get_one(Usuario, cast.quem_caio.usuario_id)
        caio.ativo = False
    assert send_at(AS_SEIS) == (1, 1)
    assert set(receive_all(carteiro)) == {ANA}
    # A month later there is nothing to tell.
    later = AS_SEIS + timedelta(days=32)
    assert send_at(later) == (0, 2)
    assert due_at(later + timedelta(days=1))
    use(monkeypatch, REMINDER_TIME="nunca")
    assert not due_at(later + timedelta(days=1))
    use(monkeypatch, REMINDER_TIME="18:00", SMTP_HOST="")
    assert not due_at(later + timedelta(days=1))


@pytest.mark.usefixtures("cast")
def test_in_the_morning_it_is_about_the_day_itself(carteiro: Carteiro, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, REMINDER_TIME="7:30")
    assert send_at(datetime(2026, 3, 11, 10, 30, tzinfo=UTC)) == (3, 1)
    assert receive_all(carteiro)[BIA]["Subject"] == "Estúdio: hoje, 1 sessão; 1 sessão por resolver"


def test_at_the_end_of_a_month_what_keeps_it_open_is_told_to_who_can_mend_it(
    cast: Cast, carteiro: Carteiro, banco: Banco
) -> None:
    with db.transaction() as session:
        pago = pay(session, cast, "500.00", data=date(2026, 2, 20), percentual=0)
    with banco.connect_as_superuser() as behind:
        behind.execute("update pagamentos set percentual = null")
    assert send_at(datetime(2026, 2, 25, 21, tzinfo=UTC)) == (0, 4)
    for day in (datetime(2026, 2, 26, 21, tzinfo=UTC), datetime(2026, 3, 3, 21, tzinfo=UTC)):
        assert send_at(day) == (3, 1)
        cartas = receive_all(carteiro)
        assert set(cartas) == {ANA, CAIO, EDU}
        assert cartas[EDU]["Subject"] == "Estúdio: Fevereiro/2026 ainda não pode fechar"
        assert "1 pagamento está sem comissão decidida" in read(cartas[ANA])
        assert "https://estudio.example/extratos/2026-02/conferencia" in read(cartas[ANA])
        assert f"https://estudio.example/pagamentos/{pago.id}/edit" in read(cartas[CAIO])
        assert "conferencia" not in read(cartas[CAIO])


@pytest.mark.parametrize("value", ["", "3:59", "23:00", "18h", "18:60", "amanhã"])
def test_an_hour_that_nobody_can_mean_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="escreva a hora"):
        parse_reminder(value)
