"""Who and what the words of a file are here: people by their exact name, formas and categorias by theirs."""

import pytest
from cast import make_artista, make_cast, make_cliente
from conftest import Banco
from importar import Bring, ask, count_everything, list_notices, list_refusals
from planilha_v4 import SETEMBRO, gasto, pagamento
from sqlalchemy import text

from estudio import db
from estudio.domain.errors import ImportacaoRecusada


def test_people_are_found_by_their_exact_name_however_it_is_spelled(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        make_artista(session, "BÍA", percentual=4000)
        make_cliente(session, "João da Silva")
        make_cliente(session, "João")
    bring([
        pagamento(1, "2025-09-01", "10.0", cliente_name="joao  da silva"),
        pagamento(2, "2025-09-01", "10.0", cliente_name="Jo_o"),
        pagamento(3, "2025-09-01", "10.0", artista_name=" bia "), pagamento(4, "2025-09-01", "10.0", cliente_name="%"),
    ])  # fmt: skip
    assert ask(banco, "select nome from estudio.artistas") == [("BÍA",)]
    assert ask(
        banco,
        "select p.id, c.nome from estudio.pagamentos p left join estudio.clientes c on c.id = p.cliente_id order by 1",
    ) == [(1, "João da Silva"), (2, "Jo_o"), (3, None), (4, "%")]


def test_several_of_one_name_are_asked_about(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        make_cliente(session, "Ana")
        make_cliente(session, "ana")
        make_artista(session, "Bia")
        make_artista(session, "Bia")
    before = count_everything(banco)
    with pytest.raises(ImportacaoRecusada, match=r"há 2 artistas com o nome Bia \(nº 1, 2\)") as refused:
        bring(
            [
                pagamento(1, "2025-09-01", "10.0", cliente_name="Aná"),
                pagamento(2, "2025-09-01", "10.0", cliente_name="Eva"),
            ]
        )
    assert list_refusals(refused) == [(2, "pessoa_ambigua"), (2, "pessoa_ambigua")]
    assert count_everything(banco) == before


def test_who_was_identified_once_stays_that_person(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "10.0", cliente_name="Eva")])
    with db.transaction() as session:
        make_cliente(session, "Eva")
    bring([pagamento(2, "2025-09-02", "10.0", cliente_name="Eva")])
    assert ask(banco, "select distinct cliente_id from estudio.pagamentos") == [(1,)]


def test_a_merged_client_is_who_it_was_merged_into(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        one, other = make_cliente(session, "Eva"), make_cliente(session, "Eva Souza")
        session.execute(text("update estudio.clientes set fundido_em = :a where id = :b"), {"a": other.id, "b": one.id})
        kept = other.id
    bring([pagamento(1, "2025-09-01", "10.0", cliente_name="Eva")])
    assert ask(banco, "select cliente_id from estudio.pagamentos") == [(kept,)]


def test_no_name_is_kept_among_the_keys_of_what_was_imported(banco: Banco, bring: Bring) -> None:
    bring(SETEMBRO)
    kept = ask(banco, "select string_agg(l::text, '') || (select string_agg(i::text, '') from estudio.importacoes i)"
                      " from estudio.importacao_linhas l")  # fmt: skip
    assert "Cliente" not in kept[0][0]


def test_who_entered_it_is_the_user_of_that_name(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        caio = make_cast(session).quem_caio.usuario_id
    done = bring(
        [gasto(1, "2025-09-01", "10.0", creator_name="caio"), gasto(2, "2025-09-01", "10.0", creator_name="Zé")]
    )
    assert ask(banco, "select criado_por from estudio.gastos order by id") == [(caio,), (None,)]
    assert list_notices(done) == [(3, "sem_usuario")]


@pytest.mark.parametrize(
    ("words", "codigo"),
    [
        ("Dinheiro", "dinheiro"), ("PIX", "pix"), ("Cartão de Crédito", "credito"), ("Crédito", "credito"),
        ("cartao de debito", "debito"), ("Débito", "debito"), ("Transferência", "transferencia"), ("Outros", "outros"),
    ],
)  # fmt: skip
def test_forms_are_found_by_label_code_or_nickname(banco: Banco, bring: Bring, words: str, codigo: str) -> None:
    bring(
        [
            pagamento(1, "2025-09-01", "10.0", forma_pagamento=words),
            gasto(1, "2025-09-01", "10.0", forma_pagamento=words),
        ]
    )
    assert (
        ask(banco, "select forma from estudio.pagamentos union all select forma from estudio.gastos") == [(codigo,)] * 2
    )
    assert ask(banco, "select count(*) from estudio.formas") == [(6,)]


def test_a_form_that_is_in_no_list_keeps_its_words_and_is_not_offered(banco: Banco, bring: Bring) -> None:
    done = bring([
        gasto(1, "2025-09-01", "10.0", forma_pagamento="Cheque", categoria="Café"),
        gasto(2, "2025-09-01", "10.0", forma_pagamento="cheque", categoria="material"), gasto(3, "2025-09-01", "5.0"),
    ])  # fmt: skip
    assert ask(banco, "select codigo, rotulo, ativa from estudio.formas where codigo = 'cheque'") == [
        ("cheque", "Cheque", False)
    ]
    assert ask(banco, "select forma, categoria from estudio.gastos order by id") == [
        ("cheque", "cafe"),
        ("cheque", "material"),
        ("dinheiro", None),
    ]
    assert list_notices(done) == [(2, "categorias_novas"), (2, "formas_novas")]


def test_a_column_of_something_else_is_not_taken_for_forms(bring: Bring) -> None:
    with pytest.raises(ImportacaoRecusada, match="Confira se a coluna é essa mesma"):
        bring([pagamento(n, "2025-09-01", "10.0", forma_pagamento=f"Forma {n}") for n in range(1, 30)])
