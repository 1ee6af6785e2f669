"""Migrating the books: the schema brought to this program's age, and nothing that is sealed changed by it."""

from typing import Any

from psycopg import sql
from sqlalchemy import Connection, text

from estudio import db, schema
from estudio.domain.errors import MigracaoRecusada
from estudio.rights import OWNER_ROLE
from estudio.services.eliminacao_registro import reapply_eliminacoes


def prepare_books() -> list[str]:
    """For a start: the tables of a studio that is new. Those that hold books are brought to this program's age by an
    update, which makes a copy first; until then MigracaoRecusada."""
    if schema.has_revision():
        pending = schema.list_pending()
        if pending:
            raise MigracaoRecusada(
                "Os livros são de uma versão anterior do programa. Com tudo parado, rode `estudio update`: ele faz "
                "uma cópia, atualiza as tabelas e confere tudo; se algo falhar, nada muda.",
                pendentes=pending,
            )
    return migrate_books()


def migrate_books() -> list[str]:
    """Apply what the database lacks; return the revisions. Raises IntegrityBroken when a sealed month would change."""
    applied = schema.migrate(verify=_read_sealed)
    if applied:
        # A copy from before there were erasures, restored and only now of this age.
        with db.translated(), db.connect_owner() as connection, connection.transaction():
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER_ROLE)))
            reapply_eliminacoes(connection)
    return applied


def _read_sealed(connection: Connection) -> list[tuple[Any, ...]]:
    """What every closed month adds up to when it is counted now, and the chain as it stands.

    Counted by the database's own function: the program's statements are of the schema that is to come.
    """
    months = connection.execute(
        text(
            """select x.mes, x.versao, x.conteudo_sha256, (estudio.contar_competencia(x.mes)).conteudo_sha256
               from estudio.extratos x where x.estado = 'vigente' order by x.mes"""
        )
    )
    chain = connection.execute(text("select seq, selo_sha256 from estudio.selos order by seq"))
    return [tuple(row) for row in (*months, *chain)]
