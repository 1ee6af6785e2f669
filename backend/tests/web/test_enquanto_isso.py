"""What scripts ask for: whether anything is new, who is registered already, what the artista gets, where to go on."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
import time_machine
from cast import Cast, book, make_cliente, pay, shut, spend
from sqlalchemy import text
from web.conftest import EMAILS, Browser, record_statements
from web.test_pagamentos import NOVO, list_all, typed

from estudio import clock, db

OLHADA = {"X-Olhada": "1"}
ENVIO = {"X-Envio": "1"}


def ask_marca(browser: Browser) -> str:
    response = browser.get("/novidades", headers=OLHADA)
    assert response.status_code == 200
    return str(response.get_json()["marca"])


# --- novidades ------------------------------------------------------------------------------------------------------


def test_what_is_entered_is_news_to_who_sees_it(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browsers = {papel: log_in(papel) for papel in EMAILS}

    def changed_by(deed: Callable[[], object]) -> set[str]:
        before = {papel: ask_marca(browser) for papel, browser in browsers.items()}
        deed()
        return {papel for papel, browser in browsers.items() if ask_marca(browser) != before[papel]}

    def pay_to(artista: str) -> None:
        with db.transaction() as session:
            pay(session, cast, "10.00", artista=getattr(cast, artista), data=clock.today())

    def spend_some() -> None:
        with db.transaction() as session:
            spend(session, cast, "5.00", data=clock.today())

    assert changed_by(lambda: None) == set()
    assert changed_by(lambda: pay_to("bia")) == {"dono", "recepcao", "artista", "contador"}
    assert changed_by(lambda: pay_to("ana")) == {"dono", "recepcao", "contador"}
    assert changed_by(spend_some) == {"dono", "contador"}


def test_the_page_is_made_with_the_mark_of_before(log_in: Callable[[str], Browser]) -> None:
    for papel in EMAILS:
        browser = log_in(papel)
        marca = ask_marca(browser)
        for path in ("/", "/historico"):
            assert f'data-marca="{marca}"' in browser.get(path).get_data(as_text=True)


def test_a_smaller_number_that_is_seen_later_is_news_too(log_in: Callable[[str], Browser], cast: Cast) -> None:
    """Numbers are given out before their transactions commit."""
    browser = log_in("dono")
    with db.transaction() as slow:
        pay(slow, cast, "1.00", data=clock.today())
        with db.transaction() as quick:
            pay(quick, cast, "2.00", data=clock.today())
        between = ask_marca(browser)
    assert ask_marca(browser) != between


def test_asking_is_one_statement_besides_the_guards(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("artista")
    statements = record_statements()
    ask_marca(browser)
    assert len(statements) == 2


def test_a_page_that_looks_by_itself_keeps_nobody_logged_in(log_in: Callable[[str], Browser]) -> None:
    begun = clock.now()
    with time_machine.travel(begun, tick=False) as traveller:
        browser = log_in("dono")
        browser.get("/")
        for _ in range(4):
            traveller.shift(timedelta(minutes=7))
            for path in ("/novidades", "/historico", "/"):
                response = browser.get(path, headers=OLHADA)
                assert response.status_code == 200
                assert "Set-Cookie" not in response.headers
        traveller.shift(timedelta(minutes=7))
        assert browser.get("/novidades", headers=OLHADA).status_code == 303
    with time_machine.travel(begun, tick=False) as traveller:
        browser = log_in("dono")
        for _ in range(6):
            traveller.shift(timedelta(minutes=7))
            assert browser.get("/").status_code == 200


def test_a_look_takes_no_message_from_the_page_that_it_is_for(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    response = browser.post("/pagamentos", typed(cast), seen=NOVO)
    assert "Registrado" not in browser.get("/historico", headers=OLHADA).get_data(as_text=True)
    assert "Registrado" in browser.get(response.location).get_data(as_text=True)


# --- envios ---------------------------------------------------------------------------------------------------------


def test_a_script_is_told_where_to_go_on(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    response = browser.post("/pagamentos", typed(cast), seen=NOVO, headers=ENVIO)
    assert (response.status_code, response.get_data()) == (204, b"")
    assert response.headers["X-Destino"].startswith("/pagamentos?mes=")
    assert "Location" not in response.headers
    assert len(list_all()) == 1
    response = browser.post("/pagamentos", typed(cast, valor="x"), seen=NOVO, headers=ENVIO)
    assert (response.status_code, "X-Destino" in response.headers) == (422, False)


def test_who_is_no_longer_logged_in_is_told_the_door(browser: Browser) -> None:
    response = browser.post("/pagamentos", seen="/entrar", headers=ENVIO)
    assert (response.status_code, response.headers["X-Destino"]) == (204, "/entrar")


@pytest.mark.parametrize(
    ("referrer", "location"),
    [
        ("http://localhost/pagamentos/new?avulsa=1", "/entrar?volta=/pagamentos/new?avulsa%3D1"),
        ("http://localhost/", "/entrar"),
        ("http://evil.example/pagamentos/new", "/entrar"),
        ("http://localhost//evil.example", "/entrar"),
        ("", "/entrar"),
    ],
)
def test_a_form_that_came_too_late_leads_back_to_its_page(browser: Browser, referrer: str, location: str) -> None:
    response = browser.post("/pagamentos", seen="/entrar", headers={"Referer": referrer})
    assert (response.status_code, response.location) == (303, location)


def test_a_form_with_other_contents_gets_a_new_key_and_can_be_registered_as_new(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    given = {"chave": "uma chave de teste"}
    assert browser.post("/pagamentos", typed(cast) | given, seen=NOVO).status_code == 303
    response = browser.post("/pagamentos", typed(cast, valor="301") | given, seen=NOVO)
    assert response.status_code == 409
    assert "uma chave de teste" not in response.get_data(as_text=True)


# --- sugestões and prévias ------------------------------------------------------------------------------------------


def test_clientes_are_suggested_best_first_and_said_how_many(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        make_cliente(session, "Isadora <b>")
    browser = log_in("recepcao")
    answer = browser.get("/sugestoes/clientes?q=DÓR").get_json()
    assert [cliente["rotulo"] for cliente in answer["clientes"]] == [
        "Dora · (11) 90000-1234",
        "Isadora <b> · sem telefone",
    ]
    assert answer["diz"] == "2 clientes já cadastrados."
    assert answer["clientes"][0] == {
        "id": cast.dora.id,
        "nome": "Dora",
        "telefone": "(11) 90000-1234",
        "rotulo": "Dora · (11) 90000-1234",
    }
    assert [c["nome"] for c in browser.get("/sugestoes/clientes?q=90000-12").get_json()["clientes"]] == ["Dora"]
    for nothing in ("", "?q=", "?q=%00", "?q=" + "x" * 5000, "?q=%25%25"):
        assert browser.get(f"/sugestoes/clientes{nothing}").get_json()["clientes"] == []


@pytest.mark.parametrize("papel", ["artista", "contador"])
def test_who_does_not_register_is_suggested_nobody(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    assert browser.get("/sugestoes/clientes?q=dora").status_code == 403
    assert browser.get("/pagamentos/previa?valor=1&percentual=1").status_code == 403


def test_the_previa_says_nothing_of_what_is_no_amount(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    for query in (
        "",
        "?valor=300",
        "?valor=300&artista_id=x",
        "?valor=300&artista_id=999",
        "?valor=300&percentual=101",
        "?valor=x&percentual=10",
        "?valor=300&padrao=10001",
        "?valor=-1&percentual=10",
        f"?valor={'9' * 99}&percentual=10",
        f"?valor=300&artista_id={'9' * 18}",
    ):
        assert browser.get(f"/pagamentos/previa{query}").get_json() == {"texto": ""}, query
    told = browser.get(f"/pagamentos/previa?valor=1.234,56&artista_id={cast.bia.id}").get_json()["texto"]
    assert told == "Comissão de 40%: R$ 493,82 · o estúdio fica com R$ 740,74"
    kept = browser.get(f"/pagamentos/previa?valor=100&padrao=2500&artista_id={cast.bia.id}").get_json()["texto"]
    assert kept.startswith("Comissão de 25%: R$ 25,00 ")
    told = browser.get("/pagamentos/previa?valor=0,01&percentual=50", headers={"Accept-Language": "en"}).get_json()
    assert told["texto"] == "Commission of 50%: R$0.01 · the studio keeps R$0.00"


def test_the_dono_is_told_the_same_day_of_last_month_and_the_last_closing(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=clock.today().replace(month=2, day=28))
        pay(session, cast, "40.00", data=clock.today().replace(month=2, day=1))
        pay(session, cast, "300.00", data=clock.today().replace(month=3, day=1))
    ano = clock.today().year
    for dia, words in (
        (f"{ano}-03-31", f"até 28/02/{ano}: R$\u00a0140,00 (+R$\u00a0160,00)"),
        (f"{ano}-03-05", f"até 05/02/{ano}: R$\u00a040,00 (+R$\u00a0260,00)"),
    ):
        with time_machine.travel(f"{dia}T15:00:00Z", tick=False):
            page = log_in("dono").get("/").get_data(as_text=True)
            assert words in page
            assert page.count("nenhum ainda") == 2


def test_the_dono_reads_which_month_is_closed_and_which_backup_was_read_back(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00")
    with db.transaction() as session:
        shut(session, "2026-10")
    with db.transaction() as session:
        session.execute(
            text(
                "insert into backups (tipo, mes, arquivo, bytes, sha256, criado_em, verificado_em) values"
                " ('mes', '2026-10-01', 'a', 1, repeat('a', 64), now(), now()),"
                " ('completo', null, 'b', 1, repeat('b', 64), now(), null)"
            )
        )
    page = " ".join(log_in("dono").get("/").get_data(as_text=True).split())
    assert "<dt>Último mês fechado</dt><dd>outubro de 2026, em" in page
    assert "<dt>Último backup conferido</dt><dd>outubro de 2026, em" in page
    assert "Fechamento e backup" not in log_in("artista").get("/").get_data(as_text=True)


def test_an_artista_is_told_their_own_next_sessoes(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        book(session, cast, "654.32", data=clock.today(), artista=cast.ana)
        book(session, cast, "123.45", data=clock.today() + timedelta(days=6), cliente=cast.dora)
        early = book(session, cast, "77.77", data=clock.today() + timedelta(days=6))
        early.hora, early.duracao = time(9, 30), 60
        first = early.id
        book(session, cast, "99.99", data=clock.today() + timedelta(days=7))
        book(session, cast, "88.88", data=clock.today(), status="cancelada")
    page = log_in("artista").get("/").get_data(as_text=True).partition('id="v-proximas"')[2]
    # By the hour, though it was booked later; and each leads to itself.
    assert page.index("77,77") < page.index("123,45")
    assert "09:30" in page
    assert f'href="/sessoes/{first}/edit"' in page
    for other in ("654,32", "99,99", "88,88"):
        assert other not in page
