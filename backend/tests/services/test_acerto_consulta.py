"""The account of an artista: lines add up to months, months to the artista, artistas to the totals that are sealed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from cast import DIA, Cast, make_artista, make_cast, pay
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.test_acerto import settle
from sqlalchemy import event
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import EM_DINHEIRO, SINAL, Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import split_acertos
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import NaoEncontrado, SemPermissao
from estudio.services.acerto_consulta import Conta, find_conta, find_saldo, list_resumos, read_conta
from estudio.services.acerto_service import register_recebido
from estudio.services.contagem_service import count_in_sql

SETEMBRO, OUTUBRO, NOVEMBRO = Competencia(2026, 9), Competencia(2026, 10), Competencia(2026, 11)
ZERO = Decimal("0.00")


def test_an_account_across_months(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "500.00", data=date(2026, 9, 10))
    settle(session, cast, Tipo.REPASSE, "150.00", data=date(2026, 9, 30))
    kept = pay(session, cast, "300.00", data=DIA)
    register_recebido(session, kept.id, quem=cast.quem_ana)
    settle(session, cast, Tipo.ALUGUEL, "100.00")
    settle(session, cast, Tipo.VALE, "50.00", data=date(2026, 11, 2))
    conta = find_conta(session, cast.bia.id, ate=NOVEMBRO)
    told = [(mes.competencia, mes.comissoes, mes.devido, mes.pago, mes.saldo) for mes in conta.meses]
    assert told == [
        (SETEMBRO, Decimal("200.00"), Decimal("200.00"), Decimal("150.00"), Decimal("50.00")),
        # 120,00 of comissão less the 300,00 that she kept and the chair: she owes.
        (OUTUBRO, Decimal("120.00"), Decimal("-280.00"), ZERO, Decimal("-230.00")),
        (NOVEMBRO, ZERO, ZERO, Decimal("50.00"), Decimal("-280.00")),
    ]
    assert (conta.devido, conta.pago, conta.saldo) == (Decimal("-80.00"), Decimal("200.00"), Decimal("-280.00"))
    assert find_saldo(session, cast.bia.id) == conta.saldo
    assert conta.meses[1].por_tipo == {Tipo.RECEBIDO: Decimal("-300.00"), Tipo.ALUGUEL: Decimal("-100.00")}
    assert [mes.estado for mes in conta.meses] == ["aberta"] * 3
    # As it stood when October ended.
    assert find_conta(session, cast.bia.id, ate=OUTUBRO).saldo == Decimal("-230.00")
    assert find_conta(session, cast.ana.id, ate=NOVEMBRO) == Conta(cast.ana.id, "Ana", NOVEMBRO, [])


def test_who_sees_an_account(session: Session) -> None:
    cast = make_cast(session)
    for quem in (cast.quem_ana, cast.quem_edu, cast.quem_bia):
        assert read_conta(session, cast.bia.id, ate=OUTUBRO, quem=quem).artista == "Bia"
    with pytest.raises(NaoEncontrado):
        read_conta(session, cast.ana.id, ate=OUTUBRO, quem=cast.quem_bia)
    with pytest.raises(SemPermissao):
        read_conta(session, cast.bia.id, ate=OUTUBRO, quem=cast.quem_caio)
    for quem in (cast.quem_bia, cast.quem_caio):
        with pytest.raises(SemPermissao):
            list_resumos(session, OUTUBRO, quem=quem)


def test_the_list_shows_the_active_and_whoever_has_an_account(session: Session) -> None:
    cast = make_cast(session)
    gone, unknown = make_artista(session, "Zeca"), make_artista(session, "Yara")
    gone.ativo = unknown.ativo = False
    pay(session, cast, "100.00", artista=gone, percentual=5000, data=date(2026, 9, 1))
    found = {resumo.artista: resumo for resumo in list_resumos(session, OUTUBRO, quem=cast.quem_edu)}
    assert list(found) == ["Ana", "Bia", "Zeca"]
    assert (found["Zeca"].saldo, found["Zeca"].devido_no_mes) == (Decimal("50.00"), ZERO)


def test_an_account_takes_few_statements_whatever_is_in_it(session: Session) -> None:
    cast = make_cast(session)
    for dia in range(1, 20):
        settle(session, cast, Tipo.VALE, "1.00", data=date(2026, 9, dia))
    statements: list[str] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    try:
        find_conta(session, cast.bia.id, ate=NOVEMBRO)
        list_resumos(session, NOVEMBRO, quem=cast.quem_ana)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(statements) <= 7


class Linha(NamedTuple):
    """One row of a random studio."""

    mes: int
    artista: int
    tipo: Tipo | None
    centavos: int
    percentual: int


linhas = st.lists(
    st.builds(
        Linha,
        st.integers(8, 10),
        st.integers(0, 2),
        st.none() | st.sampled_from(list(Tipo)),
        st.integers(1, 999_999_999),
        st.integers(0, 10_000),
    ),
    max_size=25,
)


def enter(session: Session, cast: Cast, entered: list[Linha]) -> list[int]:
    artistas = [cast.ana, cast.bia, make_artista(session, "Cora")]
    for linha in entered:
        artista, dia, valor = artistas[linha.artista], date(2026, linha.mes, 5), from_centavos(linha.centavos)
        if linha.tipo is not None and linha.tipo in SINAL:
            settle(session, cast, linha.tipo, str(valor), data=dia, artista_id=artista.id)
            continue
        pagamento = pay(session, cast, str(valor), data=dia, artista=artista, percentual=linha.percentual)
        if linha.tipo is Tipo.RECEBIDO:
            register_recebido(session, pagamento.id, quem=cast.quem_ana)
    return [artista.id for artista in artistas]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(linhas)
def test_lines_add_up_to_the_artista_and_artistas_to_the_totals(session: Session, entered: list[Linha]) -> None:
    nested = session.begin_nested()
    try:
        _ensure_adds_up(session, entered)
    finally:
        nested.rollback()


def _ensure_adds_up(session: Session, entered: list[Linha]) -> None:
    cast = make_cast(session)
    ids = enter(session, cast, entered)
    contas = {id_: find_conta(session, id_, ate=OUTUBRO) for id_ in ids}
    resumos = {resumo.artista_id: resumo for resumo in list_resumos(session, OUTUBRO, quem=cast.quem_ana)}
    for id_, conta in contas.items():
        lines = [line.valor for mes in conta.meses for line in mes.acertos]
        assert conta.saldo == sum((mes.comissoes for mes in conta.meses), ZERO) + sum(lines, ZERO)
        assert conta.saldo == conta.devido - conta.pago == resumos[id_].saldo == find_saldo(session, id_)
        assert conta.saldo == (conta.meses[-1].saldo if conta.meses else ZERO)
        handed = [line.valor for mes in conta.meses for line in mes.acertos if line.tipo in EM_DINHEIRO]
        assert conta.pago == -sum(handed, ZERO)
    for mes in (Competencia(2026, 8), SETEMBRO, OUTUBRO):
        totais = count_in_sql(db.raw(session), mes).totais
        of_month = {id_: found for id_, conta in contas.items() if (found := conta.find_mes(mes))}
        sealed = {row[0]: from_centavos(row[2]) for row in totais[3]}
        earned = {id_: each.comissoes for id_, each in of_month.items()}
        assert {id_: earned.get(id_, ZERO) for id_ in sealed} == sealed
        assert from_centavos(totais[1]) == sum((each.comissoes for each in of_month.values()), ZERO)
        quantos, somas = split_acertos(totais)
        assert quantos == sum(len(each.acertos) for each in of_month.values())
        assert [(id_, tipo, from_centavos(total)) for id_, tipo, total in somas] == sorted(_list_somas(of_month))


def _list_somas(of_month: dict[int, Any]) -> Iterator[tuple[int, str, Decimal]]:
    for id_, each in of_month.items():
        for tipo, total in each.por_tipo.items():
            yield id_, tipo.value, total
