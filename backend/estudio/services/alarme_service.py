"""Alarmes: what is not well at this moment, found by looking. Told when it begins, comes back or gets worse; once a day
at most, and one that came back within that day and stays is told when the day is over.

A look asks some checks of the doctor, and whether a month that should be closed is open. What another aviso tells of
already (a drill that failed a minute ago) is an alarm and no second aviso.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.aviso import ALARME, FECHAMENTO_NAO_ACONTECEU, Alarme
from estudio.domain.competencia import Competencia
from estudio.services import doctor_avisos, doctor_backups, doctor_copias, doctor_discos, doctor_rotinas
from estudio.services.aviso_service import record_aviso
from estudio.services.doctor_laudo import Check, Situacao
from estudio.services.doctor_service import Diagnostico, examine, list_codigos, run_check
from estudio.services.mes_devido import find_oldest_finished, is_late
from estudio.services.rodada_service import AGORA, find_last_success

VISTO_HA: Final = timedelta(hours=3)
"""A look of longer ago says nothing about now."""

PASSOU_EM: Final = timedelta(hours=24)
"""A disk that is full and not full by turns is told once a day at most."""

GRAVIDADE: Final = (Situacao.AVISO, Situacao.FALHA, Situacao.QUEBRA)
"""From bad to worse."""

CONTADAS: Final = 10
"""More than is told of one alarm in a day, and while it stands."""

ATRASO: Final = FECHAMENTO_NAO_ACONTECEU

DE_HORA_EM_HORA: Final[tuple[tuple[str, Check], ...]] = (
    ("Discos", doctor_discos.check_espaco_dados),
    ("Discos", doctor_discos.check_espaco_backups),
    ("Discos", doctor_discos.check_espaco_registro),
    ("Backups", doctor_backups.check_backup_recente),
    ("Backups", doctor_backups.check_backup_ensaiado),
    ("Backups", doctor_backups.check_copia_completa),
    ("Backups", doctor_copias.check_copias_fora),
    ("Tarefas", doctor_rotinas.check_rotina_presa),
    ("Avisos", doctor_avisos.check_enderecos),
)
"""What is quickly asked, with the heading under which the doctor shows it."""

TAMBEM_O_AVISO: Final = frozenset(
    {"espaco_dados", "espaco_backups", "espaco_registro", "backup_recente", "backup_ensaiado", "copia_completa"}
)
"""What the doctor calls an aviso is told of these as well: what is low today is full tomorrow."""

JA_DITO: Final = {
    "backup_ensaiado": "ensaio",
    "copia_completa": "copia_completa",
    "copias_fora": "copias_fora",
    "backup_recente": "backup",
}
"""Check → the rotina whose going badly has an aviso of its own."""

DE_OUTRO_AVISO: Final = frozenset({"rotinas", "execucoes_falhas", "fechamento_atrasado", "avisos_entregues"})
"""Checks that tell what other avisos tell."""

SEM_PESSOAS: Final = frozenset({"Servidor", "Guarda", "Selos", "Backups", "Discos", "Ajustes", "Tarefas", "Avisos"})
"""Headings whose sentences name folders, settings and months, and nobody."""

log = structlog.get_logger(__name__)


def look_quickly() -> int:
    """The look of every hour; how many alarms there are now."""
    found = [run_check(assunto, check) for assunto, check in DE_HORA_EM_HORA]
    return _note([*found, _examine_mes()])


def look_at_everything() -> int:
    """The whole doctor, and the month."""
    return _note([*(found for found in examine() if found.codigo not in DE_OUTRO_AVISO), _examine_mes()])


def list_alarmes(session: Session) -> list[Alarme]:
    """What is not well by the last look at it, the oldest first."""
    query = select(Alarme).where(Alarme.passou_em.is_(None)).order_by(Alarme.desde, Alarme.codigo)
    return list(session.scalars(query))


def is_tudo_bem(session: Session, agora: datetime) -> bool:
    """Whether somebody looked lately, and found nothing that is not well."""
    looked = find_last_success(session, "vigia")
    recent = looked is not None and abs(agora - looked) < VISTO_HA
    return recent and not list_alarmes(session)


def find_atrasado(session: Session, agora: datetime) -> Competencia | None:
    """The month that is over, open and late."""
    month = find_oldest_finished(session, clock.business_day(agora))
    return month if month is not None and is_late(session, month, agora) else None


def _examine_mes() -> Diagnostico:
    """Each month is a cause of its own."""
    with db.transaction(read_only=True) as session:
        month = find_atrasado(session, clock.now())
    if month is None:
        return Diagnostico(ATRASO, "Tarefas", Situacao.OK, "Nenhum mês terminado deixou de ser fechado.")
    said = f"{month.label} terminou e continua aberto, depois da hora de fechar."
    return Diagnostico(f"{ATRASO}_{month.slug.replace('-', '_')}", "Tarefas", Situacao.FALHA, said)


def _note(found: list[Diagnostico]) -> int:
    """Write down what is not well and tell what is new; forget what has been well for a day."""
    agora = clock.now()
    bad = [each for each in found if _is_alarme(each)]
    with db.transaction() as session:
        # One look at a time: two would tell the same twice.
        session.execute(text("lock table estudio.alarmes in share row exclusive mode"))
        for each in bad:
            if _record(session, each, agora):
                _tell(session, each, agora)
        session.execute(
            text(
                """update estudio.alarmes set passou_em = :agora
                   where passou_em is null and not codigo = any (:bad)
                     and (codigo = any (:asked) or starts_with(codigo, :atraso) or not codigo = any (:asked_ever))"""
            ),
            {
                "agora": agora,
                "bad": [each.codigo for each in bad],
                "asked": [each.codigo for each in found],
                # What no check says any more, after an update, nobody could ever find well.
                "asked_ever": [codigo for codigo in list_codigos() if codigo not in DE_OUTRO_AVISO],
                "atraso": ATRASO,
            },
        )
        session.execute(
            text("delete from estudio.alarmes where passou_em < :passou or passou_em > :longe"),
            {"passou": agora - PASSOU_EM, "longe": agora + AGORA},
        )
    return len(bad)


def _is_alarme(found: Diagnostico) -> bool:
    if found.situacao is Situacao.AVISO:
        return found.codigo in TAMBEM_O_AVISO
    return found.situacao is not Situacao.OK


def _record(session: Session, found: Diagnostico, agora: datetime) -> bool:
    """Whether it is to be told: not as bad as this since it is so, nor within a day."""
    desde = session.execute(
        text(
            """insert into estudio.alarmes as a (codigo, assunto, situacao, mensagem, desde, visto_em)
               values (:codigo, :assunto, :situacao, :mensagem, :agora, :agora)
               on conflict (codigo) do update set situacao = excluded.situacao, mensagem = excluded.mensagem,
                 visto_em = excluded.visto_em, passou_em = null,
                 desde = case when a.passou_em is not null
                   or array_position(:gravidade, excluded.situacao) > array_position(:gravidade, a.situacao)
                   then excluded.desde else least(a.desde, excluded.desde) end
               returning desde"""
        ),
        {
            "codigo": found.codigo,
            "assunto": found.assunto,
            "situacao": str(found.situacao),
            "mensagem": found.mensagem[:2000],
            "agora": agora,
            "gravidade": [str(situacao) for situacao in GRAVIDADE],
        },
    ).scalar_one()
    # An evento is named to the second.
    desde = desde.replace(microsecond=0)
    # What was told by a clock that was set back since was told of another time.
    told = [
        GRAVIDADE.index(situacao)
        for situacao, em in _list_contadas(session, found.codigo)
        if (em >= desde or em > agora - PASSOU_EM) and em <= agora + AGORA
    ]
    return GRAVIDADE.index(found.situacao) > max(told, default=-1)


def _list_contadas(session: Session, codigo: str) -> list[tuple[Situacao, datetime]]:
    """How bad, and when, by the program's clock: the last tellings of an alarm."""
    prefix = f"alarme:{codigo}:"
    eventos = session.scalars(
        text("select evento from estudio.avisos where starts_with(evento, :prefix) order by id desc limit :limit"),
        {"prefix": prefix, "limit": CONTADAS},
    )
    said = [evento.removeprefix(prefix).partition(":") for evento in eventos]
    return [(Situacao(situacao), datetime.fromisoformat(em).replace(tzinfo=UTC)) for situacao, _, em in said]


def _tell(session: Session, found: Diagnostico, agora: datetime) -> None:
    rotina = JA_DITO.get(found.codigo)
    if rotina is not None and _went_badly(session, rotina):
        return
    evento = f"alarme:{found.codigo}:{found.situacao}:{agora:%Y-%m-%dT%H:%M:%S}"
    log.warning("alarme", codigo=found.codigo, situacao=str(found.situacao), tela=False)
    if found.codigo.startswith(ATRASO):
        mes = found.codigo.removeprefix(f"{ATRASO}_").replace("_", "-")
        record_aviso(session, evento, FECHAMENTO_NAO_ACONTECEU, {"mes": mes})
        return
    dados = {"codigo": found.codigo, "situacao": str(found.situacao)}
    if found.assunto in SEM_PESSOAS:
        dados["mensagem"] = found.mensagem[:500]
    record_aviso(session, evento, ALARME, dados)


def _went_badly(session: Session, rotina: str) -> bool:
    last = session.scalar(
        text(
            """select desfecho from estudio.rodadas where rotina = :rotina and desfecho is not null
               order by id desc limit 1"""
        ),
        {"rotina": rotina},
    )
    return last in ("recusada", "falhou")
