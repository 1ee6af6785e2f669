"""The doctor looks at the books: each rule is broken by somebody who can get around the guards, and it is named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from cast import book, make_cliente, pay
from doctor_studio import Case, Studio, copy_studio, days_ago, list_trouble
from moldes import Copiar

from estudio import clock, db
from estudio.services import doctor_livros
from estudio.services.doctor_service import count_checks, examine
from estudio.services.pagamento_service import reverse_pagamento


@pytest.fixture
def studio(copiar: Copiar[Studio]) -> Studio:
    return copy_studio(copiar)


def test_a_studio_in_order_has_nothing_to_complain_of(studio: Studio) -> None:
    assert list_trouble() == {}
    assert studio.paid


def test_every_check_has_a_name_of_its_own_and_a_sentence(studio: Studio) -> None:
    found = list(examine())
    assert len({d.codigo for d in found}) == len(found) == count_checks()
    assert count_checks() >= 20
    assert [d.codigo for d in found if not d.mensagem.endswith(".")] == []
    assert studio.paid


def set_valor(s: Studio) -> None:
    with s.behind_the_guard("pagamentos") as c:
        c.execute("alter table pagamentos drop constraint pagamentos_valor")
        c.execute("update pagamentos set valor_centavos = -5 where id = %s", [s.paid])


def set_future_date(s: Studio) -> None:
    with db.transaction() as session:
        pay(session, s.cast, "10.00", data=clock.today() + timedelta(days=200), percentual=0)


def lose_comissao(s: Studio) -> None:
    s.execute("delete from comissoes where pagamento_id = %s", s.paid)


def change_comissao(s: Studio) -> None:
    s.execute("update comissoes set valor_centavos = valor_centavos + 1 where pagamento_id = %s", s.paid)


def import_odd_comissao(s: Studio) -> None:
    s.execute("insert into importacoes (origem, arquivo, sha256) values ('v4', 'a.csv', repeat('0', 64))")
    s.execute("update pagamentos set importacao_id = (select max(id) from importacoes) where id = %s", s.paid)
    change_comissao(s)


def swap_sign_of_comissao(s: Studio) -> None:
    s.execute("update comissoes set valor_centavos = -valor_centavos where pagamento_id = %s", s.paid)


def reverse_twice(s: Studio) -> None:
    with s.behind_the_guard("pagamentos") as c:
        c.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, estorno_de)
               select data, valor_centavos, forma, artista_id, 0, estorno_de from pagamentos where id = %s""",
            [s.estorno],
        )


def leave_comissao_with_other_artist(s: Studio) -> None:
    s.execute("update comissoes set artista_id = %s where pagamento_id = %s", s.cast.ana.id, s.paid)


def take_comissao_from_other_artist(s: Studio) -> None:
    s.execute("update comissoes set artista_id = %s where pagamento_id = %s", s.cast.ana.id, s.estorno)


def keep_comissao_of_estorno(s: Studio) -> None:
    s.execute("update comissoes set valor_centavos = valor_centavos + 1 where pagamento_id = %s", s.estorno)


def move_payment_alone(s: Studio) -> None:
    s.execute("update pagamentos set data = %s where id = %s", s.running.next_first_day, s.paid)


def pay_sitting_of_other_artist(s: Studio) -> None:
    with db.transaction() as session:
        sitting = book(session, s.cast, "10.00", data=clock.today(), artista=s.cast.ana)
        pay(session, s.cast, "10.00", data=clock.today(), sessoes=[sitting])


def pay_sitting_of_other_client(s: Studio) -> None:
    with db.transaction() as session:
        other = make_cliente(session, "Dorothea")
        sitting = book(session, s.cast, "10.00", data=clock.today(), cliente=other)
        pay(session, s.cast, "10.00", data=clock.today(), cliente=s.cast.dora, sessoes=[sitting])


def leave_sitting_unpaid(s: Studio) -> None:
    with db.transaction() as session:
        book(session, s.cast, "1234.56", data=days_ago(40), status="realizada")


def pay_event_twice(s: Studio) -> None:
    s.execute("update sessoes set google_event_id = 'evento' where id = %s", s.sessao)
    s.execute("update pagamentos set google_event_id = 'evento' where id = %s", s.reversed)


def pay_alike(s: Studio) -> None:
    with db.transaction() as session:
        for _ in range(2):
            pay(session, s.cast, "77.00", data=clock.today(), percentual=0)


CASES = [
    Case(
        "valores",
        "falha",
        "pagamento",
        set_valor,
        frozenset({"restricoes", "comissao_formula", "comissao_cabe", "auditoria"}),
    ),
    Case("datas", "aviso", "no futuro", set_future_date),
    Case("comissao_existe", "falha", "não combina", lose_comissao),
    Case("comissao_formula", "falha", "× percentual", change_comissao),
    Case("comissao_formula", "falha", "× percentual", leave_comissao_with_other_artist),
    Case("comissao_formula", "aviso", "sistema anterior", import_odd_comissao),
    Case("comissao_cabe", "falha", "sinal trocado", swap_sign_of_comissao, frozenset({"comissao_formula"})),
    Case("estorno_limite", "falha", "não cabe", reverse_twice, frozenset({"auditoria"})),
    Case("estorno_comissao", "falha", "estornado", keep_comissao_of_estorno),
    Case("estorno_comissao", "falha", "estornado", take_comissao_from_other_artist),
    Case("vinculos", "falha", "comissão", move_payment_alone, frozenset({"datas"})),
    Case("sessao_artista", "aviso", "outro artista", pay_sitting_of_other_artist),
    Case("sessao_cliente", "aviso", "outro cliente", pay_sitting_of_other_client),
    Case("sessoes_pendentes", "aviso", "R$ 1.234,56", leave_sitting_unpaid),
    Case("evento_unico", "aviso", "dois pagamentos", pay_event_twice),
    Case("duplicados", "aviso", "repetido", pay_alike),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_in_the_books_is_named(studio: Studio, case: Case) -> None:
    case.ensure_named(studio)


def test_the_last_estorno_may_take_back_more_than_itself(studio: Studio) -> None:
    with db.transaction() as session:
        pagamento = pay(session, studio.cast, "0.20", data=clock.today(), percentual=3500)
        for _ in range(20):
            reverse_pagamento(
                session, pagamento.id, quem=studio.cast.quem_ana, data=clock.today(), valor=Decimal("0.01")
            )
    assert list_trouble() == {}


def test_a_comissao_that_nobody_decides_is_named_after_a_week(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.execute("update pagamentos set percentual = null where id = %s", studio.estorno)
    assert "comissao_decidida" not in list_trouble()
    monkeypatch.setattr(doctor_livros, "DECIDE_DAYS", 0)
    assert "0 para nenhuma" in list_trouble()["comissao_decidida"].mensagem
