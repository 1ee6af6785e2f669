"""Whose hour is free: no artista has two sessões at once, and the next gap long enough for one more."""

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.agenda import find_vaga, place_hora
from estudio.domain.artista import get_artista
from estudio.domain.errors import HorarioOcupado
from estudio.domain.sessao import NAO_ACONTECE, Sessao

# Two bookings of one artista at once: the second waits here, and then finds the first by name. (The constraint
# sessoes_horario_livre would refuse it too, and could not say whose hour it is.)
_LOCK_HORARIO: Final = 21

DIAS_A_FRENTE: Final = 14


def ensure_horario_livre(session: Session, sessao: Sessao) -> None:
    """Raises HorarioOcupado when the artista has another sessão within the hours of this one, new or not."""
    if sessao.hora is None or sessao.duracao is None or sessao.status in NAO_ACONTECE:
        return
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_HORARIO, func.hashtext(str(sessao.artista_id)))))
    inicio = place_hora(sessao.data, sessao.hora)
    wanted = func.tsrange(inicio, inicio + timedelta(minutes=sessao.duracao))
    query = (
        select(func.lower(Sessao.horario), func.upper(Sessao.horario))
        .where(
            Sessao.artista_id == sessao.artista_id,
            Sessao.horario.op("&&")(wanted),
            Sessao.status.not_in(NAO_ACONTECE),
            Sessao.id.is_distinct_from(sessao.id),
        )
        .order_by(Sessao.horario)
    )
    taken = session.execute(query.limit(1)).first()
    if taken is not None:
        raise HorarioOcupado(
            artista=get_artista(session, sessao.artista_id).nome,
            inicio=f"{taken[0]:%H:%M}",
            fim=f"{taken[1]:%H:%M}",
            campo="hora",
        )


def find_proxima_vaga(session: Session, artista_id: int, dia: date | None = None) -> tuple[date, time] | None:
    """When the artista is next free for a sessão of the usual length: on `dia`, or from now on within two weeks."""
    hoje, agora = clock.today(), clock.now_local().replace(tzinfo=None)
    dias = [dia] if dia is not None else [hoje + timedelta(days=ahead) for ahead in range(DIAS_A_FRENTE)]
    query = select(func.lower(Sessao.horario), func.upper(Sessao.horario)).where(
        Sessao.artista_id == artista_id,
        Sessao.data >= dias[0] - timedelta(days=1),
        Sessao.data <= dias[-1],
        Sessao.horario.is_not(None),
        Sessao.status.not_in(NAO_ACONTECE),
    )
    ocupados: list[tuple[datetime, datetime]] = [(inicio, fim) for inicio, fim in session.execute(query)]
    for cada in dias:
        hora = find_vaga(agora, cada, ocupados)
        if hora is not None:
            return cada, hora
    return None
