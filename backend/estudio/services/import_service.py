"""Imports: a file of version 4, a spreadsheet with its columns, or one of our own backups; all of it or nothing.

`read_arquivo` reads the file before any transaction; `preview_leitura` says what would happen; `import_leitura` does
it; `undo_import` takes it back. The same file again brings nothing: each record is known by its origin and its id.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import ImportacaoRecusada
from estudio.domain.importacao import Importacao
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.import_conferencia import build_plano
from estudio.services.import_desfeita import Desfeita, undo_import
from estudio.services.import_escrita import write_plano
from estudio.services.import_leitura import read_arquivo
from estudio.services.import_plano import Plano
from estudio.services.import_registros import Leitura
from estudio.services.import_travas import lock_imports, lock_meses

__all__ = [
    "Desfeita",
    "Importada",
    "Plano",
    "ensure_sem_recusas",
    "import_leitura",
    "list_importacoes",
    "preview_leitura",
    "read_arquivo",
    "undo_import",
]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Importada:
    """What was done; `importacao_id` None: everything was here already, and nothing was written."""

    importacao_id: int | None
    plano: Plano


def preview_leitura(session: Session, leitura: Leitura) -> Plano:
    """What an import would create, what is here already, what is refused and why. Writes nothing."""
    return build_plano(session, leitura)


def import_leitura(session: Session, leitura: Leitura, *, quem: Quem) -> Importada:
    """Bring in everything that is not here yet. Raises ImportacaoRecusada, which lists the lines in the way.

    One import at a time, and none while one of its months is being closed: it waits, or is refused whole.
    """
    quem.ensure_dono()
    act_as(session, quem, motivo=f"importação de {leitura.arquivo}"[:2000])
    connection = db.raw(session)
    lock_imports(connection)
    lock_meses(connection, leitura.meses)
    plano = build_plano(session, leitura)
    ensure_sem_recusas(plano)
    if plano.is_empty:
        log.info("importacao_sem_novidade", origem=leitura.origem, sha256=leitura.sha256)
        return Importada(None, plano)
    importacao_id = write_plano(connection, plano, quem=quem)
    # A sheet that was carried elsewhere still tells of who was erased since.
    connection.execute("select estudio.eliminar_de_novo()")
    created = {tipo: len(plano.to_create(tipo)) for tipo in leitura.tipos}
    log.info("importado", importacao=importacao_id, origem=leitura.origem, sha256=leitura.sha256, criados=created)
    return Importada(importacao_id, plano)


def ensure_sem_recusas(plano: Plano) -> None:
    """Raises ImportacaoRecusada with the first line that is refused and how many there are."""
    if not plano.recusas:
        return
    first, total = plano.first_refusal(), plano.recusas.quantidade
    rest = f" E mais {total - 1}; veja todas com --dry-run." if total > 1 else ""
    raise ImportacaoRecusada(
        arquivo=plano.leitura.arquivo,
        resumo=f"linha {first.linha}: {first.motivo}{rest}",
        recusas=plano.recusas.as_json(),
        total=total,
    )


def list_importacoes(session: Session, *, limit: int = 50) -> list[Importacao]:
    """The imports, newest first."""
    return list(session.scalars(select(Importacao).order_by(Importacao.id.desc()).limit(limit)))
