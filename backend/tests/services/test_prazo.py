"""A disk or a server that does not answer keeps nobody waiting, and what waits for it is one thread."""

import os.path
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from agosto import enter_agosto
from conftest import Banco
from sqlalchemy import text

from estudio import clock, config, db
from estudio.domain.errors import CopiaImpedida
from estudio.domain.rotina import Desfecho
from estudio.services import copia_pasta
from estudio.services.alarme_service import list_alarmes
from estudio.services.backup_completo import create_full_backup
from estudio.services.copia_cifra import generate_chave
from estudio.services.copia_fora import send_copias
from estudio.services.copia_pasta import prepare_pasta
from estudio.services.doctor_copias import check_copias_fora
from estudio.services.prazo import ask_in_time
from estudio.services.rotinas import work_rotina


@pytest.fixture
def solte() -> Generator[threading.Event, None, None]:
    """Set, and what hangs hangs no more."""
    event = threading.Event()
    yield event
    event.set()


def list_left(nome: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == nome]


def test_what_is_answered_in_time_comes_back_and_so_does_what_was_raised() -> None:
    assert ask_in_time("x", lambda: 7, segundos=5) == 7
    with pytest.raises(FileNotFoundError):
        ask_in_time("x", lambda: Path("/nenhum/lugar").stat(), segundos=5)


def test_a_question_without_answer_is_left_behind_alone(solte: threading.Event) -> None:
    with pytest.raises(TimeoutError):
        ask_in_time("x", lambda: solte.wait(60), segundos=0.2)
    begun = time.monotonic()
    for _ in range(3):
        with pytest.raises(TimeoutError, match="anterior"):
            ask_in_time("x", lambda: 7, segundos=30)
    assert time.monotonic() - begun < 5
    (left,) = list_left("x")
    # Another thing is asked all the same.
    assert ask_in_time("x", lambda: 7, segundos=5, para="outra") == 7
    solte.set()
    left.join(10)
    assert ask_in_time("x", lambda: 7, segundos=5) == 7


def test_two_that_ask_at_once_are_both_answered() -> None:
    def answer(number: int) -> int:
        time.sleep(0.05)
        return number

    def ask(number: int) -> int:
        return ask_in_time("x", partial(answer, number), segundos=10)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, range(8))) == list(range(8))


@pytest.fixture
def fora(banco: Banco, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared folder, in which all is."""
    del banco
    folder = tmp_path / "fora"
    folder.mkdir()
    monkeypatch.setenv("COPY_DIR", str(folder))
    monkeypatch.setenv("COPY_RECIPIENT", generate_chave()[1])
    config.reset()
    prepare_pasta()
    enter_agosto()
    create_full_backup()
    send_copias()
    return folder


def hang(monkeypatch: pytest.MonkeyPatch, folder: Path, solte: threading.Event) -> None:
    """As a folder of the network does whose other end is gone: whoever asks it waits in the system."""
    real = os.path.lexists

    def lexists(path: str | Path) -> bool:
        if str(path).startswith(str(folder)):
            solte.wait(60)
        return real(path)

    monkeypatch.setattr(os.path, "lexists", lexists)


def test_a_folder_of_copies_that_hangs_is_told_and_keeps_nobody_waiting(
    fora: Path, monkeypatch: pytest.MonkeyPatch, solte: threading.Event
) -> None:
    assert check_copias_fora()[0] == "ok"
    monkeypatch.setattr(copia_pasta, "PRAZO_S", 0.5)
    hang(monkeypatch, fora, solte)
    begun = time.monotonic()
    assert work_rotina("vigia", "") == Desfecho.FEITA
    with db.transaction(read_only=True) as session:
        (found,) = [each for each in list_alarmes(session) if each.codigo == "copias_fora"]
    assert "o disco das cópias não responde" in found.mensagem
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        assert work_rotina("copias_fora", "") == Desfecho.RECUSADA
    with pytest.raises(CopiaImpedida, match="não responde"):
        send_copias()
    assert time.monotonic() - begun < 20
    (left,) = list_left("copias")
    with db.transaction(read_only=True) as session:
        told = session.scalars(text("select dados ->> 'codigo' from estudio.avisos order by id")).all()
    assert "copias_fora" in told
    solte.set()
    left.join(10)
    assert check_copias_fora()[0] == "ok"
