"""Databases that stand beside the studio's own on its server: what restores, updates and drills left there."""

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

from estudio import db
from estudio.db_connection import Connection
from estudio.domain.errors import BancoRecusou, NaoEncontrado, UsageRefusal
from estudio.services.backup_banco import MAINTENANCE, connect_to, ensure_nobody, get_own_name

_OURS: Final = """
    select datname from pg_database
    where pg_has_role(datdba, 'usage') and not datistemplate and datname <> all (%s)"""


@dataclass(frozen=True, slots=True)
class AoLado:
    """One of them: its size in bytes, the studio whose books it holds, and how many seals these have.

    `estudio` is None where there are no books, or none that this login reads.
    """

    nome: str
    tamanho: int
    estudio: str | None
    selos: int


def list_ao_lado() -> list[AoLado]:
    """Those that the owner's login may drop, the largest first."""
    with db.translated(), db.connect_owner() as connection:
        found = [each for name in _list_names(connection) if (each := _look_at(connection, name)) is not None]
    return sorted(found, key=lambda each: (-each.tamanho, each.nome))


def drop_ao_lado(nome: str) -> AoLado:
    """Drop one that nobody is connected to, with all that is in it; nothing brings it back.

    Raises UsageRefusal for the studio's own, NaoEncontrado, EmUso.
    """
    if nome == get_own_name():
        raise UsageRefusal(f"{nome} é o banco do estúdio, e não se apaga por aqui.")
    with db.translated(), connect_to(MAINTENANCE) as connection:
        found = _look_at(connection, nome) if nome in _list_names(connection) else None
        if found is None:
            raise NaoEncontrado(coisa="o banco", id=nome)
        ensure_nobody(connection, nome)
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(nome)))
    return found


def _list_names(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute(_OURS, [[get_own_name(), MAINTENANCE]]).fetchall()]


def _look_at(connection: Connection, nome: str) -> AoLado | None:
    """None where it is gone by now, as that of a drill is when the drill is over."""
    try:
        row = connection.execute("select pg_database_size(%s)", [nome]).fetchone()
    except psycopg.errors.InvalidCatalogName:
        return None
    assert row is not None, "a function has its value"
    return AoLado(nome, row[0], *_look_into(nome))


def _look_into(nome: str) -> tuple[str | None, int]:
    try:
        with connect_to(nome) as connection:
            row = connection.execute(
                "select (select nome from estudio.identidade), (select count(*) from estudio.selos)"
            ).fetchone()
    except (BancoRecusou, psycopg.Error):
        return None, 0
    return row or (None, 0)
