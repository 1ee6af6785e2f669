"""Version 4's files in the books: what becomes of money, links, shares, people and words; all of it or nothing."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cast import make_artista, make_cast, make_cliente
from conftest import Banco
from planilha_v4 import SETEMBRO, VAZIAS, Row, comissao, gasto, pagamento, render_pt_br, render_v4, save, sessao
from sqlalchemy import text

from estudio import db
from estudio.domain.errors import ImportacaoRecusada, SemPermissao
from estudio.domain.usuario import Quem
from estudio.services.import_service import Importada, Plano, import_leitura, preview_leitura, read_arquivo

DONO = Quem(None, "dono", "teste")

Bring = Callable[[list[Row]], Importada]


@pytest.fixture
def bring(banco: Banco, tmp_path: Path) -> Bring:
    """Imports rows as a file of version 4, and commits."""
    del banco

    def bring(rows: list[Row]) -> Importada:
        leitura = read_arquivo(save(tmp_path / "backup.csv", render_v4(rows)))
        return db.run(lambda session: import_leitura(session, leitura, quem=DONO))

    return bring


@pytest.fixture
def preview(banco: Banco, tmp_path: Path) -> Callable[[list[Row]], Plano]:
    del banco

    def preview(rows: list[Row]) -> Plano:
        leitura = read_arquivo(save(tmp_path / "previa.csv", render_v4(rows)))
        with db.transaction(read_only=True) as session:
            return preview_leitura(session, leitura)

    return preview


def ask(banco: Banco, query: str) -> list[Any]:
    with banco.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def get_totals(banco: Banco, mes: str = "2025-09-01") -> Any:
    return ask(banco, f"select estudio.contar_totais('{mes}')")[0][0]


def count_everything(banco: Banco) -> Any:
    return ask(
        banco,
        """select (select count(*) from estudio.pagamentos), (select count(*) from estudio.comissoes),
                  (select count(*) from estudio.sessoes), (select count(*) from estudio.gastos),
                  (select count(*) from estudio.clientes), (select count(*) from estudio.artistas),
                  (select count(*) from estudio.importacoes), (select count(*) from estudio.importacao_linhas),
                  (select count(*) from estudio.formas), (select count(*) from estudio.auditoria)""",
    )[0]


def refusals(refused: pytest.ExceptionInfo[ImportacaoRecusada]) -> list[Any]:
    found: Any = refused.value.details["recusas"]
    return [(nota["linha"], nota["codigo"]) for nota in found]


def notices(done: Importada) -> list[tuple[int, str]]:
    return [(nota.linha, nota.codigo) for nota in done.plano.avisos.in_order()]


def test_the_sample_of_version_4_gives_three_payments_and_three_sessions(banco: Banco, tmp_path: Path) -> None:
    leitura = read_arquivo(save(tmp_path / "backup_2025_09.csv", render_v4(SETEMBRO, extra=VAZIAS)))
    with db.transaction() as session:
        done = import_leitura(session, leitura, quem=DONO)
    receita, comissoes, despesas, artistas, formas, _, _, contagens = get_totals(banco)
    assert (receita, comissoes, despesas) == (105000, 0, 0)
    assert contagens == [3, 3, 0, 0]
    assert sorted(valor for _, valor, _ in artistas) == [32000, 73000]
    assert formas == [["cartao", 32000], ["dinheiro", 28000], ["pix", 45000]]
    # Nothing to decide is left: a payment without a comissão row was decided as 0 %.
    assert ask(banco, "select distinct percentual from estudio.pagamentos") == [(0,)]
    assert ask(banco, "select codigo from estudio.prontidao('2025-09-01', '2026-11-24') where bloqueia") == []
    assert done.plano.list_novas("artista") == ["Pedro Artista", "Maria Artista"]
    assert done.plano.list_novas("cliente") == ["Ana Cliente", "João Cliente", "Carla Cliente"]
    [[entered]] = ask(banco, "select min(criado_em) from estudio.pagamentos")
    assert entered == datetime.fromisoformat("2025-10-22T18:08:37.048776+00:00")


def test_its_twin_from_a_spreadsheet_gives_the_same_and_is_the_same_import(
    banco: Banco, tmp_path: Path, bring: Bring
) -> None:
    twin = read_arquivo(save(tmp_path / "planilha.csv", render_pt_br(SETEMBRO)))
    with db.transaction() as session:
        assert import_leitura(session, twin, quem=DONO).importacao_id == 1
    assert get_totals(banco)[0] == 105000
    assert bring(SETEMBRO).importacao_id is None


def test_the_preview_tells_all_and_writes_nothing(
    banco: Banco, bring: Bring, preview: Callable[[list[Row]], Plano]
) -> None:
    bring(SETEMBRO[:1])
    before = count_everything(banco)
    plano = preview([*SETEMBRO, gasto(1, "2025-10-02", "80.0"), pagamento(9, "2025-13-01", "1.0")])
    assert count_everything(banco) == before
    assert [(str(r.mes), r.tipo, r.quantidade, r.soma) for r in plano.list_resumos()] == [
        ("2025-09-01", "pagamento", 2, 60000),
        ("2025-09-01", "sessao", 3, 105000),
        ("2025-10-01", "gasto", 1, 8000),
    ]
    assert plano.existentes == {"pagamento": 1, "sessao": 0, "comissao": 0, "gasto": 0}
    assert plano.list_novas("cliente") == ["João Cliente", "Carla Cliente"]
    assert [(nota.linha, nota.codigo) for nota in plano.recusas.in_order()] == [(9, "linha")]


def test_twice_is_once(banco: Banco, bring: Bring) -> None:
    rows = [*SETEMBRO, comissao(1, 4, "30.0", "135.0", artista_name="Pedro Artista"), gasto(1, "2025-09-30", "80.0")]
    assert bring(rows).importacao_id == 1
    before = count_everything(banco)
    again = bring(rows)
    assert again.importacao_id is None
    assert again.plano.existentes == {"pagamento": 3, "sessao": 3, "comissao": 1, "gasto": 1}
    assert count_everything(banco) == before


def test_two_equal_payments_with_two_ids_are_two_payments(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "100.0"), pagamento(2, "2025-09-01", "100.0")])
    assert get_totals(banco)[0] == 20000


@pytest.mark.parametrize("broken", [0, 3, 6])
def test_a_broken_line_anywhere_and_nothing_comes_in(banco: Banco, tmp_path: Path, broken: int) -> None:
    before = count_everything(banco)
    lines = render_v4(SETEMBRO).split(b"\r\n")
    lines.insert(1 + broken, b"lixo")
    leitura = read_arquivo(save(tmp_path / "backup.csv", b"\r\n".join(lines)))
    with (
        pytest.raises(ImportacaoRecusada, match=rf"linha {2 + broken}: tem 1 células") as refused,
        db.transaction() as session,
    ):
        import_leitura(session, leitura, quem=DONO)
    assert refused.value.codigo == "importacao_recusada"
    assert count_everything(banco) == before


def test_a_failure_in_the_middle_of_the_writing_leaves_nothing(banco: Banco, bring: Bring) -> None:
    before = count_everything(banco)
    with banco.connect_as_superuser() as connection:
        connection.execute("alter table estudio.gastos add constraint cheio check (valor_centavos <> 777)")
    with pytest.raises(Exception, match="cheio"):
        bring([*SETEMBRO, gasto(1, "2025-09-30", "7.77")])
    assert count_everything(banco) == before


# --- links ----------------------------------------------------------------------------------------------------------


def test_a_link_is_read_from_either_side(banco: Banco, bring: Bring) -> None:
    bring([
        pagamento(10, "2025-09-02", "100.0", sessao_id="1"), sessao(1, "2025-08-30", "100.0"),
        pagamento(11, "2025-09-03", "200.0"), sessao(2, "2025-09-03", "120.0", payment_id="11"),
        sessao(3, "2025-09-03", "80.0", payment_id="11"),
        sessao(4, "2025-09-03", "50.0"),
    ])  # fmt: skip
    assert ask(
        banco,
        """select s.valor_centavos, p.valor_centavos, s.payment_mes from estudio.sessoes s
           left join estudio.pagamentos p on p.id = s.payment_id order by s.id""",
    ) == [
        (10000, 10000, date(2025, 9, 1)),
        (12000, 20000, date(2025, 9, 1)),
        (8000, 20000, date(2025, 9, 1)),
        (5000, None, None),
    ]


@pytest.mark.parametrize("side", ["pagamento", "sessao"])
@pytest.mark.parametrize("first", ["agosto", "setembro"])
def test_a_link_between_two_months_files_is_made_when_the_second_comes(
    banco: Banco, bring: Bring, side: str, first: str
) -> None:
    agosto = [sessao(1, "2025-08-30", "100.0", payment_id="10" if side == "sessao" else "")]
    setembro = [pagamento(10, "2025-09-02", "100.0", sessao_id="1" if side == "pagamento" else "")]
    for rows in (agosto, setembro) if first == "agosto" else (setembro, agosto):
        done = bring(rows)
        if done.importacao_id == 1:
            knows = (first == "agosto") == (side == "sessao")
            assert [codigo for _, codigo in notices(done)] == (["vinculo_pendente"] if knows else [])
    assert ask(banco, "select payment_id, payment_mes from estudio.sessoes") == [(1, date(2025, 9, 1))]


def test_two_payments_of_one_session_both_count_and_one_settles_it(banco: Banco, bring: Bring) -> None:
    rows = [
        pagamento(11, "2025-09-03", "60.0", sessao_id="1"), pagamento(10, "2025-09-02", "40.0", sessao_id="1"),
        sessao(1, "2025-09-02", "100.0"),
    ]  # fmt: skip
    done = bring(rows)
    assert notices(done) == [(2, "sessao_disputada")]
    assert get_totals(banco)[0] == 10000
    assert ask(banco, "select p.data from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id") == [
        (date(2025, 9, 2),)
    ]


def test_the_sessions_own_word_goes_before_the_payments(banco: Banco, bring: Bring) -> None:
    bring([
        pagamento(10, "2025-09-02", "40.0", sessao_id="1"), pagamento(11, "2025-09-03", "60.0"),
        sessao(1, "2025-09-02", "100.0", payment_id="11"),
    ])  # fmt: skip
    assert ask(banco, "select p.data from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id") == [
        (date(2025, 9, 3),)
    ]


def test_a_session_that_somebody_freed_is_not_linked_again(banco: Banco, bring: Bring) -> None:
    bring(SETEMBRO)
    with banco.connect() as connection:
        connection.execute("update estudio.sessoes set payment_id = null, payment_mes = null where id = 1")
    bring(SETEMBRO)
    assert ask(banco, "select payment_id from estudio.sessoes where id = 1") == [(None,)]


# --- comissões ------------------------------------------------------------------------------------------------------


def test_a_commission_decides_the_share_of_its_payment_and_stays_as_it_was_paid(banco: Banco, bring: Bring) -> None:
    done = bring([
        pagamento(1, "2025-09-01", "200.0"), pagamento(2, "2025-09-02", "150.0"), pagamento(3, "2025-09-03", "100.0"),
        comissao(7, 1, "30.00", "60.00"), comissao(8, 3, "33.33", "40.00", observacoes="combinado"),
    ])  # fmt: skip
    assert ask(banco, "select percentual from estudio.pagamentos order by id") == [(3000,), (0,), (3333,)]
    assert ask(banco, "select percentual, valor_centavos, observacoes from estudio.comissoes order by id") == [
        (3000, 6000, None),
        (3333, 4000, "combinado"),
    ]
    assert notices(done) == [(6, "comissao_difere")]
    [nota] = done.plano.avisos.in_order()
    assert nota.motivo == "a comissão 8 é de R$ 40,00, e 33,33% de R$ 100,00 seriam R$ 33,33: fica como foi paga."
    assert get_totals(banco)[1] == 10000


def test_a_commission_of_nothing_is_a_decision_and_no_row(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "200.0"), comissao(7, 1, "0", "0")])
    assert ask(banco, "select percentual from estudio.pagamentos") == [(0,)]
    assert get_totals(banco)[7] == [1, 0, 0, 0]


def test_a_commission_of_another_artist_is_kept(banco: Banco, bring: Bring) -> None:
    bring([
        pagamento(1, "2025-09-01", "200.0"), comissao(7, 1, "10.0", "20.0", artista_name="Ana"),
        comissao(8, 1, "30.0", "60.0"), pagamento(2, "2025-09-01", "100.0"),
        comissao(9, 2, "15.0", "15.0", artista_name="Ana"),
    ])  # fmt: skip
    assert ask(banco, "select percentual from estudio.pagamentos order by id") == [(3000,), (1500,)]
    assert ask(banco, "select codigo from estudio.prontidao('2025-09-01', '2026-11-24') where bloqueia") == []


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        ([comissao(7, 1, "30.0", "60.0"), comissao(8, 1, "10.0", "20.0")], 4, "já tem comissão desse artista na linha 3"),
        ([comissao(7, 99, "30.0", "60.0")], 3, "pagamento 99, que não está no arquivo nem foi importado antes"),
        ([comissao(7, 1, "0", "60.0")], 3, "tem valor e 0 %"),
        ([pagamento(2, "2025-09-01", "10.0", percentual="30.0")], 3, "nenhuma linha de comissão"),
        (
            [pagamento(2, "2025-09-01", "10.0", percentual="30.0"), comissao(7, 2, "20.0", "2.0")], 3,
            "diz 30% e a sua comissão 20%",
        ),
    ],
)  # fmt: skip
def test_commissions_that_cannot_stand_are_refused(bring: Bring, rows: list[Row], line: int, why: str) -> None:
    with pytest.raises(ImportacaoRecusada, match=f"linha {line}: .*{why}"):
        bring([pagamento(1, "2025-09-01", "200.0"), *rows])


def test_a_commission_that_comes_with_a_later_file_decides_then(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-08-31", "200.0")])
    assert get_totals(banco, "2025-08-01")[1] == 0
    bring([pagamento(2, "2025-09-01", "100.0"), comissao(7, 1, "30.0", "60.0")])
    assert get_totals(banco, "2025-08-01")[1] == 6000
    assert ask(banco, "select percentual from estudio.pagamentos order by id") == [(3000,), (0,)]
    with pytest.raises(ImportacaoRecusada, match="já tem comissão desse artista aqui"):
        bring([comissao(8, 1, "10.0", "20.0")])


# --- people ---------------------------------------------------------------------------------------------------------


def test_people_are_found_by_their_exact_name_however_it_is_spelled(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        make_artista(session, "BÍA", percentual=4000)
        make_cliente(session, "João da Silva")
        make_cliente(session, "João")
    bring([
        pagamento(1, "2025-09-01", "10.0", cliente_name="joao  da silva"), pagamento(2, "2025-09-01", "10.0", cliente_name="Jo_o"),
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
    assert refusals(refused) == [(2, "pessoa_ambigua"), (2, "pessoa_ambigua")]
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
    assert notices(done) == [(3, "sem_usuario")]


# --- words ----------------------------------------------------------------------------------------------------------


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
    assert notices(done) == [(2, "categorias_novas"), (2, "formas_novas")]


def test_a_column_of_something_else_is_not_taken_for_forms(bring: Bring) -> None:
    with pytest.raises(ImportacaoRecusada, match="Confira se a coluna é essa mesma"):
        bring([pagamento(n, "2025-09-01", "10.0", forma_pagamento=f"Forma {n}") for n in range(1, 30)])


# --- what stands in the way -----------------------------------------------------------------------------------------


def close(banco: Banco, mes: str, estado: str = "fechada") -> None:
    """Behind the guards' back: what is tested here is the import, and the closing has its own tests."""
    with banco.connect_as_superuser() as connection:
        connection.execute("alter table estudio.competencias disable trigger user")
        connection.execute("update estudio.competencias set estado = %s where mes = %s", [estado, mes])
        connection.execute("alter table estudio.competencias enable trigger user")


@pytest.mark.parametrize(
    ("estado", "says"), [("fechada", "está fechado"), ("selada", "está selado"), ("vazia", "sem movimento")]
)
def test_a_month_that_is_not_open_is_named_with_what_to_do(banco: Banco, bring: Bring, estado: str, says: str) -> None:
    close(banco, "2025-09-01", estado)
    before = count_everything(banco)
    with pytest.raises(
        ImportacaoRecusada, match=rf"linha 2: Setembro/2025 .*{says}.*Lance um ajuste em .*mais 5 linhas"
    ) as refused:
        bring([*SETEMBRO, gasto(1, "2025-10-01", "5.0")])
    assert refusals(refused) == [(2, "competencia_fechada")]
    assert count_everything(banco) == before


def test_a_closed_month_that_is_here_already_is_no_obstacle(banco: Banco, bring: Bring) -> None:
    bring(SETEMBRO)
    close(banco, "2025-09-01")
    assert bring(SETEMBRO).importacao_id is None
    assert bring([*SETEMBRO, gasto(1, "2025-10-01", "5.0")]).importacao_id == 2


def test_a_late_commission_and_a_late_link_respect_the_closed_month(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "200.0")])
    close(banco, "2025-09-01")
    for rows in ([comissao(7, 1, "30.0", "60.0")], [sessao(1, "2025-10-01", "10.0", payment_id="1")]):
        with pytest.raises(ImportacaoRecusada, match="Setembro/2025 está fechado"):
            bring(rows)


def test_an_agenda_event_is_in_the_books_once(banco: Banco, bring: Bring) -> None:
    bring(
        [
            pagamento(1, "2025-09-01", "10.0", google_event_id="e1"),
            sessao(1, "2025-09-01", "10.0", google_event_id="e1"),
        ]
    )
    with pytest.raises(ImportacaoRecusada, match="evento da agenda e1 já está em outro registro") as refused:
        bring([
            pagamento(2, "2025-09-01", "10.0", google_event_id="e1"),
            sessao(2, "2025-09-01", "10.0", google_event_id="e2"), sessao(3, "2025-09-01", "10.0", google_event_id="e2"),
        ])  # fmt: skip
    assert refusals(refused) == [(2, "evento_repetido"), (4, "evento_repetido")]
    assert ask(banco, "select count(*) from estudio.pagamentos") == [(1,)]


def test_one_number_for_two_records_is_refused_with_both_values(bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "10.0")])
    with pytest.raises(ImportacaoRecusada, match=r"valor: R\$ 20,00 no arquivo e R\$ 10,00 aqui"):
        bring([pagamento(1, "2025-09-01", "20.0")])


def test_what_was_edited_or_deleted_here_stays_so(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "10.0"), pagamento(2, "2025-09-01", "30.0")])
    with banco.connect() as connection:
        connection.execute("update estudio.pagamentos set valor_centavos = 1500 where id = 1")
        connection.execute("delete from estudio.pagamentos where id = 2")
    done = bring([pagamento(1, "2025-09-01", "10.0"), pagamento(2, "2025-09-01", "30.0")])
    assert done.importacao_id is None
    assert notices(done) == [(2, "editado_aqui"), (3, "apagado_aqui")]
    assert get_totals(banco)[0] == 1500
    with pytest.raises(ImportacaoRecusada, match="o pagamento 2 foi apagado aqui depois de importado"):
        bring([comissao(7, 2, "30.0", "9.0")])


def test_only_the_owner_imports(banco: Banco, tmp_path: Path) -> None:
    leitura = read_arquivo(save(tmp_path / "backup.csv", render_v4(SETEMBRO)))
    with db.transaction() as session:
        cast = make_cast(session)
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao), db.transaction() as session:
            import_leitura(session, leitura, quem=quem)
    with db.transaction() as session:
        import_leitura(session, leitura, quem=cast.quem_ana)
    assert ask(banco, "select feita_por from estudio.importacoes") == [(cast.quem_ana.usuario_id,)]
    assert ask(banco, "select distinct quem, origem from estudio.auditoria where tabela = 'pagamentos'") == [
        (cast.quem_ana.usuario_id, "teste")
    ]


def test_twelve_months_in_one_file_come_in_together_or_not_at_all(banco: Banco, bring: Bring) -> None:
    rows = [pagamento(n, f"2024-{n:02d}-15", "100.0") for n in range(1, 13)]
    close(banco, "2024-07-01")
    with pytest.raises(ImportacaoRecusada, match="Julho/2024"):
        bring(rows)
    assert ask(banco, "select count(*) from estudio.pagamentos") == [(0,)]
    close(banco, "2024-07-01", "aberta")
    bring(rows)
    assert ask(banco, "select count(*), count(distinct mes) from estudio.pagamentos") == [(12, 12)]
