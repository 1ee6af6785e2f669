"""Receiving at the desk: who is new comes in with the payment, and an equal one is told of first."""

import pytest
from cast import DIA, Cast, make_cast, make_cliente
from sqlalchemy.orm import Session

from estudio.domain.dinheiro import parse_dinheiro
from estudio.domain.errors import ClienteAmbiguo, PagamentoIgual, SemPermissao
from estudio.domain.pagamento import Pagamento
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import OUTRA_PESSOA
from estudio.services.recebimento_service import register_recebimento


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def receive(
    session: Session,
    cast: Cast,
    nome: str | None,
    *,
    quem: Quem | None = None,
    escolhido: int | None = None,
    igual_visto: int | None = None,
) -> Pagamento:
    return register_recebimento(
        session,
        quem=quem or cast.quem_caio,
        nome=nome,
        escolhido=escolhido,
        igual_visto=igual_visto,
        data=DIA,
        artista_id=cast.bia.id,
        valor=parse_dinheiro("300"),
        forma="pix",
        sessoes=[],
        percentual=None,
        observacoes=None,
    )


def test_who_is_known_is_found_who_is_new_is_registered_and_nobody_is_nobody(session: Session, cast: Cast) -> None:
    assert receive(session, cast, "  DÓRA ").cliente_id == cast.dora.id
    assert receive(session, cast, "Nina").nome_do_cliente == "Nina"
    assert receive(session, cast, None).cliente_id is None


def test_of_several_only_one_of_them_or_one_more_is_chosen(session: Session, cast: Cast) -> None:
    outra = make_cliente(session, "dora")
    nina = make_cliente(session, "Nina")
    for escolhido in (None, nina.id):
        with pytest.raises(ClienteAmbiguo):
            receive(session, cast, "Dora", escolhido=escolhido)
    assert receive(session, cast, "Dora", escolhido=outra.id).cliente_id == outra.id
    assert receive(session, cast, "Dora", escolhido=OUTRA_PESSOA).cliente_id not in {cast.dora.id, outra.id}


def test_each_more_equal_one_is_told_of_once(session: Session, cast: Cast) -> None:
    first = receive(session, cast, "Dora")
    with pytest.raises(PagamentoIgual, match=r"R\$ 300,00 · Pix · Dora · Bia · 15/10/2026") as told:
        receive(session, cast, "Dora")
    assert told.value.details["pagamento_id"] == first.id
    receive(session, cast, "Dora", igual_visto=first.id)
    with pytest.raises(PagamentoIgual):
        receive(session, cast, "Dora", igual_visto=first.id)


def test_who_does_not_register_learns_nothing_of_equal_ones(session: Session, cast: Cast) -> None:
    receive(session, cast, None)
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            receive(session, cast, None, quem=quem)
