"""Delivery: each aviso to each address, tried again with ever longer pauses, at least once.

What is taken is first put off by ARRENDAMENTO, then sent, then marked. Whoever is killed in between leaves a row that
is tried again after that: the receiver then has it twice, with the same number in both. Any number may work at it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db, sql
from estudio.config import get_settings
from estudio.config_avisos import is_quieto
from estudio.domain.errors import AvisoRecusado
from estudio.services.aviso_destinos import AO_TODO_S, Destino, Recado, list_destinos
from estudio.services.aviso_texto import MAIOR_CORPO, write_texto

ARRENDAMENTO: Final = timedelta(seconds=2 * AO_TODO_S)
"""Longer than a delivery may take."""

RECUOS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
"""After so many failures it is tried again when this much has passed; then every six hours."""

OUTROS: Final = timedelta(minutes=15)
"""The longest that an aviso waits because another did not reach the same address."""

TENTATIVAS: Final = 16
"""Three days: a mail server may be down over a weekend. Then it is given up, and the log says so."""

SEM_ENDERECO: Final = 9
"""A day: an address that is not in the settings here may be in those of a process that was started since, or was not
yet started anew. Then nobody has it any more."""

PASSADO: Final = timedelta(days=7)
"""What nobody was told for so long is history."""

DEMORA: Final = timedelta(days=1)
"""Longer than quiet hours last: what waits for so long reaches nobody."""

DE_UMA_VEZ: Final = 100
"""Deliveries of one run; the next look goes on."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tomada:
    """One delivery that is ours for the moment."""

    id: int
    aviso_id: int
    destino: str
    tentativas: int
    evento: str
    tipo: str
    dados: dict[str, Any]
    criado_em: datetime


def has_due(session: Session, agora: datetime) -> bool:
    """Whether something is to be sent at this instant, or to be given its addresses."""
    return bool(list_destinos()) and bool(session.scalar(text(sql.load("avisos_devidos")), _bind(agora)))


def deliver_due() -> tuple[int, int]:
    """Send what is due; how many arrived, and how many did not. Each is a transaction of its own, or a crash would
    send all of them again."""
    db.run(lambda session: distribute(session, clock.now()))
    destinos = {destino.nome: destino for destino in list_destinos()}
    arrived = failed = 0
    for _ in range(DE_UMA_VEZ):
        tomada = db.run(lambda session: take_next(session, clock.now()))
        if tomada is None:
            break
        motivo = _try_send(tomada, destinos.get(tomada.destino))
        if motivo is None:
            arrived += 1
        else:
            failed += 1
        _finish(tomada, motivo, known=tomada.destino in destinos)
    return arrived, failed


def is_heard(session: Session, agora: datetime) -> bool:
    """Whether what there was to tell lately reached somebody, or something since has."""
    unheard = text(
        """select exists (
             select from estudio.avisos a
             where a.criado_em > :passado and (a.estado = 'falhou' or a.estado = 'pendente' and a.criado_em < :demora)
               and not exists (select from estudio.aviso_entregas e
                               where e.estado = 'entregue' and e.terminada_em > a.criado_em))"""
    )
    values = {"passado": agora - PASSADO, "demora": agora - DEMORA}
    return not list_destinos() or not session.scalar(unheard, values)


def distribute(session: Session, agora: datetime) -> int:
    """Give each new aviso its deliveries, one for each address. What happened long before there was anybody to tell
    is not told now."""
    destinos = [destino.nome for destino in list_destinos()]
    novos = session.execute(
        text(
            """select id, tipo, dados, criado_em from estudio.avisos a
               where estado = 'pendente' and not exists (select from estudio.aviso_entregas where aviso_id = a.id)
               order by id for update"""
        )
    )
    count = 0
    for id_, tipo, dados, criado_em in novos.all():
        count += 1
        if not destinos or criado_em < agora - PASSADO:
            session.execute(text("update estudio.avisos set estado = 'silenciado' where id = :id"), {"id": id_})
            continue
        urgente = write_texto(tipo, dados).urgente
        for nome in destinos:
            session.execute(
                text(
                    """insert into estudio.aviso_entregas (aviso_id, destino, urgente, proxima_em)
                       values (:aviso, :destino, :urgente, :agora)
                       on conflict on constraint aviso_entregas_uma do nothing"""
                ),
                {"aviso": id_, "destino": nome, "urgente": urgente, "agora": agora},
            )
    return count


def take_next(session: Session, agora: datetime) -> Tomada | None:
    """Take one delivery that is due: nobody else gets it until it is over, or its sender is gone."""
    row = session.execute(
        text(sql.load("avisos_tomar")),
        _bind(agora) | {"ate": agora + ARRENDAMENTO},
    ).first()
    return None if row is None else Tomada(*row)


def write_recado(session: Session, tomada: Tomada) -> Recado:
    """What is handed over, with the day it happened on and the number it is known by."""
    texto = write_texto(tomada.tipo, tomada.dados)
    nome, estudio_id = session.execute(text("select nome, estudio_id::text from estudio.identidade")).one()
    numero = hashlib.sha256(f"{estudio_id}:{tomada.evento}".encode()).hexdigest()[:32]
    link = get_settings().public_url
    parts = [
        texto.corpo[:MAIOR_CORPO],
        f"{link}{texto.pagina}" if link and texto.pagina else "",
        f"{clock.to_local(tomada.criado_em):%d/%m/%Y %H:%M} · aviso {numero[:12]}",
    ]
    # What the studio is called may hold what a headline cannot, such as the end of a line that came along with a paste.
    titulo = "".join(each if each.isprintable() else " " for each in f"{nome}: {texto.titulo}")
    return Recado(" ".join(titulo.split()), "\n\n".join(filter(None, parts)), numero, texto.urgente)


def _try_send(tomada: Tomada, destino: Destino | None) -> str | None:
    """Why it did not arrive; None: it did."""
    if destino is None:
        return "o endereço não está na configuração"
    with db.transaction(read_only=True) as session:
        recado = write_recado(session, tomada)
    try:
        destino.send(recado)
    except AvisoRecusado as refusal:
        motivo = str(refusal.details["motivo"])[:200]
        log.warning("aviso_nao_entregue", aviso=tomada.aviso_id, destino=destino.nome, motivo=motivo, tela=False)
        return motivo
    log.info("aviso_entregue", aviso=tomada.aviso_id, destino=destino.nome, numero=recado.numero)
    return None


def _finish(tomada: Tomada, motivo: str | None, *, known: bool) -> None:
    agora = clock.now()
    given_up = motivo is not None and tomada.tentativas >= (TENTATIVAS if known else SEM_ENDERECO)
    pause = RECUOS[min(tomada.tentativas, len(RECUOS)) - 1]
    values = {
        "id": tomada.id,
        "aviso": tomada.aviso_id,
        "destino": tomada.destino,
        "motivo": motivo,
        "agora": agora,
        "proxima": agora + pause,
        "outros": agora + min(pause, OUTROS),
        "estado": "entregue" if motivo is None else "desistida" if given_up else "pendente",
    }
    with db.transaction() as session:
        # The aviso first: two that end its last two deliveries at once wait here, and the second sees both.
        session.execute(text("select 1 from estudio.avisos where id = :aviso for update"), values)
        session.execute(text(_CLOSE), values)
        if motivo is not None and known:
            # What waits for the same address waits a while: one that hangs is not asked for each of them.
            session.execute(text(_PUT_OFF), values)
        session.execute(text(sql.load("avisos_encerrar")), values)


def _bind(agora: datetime) -> dict[str, Any]:
    quiet = is_quieto(get_settings().alert_quiet_hours, clock.to_local(agora).time())
    # Further ahead than any pause was written before the clock was set back.
    return {"agora": agora, "longe": agora + RECUOS[-1] + timedelta(hours=1), "quieto": quiet}


_CLOSE: Final = """
    update estudio.aviso_entregas set estado = :estado, motivo = :motivo,
      proxima_em = case when :estado = 'pendente' then cast(:proxima as timestamptz) else proxima_em end,
      terminada_em = case when :estado = 'pendente' then null else cast(:agora as timestamptz) end
    where id = :id and estado = 'pendente'"""
_PUT_OFF: Final = """
    update estudio.aviso_entregas set proxima_em = :outros
    where destino = :destino and estado = 'pendente' and id <> :id and proxima_em <= :agora"""
