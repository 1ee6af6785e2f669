"""The table of backups: which were made, which were proven, tried or removed. The files themselves are the truth; these
rows remember what no file can say of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from estudio import db
from estudio.domain.backup import Guardado
from estudio.domain.backup_completo import Completo
from estudio.domain.competencia import Competencia


@dataclass(frozen=True)
class Registro:
    """What is remembered of one file."""

    arquivo: str
    sha256: str
    criado_em: datetime
    verificado_em: datetime | None
    ensaiado_em: datetime | None
    resultado: str | None
    apagado_em: datetime | None


def register_backup(guardado: Guardado) -> None:
    """A backup was written; one that is written again with the same bytes keeps its row."""
    _record(_describe(guardado), _REGISTER)


def adopt_backup(guardado: Guardado) -> None:
    """A backup that lies on disk without a row (its run died before writing one, or the database is a restored one).

    It is as old as its manifest says: what was entered since is not in it.
    """
    _record([*_describe(guardado), guardado.manifesto.criado_em], _ADOPT)


def register_completo(completo: Completo) -> None:
    """A full dump was written."""
    _record(_describe_completo(completo), _REGISTER)


def adopt_completo(completo: Completo) -> None:
    """A full dump that lies on disk without a row."""
    _record([*_describe_completo(completo), completo.manifesto.criado_em], _ADOPT)


def record_verified(arquivo: str, sha256: str, *, resultado: str | None = None) -> None:
    """It was read from disk and is whole; or, with a result, it is not."""
    with db.connect() as connection, db.translated():
        connection.execute(
            """update estudio.backups
               set verificado_em = case when %(resultado)s::text is null then clock_timestamp() end,
                   resultado = coalesce(%(resultado)s, case when resultado like 'ensaio:%%' then resultado end)
               where arquivo = %(arquivo)s and sha256 = %(sha256)s""",
            {"arquivo": arquivo, "sha256": sha256, "resultado": resultado},
        )


def record_drill(arquivo: str, sha256: str, *, resultado: str) -> None:
    """It was restored into an empty database, with this result."""
    with db.connect() as connection, db.translated():
        connection.execute(
            """update estudio.backups set ensaiado_em = clock_timestamp(), resultado = %s
               where arquivo = %s and sha256 = %s""",
            [resultado, arquivo, sha256],
        )


def record_pruned(arquivo: str, sha256: str) -> None:
    with db.connect() as connection, db.translated():
        connection.execute(
            "update estudio.backups set apagado_em = clock_timestamp() where arquivo = %s and sha256 = %s",
            [arquivo, sha256],
        )


def record_rewritten(anterior_sha256: str, novo: Guardado) -> None:
    """A sheet was rewritten without a person: the new bytes stand in the place of those that an extrato may name."""
    csv, conteudo = novo.manifesto.csv, novo.manifesto.contagem.conteudo_sha256
    _record(
        [anterior_sha256, csv.arquivo, csv.sha256, conteudo],
        """insert into estudio.backups_reescritos (anterior_sha256, arquivo, sha256, conteudo_sha256)
           values (%s, %s, %s, %s) on conflict (anterior_sha256) do nothing""",
    )


def list_rewritten() -> frozenset[str]:
    """The sha256 of the sheets in whose place others stand now: who was erased is in them."""
    with db.connect() as connection, db.translated():
        return _first_column(connection.execute("select anterior_sha256 from estudio.backups_reescritos").fetchall())


def follow_rewritten(sealed: dict[str, Any]) -> dict[str, Any]:
    """The file that stands now for the one that an extrato names: itself, or what it was rewritten to."""
    with db.connect() as connection, db.translated():
        rows = connection.execute(
            """with recursive agora as (
                 select %(sha256)s::text as sha256, %(arquivo)s::text as arquivo, 0 as passo
                 union all
                 select r.sha256, r.arquivo, a.passo + 1 from agora a
                 join estudio.backups_reescritos r on r.anterior_sha256 = a.sha256
                 where r.conteudo_sha256 = %(conteudo_sha256)s and a.passo < 1000
               ) select sha256, arquivo from agora order by passo desc limit 1""",
            sealed,
        ).fetchall()
    sha256, arquivo = rows[0]
    return {**sealed, "sha256": sha256, "arquivo": arquivo}


def list_registros() -> dict[tuple[str, str], Registro]:
    """Every row by name and sha256."""
    with db.connect() as connection, db.translated():
        cursor = connection.cursor(row_factory=class_row(Registro))
        cursor.execute(
            """select arquivo, sha256, criado_em, verificado_em, ensaiado_em, resultado, apagado_em
               from estudio.backups order by id"""
        )
        return {(row.arquivo, row.sha256): row for row in cursor}


def list_sealed() -> tuple[frozenset[str], frozenset[str]]:
    """What some extrato names as its backup: sha256 of files, and sha256 of contents. These are never removed."""
    with db.connect() as connection, db.translated():
        files = connection.execute("select distinct backup ->> 'sha256' from estudio.extratos where backup is not null")
        contents = connection.execute(
            "select distinct backup_sha256 from estudio.selos where backup_sha256 is not null"
        )
        return _first_column(files.fetchall()), _first_column(contents.fetchall())


def list_pruned() -> frozenset[tuple[str, str]]:
    """Name and sha256 of what the program took away, and of what it rewrote without a person; never what some extrato
    names as it was."""
    with db.connect() as connection, db.translated():
        rows = connection.execute(
            """select b.arquivo, b.sha256 from estudio.backups b
               where b.apagado_em is not null
                 and (exists (select from estudio.backups_reescritos r where r.anterior_sha256 = b.sha256)
                      or (not exists (select from estudio.extratos e where e.backup ->> 'sha256' = b.sha256)
                          and not exists (select from estudio.selos s where s.backup_sha256 = b.conteudo_sha256)))"""
        ).fetchall()
    return frozenset((str(arquivo), str(sha256)) for arquivo, sha256 in rows)


def list_sealed_months() -> set[Competencia]:
    """The months whose standing extrato names a backup."""
    with db.connect() as connection, db.translated():
        rows = connection.execute(
            "select mes from estudio.extratos where estado = 'vigente' and backup is not null order by mes"
        ).fetchall()
    return {Competencia.of(mes) for (mes,) in rows}


def find_estudio_id() -> str:
    with db.connect() as connection, db.translated():
        row = connection.execute("select estudio_id::text from estudio.identidade").fetchone()
    assert row is not None, "the migration wrote the one row of identidade"
    return str(row[0])


def _first_column(rows: list[tuple[Any, ...]]) -> frozenset[str]:
    return frozenset(str(row[0]) for row in rows)


def _describe(guardado: Guardado) -> list[Any]:
    manifesto = guardado.manifesto
    csv = manifesto.csv
    month = manifesto.competencia.first_day
    return ["mes", month, csv.arquivo, csv.bytes, csv.sha256, manifesto.contagem.conteudo_sha256]


def _describe_completo(completo: Completo) -> list[Any]:
    dump = completo.manifesto.dump
    return ["completo", None, dump.arquivo, dump.bytes, dump.sha256, None]


_REGISTER: Final = """
    insert into estudio.backups (tipo, mes, arquivo, bytes, sha256, conteudo_sha256) values (%s, %s, %s, %s, %s, %s)
    on conflict on constraint backups_um_por_bytes do update set criado_em = clock_timestamp(), apagado_em = null"""
_ADOPT: Final = """
    insert into estudio.backups (tipo, mes, arquivo, bytes, sha256, conteudo_sha256, criado_em)
    values (%s, %s, %s, %s, %s, %s, %s)
    on conflict on constraint backups_um_por_bytes do nothing"""


def _record(values: list[Any], query: LiteralString) -> None:
    with db.connect() as connection, db.translated():
        connection.execute(query, values)
