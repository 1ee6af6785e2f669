"""Gastos: what the studio spends, entered and changed by its dono, in open months."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, make_cast, shut, spend
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import (
    AlteradoDepois,
    CompetenciaFechada,
    DadosInvalidos,
    NaoEncontrado,
    SemPermissao,
    TextoInvalido,
    ValorInvalido,
)
from estudio.services.gasto_service import delete_gasto, edit_gasto, register_gasto


def test_a_gasto_is_entered_with_or_without_categoria(session: Session) -> None:
    cast = make_cast(session)
    gasto = spend(session, cast, "80.00", categoria="aluguel")
    assert (gasto.valor, gasto.categoria, gasto.mes) == (Decimal("80.00"), "aluguel", date(2026, 10, 1))
    assert gasto.criado_por == cast.quem_ana.usuario_id
    assert spend(session, cast, "5.00", categoria="").categoria is None


@pytest.mark.parametrize(
    ("campos", "refusal"),
    [
        ({"valor": Decimal("0.00")}, ValorInvalido),
        ({"valor": Decimal("-5.00")}, ValorInvalido),
        ({"descricao": " "}, TextoInvalido),
        ({"descricao": "x" * 20_001}, TextoInvalido),
        ({"forma": "cheque"}, DadosInvalidos),
        ({"categoria": "viagem"}, DadosInvalidos),
    ],
)
def test_what_is_no_gasto_is_refused(session: Session, campos: Any, refusal: type[Exception]) -> None:
    cast = make_cast(session)
    gasto = spend(session, cast, "80.00")
    good: dict[str, Any] = {"data": DIA, "valor": Decimal("1.00"), "descricao": "Café", "forma": "pix"}
    with pytest.raises(refusal):
        register_gasto(session, quem=cast.quem_ana, **(good | campos))
    with pytest.raises(refusal):
        edit_gasto(session, gasto.id, quem=cast.quem_ana, **campos)


def test_a_gasto_is_changed_and_an_older_version_is_told_so(session: Session) -> None:
    cast = make_cast(session)
    gasto = spend(session, cast, "80.00")
    edit_gasto(
        session,
        gasto.id,
        quem=cast.quem_ana,
        versao=1,
        data=date(2026, 9, 1),
        valor=Decimal("90.00"),
        descricao="Luvas",
        forma="dinheiro",
        categoria="material",
    )
    assert (gasto.mes, gasto.valor, gasto.descricao, gasto.forma, gasto.categoria, gasto.versao) == (
        date(2026, 9, 1),
        Decimal("90.00"),
        "Luvas",
        "dinheiro",
        "material",
        2,
    )
    with pytest.raises(AlteradoDepois):
        edit_gasto(session, gasto.id, quem=cast.quem_ana, versao=1, valor=Decimal("1.00"))
    with pytest.raises(NaoEncontrado):
        delete_gasto(session, 999, quem=cast.quem_ana)


def test_only_the_dono_spends(session: Session) -> None:
    cast = make_cast(session)
    gasto = spend(session, cast, "80.00")
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            register_gasto(session, quem=quem, data=DIA, valor=Decimal("1.00"), descricao="Café", forma="pix")
        with pytest.raises(SemPermissao):
            edit_gasto(session, gasto.id, quem=quem, valor=Decimal("1.00"))
        with pytest.raises(SemPermissao):
            delete_gasto(session, gasto.id, quem=quem)


@pytest.mark.usefixtures("banco")
def test_a_closed_month_takes_and_gives_no_gasto() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        fechado = spend(session, cast, "80.00", data=date(2026, 9, 10))
        aberto = spend(session, cast, "80.00")
    with db.transaction() as session:
        shut(session, "2026-09")
    with pytest.raises(CompetenciaFechada), db.transaction() as session:
        spend(session, cast, "1.00", data=date(2026, 9, 30))
    for gasto, dia in ((fechado, DIA), (aberto, date(2026, 9, 30))):
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            edit_gasto(session, gasto.id, quem=cast.quem_ana, data=dia)
    with pytest.raises(CompetenciaFechada), db.transaction() as session:
        delete_gasto(session, fechado.id, quem=cast.quem_ana)
