"""Acertos as pages: accounts add up to their rows, one press settles what it says, an artista sees the own alone."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from cast import Cast, pay, shut
from services.test_acerto import settle
from sqlalchemy import select
from web.conftest import Browser, read, record_statements
from web.test_pagamentos import press
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.acerto import Acerto, Tipo
from estudio.services.acerto_service import register_recebido
from estudio.services.pagamento_service import reverse_pagamento

NOVO = "/acertos/new"


def typed(cast: Cast, **fields: str) -> dict[str, str]:
    """What the dono types: R$ 80,00 ahead to Bia by pix, today."""
    return {
        "artista_id": str(cast.bia.id),
        "tipo": "vale",
        "dia": clock.today().isoformat(),
        "valor": "80,00",
        "forma": "pix",
        "motivo": "",
    } | fields


def register(browser: Browser, cast: Cast, **fields: str) -> TestResponse:
    return browser.post("/acertos", typed(cast, **fields), seen=NOVO)


def list_all() -> list[Acerto]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Acerto).order_by(Acerto.id)))


def earn(cast: Cast, valor: str, *, data: date | None = None) -> int:
    with db.transaction() as session:
        return pay(session, cast, valor, data=data or clock.today()).id


def conta(cast: Cast, query: str = "") -> str:
    return f"/acertos/artistas/{cast.bia.id}{query}"


def test_one_press_pays_what_is_owed_and_another_takes_it_back(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "875.00")
    browser = log_in("dono")
    page = browser.get(conta(cast)).get_data(as_text=True)
    assert "O estúdio deve a Bia" in page
    button = re.search(r"<button[^>]*>(Pagar [^<]*)</button>", page)
    assert button
    assert button[1] == "Pagar R$ 350,00 a Bia · Dinheiro"
    response = press(browser, page, "/acertos")
    assert (response.status_code, response.location) == (303, conta(cast, f"?mes={clock.today():%Y-%m}"))
    (acerto,) = list_all()
    assert (acerto.tipo, acerto.valor, acerto.forma) == ("repasse", Decimal("-350.00"), "dinheiro")
    page = browser.get(response.location).get_data(as_text=True)
    assert "Nada a acertar com Bia" in page
    assert "Pagar " not in re.sub(r"Registrado: [^<]*", "", page)
    assert press(browser, page, f"/acertos/{acerto.id}/exclusao").status_code == 303
    assert list_all() == []


def test_a_press_whose_saldo_is_old_settles_nothing(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "875.00")
    browser = log_in("dono")
    page = browser.get(conta(cast)).get_data(as_text=True)
    earn(cast, "100.00")
    response = press(browser, page, "/acertos")
    assert response.status_code == 409
    assert "agora é R$ 390,00" in read(response)
    assert list_all() == []


def test_two_who_press_the_same_button_pay_once(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "875.00")
    browser = log_in("dono")
    pages = [browser.get(conta(cast)).get_data(as_text=True) for _ in range(2)]
    assert [press(browser, page, "/acertos").status_code for page in pages] == [303, 409]
    assert len(list_all()) == 1


def test_who_kept_the_money_owes_the_rest(log_in: Callable[[str], Browser], cast: Cast) -> None:
    pagamento = earn(cast, "500.00")
    browser = log_in("dono")
    page = browser.get(f"/pagamentos/{pagamento}/edit").get_data(as_text=True)
    assert "Bia ficou com R$ 500,00" in page
    response = press(browser, page, f"/pagamentos/{pagamento}/recebido")
    page = browser.get(response.location).get_data(as_text=True)
    assert "Bia deve ao estúdio" in page
    assert "Receber R$ 300,00 de Bia" in page
    assert "ficou com este dinheiro" in read(browser.get(f"/pagamentos/{pagamento}/edit"))
    numero = list_all()[0].id
    page = read(browser.get(f"/acertos/{numero}/edit"))
    assert "segue o seu pagamento" in page
    assert 'name="valor"' not in page


def test_what_an_artista_gave_back_is_called_that_and_the_desk_hears_of_neither(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    pagamento = earn(cast, "500.00")
    with db.transaction() as session:
        estorno = reverse_pagamento(
            session, pagamento, quem=cast.quem_caio, data=clock.today(), valor=Decimal("200.00")
        ).id
    dono = log_in("dono")
    for numero in (pagamento, estorno):
        page = dono.get(f"/pagamentos/{numero}/edit").get_data(as_text=True)
        response = press(dono, page, f"/pagamentos/{numero}/recebido")
        assert response.status_code == 303
        if numero == estorno:
            assert "Registrado: R$ 200,00 · Devolvido ao cliente pelo artista · Bia." in read(
                dono.get(response.location)
            )
    page = dono.get(conta(cast)).get_data(as_text=True)
    rows = re.findall(r'data-linha="acerto-\d+".*?</tr>', page, re.DOTALL)
    assert [("Devolvido ao cliente" in row, "R$ 200,00" in row) for row in rows] == [(False, False), (True, True)]
    assert "Bia devolveu este dinheiro do próprio bolso." in read(dono.get(f"/pagamentos/{estorno}/edit"))
    assert "Bia ficou com este dinheiro." in read(dono.get(f"/pagamentos/{pagamento}/edit"))
    english = dono.get(conta(cast), headers={"Accept-Language": "en"})
    assert "Given back to the client by the artist" in read(english)
    desk = log_in("recepcao")
    for numero in (pagamento, estorno):
        page = read(desk.get(f"/pagamentos/{numero}/edit"))
        assert "Gravar" in page
        assert "este dinheiro" not in page
        assert "devolveu" not in page
        assert "ficou com" not in page


def test_what_was_paid_before_is_said_once(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "875.00")
    browser = log_in("dono")
    page = browser.get(conta(cast)).get_data(as_text=True)
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if "Já paguei R$ 350,00 a Bia" in each)
    assert browser.send("/acertos", dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))).status_code == 303
    (acerto,) = list_all()
    assert (acerto.forma, acerto.motivo) == ("outros", "Pago antes de haver acertos aqui")
    earn(cast, "100.00")
    assert "Já paguei" not in read(browser.get(conta(cast)))


def test_an_acerto_is_registered_corrected_and_undone(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    assert register(browser, cast).status_code == 303
    (acerto,) = list_all()
    path = f"/acertos/{acerto.id}"
    changed = typed(cast, valor="90,00", tipo="bonus", motivo="Natal <b>") | {"versao": "1"}
    response = browser.post(path, changed, seen=f"{path}/edit")
    page = browser.get(response.location).get_data(as_text=True)
    assert "Natal &lt;b&gt;" in page
    assert (list_all()[0].valor, list_all()[0].forma) == (Decimal("90.00"), None)
    assert press(browser, page, f"{path}/desfeita").status_code == 303
    assert (list_all()[0].valor, list_all()[0].tipo, list_all()[0].forma) == (Decimal("-80.00"), "vale", "pix")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"tipo": "bonus"}, "Escreva o motivo"),
        ({"forma": ""}, "A forma de pagamento não existe"),
        ({"tipo": ""}, "Escolha um da lista."),
        ({"tipo": "recebido"}, "se anota no pagamento"),
        ({"valor": "0"}, "zero"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    log_in: Callable[[str], Browser], cast: Cast, fields: dict[str, str], says: str
) -> None:
    response = register(log_in("dono"), cast, **fields)
    assert response.status_code == 422
    assert says in read(response)
    kept = re.findall(r'id="valor"[^>]*value="([^"]*)"', response.get_data(as_text=True))
    assert kept == [fields.get("valor", "80,00")]
    assert list_all() == []


def test_the_accounts_add_up_and_lead_to_their_rows(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "1000.00", data=date(2026, 9, 5))
    with db.transaction() as session:
        settle(session, cast, Tipo.REPASSE, "150.00", data=date(2026, 9, 30))
        settle(session, cast, Tipo.ALUGUEL, "600.00", artista_id=cast.ana.id, data=date(2026, 9, 1))
    with db.transaction() as session:
        shut(session, "2026-09")
    browser = log_in("contador")
    page = read(browser.get("/acertos?mes=2026-09"))
    for said in ("R$ 400,00", "R$ 150,00", "R$ 250,00", "-R$ 600,00", "R$ 600,00", "-R$ 350,00"):
        assert said in page, said
    page = browser.get(conta(cast, "?mes=2026-09")).get_data(as_text=True).partition("<main")[2]
    assert "/edit" not in page
    link = re.search(r'href="(/historico/numeros/comissoes_total[^"]*)"', page)
    assert link
    assert "R$ 400,00" in read(browser.get(link[1].replace("&amp;", "&")))
    assert browser.get("/acertos?mes=2000-01").status_code == browser.get("/acertos?mes=2099-12").status_code == 200
    assert browser.get("/acertos?mes=1999-12").status_code == 422


def test_an_artista_sees_the_own_account_and_no_other(log_in: Callable[[str], Browser], cast: Cast) -> None:
    earn(cast, "875.00")
    with db.transaction() as session:
        settle(session, cast, Tipo.BONUS, "777.77", artista_id=cast.ana.id, motivo="segredo", data=clock.today())
    browser = log_in("artista")
    for path in ("/acertos", conta(cast)):
        page = read(browser.get(path))
        assert "R$ 350,00" in page
        assert "Pagar" not in page
        assert "777,77" not in page
        assert "/acertos/new" not in page
    assert browser.get(f"/acertos/artistas/{cast.ana.id}").status_code == 404
    assert log_in("recepcao").get("/acertos").status_code == 403


def test_the_pages_take_few_statements_whatever_they_show(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for dia in range(1, 25):
            kept = pay(session, cast, "10.00", data=date(2026, 10, dia))
            register_recebido(session, kept.id, quem=cast.quem_ana)
            settle(session, cast, Tipo.VALE, "1.00", data=date(2026, 9, dia))
    browser = log_in("dono")
    for path, most in (("/acertos", 8), (conta(cast), 10), ("/acertos/1/edit", 10)):
        browser.get(path)
        statements = record_statements()
        assert browser.get(path).status_code == 200
        assert len(statements) <= most, (path, statements)
