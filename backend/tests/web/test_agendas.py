"""The agenda as pages: a day and a week, booked from an empty hour, moved, cancelled, undone; to each their own."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from cast import Cast, book, make_artista, make_cliente, pay
from sqlalchemy import func, select
from web.conftest import Browser, hidden_fields, read, record_statements
from web.test_pagamentos import press
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.cliente import Cliente
from estudio.domain.sessao import Sessao
from estudio.services.agenda_service import book_sessao

NOVA = "/sessoes/new"


def typed(cast: Cast, **fields: str) -> dict[str, str]:
    """What the desk types: Dora with Bia at two, for two hours, tomorrow."""
    amanha = clock.today() + timedelta(days=1)
    given = {"dia": amanha.isoformat(), "hora": "14:00", "duracao": "120", "artista_id": str(cast.bia.id)}
    return given | {"cliente": "dóra", "valor": "450"} | fields


def mark(browser: Browser, cast: Cast, **fields: str) -> TestResponse:
    return browser.post("/sessoes", typed(cast, **fields), seen=NOVA)


def list_all() -> list[Sessao]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Sessao).order_by(Sessao.id)))


# --- booking --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("papel", ["dono", "recepcao", "artista"])
def test_a_sessao_is_booked_shown_on_its_day_and_taken_back_by_a_press(
    log_in: Callable[[str], Browser], cast: Cast, papel: str
) -> None:
    browser = log_in(papel)
    response = mark(browser, cast)
    assert response.status_code == 303
    (sessao,) = list_all()
    assert (sessao.hora, sessao.duracao, sessao.cliente_id) == (time(14), 120, cast.dora.id)
    assert (sessao.artista_id, sessao.valor, sessao.status) == (cast.bia.id, Decimal("450.00"), "agendada")
    page = browser.get(response.location)
    assert f"Marcada: Dora · Bia · {sessao.data:%d/%m/%Y} 14:00." in read(page)
    assert "14:00–16:00 Dora" in read(page)
    back = press(browser, page.get_data(as_text=True), f"/sessoes/{sessao.id}/desfeita")
    assert back.status_code == 303
    assert list_all() == []
    assert "Desmarcada: Dora" in read(browser.get(back.location))


def test_an_empty_hour_leads_to_its_booking_and_only_the_client_is_left_to_say(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    amanha = clock.today() + timedelta(days=1)
    page = browser.get(f"/agenda?dia={amanha}").get_data(as_text=True)
    link = f"/sessoes/new?dia={amanha}&amp;hora=15:00&amp;artista={cast.bia.id}"
    assert link in page
    form = browser.get(link.replace("&amp;", "&")).get_data(as_text=True)
    for words in (f'value="{amanha}"', 'value="15:00"', '<option selected value="120">2 h</option>'):
        assert words in form
    assert f'<option selected value="{cast.bia.id}">Bia' in form
    filled = hidden_fields(form) | typed(cast, hora="15:00", cliente="Dora", valor="")
    assert browser.send("/sessoes", filled).status_code == 303
    assert [(s.hora, s.valor) for s in list_all()] == [(time(15), Decimal("0.00"))]


def test_the_desks_start_leads_to_the_next_free_hour_of_each_artista(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    assert f"/sessoes/new?artista={cast.bia.id}" in browser.get("/").get_data(as_text=True)
    amanha = clock.today() + timedelta(days=1)
    with db.transaction() as session:
        for hora in (9, 11):
            book_sessao(
                session, quem=cast.quem_caio, nome=None, data=amanha, artista_id=cast.bia.id, hora=time(hora),
                duracao=120, valor=Decimal("1.00"), observacoes=None,
            )  # fmt: skip
    form = browser.get(f"/sessoes/new?artista={cast.bia.id}&dia={amanha}").get_data(as_text=True)
    assert 'value="13:00"' in form


def test_who_works_alone_is_not_asked_who_it_is(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("artista")
    assert 'name="artista_id"' not in browser.get(NOVA).get_data(as_text=True)
    mark(browser, cast, artista_id=str(cast.ana.id))
    # What the form does not have is not looked at.
    assert [s.artista_id for s in list_all()] == [cast.bia.id]


def test_a_taken_hour_is_said_beside_its_field_and_keeps_what_was_typed(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    mark(browser, cast)
    response = mark(browser, cast, hora="15:30", cliente="Nina Rosa", observacoes="fica aqui")
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    beside = page.partition('id="hora-erro"')[2].partition("</p>")[0]
    assert "Bia já tem uma sessão das 14:00 às 16:00 neste dia." in beside
    assert 'href="#hora"' in page
    assert "fica aqui" in page
    assert len(list_all()) == 1
    # Nobody is registered along with what was not booked.
    with db.transaction(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Cliente)) == 1
    assert mark(browser, cast, hora="16:00", cliente="Nina Rosa").status_code == 303


def test_of_several_with_one_name_the_page_asks_which_and_tells_an_artista_no_phone(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        outra = make_cliente(session, "DORA", telefone="(11) 95555-0000")
    for papel, told in (("recepcao", True), ("artista", False)):
        response = mark(log_in(papel), cast)
        page = response.get_data(as_text=True)
        assert response.status_code == 422
        assert "Há mais de uma pessoa com este nome." in page
        assert ("95555-0000" in page) == told
    assert mark(log_in("artista"), cast, cliente_id=str(outra.id)).status_code == 303
    assert [s.cliente_id for s in list_all()] == [outra.id]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"hora": "25:00"}, "hora e minuto"),
        ({"hora": "quatro"}, "hora e minuto"),
        ({"duracao": "1"}, "durar de 5 minutos"),
        ({"duracao": "99999"}, "durar de 5 minutos"),
        ({"duracao": "abc"}, "Escolha um da lista."),
        ({"dia": ""}, "Informe a data"),
        ({"dia": "2100-01-01"}, "A data precisa estar entre"),
        ({"dia": "1999-12-31"}, "A data precisa estar entre"),
        ({"artista_id": ""}, "Escolha um da lista."),
        ({"valor": "abc"}, "O valor não foi entendido."),
        ({"valor": "-5"}, "não pode ser negativo"),
        ({"cliente": "Do\x00ra"}, "caractere inválido"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_above(
    log_in: Callable[[str], Browser], cast: Cast, fields: dict[str, str], sentence: str
) -> None:
    response = mark(log_in("recepcao"), cast, **({"observacoes": "fica aqui"} | fields))
    page = response.get_data(as_text=True)
    name = next(iter(fields))
    assert response.status_code == 422
    assert f'href="#{name}"' in page.partition('class="resumo"')[2]
    assert sentence in page.partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    assert "fica aqui" in page
    assert list_all() == []


def test_an_artista_that_is_not_there_is_refused_and_a_form_sent_twice_is_one_booking(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    assert mark(browser, cast, artista_id="999").status_code == 404
    fields = hidden_fields(browser.get(NOVA).get_data(as_text=True)) | typed(cast)
    first, second = browser.send("/sessoes", fields), browser.send("/sessoes", fields)
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)
    assert len(list_all()) == 1


# --- moved, cancelled, undone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("papel", ["dono", "recepcao", "artista"])
def test_a_sessao_is_moved_and_the_press_of_desfazer_brings_it_back(
    log_in: Callable[[str], Browser], cast: Cast, papel: str
) -> None:
    browser = log_in(papel)
    mark(browser, cast)
    (old,) = list_all()
    path, depois = f"/sessoes/{old.id}", old.data + timedelta(days=3)
    form = browser.get(f"{path}/edit").get_data(as_text=True)
    assert 'value="14:00"' in form
    fields = typed(cast, cliente="Dora", dia=depois.isoformat(), hora="10:30", duracao="60", versao=str(old.versao))
    response = browser.post(path, fields, seen=f"{path}/edit")
    (moved,) = list_all()
    assert (moved.data, moved.hora, moved.duracao) == (depois, time(10, 30), 60)
    assert f"dia={depois}" in response.location
    page = browser.get(response.location)
    assert f"Alterada: Dora · Bia · {depois:%d/%m/%Y} 10:30." in read(page)
    press(browser, page.get_data(as_text=True), f"{path}/desfeita")
    (back,) = list_all()
    assert (back.data, back.hora, back.duracao, back.cliente_id) == (old.data, time(14), 120, cast.dora.id)
    # Who saw another version is told.
    assert browser.post(path, fields, seen=f"{path}/edit").status_code == 409
    nothing = typed(cast, cliente="Dora", versao=str(back.versao))
    assert "Nada mudou." in read(browser.get(browser.post(path, nothing, seen=f"{path}/edit").location))


@pytest.mark.parametrize("status", ["cancelada", "faltou", "realizada", "confirmada"])
def test_a_label_is_one_press_and_so_is_taking_it_back(
    log_in: Callable[[str], Browser], cast: Cast, status: str
) -> None:
    browser = log_in("artista")
    mark(browser, cast)
    (old,) = list_all()
    path = f"/sessoes/{old.id}"
    response = browser.post(f"{path}/situacao", {"status": status, "versao": str(old.versao)}, seen=f"{path}/edit")
    assert [s.status for s in list_all()] == [status]
    page = browser.get(response.location).get_data(as_text=True)
    assert ("Canceladas e faltas" in page) == (status in ("cancelada", "faltou"))
    # The hour is free again exactly when it does not take place.
    taken = mark(log_in("recepcao"), cast).status_code
    assert taken == (303 if status in ("cancelada", "faltou") else 409)
    undone = press(browser, page, f"{path}/desfeita").status_code
    assert undone == (409 if taken == 303 else 303)


def test_another_label_than_ours_and_an_old_version_are_refused(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    mark(browser, cast)
    path = f"/sessoes/{list_all()[0].id}"
    assert browser.post(f"{path}/situacao", {"status": "paga"}, seen="/").status_code == 400
    assert browser.post(f"{path}/situacao", {"status": "faltou", "versao": "9"}, seen="/").status_code == 409
    same = browser.post(f"{path}/situacao", {"status": "agendada", "versao": "1"}, seen="/")
    page = browser.get(same.location)
    assert "Nada mudou." in read(page)
    assert "Desfazer" not in read(page)
    assert browser.post(f"{path}/desfeita", {"ato": "outro"}, seen="/").status_code == 400


# --- what is shown --------------------------------------------------------------------------------------------------


def test_the_day_has_a_column_for_each_artista_and_the_week_all_days(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    mark(browser, cast)
    amanha = clock.today() + timedelta(days=1)
    with db.transaction() as session:
        paga = book(session, cast, "123.00", data=amanha, artista=cast.ana, cliente=cast.dora)
        pay(session, cast, "123.00", sessoes=[paga], artista=cast.ana, data=clock.today())
        solta = book(session, cast, "77.00", data=amanha)
    page = browser.get(f"/agenda?dia={amanha}")
    html = page.get_data(as_text=True)
    assert re.findall(r'<h2 id="a-\d+">(\w+)</h2>', html) == ["Ana", "Bia"]
    assert "Sem horário" in html
    assert f"/pagamentos/new?sessao={solta.id}" in html
    assert f"/pagamentos/new?sessao={paga.id}" not in html
    assert "R$ 123,00 · paga" in read(page)
    only = browser.get(f"/agenda?dia={amanha}&artista={cast.ana.id}").get_data(as_text=True)
    assert re.findall(r'<h2 id="a-\d+">(\w+)</h2>', only) == ["Ana"]
    week = browser.get(f"/agenda?dia={amanha}&visao=semana").get_data(as_text=True)
    assert week.count('<h2 id="d-') == 7
    assert "14:00–16:00" in week
    assert f"dia={amanha + timedelta(days=7)}" in week


def test_an_artista_meets_nothing_of_anothers(log_in: Callable[[str], Browser], cast: Cast) -> None:
    amanha = clock.today() + timedelta(days=1)
    with db.transaction() as session:
        others = book(session, cast, "654.32", data=amanha, artista=cast.ana, cliente=cast.dora)
    browser = log_in("artista")
    for path in (f"/agenda?dia={amanha}", f"/agenda?dia={amanha}&visao=semana", "/sessoes?ate=2099-12-31"):
        page = browser.get(path).get_data(as_text=True)
        assert "654,32" not in page
        assert "Receber" not in page
    for path in (
        f"/agenda?artista={cast.ana.id}", f"/sessoes?artista={cast.ana.id}", f"/sessoes/{others.id}/edit"
    ):  # fmt: skip
        assert browser.get(path).status_code == 404, path
    for path, fields in {
        f"/sessoes/{others.id}": typed(cast, versao="1"),
        f"/sessoes/{others.id}/situacao": {"status": "cancelada", "versao": "1"},
        f"/sessoes/{others.id}/desfeita": {"ato": "edicao"},
        f"/agenda/calendarios/{cast.ana.id}": {},
        f"/agenda/calendarios/{cast.ana.id}/exclusao": {},
    }.items():
        assert browser.post(path, fields, seen="/").status_code == 404, path
    for path in (f"/sessoes/{others.id}/exclusao", f"/sessoes/{others.id}/vinculo"):
        assert browser.post(path, {"pagamento_id": "1"}, seen="/").status_code == 403, path
    assert [(s.id, s.versao, s.status) for s in list_all()] == [(others.id, 1, "agendada")]


@pytest.mark.parametrize(
    "query", ["dia=2026-02-30", "dia=amanha", "dia=0001-01-01", "dia=9999-12-31", "artista=abc", "artista=" + "9" * 30]
)
def test_what_cannot_be_meant_is_refused(log_in: Callable[[str], Browser], query: str) -> None:
    browser = log_in("dono")
    assert browser.get(f"/agenda?{query}").status_code == 422
    assert browser.get(f"/sessoes/new?{query}").status_code == 404


@pytest.mark.parametrize("dia", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_are_days(log_in: Callable[[str], Browser], dia: str) -> None:
    browser = log_in("dono")
    assert browser.get(f"/agenda?dia={dia}").status_code == 200
    assert browser.get(f"/agenda?dia={dia}&visao=semana").status_code == 200
    assert browser.get(f"/sessoes?de={dia}").status_code == 200


def test_a_full_day_asks_as_much_as_an_empty_one(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    statements = record_statements()
    counts = []
    for path in ("/agenda", "/agenda?visao=semana"):
        for number in range(2):
            statements.clear()
            assert browser.get(path).status_code == 200
            counts.append(len(statements))
            if number == 0:
                with db.transaction() as session:
                    for n in range(8):
                        artista = make_artista(session, f"Artista {path} {n}")
                        for _ in range(4):
                            book(session, cast, data=clock.today(), artista=artista, cliente=cast.dora)
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert max(counts) <= 7


def test_stored_text_is_shown_as_text(log_in: Callable[[str], Browser], cast: Cast) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
    browser = log_in("dono")
    response = mark(browser, cast, cliente=evil, observacoes=evil)
    (sessao,) = list_all()
    for path in (
        response.location,
        f"/agenda?dia={sessao.data}&visao=semana",
        f"/sessoes/{sessao.id}/edit",
        "/sessoes?ate=2099-12-31",
    ):
        page = browser.get(path).get_data(as_text=True)
        assert "<img" not in page, path
        assert "&lt;img src=x onerror=alert(1)&gt;" in page, path


def test_a_booking_at_night_stands_on_its_business_day(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    mark(browser, cast, dia="2026-12-10", hora="01:30", duracao="60")
    assert [s.data for s in list_all()] == [date(2026, 12, 10)]
    assert "01:30–02:30 Dora" in read(browser.get("/agenda?dia=2026-12-10"))
    assert "01:30" not in read(browser.get("/agenda?dia=2026-12-11")).partition("Sem horário")[0]


def test_who_comes_when_is_not_the_contadors_to_know(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        book(session, cast, data=clock.today(), cliente=cast.dora)
    assert "Próximas sessões" in read(log_in("dono").get("/"))
    assert "Próximas sessões" not in read(log_in("contador").get("/"))
