"""The two lists of codes: a code is made once and never becomes another; what is closed keeps the names it had."""

import pytest
from cast import Cast, make_cast, pay, shut, spend
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from estudio import db
from estudio.db_refusals import translate
from estudio.domain.auditoria import Evento
from estudio.domain.codigos import Forma, list_formas
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    AlteradoDepois,
    DadosInvalidos,
    JaExiste,
    NaoEncontrado,
    RegistroPermanente,
    SemPermissao,
    TextoInvalido,
)
from estudio.domain.extrato import get_extrato
from estudio.services.codigo_service import (
    Lista,
    Passo,
    edit_codigo,
    get_codigo,
    list_codigos,
    move_codigo,
    register_codigo,
    set_em_uso,
)
from estudio.services.extrato_consulta import describe_extrato

FORMAS = Lista.FORMAS


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def names(session: Session) -> list[str]:
    return [forma.rotulo for forma in list_formas(session)]


def test_a_new_one_is_at_the_end_and_its_code_is_made_of_its_name(session: Session, cast: Cast) -> None:
    vale = register_codigo(session, FORMAS, quem=cast.quem_ana, rotulo="Vale-presente à vista")
    assert vale.codigo == "vale_presente_a_vista"
    assert names(session)[-1] == "Vale-presente à vista"
    assert register_codigo(session, FORMAS, quem=cast.quem_ana, rotulo="Vale presente à vista!").codigo.endswith("_2")
    assert register_codigo(session, FORMAS, quem=cast.quem_ana, rotulo="礼券").codigo == "formas"
    longa = register_codigo(session, FORMAS, quem=cast.quem_ana, rotulo="x" * 60)
    assert longa.codigo == "x" * 30


@pytest.mark.parametrize(
    ("rotulo", "refusal"),
    [("", TextoInvalido), ("  ", TextoInvalido), ("x" * 61, TextoInvalido), ("a\0", TextoInvalido), ("PÍX", JaExiste)],
)
def test_a_name_that_cannot_be_is_refused(session: Session, cast: Cast, rotulo: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        register_codigo(session, FORMAS, quem=cast.quem_ana, rotulo=rotulo)
    with pytest.raises(refusal):
        edit_codigo(session, FORMAS, "dinheiro", quem=cast.quem_ana, rotulo=rotulo)


def test_only_the_dono_touches_the_lists(session: Session, cast: Cast) -> None:
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            register_codigo(session, FORMAS, quem=quem, rotulo="Cheque")
        with pytest.raises(SemPermissao):
            edit_codigo(session, FORMAS, "pix", quem=quem, rotulo="Cheque")
        with pytest.raises(SemPermissao):
            set_em_uso(session, FORMAS, "pix", quem=quem, ativa=False)
        with pytest.raises(SemPermissao):
            move_codigo(session, FORMAS, "pix", quem=quem, passo=Passo.CIMA)


def test_a_name_changes_over_the_one_that_was_seen_and_the_trail_tells_both(session: Session, cast: Cast) -> None:
    edit_codigo(session, FORMAS, "pix", quem=cast.quem_ana, rotulo="Pix da loja", visto="Pix")
    with pytest.raises(AlteradoDepois):
        edit_codigo(session, FORMAS, "pix", quem=cast.quem_ana, rotulo="Pix", visto="Pix")
    (evento,) = session.scalars(select(Evento).where(Evento.tabela == "formas", Evento.acao == "update")).all()
    assert evento.antes is not None
    assert evento.depois is not None
    assert (evento.antes["rotulo"], evento.depois["rotulo"], evento.quem) == (
        "Pix",
        "Pix da loja",
        cast.quem_ana.usuario_id,
    )
    assert evento.campos == ["rotulo"]


def test_a_code_never_becomes_another_for_whoever_asks(session: Session) -> None:
    for statement in (
        "update formas set codigo = 'outra' where codigo = 'outros'",
        "update categorias set codigo = 'outra' where codigo = 'outros'",
    ):
        with pytest.raises(DBAPIError) as refused, session.begin_nested():
            session.execute(text(statement))
        assert isinstance(translate(refused.value), RegistroPermanente)


def test_what_is_out_of_use_is_offered_to_nobody_and_one_forma_stays(session: Session, cast: Cast) -> None:
    todas = list_formas(session)
    for forma in todas[1:]:
        set_em_uso(session, FORMAS, forma.codigo, quem=cast.quem_ana, ativa=False)
    assert list_formas(session) == todas[:1]
    with pytest.raises(DadosInvalidos, match="precisa ficar em uso"):
        set_em_uso(session, FORMAS, todas[0].codigo, quem=cast.quem_ana, ativa=False)
    assert set_em_uso(session, FORMAS, "pix", quem=cast.quem_ana, ativa=True) in list_formas(session)
    for categoria in list_codigos(session, Lista.CATEGORIAS):
        set_em_uso(session, Lista.CATEGORIAS, categoria.codigo, quem=cast.quem_ana, ativa=False)
    with pytest.raises(NaoEncontrado):
        set_em_uso(session, FORMAS, "nada", quem=cast.quem_ana, ativa=True)


def test_a_place_is_changed_with_the_neighbour_in_use(session: Session, cast: Cast) -> None:
    before = names(session)
    set_em_uso(session, FORMAS, "pix", quem=cast.quem_ana, ativa=False)
    move_codigo(session, FORMAS, "credito", quem=cast.quem_ana, passo=Passo.CIMA)
    assert names(session)[:2] == ["Cartão de Crédito", "Dinheiro"]
    for codigo, passo in (("credito", Passo.CIMA), ("outros", Passo.BAIXO), ("pix", Passo.CIMA)):
        move_codigo(session, FORMAS, codigo, quem=cast.quem_ana, passo=passo)
    assert names(session) == ["Cartão de Crédito", "Dinheiro", *before[3:]]


@pytest.mark.usefixtures("banco")
def test_a_closed_month_keeps_the_names_that_it_was_closed_with() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "100.00")
        spend(session, cast, "10.00", categoria="material")
    with db.transaction() as session:
        shut(session, "2026-10")
    with db.transaction() as session:
        edit_codigo(session, FORMAS, "pix", quem=cast.quem_ana, rotulo="Pix da loja")
        edit_codigo(session, Lista.CATEGORIAS, "material", quem=cast.quem_ana, rotulo="Tintas")
    with db.transaction(read_only=True) as session:
        totais = describe_extrato(session, get_extrato(session, Competencia(2026, 10)))["totais"]
        assert isinstance(session.get_one(Forma, "pix"), Forma)
        assert get_codigo(session, FORMAS, "pix").rotulo == "Pix da loja"
    assert [cada["forma"] for cada in totais["por_forma_pagamento"]] == ["Pix"]
    assert [cada["categoria"] for cada in totais["gastos_por_categoria"]] == ["Material"]
