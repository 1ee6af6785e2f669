"""Whatever a superuser changes behind the guard, a verification finds, and says where."""

from collections.abc import Generator
from typing import LiteralString

import psycopg
import pytest
from conftest import Banco
from guards.ataques_livros import build_alvo
from guards.catalogo import read_catalogo
from guards.digestos import Mudanca, apply_mudanca, check_digestos, list_mudancas
from guards.palco import ABERTA, FECHADA, SELADA, Connection, Enderecos, close, fill_livros, insert, reopen
from psycopg import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from estudio import db
from estudio.services.cadeia_service import publish_heads, verify_cadeia

AGOSTO = "Agosto/2025"


@pytest.fixture
def enderecos(banco: Banco) -> Enderecos:
    return Enderecos(banco.app_url, banco.superuser_url)


@pytest.fixture
def superuser(banco: Banco) -> Generator[Session, None, None]:
    """A superuser's session: what it changes is verified in its own transaction, and rolled back."""

    def creator() -> Connection:
        return psycopg.connect(
            banco.superuser_url, options="-c search_path=estudio,pg_temp -c DateStyle=ISO -c TimeZone=UTC"
        )

    with Session(create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)) as session:
        yield session


def test_the_count_sees_every_sealed_field_and_nothing_else(enderecos: Enderecos) -> None:
    assert check_digestos(enderecos) == []


def test_a_row_changed_behind_the_guard_is_named(enderecos: Enderecos, superuser: Session) -> None:
    livros = fill_livros(enderecos)
    assert verify_cadeia(superuser) == []
    connection = db.raw(superuser)
    alvo = build_alvo(connection, read_catalogo(connection), livros, SELADA, ABERTA, "selada")
    mudancas = list(list_mudancas(alvo))
    assert sum(m.selada for m in mudancas) >= 30
    for mudanca in mudancas:
        superuser.rollback()
        apply_mudanca(db.raw(superuser), mudanca)
        found = [str(d) for d in verify_cadeia(superuser)]
        assert bool(found) == mudanca.selada, mudanca.nome
        if mudanca.selada:
            _assert_names(found, mudanca)


def _assert_names(found: list[str], mudanca: Mudanca) -> None:
    """The month, the day and the kind of the row; the kind that follows it may be named besides."""
    named = [line for line in found if line.startswith(f"extrato {AGOSTO}: dia 2025-08-1") and mudanca.tipo in line]
    assert named, (mudanca.nome, found)


SELOS: dict[str, LiteralString] = {
    "tipo": "'reabertura'",
    "mes": "'2025-07-01'",
    "versao": "2",
    "conteudo_sha256": "repeat('a', 64)",
    "backup_sha256": "repeat('a', 64)",
    "em": "'2025-09-01T00:00:00.000000Z'",
    "quem": "null",
    "anterior_sha256": "repeat('a', 64)",
    "selo_sha256": "repeat('a', 64)",
}


@pytest.mark.parametrize("coluna", SELOS)
def test_a_link_changed_behind_the_guard_is_named(enderecos: Enderecos, superuser: Session, coluna: str) -> None:
    fill_livros(enderecos)
    cheat = sql.SQL("update selos set {} = {} where seq = 1").format(sql.Identifier(coluna), sql.SQL(SELOS[coluna]))
    assert _verify_after(superuser, cheat)[0].startswith("elo 1 ")


EXTRATOS: dict[str, LiteralString] = {
    "mes": "'2025-07-01'",
    "versao": "2",
    "estado": "'substituido'",
    "por_dia": "por_dia - 0",
    "totais": "jsonb_set(totais, '{0}', '1')",
    "conteudo_sha256": "repeat('a', 64)",
    "seq": "2",
    "backup": """'{"conteudo_sha256": "x"}'""",
    "fechado_em": "fechado_em + interval '1 second'",
    "fechado_por": "null",
    "run_id": "gen_random_uuid()",
}


@pytest.mark.parametrize("coluna", EXTRATOS)
def test_an_extrato_changed_behind_the_guard_is_named(enderecos: Enderecos, superuser: Session, coluna: str) -> None:
    fill_livros(enderecos)
    statement = sql.SQL("update extratos set {} = {} where mes = '2025-08-01'")
    found = _verify_after(superuser, statement.format(sql.Identifier(coluna), sql.SQL(EXTRATOS[coluna])))
    assert any(AGOSTO in line or "Julho/2025" in line for line in found), found


ESTADOS: dict[str, LiteralString] = {
    "a sealed month made closed": "update competencias set estado = 'fechada' where mes = '2025-08-01'",
    "a closed month made sealed": "update competencias set estado = 'selada' where mes = '2025-09-01'",
    "a closed month made open": "update competencias set estado = 'aberta' where mes = '2025-09-01'",
    "a closed month made empty": "update competencias set estado = 'vazia' where mes = '2025-09-01'",
    "an open month made closed": "update competencias set estado = 'fechada' where mes = '2025-10-01'",
    "an empty month made open": "update competencias set estado = 'aberta' where mes = '2025-07-01'",
    "a month gone": "delete from competencias where mes = '2025-12-01'",
    "a link gone": "delete from selos where seq = 2",
    # Consistent in itself, and the last of the chain: only the chain knows that it was closed and not reopened.
    "the last month opened with its extrato set aside": (
        "update extratos set estado = 'substituido' where mes = '2025-09-01';"
        "update competencias set estado = 'aberta' where mes = '2025-09-01'"
    ),
    "a payment put into an empty month": (
        "insert into pagamentos (data, valor_centavos, forma, artista_id) "
        "select '2025-07-10', 100, 'pix', min(id) from artistas"
    ),
    "an expense put into an empty month": (
        "insert into gastos (data, valor_centavos, forma, descricao) values ('2025-07-10', 100, 'pix', 'nada')"
    ),
}


@pytest.mark.parametrize("nome", ESTADOS)
def test_a_state_changed_behind_the_guard_is_found(enderecos: Enderecos, superuser: Session, nome: str) -> None:
    fill_livros(enderecos)
    assert _verify_after(superuser, ESTADOS[nome]) != []


def test_a_version_that_was_replaced_cannot_vanish(enderecos: Enderecos, superuser: Session) -> None:
    livros = fill_livros(enderecos)
    with enderecos.connect() as app:
        reopen(app, FECHADA)
        insert(app, "gastos", data=FECHADA, valor_centavos=1, forma="pix", descricao="esquecido")
        close(app, FECHADA, autor=livros.dono)
    assert verify_cadeia(superuser) == []
    vanish: LiteralString = "delete from extrato_nomes where extrato_id = 2; delete from extratos where id = 2"
    assert _verify_after(superuser, vanish) == ["elo 3 (fechamento de Setembro/2025): o seu extrato falta"]


def test_a_tail_cut_off_is_found_by_the_published_heads(enderecos: Enderecos, superuser: Session) -> None:
    fill_livros(enderecos)
    publish_heads()
    cut: LiteralString = (
        "update competencias set estado = 'aberta' where mes = '2025-09-01';"
        "delete from extrato_nomes where extrato_id = 2; delete from extratos where id = 2;"
        "delete from selos where seq = 3"
    )
    assert any("selos.log, elo 3" in line for line in _verify_after(superuser, cut))


def test_the_whole_chain_stands_after_reopening_and_closing_again(enderecos: Enderecos) -> None:
    fill_livros(enderecos)
    with enderecos.connect() as app:
        reopen(app, FECHADA)
        close(app, FECHADA)
        close(app, ABERTA)
        reopen(app, ABERTA)
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []


def test_totals_sealed_anew_that_are_not_those_of_the_rows_are_found(enderecos: Enderecos, superuser: Session) -> None:
    """The last link made anew around a lie: it is whole in itself, and only the rows say otherwise."""
    fill_livros(enderecos)
    forge: LiteralString = """
        update extratos set totais = jsonb_set(totais, '{0}', '1') where seq = 3;
        update extratos set conteudo_sha256 = calcular_conteudo(mes, por_dia, totais) where seq = 3;
        update selos set conteudo_sha256 = (select conteudo_sha256 from extratos where seq = 3) where seq = 3;
        update selos set selo_sha256 = sha256_hex(jsonb_build_array('selo/1', seq, tipo, to_char(mes, 'YYYY-MM'),
            versao, conteudo_sha256, backup_sha256, em, quem, anterior_sha256)::text) where seq = 3"""
    assert _verify_after(superuser, forge) == ["extrato Setembro/2025: os totais não são os das linhas"]


def _verify_after(superuser: Session, cheat: LiteralString | sql.Composed) -> list[str]:
    """What a verification says once the cheat was done with every trigger off; nothing is kept."""
    connection = db.raw(superuser)
    for tabela in ("competencias", "extratos", "selos", "extrato_nomes", "pagamentos", "gastos"):
        connection.execute(sql.SQL("alter table {} disable trigger all").format(sql.Identifier(tabela)))
    connection.execute(cheat)
    return [str(d) for d in verify_cadeia(superuser)]
