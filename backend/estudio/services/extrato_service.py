"""Closing a month, and the ways back: generate, verify the backup, reopen, seal.

The month passes from Histórico to Extrato without one of its rows moving: it is locked, counted three times, and one
row is written. Each deed here owns its transaction, because a month changes its state in a transaction of its own.
"""

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import text

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.backup import Guardado, Prova
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem
from estudio.domain.errors import (
    BackupDanificado,
    BackupNaoProvado,
    ContagensDiferem,
    ForcaDesligada,
    MotivoFaltando,
    Refusal,
    TempoEsgotado,
)
from estudio.domain.extrato import Extrato, find_vigente, get_extrato
from estudio.domain.usuario import Quem
from estudio.services import cadeia_service
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import find_guardado, prove
from estudio.services.batch_processing import (
    calculate_totals_batch,
    get_batch_size,
    process_records_in_batches,
    serialize_data_batch,
)
from estudio.services.contagem_service import Connection, as_canonical, count_in_batches, count_in_sql, tell_nobody
from estudio.services.desfecho_service import commit_and_read_back
from estudio.services.execucao_service import Execucao, Watcher, open_execucao
from estudio.services.prontidao_service import ensure_pronto

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

COMMAND_LINE = Quem(None, "dono", "cli")


def generate_extrato_with_atomic_transaction(
    mes: int,
    ano: int,
    force: bool = False,  # noqa: FBT001, FBT002 - the signature is version 4's
    *,
    quem: Quem = COMMAND_LINE,
    motivo: str | None = None,
    watch: Watcher = tell_nobody,
) -> Extrato:
    """Close the month and return its sealed Extrato; a month that is closed answers with the version that stands.

    Readiness, backup made and proven, then one transaction: the month locked, counted by PostgreSQL, by Python in
    batches and by the backup's file, all three equal to the centavo, sealed. With `force` (allowed by
    FORCE_GENERATION_ALLOWED, needs `motivo`) a closed month whose rows differ from its seal is reopened and closed in
    one transaction. Raises a refusal with its reason (nothing was changed), OutcomeUnknown when the server's answer to
    COMMIT was lost and could not be asked for again; any other error means nothing was changed either.
    """
    competencia = Competencia(ano, mes)
    standing = _find_standing(competencia)
    if standing is not None and not force:
        log.info("ja_fechado", mes=competencia.slug, versao=standing.versao, selo=standing.selo.selo_sha256)
        return standing
    if force and not get_settings().force_generation_allowed:
        raise ForcaDesligada(mes=competencia.label)
    if force and standing is not None and not motivo:
        raise MotivoFaltando
    with open_execucao("fechamento", competencia, quem=quem, watch=watch) as execucao:
        closing = _Closing(execucao, quem, standing, motivo)
        extrato = closing.run()
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
        with db.transaction(read_only=True) as session:
            live = count_in_sql(db.raw(session), competencia)
        guardado = find_guardado(get_folder_path(competencia), competencia)
        if guardado is None:
            raise BackupNaoProvado(mes=competencia.label, motivo="não há backup")
        _ensure_proven(prove(guardado).contagem, live)
    except (Refusal, OSError) as reason:
        return _tolerate_missing_proof(competencia, reason)
    log.info("backup_provado", mes=competencia.slug, conteudo=live.conteudo_sha256)
    return True


def reopen_extrato(competencia: Competencia, *, quem: Quem, motivo: str, watch: Watcher = tell_nobody) -> None:
    """Open a closed (or empty) month again; its version stays, marked substituído. Latest month first; selada never."""
    with open_execucao("reabertura", competencia, quem=quem, watch=watch) as execucao:
        execucao.step("reabertura")
        with _open_transaction(quem) as transaction:
            transaction.connection.execute(
                "select estudio.reabrir_competencia(%s, %s, %s, %s)",
                [competencia.first_day, execucao.run_id, quem.usuario_id, motivo],
            )
            commit_and_read_back(transaction.connection, execucao)
        execucao.finish("reaberto", mensagem=motivo)
    cadeia_service.publish_heads()


def seal_extrato(
    competencia: Competencia, *, quem: Quem, motivo: str | None = None, watch: Watcher = tell_nobody
) -> Extrato:
    """Seal a closed month for good: it was handed to the accountant and never opens again."""
    with open_execucao("selagem", competencia, quem=quem, watch=watch) as execucao:
        execucao.step("selagem")
        with _open_transaction(quem) as transaction:
            transaction.connection.execute(
                "select estudio.selar_competencia(%s, %s, %s, %s)",
                [competencia.first_day, execucao.run_id, quem.usuario_id, motivo],
            )
            commit_and_read_back(transaction.connection, execucao)
        execucao.finish("selado", mensagem=motivo)
    cadeia_service.publish_heads()
    with db.transaction(read_only=True) as session:
        return get_extrato(session, competencia)


def _find_standing(competencia: Competencia) -> Extrato | None:
    with db.transaction(read_only=True) as session:
        extrato = find_vigente(session, competencia)
        if extrato is not None:
            session.expunge(extrato)
        return extrato


@dataclass(frozen=True)
class _Transaction:
    """A transaction that changes a month's state, and how long it may still take.

    PostgreSQL 15 has no setting for the length of a transaction, so each statement is given what is left of it.
    """

    connection: Connection
    ends_ns: int

    def bound(self) -> None:
        """Bound the statements that follow by the time that is left. Raises TempoEsgotado when there is none."""
        left_ms = (self.ends_ns - time.monotonic_ns()) // 1_000_000
        if left_ms <= 0:
            raise TempoEsgotado
        self.connection.execute("select set_config('statement_timeout', %s, true)", [f"{left_ms}ms"])


@contextmanager
def _open_transaction(quem: Quem) -> Generator[_Transaction, None, None]:
    """READ COMMITTED, bounded in time, told who acts; nothing is written before the lock."""
    seconds = get_settings().atomic_transaction_timeout
    with db.translated(), db.connect() as connection:
        transaction = _Transaction(connection, time.monotonic_ns() + seconds * 1_000_000_000)
        connection.execute("begin isolation level read committed")
        transaction.bound()
        connection.execute(
            "select set_config('estudio.origem', %s, true), set_config('estudio.quem', %s, true)",
            [quem.origem, "" if quem.usuario_id is None else str(quem.usuario_id)],
        )
        yield transaction


@dataclass
class _StaleBackup(Exception):
    """The backup was overtaken by a write between its making and the lock."""

    backup: Contagem


@dataclass
class _Closing:
    """One run of the steps of closing.md. Holds what they pass on to each other."""

    execucao: Execucao
    quem: Quem
    standing: Extrato | None
    motivo: str | None

    def run(self) -> Extrato:
        competencia = self.execucao.competencia
        self.execucao.step("prontidao")
        if self.standing is None:
            ensure_pronto(competencia, hoje=clock.today())
        prova = self._prove(competencia)
        try:
            extrato = self._transact(lambda: prova)
        except _StaleBackup as stale:
            log.warning("backup_vencido", mes=competencia.slug, backup=stale.backup.conteudo_sha256)
            # Once more, this time under the lock, where no write can come between.
            extrato = self._transact(lambda: self._prove(competencia, anew=True))
        cadeia_service.publish_heads()
        return extrato

    def _prove(self, competencia: Competencia, *, anew: bool = False) -> Prova | None:
        """A backup read again from disk: the one that stands, or a new one; None where the studio closes without."""
        try:
            found = None if anew else self._prove_existing(competencia)
            return found or self._prove_new(competencia)
        except (Refusal, OSError) as reason:
            if not _tolerate_missing_proof(competencia, reason):
                raise (
                    reason
                    if isinstance(reason, Refusal)
                    else BackupNaoProvado(mes=competencia.label, motivo=str(reason))
                ) from reason
            return None

    def _prove_existing(self, competencia: Competencia) -> Prova | None:
        guardado = _find_current_backup(competencia)
        if guardado is None:
            return None
        self.execucao.step("verificacao")
        try:
            return prove(guardado)
        except BackupDanificado as damage:
            # It stays where it is, as evidence; a new one is made beside it.
            log.warning("backup_danificado", mes=competencia.slug, motivo=damage.message)
            return None

    def _prove_new(self, competencia: Competencia) -> Prova:
        self.execucao.step("backup")
        guardado = create_backup(competencia, run_id=self.execucao.run_id, on_batch=self.execucao.progress)
        self.execucao.step("verificacao")
        return prove(guardado)

    def _transact(self, prove: Callable[[], Prova | None]) -> Extrato:
        competencia = self.execucao.competencia
        self.execucao.step("trava")
        with _open_transaction(self.quem) as transaction:
            transaction.connection.execute("select estudio.travar_competencia(%s)", [competencia.first_day])
            prova = prove()
            totais = self._count(transaction)
            if prova is not None and prova.contagem.totais != totais:
                raise _StaleBackup(prova.contagem)
            self.execucao.step("selo")
            self._seal(transaction, totais, prova)
            commit_and_read_back(transaction.connection, self.execucao)
        with db.transaction(read_only=True) as session:
            extrato = get_extrato(session, competencia)
            session.expunge(extrato)
            return extrato

    def _count(self, transaction: _Transaction) -> list[Any]:
        self.execucao.step("contagem")
        transaction.bound()
        totals = count_in_batches(
            transaction.connection,
            self.execucao.competencia,
            batch_size=get_batch_size(),
            on_batch=self.execucao.progress,
        )
        return as_canonical(totals)

    def _seal(self, transaction: _Transaction, totais: list[Any], prova: Prova | None) -> None:
        """The first count and the row that is sealed, in one call: PostgreSQL recomputes all and compares."""
        competencia = self.execucao.competencia
        transaction.bound()
        connection = transaction.connection
        first = [competencia.first_day, clock.today(), self.execucao.run_id, self.quem.usuario_id]
        figures = [Jsonb({"totais": totais}), Jsonb(prova.as_sealed()) if prova else None]
        try:
            if self.standing is None:
                connection.execute("select estudio.fechar_competencia(%s, %s, %s, %s, %s, %s)", first + figures)
            else:
                connection.execute(
                    "select estudio.refechar_competencia(%s, %s, %s, %s, %s, %s, %s)", [*first, self.motivo, *figures]
                )
        except psycopg.DatabaseError as error:
            if error.sqlstate != "P0F09":
                raise
            sql_count = _parse_counted(competencia, error)
            if prova is not None and prova.contagem != sql_count and sql_count.totais == totais:
                raise _StaleBackup(prova.contagem) from error
            raise ContagensDiferem(mes=competencia.label, diferencas=_list_where(sql_count, totais, prova)) from error


def _parse_counted(competencia: Competencia, error: psycopg.DatabaseError) -> Contagem:
    counted = json.loads(error.diag.message_detail or "")
    return Contagem.from_stored(competencia, counted["por_dia"], counted["totais"])


def _list_where(sql_count: Contagem, totais: list[Any], prova: Prova | None) -> list[dict[str, Any]]:
    """Where the counts part: per day and kind against the backup, and the totals of each count."""
    names = ("receita", "comissoes", "despesas")
    totals = [
        {"total": name, "sql_centavos": sql_count.totais[i], "python_centavos": totais[i]}
        for i, name in enumerate(names)
        if sql_count.totais[i] != totais[i]
    ]
    return totals + (sql_count.list_differences(prova.contagem) if prova else [])


def _find_current_backup(competencia: Competencia) -> Guardado | None:
    """The backup that stands, when its manifest tells the month's totals as they are; damage is as good as none.

    Only a look that spares work: whether the file holds the month's rows is proven by reading it, and decided under the
    lock.
    """
    try:
        guardado = find_guardado(get_folder_path(competencia), competencia)
    except BackupDanificado as damage:
        log.warning("backup_danificado", mes=competencia.slug, motivo=damage.message)
        return None
    if guardado is None:
        return None
    with db.transaction(read_only=True) as session:
        totais = session.execute(
            text("select estudio.contar_totais(:mes)"), {"mes": competencia.first_day}
        ).scalar_one()
    return guardado if guardado.manifesto.contagem.totais == totais else None


def _ensure_proven(backup: Contagem, live: Contagem) -> None:
    if backup != live:
        raise BackupNaoProvado(
            mes=live.competencia.label,
            motivo="o arquivo não diz o mesmo que os registros",
            diferencas=live.list_differences(backup),
        )


def _tolerate_missing_proof(competencia: Competencia, reason: Exception) -> bool:
    """False where a proof is required; else True, loudly: the extrato will say "sem backup"."""
    if get_settings().extrato_require_backup:
        log.error("backup_nao_provado", mes=competencia.slug, motivo=str(reason))
        return False
    log.warning(
        "fechando_sem_backup_provado", mes=competencia.slug, motivo=str(reason), setting="EXTRATO_REQUIRE_BACKUP=false"
    )
    return True
