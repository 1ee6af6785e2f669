"""Whether the books may be written to on a day. The database's guard decides, under its lock; this says it sooner."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.errors import CompetenciaFechada, DataInvalida
from estudio.domain.extrato import MesContabil


def ensure_data(dia: date) -> date:
    """Raises DataInvalida for a day that the books have no month for."""
    if not PRIMEIRO_ANO <= dia.year <= ULTIMO_ANO:
        raise DataInvalida(
            sentence="A data precisa estar entre 01/01/{primeiro} e 31/12/{ultimo}.",
            primeiro=PRIMEIRO_ANO,
            ultimo=ULTIMO_ANO,
            motivo="limite",
            campo="data",
        )
    return dia


def ensure_open(session: Session, *dias: date) -> None:
    """Raises CompetenciaFechada, naming the first month of these days that is not open."""
    meses = {Competencia.of(ensure_data(dia)).first_day for dia in dias}
    shut = session.execute(
        select(MesContabil.mes, MesContabil.estado)
        .where(MesContabil.mes.in_(meses), MesContabil.estado != "aberta")
        .order_by(MesContabil.mes)
        .limit(1)
    ).first()
    if shut is not None:
        raise CompetenciaFechada(Competencia.of(shut.mes), clock.today(), estado=shut.estado)
