"""Busca: one box, read in every way that it can be meant, over what each papel may see."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from cast import Cast, book, make_cliente, pay, shut, spend
from sqlalchemy import event
from web.conftest import Browser

from estudio import clock, db
from estudio.domain.busca import Pedido
from estudio.services.busca_service import search
from estudio.services.estoque_service import register_item

SETEMBRO = date(2025, 9, 15)


@pytest.fixture
def livros(cast: Cast) -> Cast:
    """Books with something of each kind, September 2025 closed."""
    with db.transaction() as session:
        joao = make_cliente(session, "João da Silva", telefone="(11) 98765-4321")
        pay(session, cast, "450.00", data=SETEMBRO, artista=cast.bia, cliente=joao)
        pay(session, cast, "137.50", data=SETEMBRO, artista=cast.ana)
        spend(session, cast, "61.30", data=SETEMBRO, descricao="Agulhas 12RL")
        register_item(session, quem=cast.quem_caio, nome="Película protetora", quantidade=8)
    with db.transaction() as session:
        shut(session, "2025-09")
    with db.transaction() as session:
        book(session, cast, "900.00", data=clock.today() + timedelta(days=3), cliente=joao, artista=cast.bia)
        book(session, cast, "333.00", data=clock.today(), artista=cast.ana)
    return cast


def look(browser: Browser, q: str) -> str:
    response = browser.client.get("/busca", query_string={"q": q}, base_url="http://localhost")
    assert response.status_code == 200, q
    return response.get_data(as_text=True)


@pytest.mark.usefixtures("livros")
@pytest.mark.parametrize("q", ["joão", "Joao", "JOÃO", "silva joão"])
def test_a_name_is_found_without_its_accents_in_closed_months_too(log_in: Callable[[str], Browser], q: str) -> None:
    page = look(log_in("dono"), q)
    assert 'id="b-clientes"' in page
    assert "R$ 450,00" in page
    assert "R$ 900,00" in page
    assert "137,50" not in page


@pytest.mark.usefixtures("livros")
@pytest.mark.parametrize(
    ("q", "found", "not_found"),
    [
        ("15/09/2025", ["R$ 450,00", "R$ 137,50", "R$ 61,30", "setembro de 2025"], ["900,00"]),
        ("15/09", ["R$ 450,00", "R$ 61,30"], ["900,00"]),
        ("2025-09-15", ["R$ 137,50"], []),
        ("450", ["R$ 450,00"], ["137,50", "900,00"]),
        ("137,50", ["R$ 137,50"], ["R$ 450,00"]),
        ("R$ 61,30", ["Agulhas 12RL"], ["R$ 450,00"]),
        ("900", ["R$ 900,00"], ["R$ 450,00"]),
        ("setembro de 2025", ["setembro de 2025", "fechado"], []),
        ("09/2025", ["setembro de 2025"], []),
        ("agulhas", ["R$ 61,30"], ["R$ 450,00"]),
        ("pelicula", ["Película protetora"], []),
        ("98765", ["João da Silva"], []),
    ],
)
def test_a_day_an_amount_a_month_and_words_are_each_understood(
    log_in: Callable[[str], Browser], q: str, found: list[str], not_found: list[str]
) -> None:
    page = look(log_in("dono"), q)
    assert [text for text in found if text not in page] == []
    assert [text for text in not_found if text in page] == []


@pytest.mark.usefixtures("livros")
@pytest.mark.parametrize("q", ["xyzzy", "29/02/2025", "99/99", "%", "_", "a"])
def test_what_is_nowhere_is_not_found(log_in: Callable[[str], Browser], q: str) -> None:
    page = look(log_in("dono"), q)
    assert "Nada encontrado" in page


@pytest.mark.usefixtures("livros")
def test_each_papel_finds_what_it_may_see_elsewhere(log_in: Callable[[str], Browser]) -> None:
    artista, recepcao, contador = log_in("artista"), log_in("recepcao"), log_in("contador")
    assert "R$ 450,00" in look(artista, "450")
    assert "137,50" not in look(artista, "137,50").split("<main")[1].split('value="137,50"')[1]
    assert "Nada encontrado" in look(artista, "333")
    assert "Agulhas" not in look(artista, "61,30")
    assert 'id="b-clientes"' not in look(artista, "joão")
    assert 'id="b-clientes"' in look(recepcao, "joão")
    assert "Nada encontrado" in look(recepcao, "agulhas")
    assert "Nada encontrado" in look(recepcao, "setembro de 2025")
    assert "Agulhas" in look(contador, "agulhas")
    assert 'id="b-clientes"' not in look(contador, "joão")
    assert 'id="b-itens"' not in look(contador, "pelicula")


@pytest.mark.parametrize("q", ["x" * 101, "a\x00b", "a\nb"])
def test_what_is_no_text_is_said_beside_the_box(log_in: Callable[[str], Browser], q: str) -> None:
    response = log_in("dono").client.get("/busca", query_string={"q": q}, base_url="http://localhost")
    assert response.status_code == 422
    assert "Procure por até 100 letras." in response.get_data(as_text=True)


ANTIGO = date(2024, 2, 10)


@pytest.fixture
def anos(cast: Cast) -> Cast:
    """Pagamentos of long ago that words tell in each way, and one of today."""
    with db.transaction() as session:
        joao = make_cliente(session, "João da Silva")
        pay(
            session,
            cast,
            "11.11",
            data=ANTIGO,
            artista=cast.bia,
            cliente=joao,
            observacoes="Sombreado, ATÉ o ombro (3ª)",
        )
        velha = book(session, cast, "22.22", data=ANTIGO, artista=cast.ana)
        pay(session, cast, "22.22", data=ANTIGO, artista=cast.ana, observacoes="Coração + raízes", sessoes=[velha])
        pay(session, cast, "33.33", data=ANTIGO, artista=cast.ana, cliente=joao)
        pay(session, cast, "44.44", data=clock.today(), artista=cast.bia, cliente=joao)
    return cast


@pytest.mark.usefixtures("anos")
@pytest.mark.parametrize(
    ("q", "found", "not_found"),
    [
        ("coracao", ["22,22", "b-sessoes"], ["11,11", "33,33", "44,44"]),
        ("CORAÇÃO RAIZES", ["22,22"], ["11,11", "33,33", "44,44"]),
        ("até ómbro", ["11,11"], ["22,22", "33,33", "44,44"]),
        ("at", ["11,11"], ["33,33"]),
        ("joao", ["11,11", "33,33", "44,44"], ["22,22"]),
        ("joão ana", ["33,33"], ["11,11", "22,22", "44,44"]),
        ("joao ombro bia", ["11,11"], ["22,22", "33,33", "44,44"]),
        ("(3", ["11,11"], ["22,22"]),
        ("+ raiz", ["22,22"], ["11,11"]),
        ("o.bro", [], ["11,11", "22,22"]),
        ("silva coracao", [], ["11,11", "22,22", "33,33", "44,44"]),
    ],
)
def test_words_are_found_in_names_and_notes_of_every_year(
    log_in: Callable[[str], Browser], q: str, found: list[str], not_found: list[str]
) -> None:
    page = look(log_in("dono"), q)
    assert [text for text in found if text not in page] == []
    assert [text for text in not_found if text in page] == []


@pytest.mark.usefixtures("anos")
def test_an_artista_finds_words_of_long_ago_in_their_own_alone(log_in: Callable[[str], Browser]) -> None:
    bia = log_in("artista")
    page = look(bia, "joao")
    assert "11,11" in page
    assert "33,33" not in page
    assert "Nada encontrado" in look(bia, "coracao")


def test_the_newest_ten_are_shown_of_all_years_together(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for numero in range(6):
            pay(session, cast, f"{100 + numero}.01", data=ANTIGO, observacoes="fênix")
            pay(session, cast, f"{200 + numero}.01", data=clock.today(), observacoes="Fenix")
    page = look(log_in("dono"), "fenix")
    assert all(f"R$ {200 + numero},01" in page for numero in range(6))
    assert [numero for numero in range(6) if f"R$ {100 + numero},01" in page] == [2, 3, 4, 5]
    assert "Há mais." in page


def test_an_amount_and_a_word_of_the_notes_have_an_index(cast: Cast) -> None:
    """On few rows PostgreSQL reads them all: told not to, it must find the rows of what Busca really asks by index."""
    sent: list[tuple[str, dict[str, object]]] = []
    with db.transaction(read_only=True) as session:
        event.listen(session.connection().engine, "before_cursor_execute", lambda *a: sent.append((a[2], a[3])))
        for texto in ("coracao", "450,00"):
            search(session, Pedido.parse(texto, hoje=clock.today()), quem=cast.quem_ana)
        assert len(sent) <= 18
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            session.connection().exec_driver_sql(f"set local enable_{way} = off")
        asked = [(query, values) for query, values in sent if "pagamentos" in query]
        plans = "".join(
            str(line)
            for query, values in asked
            for line in session.connection().exec_driver_sql(f"explain {query}", values).scalars()
        )
    assert "pagamentos_observacoes_trigramas" in plans
    assert "pagamentos_valor" in plans
