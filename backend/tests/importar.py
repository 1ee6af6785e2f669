"""What the tests of imports share: bring rows in, look at what is there, close a month behind the guards' back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from conftest import Banco
from planilha_v4 import Row, render_v4, save

from estudio import db
from estudio.domain.errors import ImportacaoRecusada
from estudio.domain.usuario import Quem
from estudio.services.import_service import Importada, import_leitura, read_arquivo

DONO: Final = Quem(None, "dono", "teste")

Bring = Callable[[list[Row]], Importada]

COUNTS: Final = """
    select (select count(*) from estudio.pagamentos), (select count(*) from estudio.comissoes),
           (select count(*) from estudio.sessoes), (select count(*) from estudio.gastos),
           (select count(*) from estudio.clientes), (select count(*) from estudio.artistas),
           (select count(*) from estudio.importacao_linhas)"""

OTHERS: Final = """
    select (select count(*) from estudio.importacoes), (select count(*) from estudio.formas),
           (select count(*) from estudio.categorias), (select count(*) from estudio.auditoria)"""


def bring_file(path: Path) -> Importada:
    """Import a file and commit."""
    leitura = read_arquivo(path)
    return db.run(lambda session: import_leitura(session, leitura, quem=DONO))


def bring_rows(path: Path, rows: list[Row]) -> Importada:
    """Import rows as a file of version 4, and commit."""
    return bring_file(save(path, render_v4(rows)))


def ask(banco: Banco, query: str) -> list[Any]:
    with banco.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def run_sql(banco: Banco, *statements: str) -> None:
    """In one transaction, as the program's role."""
    with banco.connect() as connection, connection.transaction():
        for statement in statements:
            connection.execute(statement.encode())


def count_rows(banco: Banco) -> Any:
    return ask(banco, COUNTS)[0]


def count_everything(banco: Banco) -> Any:
    return ask(banco, COUNTS) + ask(banco, OTHERS)


def get_totals(banco: Banco, mes: str = "2025-09-01") -> Any:
    """[receita, comissões, despesas, per artist, per form, …] as PostgreSQL counts them."""
    with banco.connect() as connection:
        row = connection.execute("select estudio.contar_totais(%s)", [mes]).fetchone()
    assert row is not None
    return row[0]


def set_estado(banco: Banco, mes: str, estado: str = "fechada") -> None:
    """What is tested here is the import; the closing has its own tests."""
    with banco.connect_as_superuser() as connection:
        connection.execute("alter table estudio.competencias disable trigger user")
        connection.execute("update estudio.competencias set estado = %s where mes = %s", [estado, mes])
        connection.execute("alter table estudio.competencias enable trigger user")


def list_refusals(refused: pytest.ExceptionInfo[ImportacaoRecusada]) -> list[tuple[int, str]]:
    """(line, code) of each."""
    found: Any = refused.value.details["recusas"]
    return [(nota["linha"], nota["codigo"]) for nota in found]


def list_notices(done: Importada) -> list[tuple[int, str]]:
    """(line, code) of each."""
    return [(nota.linha, nota.codigo) for nota in done.plano.avisos.in_order()]
