"""The documents of a closed month: made once after the seal, kept as bytes with their hash, handed out as they are.

Made outside of the month's lock, by whoever closed it; what is missing (a process was killed, a disk was full) is made
by the next closing, by a press on the Extrato's page or by `estudio extrato documents`. A document never changes: the
erasure of a person takes away those that name them, and they are made anew like any that is missing.
"""

import hashlib
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

import estudio
from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.documento import Documento, DocumentoFalha, Tipo, stem_of
from estudio.domain.errors import (
    DocumentosEmAndamento,
    DocumentosFaltando,
    EstudioError,
    NaoFechado,
)
from estudio.domain.extrato import Extrato, find_vigente, get_extrato
from estudio.domain.usuario import Quem
from estudio.services.documento_feitura import reading_documentos, taking_turns
from estudio.services.documento_leitura import MesFechado, find_mes_fechado
from estudio.services.execucao_travas import let_go, try_lock

log = structlog.get_logger(__name__)

FEITURA: Final = 31
"""The key of the advisory lock of whoever makes a version's documents, by the version's number."""

_TENTATIVAS: Final = 3
_MAIOR_MENSAGEM: Final = 500


class Situacao(NamedTuple):
    """What there is of a version's documents, in their order, and what is to be said of the others."""

    documentos: list[Documento]
    faltam: list[Tipo]
    gerando: bool
    falha: DocumentoFalha | None


class _Desatualizado(Exception):
    """A person was erased while the documents were being made: what was made may name them."""


def ensure_documentos(competencia: Competencia, *, quem: Quem) -> list[Tipo]:
    """Make what is missing of the version that stands, and return what was made.

    In transactions of its own. Raises NaoFechado, DocumentosEmAndamento, and whatever kept a file from being made,
    which is also noted beside the version.
    """
    quem.ensure_ve_resultado()
    with db.transaction(read_only=True) as session:
        extrato_id = find_mes_fechado(session, competencia, quem=quem).extrato.id
    with _alone(extrato_id, competencia):
        try:
            made = _make_missing(competencia, extrato_id, quem=quem)
        except (EstudioError, OSError, MemoryError) as reason:
            _record_falha(extrato_id, reason)
            raise
        return made


def try_documentos(competencia: Competencia, *, quem: Quem) -> EstudioError | None:
    """The same after a closing, which stands whatever becomes of its documents: what went wrong is told, not raised."""
    try:
        ensure_documentos(competencia, quem=quem)
    except EstudioError as reason:
        log.error("documentos_nao_gerados", mes=competencia.slug, codigo=reason.codigo, motivo=reason.message)
        return reason
    return None


def create_pendentes(*, quem: Quem) -> list[EstudioError]:
    """Make whatever closed months lack, oldest first; what could not be made is told, and the others are made."""
    with db.transaction(read_only=True) as session:
        months = list_incompletos(session)
    return [reason for month in months if (reason := try_documentos(month, quem=quem)) is not None]


def find_situacao(session: Session, extrato: Extrato, *, quem: Quem) -> Situacao:
    """What a version has. Of one that no longer stands nothing is made any more."""
    quem.ensure_ve_resultado()
    query = select(Documento).where(Documento.extrato_id == extrato.id)
    found = {Tipo(documento.tipo): documento for documento in session.scalars(query)}
    faltam = [tipo for tipo in Tipo if tipo not in found] if extrato.estado == "vigente" else []
    return Situacao(
        [found[tipo] for tipo in Tipo if tipo in found],
        faltam,
        bool(faltam) and _is_being_made(session, extrato.id),
        session.get(DocumentoFalha, extrato.id) if faltam else None,
    )


def get_documento(
    session: Session, competencia: Competencia, tipo: Tipo, versao: int | None = None, *, quem: Quem
) -> Documento:
    """One file with its bytes, of the version that stands or of the one that is named. Raises NaoFechado,
    DocumentosFaltando."""
    return list_documentos(session, competencia, versao, tipos=[tipo], quem=quem)[0]


def list_documentos(
    session: Session,
    competencia: Competencia,
    versao: int | None = None,
    *,
    quem: Quem,
    tipos: list[Tipo] | None = None,
) -> list[Documento]:
    """All of these files with their bytes, in the order of `Tipo`. Raises NaoFechado, DocumentosFaltando."""
    quem.ensure_ve_resultado()
    wanted = tipos or list(Tipo)
    extrato = get_extrato(session, competencia, versao)
    if versao is None and extrato.estado != "vigente":
        raise NaoFechado(mes=competencia.label)
    query = select(Documento).options(undefer(Documento.conteudo)).where(Documento.extrato_id == extrato.id)
    found = {documento.tipo: documento for documento in session.scalars(query.where(Documento.tipo.in_(wanted)))}
    if len(found) < len(wanted):
        raise DocumentosFaltando(mes=competencia.label)
    return [found[tipo] for tipo in wanted]


def describe_documentos(session: Session, competencia: Competencia, *, quem: Quem) -> dict[str, Any]:
    """What the version that stands has, for programs. Raises NaoFechado."""
    quem.ensure_ve_resultado()
    extrato = find_vigente(session, competencia)
    if extrato is None:
        raise NaoFechado(mes=competencia.label)
    situacao = find_situacao(session, extrato, quem=quem)
    return {
        "competencia": competencia.slug,
        "versao": extrato.versao,
        "documentos": [
            {
                "tipo": d.tipo,
                "nome": d.nome,
                "bytes": d.tamanho,
                "sha256": d.sha256,
                "criado_em": d.criado_em.isoformat(),
            }
            for d in situacao.documentos
        ],
        "faltam": list(situacao.faltam),
    }


def list_incompletos(session: Session) -> list[Competencia]:
    """The closed months that lack a document, oldest first."""
    has_all = (
        select(Documento.extrato_id).group_by(Documento.extrato_id).having(func.count() == len(Tipo)).scalar_subquery()
    )
    query = select(Extrato.mes).where(Extrato.estado == "vigente", Extrato.id.not_in(has_all)).order_by(Extrato.mes)
    return [Competencia.of(mes) for mes in session.scalars(query)]


def _make_missing(competencia: Competencia, extrato_id: int, *, quem: Quem) -> list[Tipo]:
    made: list[Tipo] = []
    for _ in range(_TENTATIVAS):
        try:
            _make_once(competencia, extrato_id, made, quem=quem)
        except _Desatualizado:
            continue
        with db.transaction() as session:
            session.execute(delete(DocumentoFalha).where(DocumentoFalha.extrato_id == extrato_id))
        return made
    raise DocumentosFaltando(mes=competencia.label)


def _make_once(competencia: Competencia, extrato_id: int, made: list[Tipo], *, quem: Quem) -> None:
    """Each file is kept as soon as it is whole, so that whoever goes on has less to do."""

    def keep(tipo: Tipo, conteudo: bytes) -> None:
        _keep(mes, tipo, conteudo, esquecidos)
        made.append(tipo)

    with taking_turns(), ExitStack() as stack:
        with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
            mes = find_mes_fechado(session, competencia, quem=quem)
            if mes.extrato.id != extrato_id:
                raise NaoFechado(mes=competencia.label)
            faltam = find_situacao(session, mes.extrato, quem=quem).faltam
            if not faltam:
                return
            esquecidos = _count_eliminados(session)
            feitura = stack.enter_context(reading_documentos(session, mes, faltam))
            session.expunge_all()
        # What takes time is done when no transaction waits for it.
        feitura.finish(keep)


def _keep(mes: MesFechado, tipo: Tipo, conteudo: bytes, esquecidos: int) -> None:
    sha256 = hashlib.sha256(conteudo).hexdigest()
    with db.transaction() as session:
        # An erasure waits for this row, or has been; either way it finds what names the person.
        session.execute(text("select pg_advisory_xact_lock_shared(11, 0)"))
        if _count_eliminados(session) != esquecidos:
            raise _Desatualizado
        session.execute(
            insert(Documento).values(
                extrato_id=mes.extrato.id,
                tipo=tipo,
                nome=f"{stem_of(mes.competencia)}.{tipo}",
                conteudo=conteudo,
                sha256=sha256,
                tamanho=len(conteudo),
                programa=estudio.__version__,
            )
        )
    log.info("documento_gerado", mes=mes.competencia.slug, versao=mes.extrato.versao, tipo=tipo, sha256=sha256)


def _count_eliminados(session: Session) -> int:
    """Persons, and texts that went with them."""
    query = """select (select count(*) from estudio.titulares_eliminados)
                    + (select count(*) from estudio.citacoes where decidida_em is not null)"""
    return int(session.scalars(text(query)).one())


@contextmanager
def _alone(extrato_id: int, competencia: Competencia) -> Generator[None, None, None]:
    """Nobody else makes them meanwhile; a killed process lets go by itself. Raises DocumentosEmAndamento."""
    with db.translated(), db.connect() as connection:
        if not try_lock(connection, FEITURA, extrato_id):
            raise DocumentosEmAndamento(mes=competencia.label)
        try:
            yield
        finally:
            with suppress(psycopg.OperationalError):
                let_go(connection, FEITURA, extrato_id)


def _is_being_made(session: Session, extrato_id: int) -> bool:
    found = session.scalars(
        text(
            """select exists (select from pg_locks where locktype = 'advisory' and granted and classid = :key
                 and objid = :id and objsubid = 2
                 and database = (select oid from pg_database where datname = current_database()))"""
        ).bindparams(key=FEITURA, id=extrato_id % 2**31)
    ).one()
    return bool(found)


def _record_falha(extrato_id: int, reason: Exception) -> None:
    """Said on the page; where not even that can be written, the log has it."""
    codigo = reason.codigo if isinstance(reason, EstudioError) else "sistema"
    mensagem = (str(reason) or type(reason).__name__)[:_MAIOR_MENSAGEM]
    values = {"codigo": codigo, "mensagem": mensagem, "em": func.clock_timestamp()}
    query = insert(DocumentoFalha).values(extrato_id=extrato_id, **values)
    try:
        with db.transaction() as session:
            session.execute(query.on_conflict_do_update(index_elements=["extrato_id"], set_=values))
    except EstudioError as again:
        log.error("falha_dos_documentos_sem_registro", extrato=extrato_id, motivo=again.message)
