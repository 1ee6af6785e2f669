"""Avisos in the browser: where they go, what is not well, the log, the test; and a login from a new browser is told."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from flask import Flask
from receptor import Receptor, open_receptor
from web.conftest import EMAILS, Browser, read, record_statements

from estudio import config, db
from estudio.services.aviso_entrega import deliver_due
from estudio.services.aviso_service import record_aviso
from estudio.services.rotinas import work_rotina


@pytest.fixture
def receptor(monkeypatch: pytest.MonkeyPatch) -> Generator[Receptor, None, None]:
    with open_receptor() as opened:
        monkeypatch.setenv("ALERT_ADDRESSES", f"{opened.endereco} carla@estudio.example")
        monkeypatch.setenv("ALERT_QUIET_HOURS", "nunca")
        config.reset()
        yield opened


def avisos(tipo: str) -> list[dict[str, Any]]:
    with db.connect() as connection:
        rows = connection.execute("select dados from estudio.avisos where tipo = %s order by id", [tipo]).fetchall()
    return [dados for (dados,) in rows]


def tell(quantos: int) -> None:
    with db.transaction() as session:
        for number in range(quantos):
            dados = {"mes": "2025-08", "versao": number + 1, "selo": "ab" * 32}
            record_aviso(session, f"x:{number}", "extrato_fechado", dados)


def test_without_an_address_the_page_says_what_to_do(log_in: Callable[[str], Browser]) -> None:
    page = read(log_in("dono").get("/avisos"))
    assert "Para nenhum lugar ainda." in page
    # Of her own login, in a browser that is new.
    assert "ninguém a avisar" in page
    assert "a caminho" not in page
    assert "Mandar um teste" not in page


def test_the_button_sends_a_test_once_and_the_page_says_that_it_arrived(
    log_in: Callable[[str], Browser], receptor: Receptor
) -> None:
    ana = log_in("dono")
    page = read(ana.get("/avisos"))
    assert "Webhook 127.0.0.1" in page
    assert "E-mail c…@estudio.example" in page
    assert "segredo" not in page
    assert "carla" not in page
    assert "Ninguém faz as tarefas do estúdio agora" in page
    answer = ana.post("/avisos", seen="/avisos")
    assert answer.status_code == 303
    with db.connect() as connection:
        waiting = connection.execute("select task_name from tarefas.procrastinate_jobs").fetchall()
    assert ("avisos",) in waiting
    work_rotina("avisos", "")
    assert "Estúdio: Teste dos avisos do estúdio" in receptor.titulos
    page = read(ana.get("/avisos"))
    assert "Teste dos avisos do estúdio" in page
    # The letter did not leave: nobody set up a mail server.
    assert "SMTP_HOST está vazio" in page


def test_sent_twice_the_form_is_one_test(log_in: Callable[[str], Browser], receptor: Receptor) -> None:
    ana = log_in("dono")
    fields = {"chave": "a" * 20}
    for _ in range(2):
        assert ana.post("/avisos", fields, seen="/avisos").status_code == 303
    assert len(avisos("teste")) == 1
    assert receptor.pedidos == []


def test_without_an_address_the_button_of_an_old_page_is_refused(log_in: Callable[[str], Browser]) -> None:
    ana = log_in("dono")
    # The page has no form of its own now: the token of any other one serves.
    answer = ana.post("/avisos", {"chave": "a" * 20}, seen="/ajustes")
    assert answer.status_code == 422
    assert "ALERT_ADDRESSES" in read(answer)
    assert avisos("teste") == []


@pytest.mark.parametrize("papel", ["recepcao", "artista", "contador"])
def test_it_is_the_donos(log_in: Callable[[str], Browser], papel: str) -> None:
    assert log_in(papel).get("/avisos").status_code == 403


def test_the_log_has_pages_and_few_statements(log_in: Callable[[str], Browser], receptor: Receptor) -> None:
    ana = log_in("dono")
    tell(120)
    deliver_due()
    record = record_statements()
    page = read(ana.get("/avisos"))
    assert len(record) <= 10
    assert page.count("Agosto/2025 fechado") == 50
    assert "Avisos mais antigos" in page
    with db.connect() as connection:
        row = connection.execute("select id from estudio.avisos order by id desc offset 49 limit 1").fetchone()
    assert row is not None
    older = read(ana.get(f"/avisos?antes={row[0]}"))
    assert older.count("Agosto/2025 fechado") == 50
    assert "Para onde vão" not in older
    assert ana.get("/avisos?antes=").status_code == 200
    for nonsense in ("abc", "-1", str(2**70)):
        assert ana.get(f"/avisos?antes={nonsense}").status_code == 404
    del receptor


# --- a login from a new place ---------------------------------------------------------------------------------------


def test_a_browser_that_is_new_for_a_person_is_told_once(app: Flask) -> None:
    browser = Browser(app.test_client())
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"}
    browser.login(EMAILS["dono"], headers=agent)
    (told,) = avisos("entrada_nova")
    assert (told["papel"], told["navegador"]) == ("dono", "Chrome, Windows")
    # No name, no address.
    assert set(told) == {"usuario", "papel", "navegador", "em"}
    # Known from now on, also after logging out.
    browser.post("/sair", seen="/")
    browser.login(EMAILS["dono"], headers=agent)
    assert len(avisos("entrada_nova")) == 1
    # Another person in the same browser, and the same one elsewhere.
    browser.post("/sair", seen="/")
    browser.login(EMAILS["recepcao"], headers=agent)
    Browser(app.test_client()).login(EMAILS["dono"])
    assert [each["papel"] for each in avisos("entrada_nova")] == ["dono", "recepcao", "dono"]


def test_who_is_not_let_in_is_not_told(app: Flask) -> None:
    Browser(app.test_client()).login(EMAILS["dono"], "outra senha qualquer")
    assert avisos("entrada_nova") == []
