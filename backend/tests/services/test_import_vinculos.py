"""Links of version 4: which payment settles which sessão, and what each comissão decides."""

from datetime import date

import pytest
from conftest import Banco
from importar import Bring, ask, get_totals, list_notices
from planilha_v4 import SETEMBRO, Row, comissao, pagamento, sessao

from estudio.domain.errors import ImportacaoRecusada


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
            assert [codigo for _, codigo in list_notices(done)] == (["vinculo_pendente"] if knows else [])
    assert ask(banco, "select payment_id, payment_mes from estudio.sessoes") == [(1, date(2025, 9, 1))]


def test_two_payments_of_one_session_both_count_and_one_settles_it(banco: Banco, bring: Bring) -> None:
    rows = [
        pagamento(11, "2025-09-03", "60.0", sessao_id="1"), pagamento(10, "2025-09-02", "40.0", sessao_id="1"),
        sessao(1, "2025-09-02", "100.0"),
    ]  # fmt: skip
    done = bring(rows)
    assert list_notices(done) == [(2, "sessao_disputada")]
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
    assert list_notices(done) == [(6, "comissao_difere")]
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
        ([comissao(7, 1, "30.0", "60.0"), comissao(8, 1, "9.0", "18.0")], 4, "tem comissão desse artista na linha 3"),
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
