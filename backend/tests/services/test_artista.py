"""Artistas: who tattoos here and for what share; nobody who earned is deleted."""

from decimal import Decimal

import pytest
from cast import make_cast, pay
from sqlalchemy.orm import Session

from estudio.domain.errors import (
    AlteradoDepois,
    JaExiste,
    NaoEncontrado,
    PercentualInvalido,
    SemPermissao,
    TextoInvalido,
)
from estudio.domain.pagamento import list_comissoes
from estudio.services.artista_service import (
    deactivate_artista,
    edit_artista,
    list_artistas,
    reactivate_artista,
    register_artista,
)


def test_an_artista_is_registered_also_of_a_name_that_is_taken(session: Session) -> None:
    cast = make_cast(session)
    outra = register_artista(session, quem=cast.quem_ana, nome="Ana", percentual=3333, email="ana2@estudio.example")
    assert (outra.nome_busca, outra.percentual, outra.ativo) == ("ana", 3333, True)
    assert [artista.nome for artista in list_artistas(session)] == ["Ana", "Ana", "Bia"]


def test_a_new_share_is_offered_from_now_on_and_changes_nothing_that_was_paid(session: Session) -> None:
    cast = make_cast(session)
    before = pay(session, cast, "100.00")
    edit_artista(session, cast.bia.id, quem=cast.quem_ana, versao=1, percentual=5000, nome="Bía")
    after = pay(session, cast, "100.00")
    assert [c.valor for p in (before, after) for c in list_comissoes(session, p.id)] == [
        Decimal("40.00"),
        Decimal("50.00"),
    ]
    assert cast.bia.nome_busca == "bia"
    with pytest.raises(AlteradoDepois):
        edit_artista(session, cast.bia.id, quem=cast.quem_ana, versao=1, nome="B")


def test_who_left_is_not_offered_and_what_they_earned_stays(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "100.00")
    deactivate_artista(session, cast.bia.id, quem=cast.quem_ana)
    assert [artista.nome for artista in list_artistas(session)] == ["Ana"]
    assert [artista.nome for artista in list_artistas(session, ativos=False)] == ["Ana", "Bia"]
    assert pagamento.artista is cast.bia
    assert reactivate_artista(session, cast.bia.id, quem=cast.quem_ana).ativo


def test_what_is_no_artista_is_refused(session: Session) -> None:
    cast = make_cast(session)
    with pytest.raises(TextoInvalido):
        register_artista(session, quem=cast.quem_ana, nome=" ")
    with pytest.raises(PercentualInvalido):
        register_artista(session, quem=cast.quem_ana, nome="Cora", percentual=10001)
    with pytest.raises(JaExiste):
        register_artista(session, quem=cast.quem_ana, nome="Cora", email="BIA@estudio.example")
    with pytest.raises(NaoEncontrado):
        edit_artista(session, 999, quem=cast.quem_ana, nome="Cora")
    edit_artista(session, cast.bia.id, quem=cast.quem_ana, email="bia@estudio.example")
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            register_artista(session, quem=quem, nome="Cora")
        with pytest.raises(SemPermissao):
            deactivate_artista(session, cast.bia.id, quem=quem)
