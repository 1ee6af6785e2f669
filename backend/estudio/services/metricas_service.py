"""What `/metrics` says: read from the books and the disk when it is asked for, and kept nowhere.

No name, no amount and no text of anybody is in it: months, counts, ages and bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db, sql
from estudio.domain.competencia import Competencia
from estudio.services.disco_consulta import list_discos
from estudio.services.execucao_travas import list_vivas
from estudio.services.saude_service import SaudeDoExtrato, find_saude

INSTANTES: Final[Mapping[str, tuple[str, str]]] = {
    "ultimo_fechamento": ("estudio_last_closing", "When the newest standing extrato was sealed"),
    "backup_do_mes": ("estudio_last_month_backup_verified", "When the backup of a month was last read back from disk"),
    "backup_completo": ("estudio_last_full_backup_verified", "When a backup of the whole studio was last read back"),
    "ensaio": ("estudio_last_restore_drill", "When a backup was last restored into an empty database and compared"),
}
"""Column of metricas.sql → name without its unit, and what it is. Absent where it never happened."""

DESFECHOS: Final = tuple(
    (acao, desfecho)
    for acao, feito in (("fechamento", "fechado"), ("reabertura", "reaberto"), ("selagem", "selado"))
    for desfecho in (feito, "recusado", "falhou", "interrompido")
)
"""What a transition can come to."""

QUANTIDADES: Final[Mapping[str, tuple[str, str]]] = {
    "elos": ("estudio_chain_links", "Links of the chain of closings and reopenings"),
    "avisos_pendentes": ("estudio_alerts_pending", "Alerts that wait to be delivered"),
    "avisos_falhos": ("estudio_alerts_failed", "Alerts that could not be delivered and are given up"),
    "banco_bytes": ("estudio_database_size_bytes", "Size of the database"),
    "conexoes": ("estudio_database_connections", "Connections to the database"),
}


class _Livros(Collector):
    """All families of one look. Made for one answer: what a scrape shows is of one moment."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def collect(self) -> Iterator[Metric]:
        yield from _tell_saude(find_saude(self._session))
        yield from _tell_meses(self._session)
        yield from _tell_execucoes(self._session)
        row = self._session.execute(text(sql.load("metricas"))).one()
        for column, (name, what) in INSTANTES.items():
            family = GaugeMetricFamily(f"{name}_timestamp_seconds", what)
            instant = getattr(row, column)
            if instant is not None:
                family.add_metric([], instant)
            yield family
        for column, (name, what) in QUANTIDADES.items():
            yield GaugeMetricFamily(name, what, value=getattr(row, column))
        yield from _tell_discos()


def format_metricas(session: Session) -> bytes:
    """The metrics in Prometheus' text format; `session` reads all of one moment."""
    registry = CollectorRegistry()
    registry.register(_Livros(session))
    return generate_latest(registry)


def _tell_saude(saude: SaudeDoExtrato) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "estudio_closing_late", "1 when a finished month should have been closed by now", value=int(saude.is_atrasado)
    )
    yield GaugeMetricFamily(
        "estudio_last_month_proven", "1 when the newest closed month has a proven backup", value=int(saude.com_backup)
    )


def _tell_meses(session: Session) -> Iterator[Metric]:
    family = GaugeMetricFamily("estudio_months", "Months that are closed, sealed or shut empty", labels=["estado"])
    counted = session.execute(text("select estado, count(*) from estudio.competencias group by estado order by estado"))
    for estado, quantos in counted:
        # The open ones are filled ahead until 2099: their number says nothing.
        if estado != "aberta":
            family.add_metric([estado], quantos)
    yield family
    newest = session.scalar(text("select max(mes) from estudio.extratos where estado = 'vigente'"))
    if newest is not None:
        month = Competencia.of(newest)
        since = Competencia.of(clock.today())
        behind = (since.ano - month.ano) * 12 + since.mes - month.mes
        yield GaugeMetricFamily(
            "estudio_months_since_last_closed", "Months from the newest closed one to the current one", value=behind
        )


def _tell_execucoes(session: Session) -> Iterator[Metric]:
    vivas = list_vivas(db.raw(session))
    yield GaugeMetricFamily("estudio_transitions_running", "Closings, reopenings and seals under way", value=len(vivas))
    outcomes = CounterMetricFamily(
        "estudio_transitions", "Closings, reopenings and seals by outcome", labels=["acao", "desfecho"]
    )
    counted: dict[tuple[str, str], int] = {
        (acao, desfecho): quantas
        for acao, desfecho, quantas in session.execute(
            text(
                """select acao, desfecho, count(*) from estudio.execucoes where desfecho is not null
                   group by acao, desfecho"""
            )
        )
    }
    # Also what never came about: the first of a kind is seen as a rise, and not as a beginning.
    for acao, desfecho in sorted(counted.keys() | set(DESFECHOS)):
        outcomes.add_metric([acao, desfecho], counted.get((acao, desfecho), 0))
    yield outcomes
    last = session.scalar(
        text(
            """select extract(epoch from terminada_em - iniciada_em) from estudio.execucoes
               where acao = 'fechamento' and desfecho = 'fechado' order by id desc limit 1"""
        )
    )
    if last is not None:
        yield GaugeMetricFamily("estudio_last_closing_duration_seconds", "How long the last closing took", value=last)


def _tell_discos() -> Iterator[Metric]:
    free = GaugeMetricFamily("estudio_disk_free_bytes", "Room that is left for us", labels=["pasta"])
    size = GaugeMetricFamily("estudio_disk_size_bytes", "Size of the file system", labels=["pasta"])
    # A disk that is gone has no figures; that they are absent is what an alert asks for.
    for disco in list_discos():
        free.add_metric([disco.nome], disco.livres)
        size.add_metric([disco.nome], disco.total)
    yield free
    yield size
