"""Clients: found by name exactly, searched by what one remembers of them, merged by a pointer."""

import unicodedata
from typing import Any

import pytest
from cast import Cast, make_cast, make_cliente, pay, shut
from conftest import Banco
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import AlteradoDepois, ClienteAmbiguo, FusaoRecusada, SemPermissao, TextoInvalido
from estudio.domain.pagamento import Pagamento
from estudio.services.cliente_service import (
    edit_cliente,
    find_cliente,
    find_or_register_cliente,
    list_clientes,
    register_cliente,
    search_clientes,
)
from estudio.services.fusao_service import list_familia, merge_clientes, unmerge_cliente

RLO, ZWJ = "\u202e", "\u200d"


def search(session: Session, cast: Cast, texto: str) -> list[str]:
    return [cliente.nome for cliente in search_clientes(session, texto, quem=cast.quem_caio)]


def test_a_client_is_found_by_name_whatever_its_accents_case_and_spaces(session: Session) -> None:
    make_cast(session)
    joao = make_cliente(session, "João da Silva")
    for nome in ("João da Silva", "joao  DA silva", " JOÃO DA SILVA ", unicodedata.normalize("NFD", "João da Silva")):
        assert find_cliente(session, nome) is joao
    for nome in ("João", "João da Silva Neto", "João da Silv_", "%", ""):
        assert find_cliente(session, nome) is None


def test_several_of_one_name_are_asked_about(session: Session) -> None:
    make_cast(session)
    first = make_cliente(session, "João", telefone="1111")
    second = make_cliente(session, "joao")
    with pytest.raises(ClienteAmbiguo, match="Há 2 clientes com o nome JOÃO") as caught:
        find_cliente(session, "JOÃO")
    assert caught.value.details["clientes"] == [
        {"id": first.id, "nome": "João", "telefone": "1111"},
        {"id": second.id, "nome": "joao", "telefone": None},
    ]


def test_scenario_29_percent_and_underscore_stand_for_themselves(session: Session) -> None:
    cast = make_cast(session)
    nomes = ("%", "Jo_o", "João", "Joao 100%", "Jo\\o", "a%b_c\\d")
    clientes = {nome: make_cliente(session, nome) for nome in nomes}
    for nome, cliente in clientes.items():
        if nome != "João":
            assert find_cliente(session, nome) is cliente
    assert search(session, cast, "%") == ["%", "a%b_c\\d", "Joao 100%"]
    assert search(session, cast, "Jo_o") == ["Jo_o"]
    assert search(session, cast, "jo\\o") == ["Jo\\o"]
    assert search(session, cast, "_") == ["a%b_c\\d", "Jo_o"]


def test_scenario_32_a_client_is_found_by_any_words_of_the_name(session: Session) -> None:
    cast = make_cast(session)
    make_cliente(session, "João da Silva")
    make_cliente(session, "Joana Prado")
    for texto in ("joão", "Joao", "JOÃO", "silva joão", "ilv oao", "João da Silva"):
        assert search(session, cast, texto) == ["João da Silva"]
    assert search(session, cast, "joao prado") == []
    assert search(session, cast, "") == search(session, cast, "   ") == []


def test_the_best_match_is_first(session: Session) -> None:
    cast = make_cast(session)
    for nome in ("Mariana", "Ana", "Susana Lima", "Bruna Ana", "Ana Lima"):
        make_cliente(session, nome)
    assert search(session, cast, "ana") == ["Ana", "Ana Lima", "Bruna Ana", "Mariana", "Susana Lima"]


def test_a_client_is_found_by_the_digits_of_the_phone(session: Session) -> None:
    cast = make_cast(session)
    make_cliente(session, "Cida", telefone="+55 (11) 98765-4321")
    for texto in ("98765", "987654321", "(11) 98765-4321", "4321", "+5511987654321"):
        assert search(session, cast, texto) == ["Cida"]
    assert search(session, cast, "98765-9999") == []


def test_scenario_33_a_name_is_kept_as_it_was_entered(session: Session) -> None:
    cast = make_cast(session)
    for nome in (
        "=1+1",
        "<img onerror=alert(1)>",
        "Zoë 🌷👩" + ZWJ + "🎨",
        RLO + "oãoJ",
        "x" * 10_000,
        "ﷺ" * 200,
        '";DROP',
        "\t@cmd",
        "日本",
    ):
        cliente = register_cliente(session, quem=cast.quem_caio, nome=nome, observacoes=nome)
        session.expire(cliente)
        assert (cliente.nome, cliente.observacoes) == (nome, nome)
        assert find_cliente(session, nome) is cliente
    pagamento = pay(session, cast, "10.00", observacoes="<img onerror=…>")
    session.expire(pagamento)
    assert pagamento.observacoes == "<img onerror=…>"


@pytest.mark.parametrize("nome", ["", "   ", "a\x00b", "\ud800", "x" * 10_001])
def test_a_name_that_is_none_is_refused(session: Session, nome: str) -> None:
    cast = make_cast(session)
    with pytest.raises(TextoInvalido):
        register_cliente(session, quem=cast.quem_caio, nome=nome)


def test_a_client_is_edited_and_an_older_version_is_told_so(session: Session) -> None:
    cast = make_cast(session)
    edit_cliente(session, cast.dora.id, quem=cast.quem_caio, versao=1, nome="Dóra Lima", telefone="")
    assert (cast.dora.nome_busca, cast.dora.telefone, cast.dora.versao) == ("dora lima", None, 2)
    with pytest.raises(AlteradoDepois):
        edit_cliente(session, cast.dora.id, quem=cast.quem_caio, versao=1, nome="D")


def test_a_name_typed_in_a_form_is_found_or_registered(session: Session) -> None:
    cast = make_cast(session)
    assert find_or_register_cliente(session, "DORA", quem=cast.quem_caio) is cast.dora
    nova = find_or_register_cliente(session, "Dora Lima", quem=cast.quem_caio)
    assert find_or_register_cliente(session, "dora lima", quem=cast.quem_caio) is nova


def test_a_merge_points_and_rewrites_nothing(session: Session) -> None:
    cast = make_cast(session)
    menor = make_cliente(session, "Dora L.")
    pagamento = pay(session, cast, "80.00", cliente=menor)
    assert merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id) is cast.dora
    session.refresh(pagamento)
    assert (pagamento.cliente_id, pagamento.versao) == (menor.id, 1)
    assert list_familia(session, cast.dora.id) == [cast.dora.id, menor.id]
    assert find_cliente(session, "Dora L.") is cast.dora
    assert search(session, cast, "dora") == ["Dora"]
    assert menor.nome not in [cliente.nome for cliente in list_clientes(session, quem=cast.quem_caio)]
    unmerge_cliente(session, menor.id, quem=cast.quem_caio)
    assert find_cliente(session, "Dora L.") is menor
    assert list_familia(session, cast.dora.id) == [cast.dora.id]


def test_merges_follow_each_other_and_never_go_in_a_circle(session: Session) -> None:
    cast = make_cast(session)
    a, b, c = (make_cliente(session, nome) for nome in "abc")
    merge_clientes(session, a.id, quem=cast.quem_caio, em=b.id)
    merge_clientes(session, b.id, quem=cast.quem_caio, em=c.id)
    assert find_cliente(session, "a") is c
    assert list_familia(session, c.id) == [a.id, b.id, c.id]
    for de, em in ((c, a), (c, b), (c, c), (a, c)):
        with pytest.raises(FusaoRecusada):
            merge_clientes(session, de.id, quem=cast.quem_caio, em=em.id)
    with pytest.raises(FusaoRecusada):
        unmerge_cliente(session, c.id, quem=cast.quem_caio)
    d = make_cliente(session, "d")
    assert merge_clientes(session, d.id, quem=cast.quem_caio, em=a.id) is c


def test_two_of_one_name_that_are_one_person_are_found_without_a_question(session: Session) -> None:
    cast = make_cast(session)
    first, second = make_cliente(session, "João"), make_cliente(session, "joao")
    merge_clientes(session, second.id, quem=cast.quem_caio, em=first.id)
    assert find_cliente(session, "João") is first


@pytest.mark.usefixtures("banco")
def test_clients_of_a_closed_month_are_merged_all_the_same() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        menor = make_cliente(session, "Dora L.")
        pay(session, cast, "80.00", cliente=menor)
    with db.transaction() as session:
        shut(session, "2026-10")
    with db.transaction() as session:
        merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id)
        assert session.scalar(select(Pagamento.cliente_id)) == menor.id


def test_pages_of_clients_hold_each_once_in_order_of_name(session: Session) -> None:
    cast = make_cast(session)
    for n in range(30):
        make_cliente(session, f"Cliente {n % 7}")
    names: list[str] = []
    last = None
    while pagina := list_clientes(session, quem=cast.quem_caio, depois_de=last, limite=4):
        names += [cliente.nome for cliente in pagina]
        last = (pagina[-1].nome_busca[:100], pagina[-1].id)
    assert len(names) == 31
    assert names == sorted(names)


def test_artista_and_contador_do_not_see_the_clients(session: Session) -> None:
    cast = make_cast(session)
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            search_clientes(session, "dora", quem=quem)
        with pytest.raises(SemPermissao):
            register_cliente(session, quem=quem, nome="X")


def test_fifty_thousand_clients_are_searched_through_their_indexes(banco: Banco) -> None:
    """How long it takes is measured in bench/; here, that no search of three letters or more reads them all."""
    with db.transaction() as session:
        cast = make_cast(session)
    with banco.connect_as_superuser() as connection:
        connection.execute(
            "insert into estudio.clientes (nome, nome_busca, telefone) select nome, nome, tel from (select"
            " (array['joao','maria','ana','jose','bruna','carlos','dora','edu'])[1 + n % 8] || ' ' ||"
            " (array['silva','souza','lima','prado','nunes','reis','paz'])[1 + n % 7] || ' ' || n as nome,"
            " '(11) 9' || lpad((n * 7919 % 10000)::text, 4, '0') || '-' || lpad((n * 31 % 10000)::text, 4, '0') as tel"
            " from generate_series(1, 50000) n) clientes"
        )
        connection.execute("vacuum analyze estudio.clientes")
    statements: list[tuple[str, Any]] = []
    with db.transaction(read_only=True) as session:
        event.listen(db.get_engine(), "before_cursor_execute", lambda *a: statements.append((a[2], a[3])))
        for texto in ("silva 49", "zzzz", "9876-54"):
            statements.clear()
            search_clientes(session, texto, quem=cast.quem_caio)
            statement, values = statements[0]
            plan = "\n".join(row[0] for row in db.raw(session).execute("explain " + statement, values))
            assert "trigramas" in plan, f"{texto}: {plan}"
            assert "Seq Scan on clientes" not in plan, f"{texto}: {plan}"
