"""Guessing at the door: waits that grow, for the account and for the address, and never for a person's own browser."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from cast import Cast
from conftest import Banco
from flask import Flask
from sqlalchemy import QueuePool, text
from web.conftest import EMAILS, SENHA, Browser

from estudio import clock, db
from estudio.domain.acesso import MAIOR_ESPERA, calculate_espera
from estudio.domain.errors import AcessoRecusado, MuitasTentativas
from estudio.services import acesso_service
from estudio.services.acesso_service import login_in_own_transactions
from estudio.services.tentativa_service import Balcao
from estudio.services.usuario_service import change_senha, get_usuario_by_email

ERRADA = "mastiga granito azul"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is attempts; hashing hundreds of them would only take time."""
    monkeypatch.setattr(acesso_service, "is_senha", lambda senha, _: senha == SENHA)


def guess(browser: Browser, email: str, senha: str = ERRADA, endereco: str = "203.0.113.1") -> int:
    response = browser.login(email, senha, environ_overrides={"REMOTE_ADDR": endereco})
    return response.status_code


def test_waits_grow_and_end() -> None:
    waits = [calculate_espera(failed, livres=5) for failed in range(40)]
    assert waits[:6] == [timedelta(0)] * 5 + [timedelta(seconds=1)]
    assert waits == sorted(waits)
    assert waits[-1] == MAIOR_ESPERA
    assert calculate_espera(1_000_000, livres=5) == MAIOR_ESPERA


def test_an_account_that_is_guessed_at_has_to_wait_whether_it_exists_or_not(browser: Browser) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        for email in (EMAILS["dono"], "ninguem@estudio.example"):
            codes = [guess(browser, email) for _ in range(6)]
            assert codes == [422] * 5 + [429]
            response = browser.login(email, SENHA)
            assert response.headers["Retry-After"] == "1"
            travel.shift(timedelta(seconds=2))
            assert guess(browser, email) == 422
            assert guess(browser, email) == 429
            travel.shift(timedelta(seconds=3))


def test_an_account_has_one_counter_however_its_address_is_written(browser: Browser) -> None:
    """PostgreSQL makes an i of İ: what it takes for an account is what is counted as one."""
    with db.transaction() as session:
        session.execute(text("update usuarios set email = 'Marilia@estudio.example' where papel = 'dono'"))
    for email in ("mar\u0130lia@estudio.example", "mar\u0130l\u0130a@estudio.example"):
        assert guess(browser, email, SENHA) == 422
    with time_machine.travel(clock.now(), tick=False):
        codes = [guess(browser, email) for email in ("marilia@estudio.example", "MARILIA@estudio.example") * 3]
    assert codes == [422] * 5 + [429]


def test_a_new_password_ends_the_waiting_for_the_old_one(browser: Browser, cast: Cast) -> None:
    with time_machine.travel(clock.now(), tick=False):
        codes = [guess(browser, EMAILS["recepcao"]) for _ in range(6)]
        assert codes[-1] == 429
        with db.transaction() as session:
            caio = get_usuario_by_email(session, EMAILS["recepcao"])
            change_senha(session, caio.id, quem=cast.quem_ana, senha=SENHA)
        assert guess(browser, EMAILS["recepcao"], SENHA) == 303


def test_the_right_password_after_the_wait_lets_in_and_forgets(browser: Browser, banco: Banco) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        for _ in range(6):
            guess(browser, EMAILS["dono"])
        assert guess(browser, EMAILS["dono"], SENHA) == 429
        travel.shift(timedelta(seconds=2))
        assert guess(browser, EMAILS["dono"], SENHA) == 303
    with banco.connect() as connection:
        assert connection.execute("select count(*) from tentativas where chave like 'conta:%'").fetchone() == (0,)


def test_an_address_that_tries_many_accounts_has_to_wait_too(browser: Browser) -> None:
    with time_machine.travel(clock.now(), tick=False):
        codes = [guess(browser, f"pessoa{number}@estudio.example") for number in range(31)]
        assert codes == [422] * 30 + [429]
        assert guess(browser, EMAILS["dono"], SENHA, endereco="203.0.113.2") == 303


def test_a_whole_network_of_the_newer_kind_is_one_address(browser: Browser) -> None:
    with time_machine.travel(clock.now(), tick=False):
        for number in range(30):
            guess(browser, f"pessoa{number}@estudio.example", endereco=f"2001:db8:1:2::{number + 1:x}")
        assert guess(browser, EMAILS["dono"], SENHA, endereco="2001:db8:1:2:ffff::1") == 429


def test_whoever_hammers_from_elsewhere_never_keeps_the_owner_out_of_her_own_browser(
    log_in: Callable[[str], Browser], app: Flask
) -> None:
    hers = log_in("dono")
    hers.post("/sair", seen="/")
    stranger = Browser(app.test_client())
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(8):
            guess(stranger, EMAILS["dono"])
        assert guess(stranger, EMAILS["dono"], SENHA) == 429
        assert guess(hers, EMAILS["dono"], SENHA) == 303


def test_a_known_browser_is_known_for_its_own_account_alone(log_in: Callable[[str], Browser]) -> None:
    bias = log_in("artista")
    bias.post("/sair", seen="/")
    with time_machine.travel(clock.now(), tick=False):
        codes = [guess(bias, EMAILS["dono"]) for _ in range(6)]
    assert codes[-1] == 429


@pytest.mark.usefixtures("cast")
def test_a_hundred_guesses_at_one_moment_are_counted_one_by_one() -> None:
    balcao = Balcao.of(email=EMAILS["dono"], endereco="203.0.113.7", aparelho=None)
    outcomes: list[type[Exception]] = []

    def attempt() -> None:
        try:
            login_in_own_transactions(email=EMAILS["dono"], senha=ERRADA, balcao=balcao, navegador="x", origem="web")
        except (AcessoRecusado, MuitasTentativas) as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(AcessoRecusado) == 5
    assert outcomes.count(MuitasTentativas) == 7


def test_what_failed_is_forgotten_after_a_day_and_names_nobody(browser: Browser, banco: Banco) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        guess(browser, EMAILS["dono"])
        with banco.connect() as connection:
            kept = connection.execute("select string_agg(chave, ' ') from tentativas").fetchone()
        assert kept is not None
        assert "ana" not in kept[0].split(":")[1]
        assert "203.0.113" not in kept[0]
        travel.shift(timedelta(hours=25))
        guess(browser, "outra@estudio.example", endereco="203.0.113.99")
        with banco.connect() as connection:
            assert connection.execute("select count(*) from tentativas").fetchone() == (2,)


@pytest.mark.usefixtures("cast")
def test_counting_needs_no_transaction_while_the_password_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_then: list[int] = []

    def look(*_: str) -> bool:
        pool = db.get_engine().pool
        assert isinstance(pool, QueuePool)
        open_then.append(pool.checkedout())
        return False

    monkeypatch.setattr(acesso_service, "is_senha", look)
    with pytest.raises(AcessoRecusado):
        login_in_own_transactions(
            email=EMAILS["dono"],
            senha=ERRADA,
            balcao=Balcao.of(email=EMAILS["dono"], endereco="x", aparelho=None),
            navegador="x",
            origem="web",
        )
    assert open_then == [0]
