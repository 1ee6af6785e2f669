"""The calendar of an artista: a secret link, made, renewed and ended; what another program reads through it."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cast import Cast
from conftest import Banco
from icalendar import Calendar
from psycopg import sql
from web.conftest import Browser
from web.test_pagamentos import press

from estudio import clock, db
from estudio.config import get_settings
from estudio.services.agenda_service import book_sessao
from estudio.services.artista_service import deactivate_artista
from estudio.services.calendario_service import shorten_nome
from estudio.services.sessao_service import cancel_sessao, edit_sessao
from estudio.services.usuario_service import CamposDoUsuario, edit_usuario

LINK = re.compile(r"http://localhost(/agenda/ics/[\w-]{43}\.ics)")


def make_link(browser: Browser, cast: Cast) -> str:
    """Press the button; the link is on the page that follows, and on no other."""
    path = f"/agenda/calendarios/{cast.bia.id}"
    page = browser.get("/agenda/calendarios").get_data(as_text=True)
    after = browser.get(press(browser, page, path).location).get_data(as_text=True)
    assert LINK.search(browser.get("/agenda/calendarios").get_data(as_text=True)) is None
    return str(LINK.findall(after)[0])


def read_feed(browser: Browser, link: str) -> list[Any]:
    response = browser.get(link)
    assert response.status_code == 200
    assert response.content_type == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    return list(Calendar.from_ical(response.get_data()).events)


def mark(cast: Cast, hora: str | None, *, nome: str | None = "Dora Souza Lima", dia: date | None = None) -> int:
    with db.transaction() as session:
        return book_sessao(
            session,
            quem=cast.quem_caio,
            nome=nome,
            data=dia or clock.today(),
            artista_id=cast.bia.id,
            hora=None if hora is None else time.fromisoformat(hora),
            duracao=90,
            valor=Decimal("987.65"),
            observacoes="segredo de saúde",
        ).id


@pytest.mark.parametrize("papel", ["dono", "artista"])
def test_the_link_shows_the_agenda_to_whoever_has_it_and_nothing_of_the_client_but_a_first_name(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast, papel: str
) -> None:
    sessao_id, _night, loose = mark(cast, "14:00"), mark(cast, "01:30", nome=None), mark(cast, None)
    with db.transaction() as session:
        edit_sessao(session, sessao_id, quem=cast.quem_ana, valor=Decimal("1.00"))
    link = make_link(log_in(papel), cast)
    events = {str(e["uid"]).partition("@")[0]: e for e in read_feed(browser, link)}
    assert len(events) == 3
    event, zone = events[f"sessao-{sessao_id}"], ZoneInfo(get_settings().tz)
    hoje = clock.today()
    assert str(event["summary"]) == "Dora L."
    assert event["dtstart"].dt == datetime.combine(hoje, time(14), zone)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=90)
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 1)
    assert events[f"sessao-{_night}"]["dtstart"].dt == datetime.combine(hoje + timedelta(days=1), time(1, 30), zone)
    assert events[f"sessao-{loose}"]["dtstart"].dt == hoje
    body = browser.get(link).get_data(as_text=True)
    for secret in ("Souza", "987,65", "987.65", "segredo", "90000"):
        assert secret not in body
    assert "BEGIN:VTIMEZONE" in body


def test_what_moves_keeps_its_name_and_what_is_cancelled_is_said_to_be(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast
) -> None:
    sessao_id = mark(cast, "14:00")
    link = make_link(log_in("artista"), cast)
    (before,) = read_feed(browser, link)
    with db.transaction() as session:
        edit_sessao(session, sessao_id, quem=cast.quem_ana, hora=time(10))
        cancel_sessao(session, sessao_id, quem=cast.quem_ana)
    (after,) = read_feed(browser, link)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert (str(after["status"]), after["dtstart"].dt.hour) == ("CANCELLED", 10)


def test_the_window_is_some_weeks_back_and_a_year_ahead(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast
) -> None:
    for days in (-61, -60, 399, 400):
        mark(cast, "14:00", dia=clock.today() + timedelta(days=days))
    assert len(read_feed(browser, make_link(log_in("dono"), cast))) == 2


def test_a_new_link_ends_the_old_one_and_ending_it_leaves_none(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast, banco: Banco
) -> None:
    bia = log_in("artista")
    first = make_link(bia, cast)
    second = make_link(bia, cast)
    assert first != second
    assert (browser.get(first).status_code, browser.get(second).status_code) == (404, 200)
    page = bia.get("/agenda/calendarios").get_data(as_text=True)
    press(bia, page, f"/agenda/calendarios/{cast.bia.id}/exclusao")
    assert browser.get(second).status_code == 404
    third = make_link(bia, cast)
    chave = third.removeprefix("/agenda/ics/").removesuffix(".ics")
    # Kept nowhere: not as what the deed answered, not in the trail, not in its own table.
    with banco.connect_as_superuser() as connection:
        for table in ("idempotencia", "auditoria", "calendarios"):
            query = sql.SQL("select to_jsonb(t)::text from estudio.{} t").format(sql.Identifier(table))
            rows = connection.execute(query).fetchall()
            assert rows
            assert not any(chave in row[0] for row in rows), table
        assert connection.execute(
            "select count(*) from estudio.auditoria where tabela = 'calendarios' and depois ? 'chave_sha256'"
        ).fetchone() == (0,)


def test_who_leaves_the_studio_reads_its_agenda_no_longer(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast
) -> None:
    link = make_link(log_in("dono"), cast)
    with db.transaction() as session:
        deactivate_artista(session, cast.bia.id, quem=cast.quem_ana)
    assert browser.get(link).status_code == 404


@pytest.mark.parametrize("change", [{"ativo": False}, {"papel": "recepcao"}, {"artista_id": 1}])
def test_who_is_let_out_or_is_another_now_reads_it_no_longer(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast, change: CamposDoUsuario
) -> None:
    """The artista stays in the books and on the list: it is the person who must not see who comes next week."""
    link, usuario_id = make_link(log_in("artista"), cast), cast.quem_bia.usuario_id
    assert usuario_id is not None
    with db.transaction() as session:
        edit_usuario(session, usuario_id, quem=cast.quem_ana, nome="Bia Nova", email="bia.nova@estudio.example")
    assert browser.get(link).status_code == 200
    with db.transaction() as session:
        edit_usuario(session, usuario_id, quem=cast.quem_ana, **change)
    assert browser.get(link).status_code == 404


@pytest.mark.parametrize("chave", ["x", "a" * 43, "%00", "%FF" * 8, "a" * 5_000, "..%2f"])
def test_a_key_that_is_none_opens_nothing(browser: Browser, chave: str) -> None:
    assert browser.get(f"/agenda/ics/{chave}.ics").status_code == 404


def test_an_artista_is_shown_their_own_link_alone(log_in: Callable[[str], Browser], cast: Cast) -> None:
    page = log_in("artista").get("/agenda/calendarios").get_data(as_text=True)
    assert f'action="/agenda/calendarios/{cast.bia.id}"' in page
    assert f'action="/agenda/calendarios/{cast.ana.id}"' not in page


def test_a_name_is_shortened() -> None:
    names = {
        "Dora": "Dora",
        "Dora Souza Lima": "Dora L.",
        "  ": "Sessão",
        "x" * 99: "x" * 40,
        "Não informado": "Sessão",
    }
    assert {nome: shorten_nome(nome) for nome in names} == names
