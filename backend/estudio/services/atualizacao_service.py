"""An update: the books go to a new database of this program's age, and into the old one's place when all is well there.

Until then the old database is as it was, and the old program works with it: whatever fails, and whoever is killed.
"""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
import structlog

from estudio import clock, db, schema
from estudio.db_connection import Connection
from estudio.domain.backup_completo import Completo
from estudio.domain.errors import AtualizacaoDesfeita, EmUso, EstudioError, IntegrityBroken
from estudio.services.backup_banco import (
    MAINTENANCE,
    clone_database,
    connect_to,
    count_visits,
    drop_database,
    ensure_nobody,
    find_databases,
    get_own_name,
    name_beside,
    switch_databases,
    working_in,
)
from estudio.services.backup_completo import create_full_backup, verify_full_backup
from estudio.services.doctor_laudo import Situacao
from estudio.services.doctor_service import ON_THE_MACHINE, SEM_RESPOSTA, Diagnostico, examine
from estudio.services.migracao_service import migrate_books

NEW: Final = "_em_atualizacao"
FORMER: Final = "_antes_da_atualizacao_"
_STAMP: Final = "0" * 14
"""As long as the instant at the end of such a name."""

ELSEWHERE: Final = {"Backups", *ON_THE_MACHINE}
"""Subjects of the doctor that no migration touches: files, folders, disks, settings."""

RECORDS: Final = {"Livros", "Cadastros", "Selos"}
"""Subjects that tell of the rows themselves."""

SHOWN: Final = 3
"""Faults that a sentence names."""

Tell = Callable[[str], None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Atualizacao:
    """Books that are of this program's age now."""

    aplicadas: list[str]
    copia: Completo
    anterior: str
    """The name that the former database has now; the one of an update before is gone."""
    falhas: list[Diagnostico]
    """What is not well, and not by the update: it was so before, or lies outside of the database."""


def renew_books(*, tell: Tell) -> Atualizacao:
    """Bring the books to this program's age; `tell` is told each step. Nobody else may be using them.

    Raises EmUso; AtualizacaoDesfeita or IntegrityBroken for what the doctor finds afterwards; whatever the copy, the
    migration and the server refuse. In each case the old database is in its place, as it was. OutcomeUnknown leaves
    open which of the two is; who interrupts the last step asks.
    """
    own = get_own_name()
    new = name_beside(own, NEW)
    with db.translated(), _take_turn(own) as maintenance:
        db.get_engine().dispose()
        ensure_nobody(maintenance, own)
        drop_database(new)
        tell("Conferindo o estúdio como está")
        known = _list_known()
        tell("Copiando o estúdio inteiro")
        copia = create_full_backup()
        tell("Lendo a cópia de novo, do disco")
        verify_full_backup(copia)
        try:
            aplicadas, anterior, falhas = _update(maintenance, own, known, tell)
        except BaseException:
            _forget(new)
            raise
        log.info("estudio_atualizado", revisoes=aplicadas, copia=copia.caminho.name, anterior=anterior)
        _drop_formers(own, anterior)
        return Atualizacao(aplicadas, copia, anterior, falhas)


def _update(
    maintenance: Connection, own: str, known: set[tuple[str, str]], tell: Tell
) -> tuple[list[str], str, list[Diagnostico]]:
    tell("Passando os livros a um banco novo")
    db.get_engine().dispose()
    ensure_nobody(maintenance, own)
    # From here until the switch nobody may come: what they wrote would be in the old database alone.
    visits = count_visits(maintenance, own)
    new = name_beside(own, NEW)
    clone_database(maintenance, own, new)
    with working_in(new):
        tell("Atualizando as tabelas")
        aplicadas = migrate_books()
        tell("Conferindo o estúdio atualizado")
        found = _list_bad()
    falhas = _ensure_no_worse(found, known)
    tell("Trocando o banco")
    former = _name_former(own, f"{clock.now():%Y%m%d%H%M%S}")
    switch_databases(new, former, last=lambda switched: _ensure_unvisited(switched, former, visits))
    return aplicadas, former, falhas


@contextmanager
def _take_turn(own: str) -> Generator[Connection, None, None]:
    """One update of a database at a time; the connection is to another one, so that it stands in nobody's way."""
    with connect_to(MAINTENANCE) as connection:
        query = "select pg_try_advisory_lock(%s, hashtext(%s))"
        row = connection.execute(query, [schema.MIGRATION_LOCK, own]).fetchone()
        if row is None or not row[0]:
            raise EmUso("Já há um `estudio update` em andamento. Espere que ele termine.", banco=own)
        yield connection


def _list_bad() -> list[Diagnostico]:
    return [d for d in examine() if d.situacao in (Situacao.FALHA, Situacao.QUEBRA)]


def _list_known() -> set[tuple[str, str]]:
    """What is not well in the books already: one fault more would be another sentence."""
    return {(d.codigo, d.mensagem) for d in _list_bad() if d.assunto in RECORDS and d.situacao is Situacao.FALHA}


def _undoes(found: Diagnostico, known: set[tuple[str, str]]) -> bool:
    """Whether it is the migration's doing, or may be. A month that is late, an alert that failed, are not.

    This program's checks met tables of an older one beforehand, so that what they said then is little to go by: of what
    guards the books, and of what cannot be asked now, nothing is excused.
    """
    if found.assunto in ELSEWHERE:
        return False
    if found.situacao is Situacao.QUEBRA or found.assunto == "Guarda" or found.codigo == "fila":
        return True
    if found.mensagem.startswith(SEM_RESPOSTA):
        return True
    return found.assunto in RECORDS and (found.codigo, found.mensagem) not in known


def _ensure_no_worse(found: list[Diagnostico], known: set[tuple[str, str]]) -> list[Diagnostico]:
    fresh = [d for d in found if _undoes(d, known)]
    broken = [d for d in fresh if d.situacao is Situacao.QUEBRA]
    said = " ".join(f"{each.assunto}, {each.codigo}: {each.mensagem}" for each in (broken or fresh)[:SHOWN])
    details = [each.as_json() for each in fresh]
    if broken:
        raise IntegrityBroken(
            f"Depois da atualização os livros não diriam o que foi selado. {said}", conferencias=details
        )
    if fresh:
        raise AtualizacaoDesfeita(f"Depois da atualização a conferência falharia. {said}", conferencias=details)
    return found


def _ensure_unvisited(switched: Connection, former: str, visits: int) -> None:
    if count_visits(switched, former) != visits:
        raise EmUso(
            "Alguém usou o banco durante a atualização, e o que escreveu ficaria para trás. Pare o programa em todas "
            "as máquinas (`estudio run`, `web`, `worker`, o cron), e o que mais entra neste banco (um monitor), e rode "
            "`estudio update` de novo."
        )


def _forget(name: str) -> None:
    """A database that is of no use any more. That it could not be dropped is no reason to say that the update was not
    done, nor to hide why: the next one tries again."""
    try:
        drop_database(name)
        log.info("banco_removido", banco=name)
    except (EstudioError, psycopg.Error) as error:
        log.warning("banco_nao_removido", banco=name, erro=type(error).__name__)


def _name_former(own: str, stamp: str) -> str:
    return name_beside(own, FORMER + stamp)


def _drop_formers(own: str, anterior: str) -> None:
    prefix = _name_former(own, _STAMP).removesuffix(_STAMP)
    try:
        names = [name for name in find_databases(prefix) if re.fullmatch("[0-9]{14}", name.removeprefix(prefix))]
    except (EstudioError, psycopg.Error):
        # The server went away after the switch, which is done.
        names = []
    for name in names:
        if name != anterior:
            _forget(name)
