"""Recorrentes: the gastos that come back, and the draft of each month, which becomes a gasto once or is skipped.

A draft is calculated and stored nowhere, so that looking at a month writes nothing and counts nothing.
"""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypedDict, Unpack

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from estudio import clock
from estudio.domain.codigos import ensure_categoria, ensure_forma
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import ensure_valor
from estudio.domain.errors import AlteradoDepois, RascunhoDecidido, SemRascunho
from estudio.domain.extrato import MesContabil
from estudio.domain.gasto import Gasto
from estudio.domain.livros import ensure_data, ensure_open
from estudio.domain.nomes import validate_nome
from estudio.domain.recorrente import Recorrencia, Recorrente, ensure_dia, lock_recorrente
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.gasto_service import LIMITE_DESCRICAO, register_gasto

MESES_ATRAS: Final = 12
"""How far back drafts wait to be decided. What is older nobody registers as a draft any more."""


class CamposDoRecorrente(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is."""

    descricao: str
    valor: Decimal
    forma: str
    categoria: str | None
    dia: int
    desde: date
    ativo: bool


class Rascunho(NamedTuple):
    """A month's draft of a recorrente that nobody has decided about."""

    recorrente: Recorrente
    competencia: Competencia

    @property
    def vencimento(self) -> date:
        return self.recorrente.calculate_vencimento(self.competencia)


def list_recorrentes(session: Session) -> list[Recorrente]:
    """All of them: those in use first, by their day."""
    order = (Recorrente.ativo.desc(), Recorrente.dia, Recorrente.id)
    return list(session.scalars(select(Recorrente).options(joinedload(Recorrente.rotulo_da_forma)).order_by(*order)))


def list_rascunhos(session: Session) -> list[Rascunho]:
    """The drafts of the open months up to the current one, oldest month first."""
    ultimo = Competencia.of(clock.today()).first_day
    decided = and_(Recorrencia.recorrente_id == Recorrente.id, Recorrencia.mes == MesContabil.mes)
    rows = session.execute(
        select(Recorrente, MesContabil.mes)
        .join(MesContabil, MesContabil.mes.between(_begin(ultimo), ultimo))
        .outerjoin(Recorrencia, decided)
        .where(Recorrente.ativo, MesContabil.estado == "aberta", Recorrencia.id.is_(None))
        .options(joinedload(Recorrente.rotulo_da_forma))
        .order_by(MesContabil.mes, Recorrente.dia, Recorrente.id)
    )
    found = [Rascunho(recorrente, Competencia.of(mes)) for recorrente, mes in rows]
    return [rascunho for rascunho in found if rascunho.recorrente.has_rascunho(rascunho.competencia)]


def register_recorrente(
    session: Session,
    *,
    quem: Quem,
    descricao: str,
    valor: Decimal,
    forma: str,
    categoria: str | None,
    dia: int,
    desde: date,
) -> Recorrente:
    """Raises refusals of what was entered."""
    quem.ensure_dono()
    act_as(session, quem)
    recorrente = Recorrente(
        descricao=validate_nome(descricao, "Descrição", maximo=LIMITE_DESCRICAO),
        valor=ensure_valor(valor),
        forma=ensure_forma(session, forma),
        categoria=ensure_categoria(session, categoria or None),
        dia=ensure_dia(dia),
        desde=ensure_data(desde),
        criado_por=quem.usuario_id,
    )
    session.add(recorrente)
    session.flush()
    return recorrente


def edit_recorrente(
    session: Session, recorrente_id: int, *, quem: Quem, versao: int, **campos: Unpack[CamposDoRecorrente]
) -> Recorrente:
    """Change what the next drafts say; what was registered stays. Raises AlteradoDepois."""
    quem.ensure_dono()
    act_as(session, quem)
    recorrente = _lock(session, recorrente_id, versao)
    with session.no_autoflush:
        _assign(session, recorrente, campos)
    session.flush()
    return recorrente


def register_recorrencia(
    session: Session,
    recorrente_id: int,
    *,
    quem: Quem,
    competencia: Competencia,
    versao: int,
    data: date,
    valor: Decimal,
) -> Gasto:
    """Make a month's draft a gasto, once. `versao` is the one of the recorrente that the person saw.

    Raises SemRascunho, RascunhoDecidido, AlteradoDepois, CompetenciaFechada.
    """
    quem.ensure_dono()
    act_as(session, quem)
    recorrente = _lock(session, recorrente_id, versao)
    _ensure_rascunho(session, recorrente, competencia)
    gasto = register_gasto(
        session,
        quem=quem,
        data=data,
        valor=valor,
        descricao=recorrente.descricao,
        forma=recorrente.forma,
        categoria=recorrente.categoria,
    )
    _decide(session, recorrente, competencia, quem=quem, gasto=gasto)
    return gasto


def skip_recorrencia(session: Session, recorrente_id: int, *, quem: Quem, competencia: Competencia) -> Recorrente:
    """This month without it. Raises SemRascunho, RascunhoDecidido, CompetenciaFechada."""
    quem.ensure_dono()
    act_as(session, quem)
    recorrente = lock_recorrente(session, recorrente_id)
    _ensure_rascunho(session, recorrente, competencia)
    _decide(session, recorrente, competencia, quem=quem, gasto=None)
    return recorrente


def undo_skip_recorrencia(session: Session, recorrente_id: int, *, quem: Quem, competencia: Competencia) -> Recorrente:
    """The draft is there again. Raises SemRascunho where none was skipped."""
    quem.ensure_dono()
    act_as(session, quem)
    recorrente = lock_recorrente(session, recorrente_id)
    decidida = _find_decidida(session, recorrente, competencia)
    if decidida is None or decidida.gasto_id is not None:
        raise SemRascunho
    session.delete(decidida)
    session.flush()
    return recorrente


def ensure_rascunho(session: Session, recorrente: Recorrente, competencia: Competencia) -> None:
    """Raises SemRascunho and RascunhoDecidido: before a page offers to register it."""
    if not _begin(Competencia.of(clock.today()).first_day) <= competencia.first_day <= clock.today():
        raise SemRascunho
    if _find_decidida(session, recorrente, competencia) is not None:
        raise RascunhoDecidido
    if not recorrente.has_rascunho(competencia):
        raise SemRascunho


def _ensure_rascunho(session: Session, recorrente: Recorrente, competencia: Competencia) -> None:
    ensure_rascunho(session, recorrente, competencia)
    ensure_open(session, competencia.first_day)


def _begin(ultimo: date) -> date:
    return ultimo.replace(year=ultimo.year - MESES_ATRAS // 12)


def _lock(session: Session, recorrente_id: int, versao: int) -> Recorrente:
    recorrente = lock_recorrente(session, recorrente_id)
    if recorrente.versao != versao:
        raise AlteradoDepois
    return recorrente


def _find_decidida(session: Session, recorrente: Recorrente, competencia: Competencia) -> Recorrencia | None:
    query = select(Recorrencia).filter_by(recorrente_id=recorrente.id, mes=competencia.first_day)
    return session.scalars(query).one_or_none()


def _decide(
    session: Session, recorrente: Recorrente, competencia: Competencia, *, quem: Quem, gasto: Gasto | None
) -> None:
    session.add(
        Recorrencia(
            recorrente_id=recorrente.id,
            mes=competencia.first_day,
            gasto_id=None if gasto is None else gasto.id,
            por=quem.usuario_id,
        )
    )
    session.flush()


def _assign(session: Session, recorrente: Recorrente, campos: CamposDoRecorrente) -> None:
    if "descricao" in campos:
        recorrente.descricao = validate_nome(campos["descricao"], "Descrição", maximo=LIMITE_DESCRICAO)
    if "valor" in campos:
        recorrente.valor = ensure_valor(campos["valor"])
    if "forma" in campos:
        recorrente.forma = ensure_forma(session, campos["forma"])
    if "categoria" in campos:
        recorrente.categoria = ensure_categoria(session, campos["categoria"] or None)
    if "dia" in campos:
        recorrente.dia = ensure_dia(campos["dia"])
    if "desde" in campos:
        recorrente.desde = ensure_data(campos["desde"])
    if "ativo" in campos:
        recorrente.ativo = campos["ativo"]
