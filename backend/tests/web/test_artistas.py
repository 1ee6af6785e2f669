"""Artistas as pages: registered, edited, off the list and back on it; and how the month of one goes."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from cast import Cast, pay
from sqlalchemy import select
from web.conftest import Browser, read, record_statements
from web.test_pagamentos import press
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.artista import Artista
from estudio.services.artista_service import deactivate_artista, register_artista

NOVO = "/artistas/new"


@pytest.fixture
def dono(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("dono")


def register(browser: Browser, **fields: str) -> TestResponse:
    return browser.post("/artistas", {"nome": "Cora Lins", "email": "", "percentual": ""} | fields, seen=NOVO)


def list_all() -> list[Artista]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Artista).order_by(Artista.id)))


def test_an_artista_is_registered_and_said_and_desfazer_takes_them_off_the_list(dono: Browser) -> None:
    response = register(dono, nome="  Cora Lins ", email="cora@estudio.example", percentual="33,33")
    cora = list_all()[-1]
    assert (cora.nome, cora.email, cora.percentual, cora.ativo) == ("Cora Lins", "cora@estudio.example", 3333, True)
    assert (response.status_code, response.location) == (303, f"/artistas/{cora.id}")
    page = dono.get(response.location)
    assert "Cadastrado: Cora Lins · 33,33%." in read(page)
    assert press(dono, page.get_data(as_text=True), f"/artistas/{cora.id}/saida").status_code == 303
    assert not list_all()[-1].ativo


def test_who_has_no_email_and_no_share_is_an_artista_too_and_two_may_have_one_name(dono: Browser) -> None:
    assert [register(dono, nome="Bia").status_code for _ in range(2)] == [303, 303]
    assert [(artista.email, artista.percentual) for artista in list_all()[-2:]] == [(None, 0), (None, 0)]


@pytest.mark.parametrize(
    ("fields", "beside", "said"),
    [
        ({"nome": ""}, "nome", "Preencha este campo."),
        ({"nome": "   "}, "nome", "Preencha este campo."),
        ({"nome": "x" * 10_001}, "nome", "o limite é 10000"),
        ({"email": "cora"}, "email", "E-mail: confira o endereço, como nome@exemplo.com."),
        ({"email": "c" * 250 + "@x.example"}, "email", "o limite é 254"),
        ({"email": "BIA@estudio.example"}, "email", "Já existe um artista com esse e-mail."),
        ({"percentual": "101"}, "percentual", "entre 0 e 100"),
        ({"percentual": "-1"}, "percentual", ""),
        ({"percentual": "abc"}, "percentual", ""),
        ({"percentual": "33,333"}, "percentual", ""),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(
    dono: Browser, fields: dict[str, str], beside: str, said: str
) -> None:
    before = len(list_all())
    response = register(dono, **fields)
    page = unescape(response.get_data(as_text=True))
    assert response.status_code in (409, 422)
    assert said in page
    assert 'class="resumo" role="alert" tabindex="-1" autofocus' in page
    if beside:
        assert f'id="{beside}-erro"' in page
    assert fields.get("nome", "Cora Lins").strip() in page
    assert len(list_all()) == before


def test_an_edit_is_said_undone_by_a_press_and_never_over_anothers(dono: Browser, cast: Cast) -> None:
    path = f"/artistas/{cast.bia.id}"
    fields = {"nome": "Bia Souza", "email": "", "percentual": "45", "versao": "1"}
    response = dono.post(path, fields, seen=f"{path}/edit")
    page = dono.get(response.location)
    assert "Alterado: Bia Souza · 45%." in read(page)
    assert dono.post(path, fields, seen=f"{path}/edit").status_code == 409
    assert press(dono, page.get_data(as_text=True), path).status_code == 303
    bia = next(artista for artista in list_all() if artista.id == cast.bia.id)
    assert (bia.nome, bia.email, bia.percentual) == ("Bia", "bia@estudio.example", 4000)
    same = {"nome": "Bia", "email": "bia@estudio.example", "percentual": "40", "versao": str(bia.versao)}
    assert "Nada mudou." in read(dono.get(dono.post(path, same, seen=f"{path}/edit").location))


def test_a_very_long_name_is_edited_too_without_a_way_back_that_no_cookie_holds(dono: Browser, cast: Cast) -> None:
    path, nome = f"/artistas/{cast.bia.id}", "Bia " + "ã" * 5_000
    assert dono.post(path, {"nome": nome, "versao": "1"}, seen=f"{path}/edit").status_code == 303
    page = dono.get(dono.post(path, {"nome": "Bia", "versao": "2"}, seen=f"{path}/edit").location)
    assert "Alterado: Bia · 0%." in read(page)
    assert "Desfazer" not in read(page)


def test_who_left_is_shown_on_demand_and_comes_back(dono: Browser, cast: Cast) -> None:
    path = f"/artistas/{cast.bia.id}"
    left = press(dono, dono.get(path).get_data(as_text=True), f"{path}/saida")
    page = dono.get(left.location)
    assert "Bia saiu: não aparece mais nos formulários." in read(page)
    assert f'href="{path}"' not in page.get_data(as_text=True)
    assert "Mostrar também 1 que saiu" in read(page)
    assert f">{cast.bia.nome}</option>" not in dono.get("/pagamentos/new").get_data(as_text=True)
    assert "Bia saiu" in read(dono.get("/artistas?todos=1"))
    assert press(dono, page.get_data(as_text=True), f"{path}/retorno").status_code == 303
    assert f'href="{path}"' in dono.get("/artistas").get_data(as_text=True)


def test_the_page_of_one_says_how_their_month_goes_and_leads_to_its_rows(dono: Browser, cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        pay(session, cast, "500.00", data=hoje)
        pay(session, cast, "100.10", data=hoje, percentual=0)
        pay(session, cast, "70.00", data=hoje, artista=cast.ana)
        pay(session, cast, "999.00", data=hoje.replace(day=1) - timedelta(days=1))
    page = dono.get(f"/artistas/{cast.bia.id}")
    for words in ("Receita R$ 600,10", "Comissão R$ 200,00", "Fica no estúdio R$ 400,10"):
        assert words in read(page).replace(" Por que esse valor?", "")
    link = f"/historico?mes={hoje:%Y-%m}&artista={cast.bia.id}"
    assert f'href="{link}"' in unescape(page.get_data(as_text=True))
    assert "R$ 600,10" in read(dono.get(link))
    assert dono.get("/artistas/999").status_code == 404


def test_the_list_asks_the_same_however_many_there_are_and_an_empty_one_says_what_to_do(
    dono: Browser, cast: Cast
) -> None:
    statements = record_statements()
    counts = []
    for _ in range(2):
        statements.clear()
        dono.get("/artistas")
        counts.append(len(statements))
        with db.transaction() as session:
            for number in range(30):
                register_artista(session, quem=cast.quem_ana, nome=f"Artista {number}")
    assert counts[0] == counts[1] <= 2
    with db.transaction() as session:
        for artista in session.scalars(select(Artista)).all():
            deactivate_artista(session, artista.id, quem=cast.quem_ana)
    assert "Nenhum artista ainda. Cadastre quem tatua aqui" in read(dono.get("/artistas"))


def test_stored_text_is_shown_as_text(dono: Browser) -> None:
    register(dono, nome="<img src=x onerror=alert(1)>", email="<b>@x.example")
    path = f"/artistas/{list_all()[-1].id}"
    for each in ("/artistas", path, f"{path}/edit"):
        page = dono.get(each).get_data(as_text=True)
        assert "<img" not in page
        assert "<b>" not in page
