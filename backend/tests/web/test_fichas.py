"""Fichas da API as pages: given, shown once, told of with the day of their last use, revoked."""

import re
from collections.abc import Callable

import pytest
from cast import Cast
from sqlalchemy import select, text
from web.conftest import Browser, find_quem, hidden_fields, read

from estudio import db
from estudio.domain.ficha import Ficha
from estudio.services.ficha_service import create_ficha

NOVA = "/conta/fichas/new"


def find_fichas() -> list[Ficha]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Ficha).order_by(Ficha.id)))


def find_chave(page: str) -> str:
    found = re.search(r"estudio_[\w-]{43}", page)
    assert found, page
    return found[0]


def give(browser: Browser, **fields: str) -> str:
    typed = {"nome": "Planilha da contadora", "escopos": "leitura", "dias": "90"} | fields
    response = browser.post("/conta/fichas", typed, seen=NOVA)
    assert response.status_code == 201, read(response)
    return find_chave(response.get_data(as_text=True))


@pytest.mark.parametrize("papel", ["dono", "recepcao", "artista", "contador"])
def test_a_ficha_is_given_and_opens_the_api_for_its_person(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    chave = give(browser)
    response = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {chave}"})
    assert (response.status_code, response.json and response.json["papel"]) == (200, papel)
    page = browser.get("/conta/fichas").get_data(as_text=True)
    assert "Planilha da contadora" in page
    assert chave not in page
    (ficha,) = find_fichas()
    assert (ficha.escopos, (ficha.expira_em - ficha.criada_em).days) == (["leitura"], 90)


def test_the_key_is_kept_nowhere_not_even_with_the_forms_own(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    fields = hidden_fields(browser.get(NOVA).get_data(as_text=True))
    typed = fields | {"nome": "x", "escopos": "leitura", "dias": "30"}
    first = browser.send("/conta/fichas", typed)
    chave = find_chave(first.get_data(as_text=True))
    again = browser.send("/conta/fichas", typed)
    assert again.status_code == 201
    assert "a chave já foi mostrada" in read(again)
    assert chave not in again.get_data(as_text=True)
    assert len(find_fichas()) == 1
    with db.transaction(read_only=True) as session:
        for query in (
            "select json_agg(t)::text from idempotencia t",
            "select json_agg(t)::text from fichas t",
            "select json_agg(t)::text from auditoria t",
        ):
            kept = str(session.scalar(text(query)))
            assert "x" in kept
            assert chave not in kept


@pytest.mark.parametrize(
    ("papel", "fields", "said"),
    [
        ("dono", {"nome": ""}, "Nome: Preencha este campo."),
        ("dono", {"nome": "x" * 101}, "o limite é 100"),
        ("dono", {"nome": "  "}, "Nome: preencha este campo."),
        ("dono", {"escopos": ""}, "O que ela pode: O seu acesso dá a uma ficha no máximo"),
        ("contador", {"escopos": "registro"}, "no máximo: leitura"),
        ("artista", {"escopos": "exclusao"}, "no máximo: leitura, registro"),
        ("dono", {"dias": "0"}, "Vale por:"),
        ("dono", {"dias": "9999"}, "A validade vai de 1 a 366 dias."),
        ("dono", {"dias": "x"}, "Escolha um da lista."),
    ],
)
def test_what_cannot_be_given_is_refused_beside_its_field(
    log_in: Callable[[str], Browser], papel: str, fields: dict[str, str], said: str
) -> None:
    browser = log_in(papel)
    typed = {"nome": "Minha ficha", "escopos": "leitura", "dias": "90"} | fields
    response = browser.post("/conta/fichas", typed, seen=NOVA)
    assert response.status_code == 422
    assert said in read(response)
    assert find_fichas() == []


def test_a_page_offers_no_more_than_the_papel_can_give(log_in: Callable[[str], Browser]) -> None:
    for papel, offered in (("dono", 3), ("recepcao", 2), ("artista", 2), ("contador", 1)):
        page = log_in(papel).get(NOVA).get_data(as_text=True)
        assert page.count('type="checkbox"') == offered


def test_a_ficha_is_revoked_by_its_own_person_alone(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    chave = give(browser, nome="<b>Robô</b>")
    assert "<b>Robô" not in browser.get("/conta/fichas").get_data(as_text=True)
    with db.transaction() as session:
        theirs, _chave = create_ficha(session, quem=find_quem(cast, "contador"), nome="x", escopos=["leitura"])
    assert browser.post(f"/conta/fichas/{theirs.id}/exclusao", seen="/conta/fichas").status_code == 404
    mine = find_fichas()[0]
    response = browser.post(f"/conta/fichas/{mine.id}/exclusao", seen="/conta/fichas")
    assert (response.status_code, response.location) == (303, "/conta/fichas")
    assert "não entra mais" in read(browser.get("/conta/fichas"))
    assert browser.get("/api/v1/me", headers={"Authorization": f"Bearer {chave}"}).status_code == 401
    assert [ficha.id for ficha in find_fichas()] == [theirs.id]
