"""The paper of a statement: made once, kept as bytes, the same after the month was closed again; and what ends it."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from cast import Cast, book, make_cast, make_cliente, pay, shut
from conftest import Banco
from moldes import Copiar
from psycopg import errors as pg
from pypdf import PdfReader
from sqlalchemy import text

from estudio import db
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import Para
from estudio.domain.errors import PapelFaltando
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import demonstrativo_guarda
from estudio.services.acerto_service import register_acerto
from estudio.services.demonstrativo_guarda import ensure_papeis, find_papel, get_papel_do_link
from estudio.services.demonstrativo_leitura import read_demonstrativo
from estudio.services.demonstrativo_papel import write_demonstrativo
from estudio.services.demonstrativo_service import open_entrega, renew_link
from estudio.services.documento_service import ensure_documentos, list_incompletos
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import reopen_extrato

MES, DIA = Competencia(2025, 9), date(2025, 9, 10)


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        cast = make_cast(session)
        vera = make_cliente(session, "Vera Lima")
        sessao = book(session, cast, "250.00", data=DIA, cliente=cast.dora)
        pay(session, cast, "250.00", data=DIA, cliente=cast.dora, sessoes=[sessao])
        pay(session, cast, "150.00", data=DIA, artista=cast.ana, cliente=vera)
        register_acerto(
            session,
            quem=cast.quem_ana,
            data=DIA,
            artista_id=cast.bia.id,
            tipo=Tipo.BONUS,
            valor=Decimal("12.00"),
            motivo="Indicação de Vera Lima",
        )
    with db.transaction() as session:
        shut(session, MES.slug)
    return cast


@pytest.fixture
def fechado(copiar: Copiar[Cast]) -> Cast:
    """September 2025 closed: Bia was paid for Dora, and has a bonus with a reason; Ana was paid for Vera."""
    return copiar(_fill)[1]


def hand_over(cast: Cast, artista_id: int) -> str:
    with db.transaction() as session:
        return renew_link(session, MES, artista_id, quem=cast.quem_ana)


def read_papel(cast: Cast, artista_id: int, para: Para, versao: int = 1) -> bytes | None:
    with db.transaction(read_only=True) as session:
        folha = read_demonstrativo(session, MES, artista_id, versao, quem=cast.quem_ana)
        return find_papel(session, folha, para)


def test_it_is_made_once_for_each_side_and_only_of_what_was_handed_over(fechado: Cast) -> None:
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 0
    chave = hand_over(fechado, fechado.bia.id)
    with db.transaction(read_only=True) as session, pytest.raises(PapelFaltando):
        get_papel_do_link(session, open_entrega(session, chave).folha)
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 2
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 0
    with db.transaction(read_only=True) as session:
        nome, link = get_papel_do_link(session, open_entrega(session, chave).folha)
        folha = read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_ana)
        told = session.execute(
            text(
                """select depois - 'id' - 'criado_em' - 'programa' from estudio.auditoria
                   where tabela = 'demonstrativo_papeis' order by id"""
            )
        ).scalars()
        assert [(each["para"], set(each)) for each in told] == [
            (para, {"demonstrativo_id", "para", "sha256", "tamanho"}) for para in Para
        ]
    assert nome == "demonstrativo_2025_09_v1.pdf"
    assert read_papel(fechado, fechado.bia.id, Para.ESTUDIO) == write_demonstrativo(folha)
    assert link != write_demonstrativo(folha)


def test_closing_again_leaves_the_paper_of_the_first_version_byte_for_byte(fechado: Cast) -> None:
    chave = hand_over(fechado, fechado.bia.id)
    ensure_papeis(MES, quem=fechado.quem_ana)
    before = [read_papel(fechado, fechado.bia.id, para) for para in Para]
    reopen_extrato(MES, motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    with db.transaction() as session:
        pay(session, fechado, "80.00", data=DIA)
        # The reason of an acerto is told while the version stands; the paper that was handed over keeps it.
        session.execute(text("update estudio.acertos set motivo = 'Páscoa'"))
    with db.transaction() as session:
        shut(session, MES.slug)
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 0
    assert [read_papel(fechado, fechado.bia.id, para) for para in Para] == before
    assert None not in before
    with db.transaction(read_only=True) as session:
        assert get_papel_do_link(session, open_entrega(session, chave).folha)[1] == before[1]


def test_erasing_a_person_takes_the_papers_that_name_them_and_the_documents_bring_them_back(fechado: Cast) -> None:
    for artista in (fechado.bia, fechado.ana):
        hand_over(fechado, artista.id)
    ensure_documentos(MES, quem=fechado.quem_ana)
    of_ana = read_papel(fechado, fechado.ana.id, Para.LINK)
    of_bia = read_papel(fechado, fechado.bia.id, Para.LINK)
    assert of_ana
    with db.transaction() as session:
        erase_titular(session, fechado.dora.id, quem=fechado.quem_ana, motivo="pedido", confirmacao="Dora")
    assert [read_papel(fechado, fechado.bia.id, para) for para in Para] == [None, None]
    assert read_papel(fechado, fechado.ana.id, Para.LINK) == of_ana
    with db.transaction(read_only=True) as session:
        assert list_incompletos(session) == [MES]
    ensure_documentos(MES, quem=fechado.quem_ana)
    anew = read_papel(fechado, fechado.bia.id, Para.LINK)
    assert anew is not None
    assert anew != of_bia
    with db.transaction(read_only=True) as session:
        assert list_incompletos(session) == []


def test_a_reason_that_names_who_is_erased_goes_from_the_studios_paper(fechado: Cast) -> None:
    hand_over(fechado, fechado.bia.id)
    ensure_papeis(MES, quem=fechado.quem_ana)
    of_the_link = read_papel(fechado, fechado.bia.id, Para.LINK)
    with db.transaction() as session:
        vera = session.scalars(text("select id from estudio.clientes where nome = 'Vera Lima'")).one()
        erase_titular(session, vera, quem=fechado.quem_ana, motivo="pedido", confirmacao="Vera Lima")
    # No line of Bia's is Vera's: only the reason of the bonus named her.
    assert read_papel(fechado, fechado.bia.id, Para.ESTUDIO) is None
    assert read_papel(fechado, fechado.bia.id, Para.LINK) == of_the_link
    ensure_documentos(MES, quem=fechado.quem_ana)
    anew = read_papel(fechado, fechado.bia.id, Para.ESTUDIO)
    assert anew is not None
    shown = "".join(page.extract_text() for page in PdfReader(BytesIO(anew)).pages)
    assert "Indicação" in shown
    assert "Vera" not in shown


def test_what_was_made_while_somebody_was_erased_is_not_kept(fechado: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(fechado, fechado.bia.id)
    make = write_demonstrativo

    def erase_meanwhile(folha: object) -> bytes:
        monkeypatch.undo()
        with db.transaction() as session:
            erase_titular(session, fechado.dora.id, quem=fechado.quem_ana, motivo="pedido", confirmacao="Dora")
        return make(folha)  # type: ignore[arg-type]

    monkeypatch.setattr(demonstrativo_guarda, "write_demonstrativo", erase_meanwhile)
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 1
    assert read_papel(fechado, fechado.bia.id, Para.ESTUDIO) is None
    assert ensure_papeis(MES, quem=fechado.quem_ana) == 1


@pytest.mark.parametrize(
    ("eliminando", "statement"),
    [
        ("", "delete from estudio.demonstrativo_papeis"),
        ("", "update estudio.demonstrativo_papeis set programa = '9'"),
        ("", "truncate estudio.demonstrativo_papeis"),
        ("sim", "delete from estudio.demonstrativo_papeis"),
    ],
)
def test_nothing_else_takes_a_paper_away(fechado: Cast, banco: Banco, eliminando: str, statement: str) -> None:
    hand_over(fechado, fechado.bia.id)
    ensure_papeis(MES, quem=fechado.quem_ana)
    with banco.connect_as_superuser() as connection:
        connection.execute("select set_config('estudio.eliminando', %s, false)", [eliminando])
        with pytest.raises(pg.DatabaseError) as refused:
            connection.execute(statement)
    assert refused.value.sqlstate in ("P0F02", "P0F03")
