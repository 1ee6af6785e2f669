"""Closing a month, and the ways back: generate, verify the backup, reopen, seal.

The month passes from Histórico to Extrato without one of its rows moving: it is locked, counted three times, and one
row is written. Each deed here owns its transaction, because a month changes its state in a transaction of its own.
"""

from typing import LiteralString

import structlog

from estudio import db
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    ForcaDesligada,
    MotivoFaltando,
    Refusal,
)
from estudio.domain.extrato import Extrato, find_vigente, get_extrato
from estudio.domain.usuario import LINHA_DE_COMANDO, Quem
from estudio.services import cadeia_service
from estudio.services.backup_service import ensure_live, verify_backup
from estudio.services.batch_processing import (
    calculate_totals_batch,
    get_batch_size,
    process_records_in_batches,
    serialize_data_batch,
)
from estudio.services.contagem_service import tell_nobody
from estudio.services.desfecho_service import commit_and_read_back
from estudio.services.execucao_etapas import Watcher
from estudio.services.execucao_service import Execucao, open_execucao, settle_interrupted
from estudio.services.fechamento_service import Fechamento, tolerate_missing_proof
from estudio.services.transicao_service import open_transicao

__all__ = [
    "calculate_totals_batch",
    "generate_extrato_with_atomic_transaction",
    "get_batch_size",
    "process_records_in_batches",
    "reopen_extrato",
    "seal_extrato",
    "serialize_data_batch",
    "verify_backup_before_transfer",
]

log = structlog.get_logger(__name__)


def generate_extrato_with_atomic_transaction(
    mes: int,
    ano: int,
    force: bool = False,  # noqa: FBT001, FBT002 - the signature is version 4's
    *,
    quem: Quem = LINHA_DE_COMANDO,
    motivo: str | None = None,
    visto: str | None = None,
    watch: Watcher = tell_nobody,
) -> Extrato:
    """Close the month and return its sealed Extrato; a month that is closed answers with the version that stands.

    Readiness, backup made and proven, then one transaction: the month locked, counted by PostgreSQL, by Python in
    batches and by the backup's file, all three equal to the centavo, sealed. With `force` (allowed by
    FORCE_GENERATION_ALLOWED, needs `motivo`) a closed month whose rows differ from its seal is reopened and closed in
    one transaction. `visto` is the content hash that a person was shown before: any other content is not sealed, and
    MudouDesdeAConferencia raised. Raises a refusal with its reason or OperacaoFalhou (nothing was changed),
    OutcomeUnknown when the server's answer to COMMIT was lost and could not be asked for again.
    """
    competencia = Competencia(ano, mes)
    standing = _find_standing(competencia)
    if standing is not None and not force:
        _repair_last_words()
        log.info("ja_fechado", mes=competencia.slug, versao=standing.versao, selo=standing.selo.selo_sha256)
        return standing
    if force and not get_settings().force_generation_allowed:
        raise ForcaDesligada(mes=competencia.label)
    if force and standing is not None and not motivo:
        raise MotivoFaltando
    with open_execucao("fechamento", competencia, quem=quem, watch=watch) as execucao:
        extrato = Fechamento(execucao, quem, standing, motivo, visto).run()
        execucao.extrato_id = extrato.id
        execucao.finish("fechado", mensagem=f"versão {extrato.versao}, selo {extrato.selo.selo_sha256[:16]}")
        return extrato


def verify_backup_before_transfer(year: int, month: int) -> bool:
    """Whether a backup proves the month's live rows: read again from disk, whole, and equal to what PostgreSQL counts.

    False when it is missing, damaged or differs; with EXTRATO_REQUIRE_BACKUP=false True and a loud warning instead. The
    reason is logged either way. (The order of the arguments is version 4's.)
    """
    competencia = Competencia(year, month)
    try:
        prova = verify_backup(competencia)
        ensure_live(prova)
    except (Refusal, OSError) as reason:
        return tolerate_missing_proof(competencia, reason)
    log.info("backup_provado", mes=competencia.slug, conteudo=prova.contagem.conteudo_sha256)
    return True


def reopen_extrato(competencia: Competencia, *, quem: Quem, motivo: str, watch: Watcher = tell_nobody) -> None:
    """Open a closed (or empty) month again; its version stays, marked substituído. Latest month first; selada never."""
    with open_execucao("reabertura", competencia, quem=quem, watch=watch) as execucao:
        execucao.step("reabertura")
        _change_state(execucao, "select estudio.reabrir_competencia(%s, %s, %s, %s)", quem=quem, motivo=motivo)
        execucao.finish("reaberto", mensagem=motivo)
    cadeia_service.publish_heads()


def seal_extrato(
    competencia: Competencia, *, quem: Quem, motivo: str | None = None, watch: Watcher = tell_nobody
) -> Extrato:
    """Seal a closed month for good: it was handed to the accountant and never opens again."""
    with open_execucao("selagem", competencia, quem=quem, watch=watch) as execucao:
        execucao.step("selagem")
        _change_state(execucao, "select estudio.selar_competencia(%s, %s, %s, %s)", quem=quem, motivo=motivo)
        execucao.finish("selado", mensagem=motivo)
    cadeia_service.publish_heads()
    with db.transaction(read_only=True) as session:
        return get_extrato(session, competencia)


def _change_state(execucao: Execucao, function: LiteralString, *, quem: Quem, motivo: str | None) -> None:
    with open_transicao(quem) as transicao:
        transicao.connection.execute(
            function, [execucao.competencia.first_day, execucao.run_id, quem.usuario_id, motivo]
        )
        commit_and_read_back(transicao.connection, execucao)


def _find_standing(competencia: Competencia) -> Extrato | None:
    with db.transaction(read_only=True) as session:
        extrato = find_vigente(session, competencia)
        if extrato is not None:
            session.expunge(extrato)
        return extrato


def _repair_last_words() -> None:
    """A closing that was killed after its COMMIT left its Execução open and its seal unpublished."""
    with db.borrow() as connection:
        settle_interrupted(connection)
    cadeia_service.publish_heads()
