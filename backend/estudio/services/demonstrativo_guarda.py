"""Statements on paper, kept: made when one is handed over, as bytes with their hash, and handed out as they are.

There are two of each, since what leaves the studio says less of the clientes. What is missing (the disk was full, a
person was erased and the paper named them) is made with the documents of its month, or with the next link. Nothing is
ever made for whoever holds a link: they get what is kept.
"""

import hashlib

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

import estudio
from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import Demonstrativo, DemonstrativoPapel, Folha, Para
from estudio.domain.errors import EstudioError, PapelFaltando
from estudio.domain.extrato import Extrato
from estudio.domain.usuario import Quem
from estudio.services.demonstrativo_leitura import hide_sobrenomes, read_folha
from estudio.services.demonstrativo_papel import name_papel, write_demonstrativo
from estudio.services.documento_feitura import count_eliminados, hold_eliminacoes, taking_turns

log = structlog.get_logger(__name__)


def ensure_papeis(competencia: Competencia, *, quem: Quem, artista_id: int | None = None) -> int:
    """Make what is missing of what was handed over of a month, in whichever version; return how many were made.

    In transactions of its own. Raises DocumentosOcupados, DocumentoNaoGerado, DiscoRecusou, IntegrityBroken.
    """
    quem.ensure_ve_resultado()
    with db.transaction(read_only=True) as session:
        missing = list_faltando(session, competencia, artista_id)
    return sum(_make(demonstrativo_id, para) for demonstrativo_id, para in missing)


def try_papeis(competencia: Competencia, *, quem: Quem, artista_id: int | None = None) -> EstudioError | None:
    """The same where a link was made, which stands whatever becomes of its paper: what went wrong is told."""
    try:
        ensure_papeis(competencia, quem=quem, artista_id=artista_id)
    except EstudioError as reason:
        log.error("papeis_nao_gerados", mes=competencia.slug, codigo=reason.codigo, motivo=reason.message)
        return reason
    return None


def find_papel(session: Session, folha: Folha, para: Para) -> bytes | None:
    """The kept bytes; None where there are none."""
    query = select(DemonstrativoPapel).options(undefer(DemonstrativoPapel.conteudo))
    query = query.where(DemonstrativoPapel.demonstrativo_id == folha.demonstrativo_id, DemonstrativoPapel.para == para)
    found = session.scalars(query).one_or_none()
    return None if found is None else found.conteudo


def get_papel_do_link(session: Session, folha: Folha) -> tuple[str, bytes]:
    """The name and the bytes of the paper that the holder of a link gets. Raises PapelFaltando."""
    conteudo = find_papel(session, folha, Para.LINK)
    if conteudo is None:
        raise PapelFaltando
    return name_papel(folha), conteudo


def list_faltando(session: Session, competencia: Competencia, artista_id: int | None = None) -> list[tuple[int, Para]]:
    """What was handed over of a month and has no paper: the number of the statement, and whose paper."""
    kept = select(DemonstrativoPapel.demonstrativo_id, DemonstrativoPapel.para)
    query = (
        select(Demonstrativo.id)
        .join(Extrato, Extrato.id == Demonstrativo.extrato_id)
        .where(Extrato.mes == competencia.first_day)
        .order_by(Demonstrativo.id)
    )
    if artista_id is not None:
        query = query.where(Demonstrativo.artista_id == artista_id)
    ids = session.scalars(query).all()
    there = {tuple(row) for row in session.execute(kept.where(DemonstrativoPapel.demonstrativo_id.in_(ids)))}
    return [(id_, para) for id_ in ids for para in Para if (id_, para) not in there]


def select_sem_papel() -> Select[int]:
    """The extratos of which something was handed over that has not all of its paper."""
    return (
        select(Demonstrativo.extrato_id)
        .outerjoin(DemonstrativoPapel, DemonstrativoPapel.demonstrativo_id == Demonstrativo.id)
        .group_by(Demonstrativo.id)
        .having(func.count(DemonstrativoPapel.id) < len(Para))
    )


def _make(demonstrativo_id: int, para: Para) -> bool:
    """Make one; not kept where somebody was erased meanwhile whom it may name: it is still missing then."""
    with taking_turns():
        with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
            eliminados = count_eliminados(session)
            kept = session.get_one(Demonstrativo, demonstrativo_id)
            folha = read_folha(session, session.get_one(Extrato, kept.extrato_id), kept.artista_id)
            session.expunge_all()
        # What takes time is done when no transaction waits for it.
        conteudo = write_demonstrativo(hide_sobrenomes(folha) if para == Para.LINK else folha)
    sha256 = hashlib.sha256(conteudo).hexdigest()
    with db.transaction() as session:
        if not hold_eliminacoes(session, eliminados):
            return False
        papel = insert(DemonstrativoPapel).values(
            demonstrativo_id=demonstrativo_id,
            para=para,
            conteudo=conteudo,
            sha256=sha256,
            tamanho=len(conteudo),
            programa=estudio.__version__,
        )
        # Two at once keep one.
        made = session.execute(papel.on_conflict_do_nothing().returning(DemonstrativoPapel.id)).first()
    log.info("papel_gerado", demonstrativo=demonstrativo_id, para=para, sha256=sha256)
    return made is not None
