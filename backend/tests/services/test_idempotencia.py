"""One form, one deed: sent twice, however quickly, it is done once and answered twice."""

from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, make_cast, pay
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import ChaveRepetida, DadosInvalidos, ValorInvalido
from estudio.domain.idempotencia import Chave
from estudio.domain.pagamento import Pagamento
from estudio.services.idempotencia_service import Resposta, once, prune_chaves

CHAVE = "f3b0c442-98fc"


def send(session: Session, cast: Cast, valor: str = "250.00", **changed: Any) -> Resposta:
    form = {"data": DIA, "valor": Decimal(valor), "nota": "ção\ud800"}

    def deed() -> dict[str, Any]:
        return {"pagamento_id": pay(session, cast, valor).id}

    return once(
        session,
        **{"quem": cast.quem_caio, "chave": CHAVE, "rota": "pagamentos.create", "corpo": form, "deed": deed, **changed},
    )


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Pagamento)).one()


def test_scenario_26_the_same_form_sent_twice_makes_one_payment(session: Session) -> None:
    cast = make_cast(session)
    first = send(session, cast)
    second = send(session, cast)
    assert (first.repetida, second.repetida) == (False, True)
    assert first.resultado == second.resultado == {"pagamento_id": session.scalars(select(Pagamento.id)).one()}


def test_the_same_key_with_another_body_is_refused_with_the_first_answer(session: Session) -> None:
    cast = make_cast(session)
    first = send(session, cast)
    with pytest.raises(ChaveRepetida, match="registre como novo") as caught:
        send(session, cast, "300.00")
    assert caught.value.details == {"resultado": first.resultado}
    with pytest.raises(ChaveRepetida):
        send(session, cast, rota="gastos.create")
    assert count(session) == 1
    assert not send(session, cast, "300.00", chave="outra-chave").repetida


def test_a_key_is_a_persons_own(session: Session) -> None:
    cast = make_cast(session)
    send(session, cast)
    assert not send(session, cast, quem=cast.quem_ana).repetida
    assert count(session) == 2


def test_a_key_that_is_none_is_refused(session: Session) -> None:
    cast = make_cast(session)
    for chave in ("", "curta", "x" * 201, "com\x00nulo"):
        with pytest.raises(DadosInvalidos):
            send(session, cast, chave=chave)


@pytest.mark.usefixtures("banco")
def test_a_deed_that_was_refused_leaves_its_key_free() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
    with pytest.raises(ValorInvalido), db.transaction() as session:
        send(session, cast, "0.00")
    with db.transaction() as session:
        assert not send(session, cast).repetida
    with db.transaction() as session:
        assert send(session, cast).repetida
        assert count(session) == 1


def test_keys_older_than_a_month_are_forgotten(session: Session) -> None:
    cast = make_cast(session)
    send(session, cast)
    assert prune_chaves(session) == 0
    session.execute(text("update estudio.idempotencia set criado_em = criado_em - interval '31 days'"))
    assert prune_chaves(session) == 1
    assert session.scalar(select(func.count()).select_from(Chave)) == 0
