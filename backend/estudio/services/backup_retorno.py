"""The whole studio brought back, always into a new database: never over a living one.

What was restored is held against its manifest, month by month, and against the seals that were published; nothing of
the past is done again (alerts are silenced, unfinished runs ended, everybody logged out). Only then, and when nobody is
connected, may it take the place of the studio's database.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import clock, db, logs, schema
from estudio.domain.backup_completo import Completo
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDeOutroEstudio, EmUso, IntegrityBroken, RestauracaoImpedida
from estudio.domain.extrato import Selo
from estudio.rights import OWNER_ROLE, ensure_rights
from estudio.services.backup_arquivo import open_folder
from estudio.services.backup_banco import (
    connect_to,
    create_database,
    drop_database,
    get_database_url,
    get_own_name,
    name_beside,
    open_engine,
    switch_databases,
    working_in,
)
from estudio.services.backup_completo import find_restore, verify_full_backup
from estudio.services.backup_ferramentas import list_entries, restore_entries
from estudio.services.backup_registro import find_estudio_id
from estudio.services.cadeia_service import HEADS_FILE, get_heads_path, publish_heads, read_heads, verify_cadeia
from estudio.services.contagem_service import Connection, count_in_sql
from estudio.services.eliminacao_registro import reapply_eliminacoes
from estudio.services.migracao_service import migrate_books

# A code that was used since the copy stays used: those of the app by their time, those on paper all of them.
SETTLE_CODIGOS: Final = (
    """update estudio.segundos_fatores
       set ultimo_passo = 1 + greatest(ultimo_passo, extract(epoch from clock_timestamp())::bigint / 30)""",
    "delete from estudio.codigos_de_recuperacao",
)

ONLY_OF_THEN: Final = (
    "acessos",
    "convites",
    "tentativas",
    "calendarios",
    "demonstrativo_links",
    "links",
    "turnos",
    "etapas",
    "desafios",
    "fichas",
)
"""Tables whose rows let somebody in, or count attempts: what was good when the copy was made is not good now."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Retorno:
    """A studio that is back."""

    completo: Completo
    banco: str
    meses: int
    """How many were compared with the manifest."""
    atraso: list[str]
    """Published seals that this copy does not hold: the months that were closed or reopened after it was made."""
    silenciados: int
    interrompidas: int
    anterior: str | None
    """The name that the former database has now, when they were switched."""
    selos_anteriores: Path | None
    """Where the published seals were put that the new one does not hold, when they were switched all the same."""


def restore_full_backup(completo: Completo, *, into: str, switch: bool = False, accept_behind: bool = False) -> Retorno:
    """Restore a dump into a new database called `into`; with `switch` let it take the place of the studio's.

    A copy that is behind the published seals is restored and says so; it takes the place only with `accept_behind`, and
    then the seals are published anew. Another studio's is restored as well, and takes the place only of a database
    without books: that is how a studio moves to a new machine.
    Raises JaExiste, a BackupDanificado, CopiaCompletaFalhou, IntegrityBroken (the database is dropped again), EmUso.
    """
    foreign = completo.estudio_id != find_estudio_id() and _has_books()
    if switch and foreign:
        raise BackupDeOutroEstudio(
            f"{completo.caminho} é de outro estúdio ou de outro banco ({completo.manifesto.origem.estudio}), e este "
            "tem os seus próprios livros. Restaure-a à parte: --into NOME, sem --switch.",
            arquivo=str(completo.caminho),
            estudio=completo.manifesto.origem.estudio,
        )
    verify_full_backup(completo)
    with db.translated():
        create_database(into)
        try:
            _restore(completo, into)
            _renew(into)
            silenced, ended = _settle(completo, into)
            behind = _verify(completo, into, foreign=foreign)
        except BaseException:
            drop_database(into)
            raise
        if switch and behind and not accept_behind:
            raise RestauracaoImpedida(
                f"O banco {into} foi restaurado, mas esta cópia é mais antiga que os selos publicados: {behind[0]}. "
                "Confira com o dono; para trocar mesmo assim, use --force.",
                atraso=behind,
                banco=into,
            )
        former, aside = _switch(into, behind=bool(behind)) if switch else (None, None)
    if aside is not None:
        publish_heads()
    log.info("estudio_restaurado", banco=into, arquivo=completo.manifesto.dump.arquivo, trocado=former is not None)
    return Retorno(completo, into, len(completo.manifesto.meses), behind, silenced, ended, former, aside)


def _has_books() -> bool:
    """Whether anything was ever entered here: of a studio that was only installed a copy replaces nothing."""
    with db.translated(), db.connect() as connection:
        row = connection.execute(
            """select exists (select from estudio.pagamentos) or exists (select from estudio.gastos)
                   or exists (select from estudio.sessoes) or exists (select from estudio.clientes)
                   or exists (select from estudio.selos) or exists (select from estudio.acertos)"""
        ).fetchone()
    assert row is not None, "a SELECT of scalars always has its row"
    return bool(row[0])


def _restore(completo: Completo, into: str) -> None:
    with connect_to(into) as connection:
        # What no dump carries along: the roles, if this is another server, and the rights on a database and on public.
        ensure_rights(connection)
        # The dump brings the schema itself.
        connection.execute("drop schema estudio")
        server = connection.info.server_version // 10_000
    pg_restore = find_restore(completo, server=server)
    entries = [entry for entry in list_entries(pg_restore, completo.caminho) if " SCHEMA public " not in entry]
    restore_entries(pg_restore, completo.caminho, entries, url=get_database_url(into), role=OWNER_ROLE)


def _renew(into: str) -> None:
    """A copy of an older program is brought to this one's age, what is sealed being held before and after."""
    with working_in(into):
        if schema.list_pending():
            migrate_books()


def _settle(completo: Completo, into: str) -> tuple[int, int]:
    """Nothing of the past happens again: no old alert leaves, no old run seems to be running, no old key enters."""
    with connect_to(into) as connection, connection.transaction():
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER_ROLE)))
        silenced = connection.execute("update estudio.avisos set estado = 'silenciado' where estado = 'pendente'")
        ended = connection.execute(
            """update estudio.execucoes set desfecho = 'interrompido', terminada_em = clock_timestamp(),
                 mensagem = 'O estúdio foi restaurado de uma cópia feita durante esta execução.'
               where desfecho is null"""
        )
        _settle_tarefas(connection)
        for statement in SETTLE_CODIGOS:
            connection.execute(statement)
        for table in ONLY_OF_THEN:
            connection.execute(sql.SQL("delete from estudio.{}").format(sql.Identifier(table)))
        # Before anybody logs in: who was erased after the copy was made is erased again.
        reapply_eliminacoes(connection)
        connection.execute(
            """insert into estudio.auditoria (origem, acao, tabela, depois)
               values ('cli', 'restaurado', 'identidade', %s)""",
            [Jsonb({"arquivo": completo.manifesto.dump.arquivo, "sha256": completo.manifesto.dump.sha256,
                    "criado_em": completo.manifesto.criado_em, "run_id": logs.run_id()})],
        )  # fmt: skip
        return silenced.rowcount, ended.rowcount


def _settle_tarefas(connection: Connection) -> None:
    """No job of then is worked now; what is due is told from the books."""
    # By the state itself: the library's functions end a job one by one, and for a worker that has it.
    connection.execute("update tarefas.procrastinate_jobs set status = 'cancelled' where status = 'todo'")
    connection.execute("update tarefas.procrastinate_jobs set status = 'failed' where status = 'doing'")
    connection.execute("delete from tarefas.procrastinate_workers")
    connection.execute(
        """update estudio.rodadas set desfecho = 'interrompida', terminada_em = %s,
             mensagem = 'O estúdio foi restaurado de uma cópia feita durante esta tarefa.' where desfecho is null""",
        [clock.now()],
    )


def _verify(completo: Completo, into: str, *, foreign: bool) -> list[str]:
    """Where it is behind the published seals, unless those are another studio's. Raises IntegrityBroken otherwise."""
    with connect_to(into) as connection:
        different = _list_different_months(connection, completo)
        unset = _list_low_sequences(connection)
    if different or unset:
        what = f"o mês {Competencia.parse(different[0]).label} difere" if different else f"{unset[0]} recomeçaria"
        raise IntegrityBroken(f"O banco restaurado não é o da cópia: {what}. Ele foi descartado; tente outra cópia.")
    with open_engine(into) as engine, Session(bind=engine) as session:
        broken = [str(d) for d in verify_cadeia(session) if not d.onde.startswith(HEADS_FILE)]
        if broken:
            raise IntegrityBroken(
                f"O banco restaurado não diz o que foi selado: {broken[0]}. Ele foi descartado; tente outra cópia.",
                divergencias=broken,
            )
        return [] if foreign else _list_behind(session)


def _list_behind(session: Session) -> list[str]:
    """The published links after the last of this chain. Raises IntegrityBroken for one that it should hold: another
    chain is not an older one."""
    seals = dict(session.execute(select(Selo.seq, Selo.selo_sha256)).all())
    path = get_heads_path()
    try:
        heads = read_heads(path)
    except ValueError as error:
        raise IntegrityBroken(
            f"{path} foi alterado, e sem ele não se sabe se esta cópia é a mais nova. O banco restaurado foi "
            "descartado. Traga esse arquivo de volta da sua cópia; se não houver, tire-o da pasta."
        ) from error
    lost = [head for head in heads if seals.get(int(head["seq"])) != head["selo_sha256"]]
    names = [f"{HEADS_FILE}, elo {head['seq']} ({head['mes']})" for head in lost]
    if any(int(head["seq"]) in seals for head in lost):
        raise IntegrityBroken(
            f"O banco restaurado é de outra corrente de selos, e não de uma mais antiga: {names[0]} tem outro selo. "
            f"Ele foi descartado; tente outra cópia. Se {path} é de outro estúdio, aponte BACKUP_DIR para uma pasta "
            "só deste.",
            divergencias=names,
        )
    return names


def _list_different_months(connection: Connection, completo: Completo) -> list[str]:
    return [
        slug
        for slug, sha256 in completo.manifesto.meses.items()
        if count_in_sql(connection, Competencia.parse(slug)).conteudo_sha256 != sha256
    ]


def _list_low_sequences(connection: Connection) -> list[str]:
    """Tables whose next id is one that is already there."""
    names = connection.execute(
        """select c.relname, pg_get_serial_sequence('estudio.' || quote_ident(c.relname), 'id')
           from pg_attribute a join pg_class c on c.oid = a.attrelid
           where c.relnamespace = 'estudio'::regnamespace and c.relkind = 'r' and a.attname = 'id'
             and a.attidentity <> '' order by 1"""
    ).fetchall()
    low = []
    for table, sequence in names:
        query = sql.SQL("select coalesce(max(id), 0) > coalesce(pg_sequence_last_value(%s), 0) from estudio.{}")
        row = connection.execute(query.format(sql.Identifier(table)), [sequence]).fetchone()
        if row is not None and row[0]:
            low.append(table)
    return low


def _switch(new: str, *, behind: bool) -> tuple[str, Path | None]:
    """The new database takes the studio's name, in one transaction; the former one keeps everything under another.

    Seals that the new one is behind are put aside: no month could be closed again while they are told to be missing.
    """
    stamp = f"{clock.now():%Y%m%d%H%M%S}"
    former = name_beside(get_own_name(), f"_antes_{stamp}")
    aside: list[Path] = []

    def publish_no_more(_switched: Connection) -> None:
        # Before the COMMIT: who dies between the two leaves no heads, and the next closing writes them all.
        if behind:
            aside.append(_put_heads_aside(stamp))

    try:
        switch_databases(new, former, last=publish_no_more)
    except EmUso as busy:
        raise EmUso(
            f"{busy.message} A troca não foi feita; o banco restaurado está em {new}: rode de novo com --switch --into "
            "outro nome.",
            banco=new,
        ) from busy
    return former, aside[0] if aside else None


def _put_heads_aside(stamp: str) -> Path:
    path = get_heads_path()
    aside = path.with_name(f"selos_antes_{stamp}.log")
    with open_folder(path.parent) as folder:
        folder.rename(path.name, aside.name)
        folder.sync()
    log.warning("selos_log_guardado", arquivo=str(aside))
    return aside
