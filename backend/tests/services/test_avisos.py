"""Alerts, against a mail server and a receiver of webhooks on loopback: each arrives once, whatever is down."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from agosto import AGOSTO, close, enter_agosto
from carteiro import Carteiro, receive_letters
from cast import Cast
from conftest import Banco
from receptor import Receptor, open_receptor
from sqlalchemy import text

from estudio import config, db
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import aviso_destinos
from estudio.services.aviso_destinos import list_destinos
from estudio.services.aviso_entrega import (
    ARRENDAMENTO,
    RECUOS,
    SEM_ENDERECO,
    TENTATIVAS,
    deliver_due,
    distribute,
    has_due,
    take_next,
)
from estudio.services.aviso_service import record_aviso, record_teste
from estudio.services.extrato_service import reopen_extrato
from estudio.services.rotinas import list_due, work_rotina

ANA = "ana@estudio.example"
MEIO_DIA = datetime(2026, 3, 10, 15, tzinfo=UTC)
"""Noon in São Paulo."""

SCRIPT = Path(__file__).parents[1] / "entregador.py"


@pytest.fixture
def carteiro(monkeypatch: pytest.MonkeyPatch) -> Generator[Carteiro, None, None]:
    with receive_letters(monkeypatch) as opened:
        yield opened


@pytest.fixture
def receptor() -> Generator[Receptor, None, None]:
    with open_receptor() as opened:
        yield opened


def use(monkeypatch: pytest.MonkeyPatch, *enderecos: str, **settings: str) -> None:
    monkeypatch.setenv("ALERT_ADDRESSES", " ".join(enderecos))
    monkeypatch.setenv("ALERT_QUIET_HOURS", "nunca")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    config.reset()


def tell(evento: str = "x:1", tipo: str = "extrato_fechado") -> None:
    with db.transaction() as session:
        dados = {"mes": "2025-08", "versao": 1, "selo": "ab" * 32}
        assert record_aviso(session, evento, tipo, dados)


def entregas() -> list[tuple[Any, ...]]:
    with db.connect() as connection:
        return connection.execute(
            """select a.tipo, a.estado, e.destino, e.estado, e.tentativas, e.motivo from estudio.avisos a
               left join estudio.aviso_entregas e on e.aviso_id = a.id order by a.id, e.id"""
        ).fetchall()


def is_due(instant: datetime) -> bool:
    with db.transaction(read_only=True) as session:
        return has_due(session, instant)


# --- it arrives -----------------------------------------------------------------------------------------------------


def test_a_closing_is_told_by_letter_and_by_webhook_once(
    banco: Banco, monkeypatch: pytest.MonkeyPatch, carteiro: Carteiro, receptor: Receptor
) -> None:
    del banco
    enter_agosto()
    use(monkeypatch, ANA, receptor.endereco, PUBLIC_URL="https://estudio.example")
    extrato = close(AGOSTO)
    assert deliver_due() == (2, 0)
    assert deliver_due() == (0, 0)
    para, carta = carteiro.receive()
    assert para == ANA
    assert carta["Subject"] == "Estúdio: Agosto/2025 fechado"
    said = carta.get_content()
    assert extrato.selo.selo_sha256[:16] in said
    assert "https://estudio.example/extratos/2025-08" in said
    # No amount, and nobody's name.
    assert not any(word in said for word in ("R$", "200", "Dora", "Bia"))
    (pedido,) = receptor.pedidos
    assert pedido.corpo["title"] == "Estúdio: Agosto/2025 fechado"
    numero = pedido.cabecas["Idempotency-Key"]
    assert carta["Message-ID"] == f"<aviso.{numero}@estudio.example>"
    assert pedido.corpo["id"] == numero
    assert numero[:12] in pedido.corpo["message"]
    assert carteiro.cartas.empty()


def test_a_reopening_is_told_as_well(banco: Banco, monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    del banco
    agosto = enter_agosto()
    use(monkeypatch, receptor.endereco)
    close(AGOSTO)
    reopen_extrato(AGOSTO, quem=agosto.quem_ana, motivo="lançar o que faltou")
    deliver_due()
    assert receptor.titulos == ["Estúdio: Agosto/2025 fechado", "Estúdio: Agosto/2025 reaberto"]
    assert "lançar" not in str(receptor.pedidos[1].corpo)


def test_the_worker_does_it_when_there_is_something_and_an_address(
    banco: Banco, monkeypatch: pytest.MonkeyPatch, receptor: Receptor
) -> None:
    del banco
    tell()
    with db.transaction(read_only=True) as session:
        assert list_due(session, MEIO_DIA) == []
    use(monkeypatch, receptor.endereco)
    with db.transaction(read_only=True) as session:
        assert "avisos" in [rotina.nome for rotina, _ in list_due(session, MEIO_DIA)]
    assert work_rotina("avisos", "") == Desfecho.FEITA
    assert work_rotina("avisos", "") == Desfecho.NADA
    assert len(receptor.pedidos) == 1


@pytest.mark.usefixtures("banco")
def test_what_happened_long_before_there_was_an_address_is_not_told(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor, banco: Banco
) -> None:
    tell("velho:1")
    with banco.connect_as_superuser() as behind:
        behind.execute("update avisos set criado_em = now() - interval '8 days'")
    tell("novo:1")
    use(monkeypatch, receptor.endereco)
    assert deliver_due() == (1, 0)
    assert [row[1] for row in entregas()] == ["silenciado", "entregue"]


# --- it does not ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("banco")
def test_a_mail_server_that_is_down_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter arrives when it is back; what goes elsewhere waits for nothing."""
    with open_receptor() as receptor, receive_letters(monkeypatch) as carteiro:
        port = carteiro.port
        use(monkeypatch, ANA, receptor.endereco, SMTP_PORT="1")
        tell()
        now, tries = MEIO_DIA, 0
        while now < MEIO_DIA + timedelta(days=1):
            with time_machine.travel(now, tick=False):
                if is_due(now):
                    deliver_due()
                    tries += 1
            now += timedelta(minutes=1)
        assert len(receptor.pedidos) == 1
        assert tries == 9
        assert entregas()[0][:2] == ("extrato_fechado", "pendente")
        assert entregas()[0][5] == "ConnectionRefusedError: [Errno 111] Connection refused"
        use(monkeypatch, ANA, receptor.endereco, SMTP_PORT=str(port))
        with time_machine.travel(now + timedelta(hours=6), tick=False):
            assert deliver_due() == (1, 0)
        assert carteiro.receive()[0] == ANA
        assert len(receptor.pedidos) == 1
        assert {row[1] for row in entregas()} == {"entregue"}


@pytest.mark.usefixtures("banco")
def test_what_never_arrives_is_given_up_and_said_so(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, receptor.endereco)
    receptor.resposta = 503
    tell()
    now = MEIO_DIA
    for _ in range(TENTATIVAS):
        with time_machine.travel(now, tick=False):
            assert deliver_due() == (0, 1)
        now += RECUOS[-1]
    assert not is_due(now + timedelta(days=30))
    assert entregas() == [
        ("extrato_fechado", "falhou", "Webhook 127.0.0.1", "desistida", TENTATIVAS, "o serviço respondeu 503")
    ]


@pytest.mark.usefixtures("banco")
@pytest.mark.parametrize("how", ["silent", "dripping"])
def test_a_webhook_that_hangs_keeps_nobody_waiting_for_long(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor, how: str
) -> None:
    monkeypatch.setattr(aviso_destinos, "LER_S", 1)
    monkeypatch.setattr(aviso_destinos, "AO_TODO_S", 3)
    with open_receptor(segura=threading.Event() if how == "silent" else None, pinga=how == "dripping") as hangs:
        use(monkeypatch, hangs.endereco, receptor.endereco.replace("127.0.0.1", "localhost"))
        for number in range(20):
            tell(f"x:{number}")
        begun = time.monotonic()
        arrived, failed = deliver_due()
        assert time.monotonic() - begun < 15
        # The others of the same address are put off, not each tried in vain.
        assert (arrived, failed) == (20, 1)
        assert len(receptor.pedidos) == 20
        # What it never answered may still be under way: it gets no second one beside the first.
        left = [thread for thread in threading.enumerate() if thread.name == "aviso"]
        assert len(left) == (how == "dripping")
        if left:
            with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
                assert deliver_due() == (0, 1)
            assert "a tentativa anterior ainda espera a resposta" in {row[5] for row in entregas()}
            assert [thread for thread in threading.enumerate() if thread.name == "aviso"] == left
    for thread in left:
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.usefixtures("banco")
def test_a_letter_that_was_taken_is_not_sent_again_because_of_the_goodbye(
    monkeypatch: pytest.MonkeyPatch, carteiro: Carteiro
) -> None:
    carteiro.despedida = "421 ocupado"
    use(monkeypatch, ANA)
    tell()
    assert deliver_due() == (1, 0)
    assert not is_due(datetime.now(UTC) + timedelta(days=1))
    assert carteiro.receive()[0] == ANA


@pytest.mark.usefixtures("carteiro")
def test_a_studio_called_by_two_lines_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch, banco: Banco) -> None:
    use(monkeypatch, ANA)
    with banco.connect_as_superuser() as behind:
        behind.execute("update identidade set nome = E'Estúdio\\u2028da\\nAna'")
    tell()
    assert deliver_due() == (1, 0)


@pytest.mark.usefixtures("banco")
def test_a_webhook_does_not_send_us_elsewhere(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    with open_receptor(resposta=302, para=receptor.url) as sends_on:
        use(monkeypatch, sends_on.endereco)
        tell()
        assert deliver_due() == (0, 1)
        assert len(sends_on.pedidos) == 1
        assert receptor.pedidos == []


@pytest.mark.usefixtures("banco")
def test_an_address_that_is_none_and_one_that_is_gone(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, "naoexiste://segredo/outro", receptor.endereco)
    tell()
    assert deliver_due() == (1, 1)
    use(monkeypatch, receptor.endereco)
    now, tries = datetime.now(UTC), 1
    while entregas()[0][3] == "pendente":
        now += timedelta(hours=1)
        with time_machine.travel(now, tick=False):
            tries += deliver_due()[1]
    # A day, not three: nobody has it any more.
    assert tries == SEM_ENDERECO
    assert timedelta(hours=18) < now - datetime.now(UTC) < timedelta(hours=30)
    assert [row[2:4] for row in entregas()] == [("naoexiste", "desistida"), ("Webhook 127.0.0.1", "entregue")]
    assert entregas()[0][1] == "entregue"


@pytest.mark.usefixtures("banco")
def test_an_address_that_another_process_knows_already_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor
) -> None:
    """Two workers are started anew with another `.env`, one after the other."""
    use(monkeypatch, receptor.endereco)
    tell()
    with db.transaction() as session:
        distribute(session, datetime.now(UTC))
    use(monkeypatch, "json://outro.example/segredo")
    assert deliver_due() == (0, 1)
    assert entregas()[0][2:] == ("Webhook 127.0.0.1", "pendente", 1, "o endereço não está na configuração")
    use(monkeypatch, receptor.endereco)
    with time_machine.travel(datetime.now(UTC) + RECUOS[0], tick=False):
        assert deliver_due() == (1, 0)
    assert len(receptor.pedidos) == 1


# --- quiet hours ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("banco")
def test_at_night_only_what_is_urgent_leaves(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, receptor.endereco, ALERT_QUIET_HOURS="22:00-08:00")
    tell("calmo:1")
    tell("urgente:1", "fechamento_falhou")
    night = datetime(2026, 3, 10, 6, tzinfo=UTC)
    with time_machine.travel(night, tick=False):
        assert deliver_due() == (1, 0)
    assert receptor.titulos == ["Estúdio: Agosto/2025 não fechou: falhou"]
    assert not is_due(night + timedelta(hours=4, minutes=59))
    with time_machine.travel(night + timedelta(hours=5), tick=False):
        assert deliver_due() == (1, 0)
    assert len(receptor.pedidos) == 2


# --- once, and at least once ----------------------------------------------------------------------------------------


def start_entregador(*args: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, SCRIPT, *args], env=dict(os.environ))


@pytest.mark.usefixtures("banco")
def test_two_processes_deliver_each_once(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, receptor.endereco)
    for number in range(40):
        tell(f"x:{number}")
    with ExitStack() as stack:
        senders = [stack.enter_context(start_entregador()) for _ in range(3)]
        assert [sender.wait(60) for sender in senders] == [0, 0, 0]
    assert len(receptor.pedidos) == 40
    assert len({pedido.cabecas["Idempotency-Key"] for pedido in receptor.pedidos}) == 40
    assert {row[1] for row in entregas()} == {"entregue"}


@pytest.mark.usefixtures("banco")
def test_killed_between_sending_and_marking_it_arrives_twice_with_one_number(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor
) -> None:
    use(monkeypatch, receptor.endereco)
    tell()
    with start_entregador("morre") as sender:
        assert sender.wait(60) == -signal.SIGKILL
    assert len(receptor.pedidos) == 1
    # Nobody can tell that it arrived. It is not tried at once: the sender might be alive.
    assert deliver_due() == (0, 0)
    with time_machine.travel(datetime.now(UTC) + ARRENDAMENTO + timedelta(seconds=1)):
        assert deliver_due() == (1, 0)
    first, second = receptor.pedidos
    assert first.cabecas["Idempotency-Key"] == second.cabecas["Idempotency-Key"]
    assert first.corpo == second.corpo


@pytest.mark.usefixtures("banco")
def test_a_clock_that_is_set_back_keeps_nothing_waiting(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, receptor.endereco)
    receptor.resposta = 500
    tell()
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(days=3), tick=False):
        assert deliver_due() == (0, 1)
    receptor.resposta = 200
    with time_machine.travel(now, tick=False):
        assert deliver_due() == (1, 0)


@pytest.mark.usefixtures("banco")
def test_what_a_restored_studio_had_to_tell_is_not_told(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor, banco: Banco
) -> None:
    use(monkeypatch, receptor.endereco)
    receptor.resposta = 500
    tell()
    deliver_due()
    with banco.connect_as_superuser() as behind:
        # As the restoration does.
        behind.execute("update avisos set estado = 'silenciado' where estado = 'pendente'")
    assert not is_due(datetime.now(UTC) + timedelta(days=1))


# --- secrets --------------------------------------------------------------------------------------------------------


def test_addresses_are_shown_by_name_and_never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    use(
        monkeypatch,
        ANA,
        "tgram://123456789:AAsegredo/987654",
        "slack://TTTsegredo/BBBsegredo/CCCsegredo",
        "slack://TTToutro/BBBoutro/CCCoutro",
        "jsons://usuario:senha@hooks.exemplo.com/caminho-secreto?+X-Chave=segredo",
        "twilio://ACsegredo:token@5511999990000/5511988880000",
    )
    destinos = list_destinos()
    assert [destino.nome for destino in destinos] == [
        "E-mail a…@estudio.example",
        "Telegram",
        "Slack",
        "Slack (2)",
        "Webhook hooks.exemplo.com",
        "SMS (Twilio)",
    ]
    shown = f"{destinos!r} {config.get_settings()!r}"
    assert not any(word in shown for word in ("segredo", "senha@", "secreto", "token", "988880000", ANA))


@pytest.mark.usefixtures("banco")
def test_the_log_and_the_books_know_no_address(
    monkeypatch: pytest.MonkeyPatch, receptor: Receptor, banco: Banco, capfd: pytest.CaptureFixture[str]
) -> None:
    from estudio import logs

    logs.start()
    use(
        monkeypatch,
        ANA,
        receptor.endereco,
        f"{receptor.endereco}2?+X-Chave=chave-secreta",
        LOG_LEVEL="DEBUG",
        SMTP_PORT="1",
    )
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    config.reset()
    logs.configure()
    receptor.resposta = 500
    tell()
    deliver_due()
    out = capfd.readouterr()
    written = "".join(file.read_text() for file in config.get_settings().log_dir.glob("*"))
    with banco.connect_as_superuser() as behind:
        kept = str(behind.execute("select to_jsonb(e) from aviso_entregas e").fetchall())
    assert "aviso_nao_entregue" in written
    for text_ in (written, kept, out.out, out.err):
        assert not any(word in text_ for word in ("segredo-do-caminho", "chave-secreta", ANA))


@pytest.mark.usefixtures("banco")
def test_a_test_is_the_donos(agosto_quem: Cast) -> None:
    with db.transaction() as session:
        record_teste(session, quem=LINHA_DE_COMANDO)
        with pytest.raises(Exception, match="dono"):
            record_teste(session, quem=agosto_quem.quem_bia)


@pytest.fixture
def agosto_quem(banco: Banco) -> Cast:
    del banco
    return enter_agosto()


@pytest.mark.usefixtures("banco")
def test_one_that_is_being_sent_is_nobody_elses(monkeypatch: pytest.MonkeyPatch, receptor: Receptor) -> None:
    use(monkeypatch, receptor.endereco)
    tell()
    receptor.resposta = 500
    deliver_due()
    now = datetime.now(UTC) + timedelta(minutes=2)
    with db.transaction() as session:
        assert take_next(session, now) is not None
    with db.transaction() as session:
        assert take_next(session, now) is None
        assert session.scalar(text("select tentativas from estudio.aviso_entregas")) == 2
