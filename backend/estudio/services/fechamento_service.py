"""One run of the steps of a closing: readiness, backup, lock, three counts, seal, commit, read back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.backup import Prova
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem
from estudio.domain.errors import (
    BackupDanificado,
    BackupNaoProvado,
    ContagensDiferem,
    MudouDesdeAConferencia,
    Refusal,
)
from estudio.domain.extrato import Extrato, get_extrato
from estudio.domain.usuario import Quem
from estudio.services.backup_service import create_backup, find_current, verify_guardado
from estudio.services.batch_processing import get_batch_size
from estudio.services.cadeia_service import ensure_cadeia, publish_heads
from estudio.services.contagem_service import Progress, as_canonical, count_in_batches
from estudio.services.desfecho_service import commit_and_read_back
from estudio.services.execucao_service import Execucao
from estudio.services.prontidao_service import ensure_pronto
from estudio.services.transicao_service import Transicao, lock_month, open_transicao

log = structlog.get_logger(__name__)


@dataclass
class _StaleBackup(Exception):
    """The backup was overtaken by a write between its making and the lock."""

    backup: Contagem


@dataclass
class Fechamento:
    """One run of the steps of closing.md. Holds what they pass on to each other."""

    execucao: Execucao
    quem: Quem
    standing: Extrato | None
    motivo: str | None
    visto: str | None = None
    """The content hash that whoever asks was shown; another content is not what was asked for."""

    def run(self) -> Extrato:
        competencia = self.execucao.competencia
        self.execucao.step("prontidao")
        with db.transaction(read_only=True) as session:
            ensure_cadeia(session)
        if self.standing is None:
            ensure_pronto(competencia, hoje=clock.today())
        prova = self._prove(competencia)
        try:
            extrato = self._transact(lambda _: prova)
        except _StaleBackup as stale:
            log.warning("backup_vencido", mes=competencia.slug, backup=stale.backup.conteudo_sha256)
            extrato = self._transact_with_backup_inside()
        publish_heads()
        return extrato

    def _prove(self, competencia: Competencia, *, anew: bool = False) -> Prova | None:
        """A backup read again from disk: the one that stands, or a new one; None where the studio closes without."""
        try:
            found = None if anew else self._prove_existing(competencia)
            return found or self._prove_new(competencia)
        except (Refusal, OSError) as reason:
            if not tolerate_missing_proof(competencia, reason):
                raise (
                    reason
                    if isinstance(reason, Refusal)
                    else BackupNaoProvado(mes=competencia.label, motivo=str(reason))
                ) from reason
            return None

    def _prove_existing(self, competencia: Competencia) -> Prova | None:
        guardado = find_current(competencia)
        if guardado is None:
            return None
        self.execucao.step("verificacao")
        try:
            return verify_guardado(guardado, on_batch=self.execucao.progress)
        except BackupDanificado:
            # It stays where it is, as evidence; a new one is made beside it.
            return None

    def _prove_new(self, competencia: Competencia) -> Prova:
        self.execucao.step("backup")
        guardado = create_backup(competencia, run_id=self.execucao.run_id, on_batch=self.execucao.progress)
        self.execucao.step("verificacao")
        return verify_guardado(guardado, on_batch=self.execucao.progress)

    def _transact_with_backup_inside(self) -> Extrato:
        """Once more, the backup made under the lock, where no write can come between."""
        competencia = self.execucao.competencia

        def prove_inside(transicao: Transicao) -> Prova | None:
            transicao.allow_idle()
            return self._prove(competencia, anew=True)

        try:
            return self._transact(prove_inside)
        except _StaleBackup as stale:
            # Nobody can have written: the counts really differ.
            raise ContagensDiferem(mes=competencia.label, diferencas=[]) from stale

    def _transact(self, prove: Callable[[Transicao], Prova | None]) -> Extrato:
        competencia = self.execucao.competencia
        self.execucao.step("trava")
        with open_transicao(self.quem) as transicao:
            lock_month(transicao, competencia)
            prova = prove(transicao)
            totais = self._count(transicao)
            if prova is not None and prova.contagem.totais != totais:
                raise _StaleBackup(prova.contagem)
            self.execucao.step("selo")
            if self._seal(transicao, totais, prova):
                commit_and_read_back(transicao.connection, self.execucao)
            # Otherwise the version that stands was the answer, and there is nothing to commit.
        with db.transaction(read_only=True) as session:
            extrato = get_extrato(session, competencia)
            session.expunge(extrato)
            return extrato

    def _count(self, transicao: Transicao) -> list[Any]:
        def tell(progress: Progress) -> None:
            transicao.ensure_in_time()
            self.execucao.progress(progress)

        self.execucao.step("contagem")
        transicao.bound()
        competencia, size = self.execucao.competencia, get_batch_size()
        counted = count_in_batches(
            transicao.connection, competencia, batch_size=size, on_batch=tell, beat=transicao.bound
        )
        return as_canonical(counted)

    def _seal(self, transicao: Transicao, totais: list[Any], prova: Prova | None) -> bool:
        """The first count and the row that is sealed, in one call: PostgreSQL recomputes all and compares.

        False when an unchanged month was closed already, by another run.
        """
        competencia = self.execucao.competencia
        transicao.bound()
        connection = transicao.connection
        first = [competencia.first_day, clock.today(), self.execucao.run_id, self.quem.usuario_id]
        figures = [Jsonb({"totais": totais}), Jsonb(prova.as_sealed()) if prova else None]
        try:
            if self.standing is None:
                row = connection.execute(
                    "select run_id, conteudo_sha256 from estudio.fechar_competencia(%s, %s, %s, %s, %s, %s)",
                    first + figures,
                ).fetchone()
            else:
                row = connection.execute(
                    "select run_id, conteudo_sha256 from estudio.refechar_competencia(%s, %s, %s, %s, %s, %s, %s)",
                    [*first, self.motivo, *figures],
                ).fetchone()
        except psycopg.DatabaseError as error:
            if error.sqlstate != "P0F09":
                raise
            sql_count = _parse_counted(competencia, error)
            if prova is not None and prova.contagem != sql_count and sql_count.totais == totais:
                raise _StaleBackup(prova.contagem) from error
            raise ContagensDiferem(mes=competencia.label, diferencas=_list_where(sql_count, totais, prova)) from error
        assert row is not None, "both functions return the extrato that stands"
        if self.visto is not None and row[1] != self.visto:
            raise MudouDesdeAConferencia(mes=competencia.label)
        return bool(row[0] == self.execucao.run_id)


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


def tolerate_missing_proof(competencia: Competencia, reason: Exception) -> bool:
    """False where a proof is required; else True, loudly: the extrato will say "sem backup"."""
    if get_settings().extrato_require_backup:
        log.error("backup_nao_provado", mes=competencia.slug, motivo=str(reason))
        return False
    log.warning(
        "fechando_sem_backup_provado", mes=competencia.slug, motivo=str(reason), setting="EXTRATO_REQUIRE_BACKUP=false"
    )
    return True
