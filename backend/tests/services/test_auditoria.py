"""The audit trail: every deed says who, whence and why, and the database writes down what."""

import uuid

import pytest
from cast import make_cast, pay, spend
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import SemPermissao, TextoInvalido
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as, list_eventos
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento


def test_a_deed_is_one_ato_and_the_next_is_another(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "100.00")
    ato = delete_pagamento(session, pagamento.id, quem=cast.quem_ana, motivo="Engano")
    trail = list_eventos(session, quem=cast.quem_ana, ato=ato)
    assert {(e.tabela, e.acao, e.motivo, e.quem) for e in trail} == {
        ("pagamentos", "delete", "Engano", cast.quem_ana.usuario_id),
        ("comissoes", "delete", "Engano", cast.quem_ana.usuario_id),
    }
    entered = list_eventos(session, quem=cast.quem_edu, tabela="pagamentos", registro_id=pagamento.id)[-1]
    assert (entered.acao, entered.ato == ato, entered.motivo) == ("insert", False, None)
    assert entered.xid == trail[0].xid


def test_several_deeds_may_be_one_ato(session: Session) -> None:
    cast = make_cast(session)
    ato = act_as(session, cast.quem_ana, ato=uuid.uuid4(), motivo="Mudança")
    session.execute(text("update estudio.artistas set percentual = 100"))
    assert {e.ato for e in list_eventos(session, quem=cast.quem_ana, tabela="artistas")[:1]} == {ato}


def test_the_machine_acts_without_a_person(session: Session) -> None:
    make_cast(session)
    cron = Quem(None, "dono", "agenda")
    act_as(session, cron)
    session.execute(text("update estudio.artistas set percentual = 100"))
    last = list_eventos(session, quem=cron, limite=1)[0]
    assert (last.quem, last.origem, last.motivo) == (None, "agenda", None)


@pytest.mark.usefixtures("banco")
def test_who_acted_is_forgotten_with_the_transaction() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        spend(session, cast, "10.00")
    with db.transaction() as session:
        session.execute(text("update estudio.gastos set descricao = 'x'"))
        last = list_eventos(session, quem=cast.quem_ana, limite=1)[0]
        assert (last.quem, last.origem, last.ato) == (None, None, None)


def test_pages_of_the_trail(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "100.00")
    for forma in ("dinheiro", "debito", "credito"):
        edit_pagamento(session, pagamento.id, quem=cast.quem_caio, forma=forma)
    first = list_eventos(session, quem=cast.quem_ana, tabela="pagamentos", limite=2)
    rest = list_eventos(session, quem=cast.quem_ana, tabela="pagamentos", antes_de=first[-1].id)
    assert [e.depois["forma"] for e in [*first, *rest] if e.depois] == ["credito", "debito", "dinheiro", "pix"]
    assert first[0].campos == ["forma"]


def test_the_trail_is_for_dono_and_contador(session: Session) -> None:
    cast = make_cast(session)
    for quem in (cast.quem_caio, cast.quem_bia):
        with pytest.raises(SemPermissao):
            list_eventos(session, quem=quem)
    with pytest.raises(TextoInvalido):
        act_as(session, cast.quem_ana, motivo="x" * 2001)
