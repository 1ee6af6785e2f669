"""Acertos: entered and changed by the dono in open months, a sign to each kind; a recebido follows its pagamento."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, make_cast, pay, shut
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import SINAL, Acerto, Tipo, get_acerto
from estudio.domain.errors import (
    AlteradoDepois,
    CompetenciaFechada,
    DadosInvalidos,
    JaExiste,
    NaoDesfaz,
    NaoEncontrado,
    SemPermissao,
    TextoInvalido,
    ValorInvalido,
)
from estudio.services.acerto_service import (
    delete_acerto,
    edit_acerto,
    register_acerto,
    register_recebido,
    undo_delete_acerto,
    undo_edit_acerto,
)
from estudio.services.desfazer_service import undo_delete_pagamento, undo_edit_pagamento
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento, reverse_pagamento

COMO: dict[Tipo, dict[str, str]] = {
    Tipo.REPASSE: {"forma": "pix"},
    Tipo.VALE: {"forma": "dinheiro"},
    Tipo.DEVOLUCAO: {"forma": "pix"},
    Tipo.ALUGUEL: {},
    Tipo.BONUS: {"motivo": "Natal"},
    Tipo.ACRESCIMO: {"motivo": "Material que ela comprou"},
    Tipo.DESCONTO: {"motivo": "Máquina quebrada"},
}


def settle(session: Session, cast: Cast, tipo: Tipo, valor: str = "350.00", **campos: Any) -> Acerto:
    given: dict[str, Any] = {"data": DIA, "artista_id": cast.bia.id, **COMO[tipo], **campos}
    return register_acerto(
        session,
        quem=cast.quem_ana,
        tipo=tipo,
        valor=Decimal(valor),
        **given,
    )


@pytest.mark.parametrize("tipo", COMO, ids=str)
def test_the_sign_is_the_kinds(session: Session, tipo: Tipo) -> None:
    cast = make_cast(session)
    acerto = settle(session, cast, tipo)
    assert acerto.valor == SINAL[tipo] * Decimal("350.00")
    assert (acerto.quantia, acerto.mes, acerto.criado_por) == (
        Decimal("350.00"),
        date(2026, 10, 1),
        cast.quem_ana.usuario_id,
    )


def test_every_kind_but_recebido_has_a_sign() -> None:
    assert set(COMO) == set(SINAL) == set(Tipo) - {Tipo.RECEBIDO}


@pytest.mark.parametrize(
    ("tipo", "campos", "refusal"),
    [
        (Tipo.REPASSE, {"valor": Decimal("0.00")}, ValorInvalido),
        (Tipo.REPASSE, {"valor": Decimal("-5.00")}, ValorInvalido),
        (Tipo.REPASSE, {"valor": Decimal("10000000.00")}, ValorInvalido),
        (Tipo.REPASSE, {"forma": None}, DadosInvalidos),
        (Tipo.REPASSE, {"forma": "cheque"}, DadosInvalidos),
        (Tipo.REPASSE, {"artista_id": 999}, NaoEncontrado),
        (Tipo.REPASSE, {"motivo": "x" * 2_001}, TextoInvalido),
        (Tipo.BONUS, {"motivo": " "}, TextoInvalido),
        (Tipo.DESCONTO, {"motivo": None}, TextoInvalido),
        (Tipo.RECEBIDO, {}, DadosInvalidos),
    ],
)
def test_what_is_no_acerto_is_refused(
    session: Session, tipo: Tipo, campos: dict[str, Any], refusal: type[Exception]
) -> None:
    cast = make_cast(session)
    given: dict[str, Any] = {"data": DIA, "artista_id": cast.bia.id, "tipo": tipo, "valor": Decimal("5.00")}
    with pytest.raises(refusal):
        register_acerto(session, quem=cast.quem_ana, **(given | COMO.get(tipo, {}) | campos))


def test_only_the_dono_writes(session: Session) -> None:
    cast = make_cast(session)
    acerto, pagamento = settle(session, cast, Tipo.VALE), pay(session, cast, "100.00")
    for quem in (cast.quem_bia, cast.quem_caio, cast.quem_edu):
        with pytest.raises(SemPermissao):
            register_acerto(
                session, quem=quem, data=DIA, artista_id=cast.bia.id, tipo=Tipo.VALE, valor=Decimal(1), forma="pix"
            )
        for deed in (delete_acerto, undo_delete_acerto, edit_acerto, undo_edit_acerto):
            with pytest.raises(SemPermissao):
                deed(session, acerto.id, quem=quem)
        with pytest.raises(SemPermissao):
            register_recebido(session, pagamento.id, quem=quem)


def test_an_acerto_is_changed_and_changed_back(session: Session) -> None:
    cast = make_cast(session)
    acerto = settle(session, cast, Tipo.REPASSE, motivo="sexta")
    edit_acerto(
        session,
        acerto.id,
        quem=cast.quem_ana,
        versao=1,
        tipo=Tipo.BONUS,
        valor=Decimal("10.00"),
        motivo="Natal",
        data=date(2026, 9, 2),
    )
    now = (acerto.tipo, acerto.valor, acerto.forma, acerto.motivo, acerto.data, acerto.versao)
    assert now == ("bonus", Decimal("10.00"), None, "Natal", date(2026, 9, 2), 2)
    with pytest.raises(AlteradoDepois):
        edit_acerto(session, acerto.id, quem=cast.quem_ana, versao=1, valor=Decimal("1.00"))
    with pytest.raises(AlteradoDepois):
        undo_edit_acerto(session, acerto.id, quem=cast.quem_ana, versao=1)
    undo_edit_acerto(session, acerto.id, quem=cast.quem_ana, versao=2)
    now = (acerto.tipo, acerto.valor, acerto.forma, acerto.motivo, acerto.data, acerto.versao)
    assert now == ("repasse", Decimal("-350.00"), "pix", "sexta", DIA, 3)


def test_an_acerto_that_was_deleted_comes_back_as_it_was(session: Session) -> None:
    cast = make_cast(session)
    acerto = settle(session, cast, Tipo.VALE)
    numero = acerto.id
    delete_acerto(session, numero, quem=cast.quem_ana)
    with pytest.raises(NaoEncontrado):
        get_acerto(session, numero)
    back = undo_delete_acerto(session, numero, quem=cast.quem_ana)
    assert (back.id, back.valor, back.tipo, back.forma) == (numero, Decimal("-350.00"), "vale", "dinheiro")
    with pytest.raises(NaoDesfaz):
        undo_delete_acerto(session, numero, quem=cast.quem_ana)


def test_a_recebido_follows_its_pagamento_wherever_it_goes(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    acerto = register_recebido(session, pagamento.id, quem=cast.quem_ana)
    assert (acerto.valor, acerto.data, acerto.artista_id) == (Decimal("-500.00"), DIA, cast.bia.id)
    with pytest.raises(DadosInvalidos):
        edit_acerto(session, acerto.id, quem=cast.quem_ana, valor=Decimal("1.00"))
    with pytest.raises(DadosInvalidos):
        undo_edit_acerto(session, acerto.id, quem=cast.quem_ana)
    edit_pagamento(
        session,
        pagamento.id,
        quem=cast.quem_ana,
        valor=Decimal("600.00"),
        data=date(2026, 9, 3),
        artista_id=cast.ana.id,
    )
    session.refresh(acerto)
    followed = (acerto.valor, acerto.pago, acerto.data, acerto.mes, acerto.artista_id)
    assert followed == (Decimal("-600.00"), Decimal("600.00"), date(2026, 9, 3), date(2026, 9, 1), cast.ana.id)
    undo_edit_pagamento(session, pagamento.id, quem=cast.quem_ana)
    session.refresh(acerto)
    assert (acerto.valor, acerto.data, acerto.artista_id) == (Decimal("-500.00"), DIA, cast.bia.id)


def test_a_pagamento_that_goes_and_comes_back_takes_its_recebido_along(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    numero = register_recebido(session, pagamento.id, quem=cast.quem_ana).id
    delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    session.expire_all()
    with pytest.raises(NaoEncontrado):
        get_acerto(session, numero)
    undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    assert get_acerto(session, numero).valor == Decimal("-500.00")


def test_of_an_estorno_that_the_artista_gave_back_the_sign_turns_again(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA, valor=Decimal("200.00"))
    assert register_recebido(session, estorno.id, quem=cast.quem_ana).valor == Decimal("200.00")


def test_a_pagamento_is_kept_once(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    register_recebido(session, pagamento.id, quem=cast.quem_ana)
    with pytest.raises(JaExiste), db.translated():
        register_recebido(session, pagamento.id, quem=cast.quem_ana)


@pytest.mark.usefixtures("banco")
def test_a_closed_month_takes_no_acerto_and_lets_none_go() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        acerto, pagamento = settle(session, cast, Tipo.VALE).id, pay(session, cast, "100.00").id
        aberto = settle(session, cast, Tipo.VALE, data=date(2026, 11, 3)).id
    with db.transaction() as session:
        shut(session, "2026-10")
    deeds: list[Callable[[Session], object]] = [
        lambda session: settle(session, cast, Tipo.VALE),
        lambda session: edit_acerto(session, acerto, quem=cast.quem_ana, data=date(2026, 11, 1)),
        lambda session: edit_acerto(session, aberto, quem=cast.quem_ana, data=DIA),
        lambda session: delete_acerto(session, acerto, quem=cast.quem_ana),
        lambda session: register_recebido(session, pagamento, quem=cast.quem_ana),
    ]
    for deed in deeds:
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            deed(session)
