"""How the studio works by itself, on one page: what was done and comes next, backups, queue, disks, versions, alerts.

Each part is asked of the service that owns it; here they are put together, as the page and `estudio status` show them.
"""

import hashlib
import platform
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import __version__, clock
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import Quem
from estudio.services.andamento_consulta import list_passos
from estudio.services.aviso_consulta import describe_alarmes, list_avisos
from estudio.services.backup_consulta import MESES, find_copia, list_guardados
from estudio.services.disco_consulta import list_discos
from estudio.services.extrato_consulta import count_desfechos, list_execucoes
from estudio.services.fila import list_trabalhadores
from estudio.services.funcionamento_estado import judge
from estudio.services.lentidao_consulta import list_lentas
from estudio.services.mes_devido import find_oldest_finished, is_late
from estudio.services.rodada_service import find_last_success
from estudio.services.rotina_consulta import describe_rotinas
from estudio.services.rotina_copias import has_rows

EXECUCOES: Final = 5
AVISOS: Final = 5
RECENTES: Final = timedelta(days=90)

PASSO_S: Final = 20
"""Who watches sees it anew after so many seconds although nothing happened: ages and disks change by themselves."""


def describe_funcionamento(session: Session, agora: datetime, *, quem: Quem, todos: bool = False) -> dict[str, Any]:
    """All of it, for the dono. `todos`: the backup of every month, not of the newest alone."""
    quem.ensure_dono()
    hoje = clock.business_day(agora)
    espera = find_oldest_finished(session, hoje)
    guardados, meses = list_guardados(
        session, agora, aberto=espera or Competencia.of(hoje), limit=None if todos else MESES
    )
    execucoes = list_execucoes(session, limit=EXECUCOES)
    described: dict[str, Any] = {
        "agora": agora,
        **describe_rotinas(session, agora),
        "trabalham": list_trabalhadores(session),
        "execucoes": execucoes,
        "passos": list_passos(session, [cada["id"] for cada in execucoes]),
        "sucesso": dict(zip(("90_dias", "sempre"), count_desfechos(session, desde=agora - RECENTES), strict=True)),
        "copia": find_copia(session, agora),
        "guardados": guardados,
        "meses": meses,
        "discos": [disco.as_json() for disco in list_discos()],
        "lentas": list_lentas(agora),
        "versoes": describe_versoes(session),
        "alarmes": describe_alarmes(session, quem=quem),
        "avisos": list_avisos(session, quem=quem, limit=AVISOS),
        "examinado_em": find_last_success(session, "vigia"),
        "vazio": not has_rows(session),
        "espera": espera,
        "atrasado": espera if espera and is_late(session, espera, agora) else None,
    }
    return described | {"achados": judge(described)}


def describe_versoes(session: Session) -> dict[str, str]:
    servidor, tabelas = session.execute(
        text("select current_setting('server_version'), (select version_num from estudio.alembic_version)")
    ).one()
    return {
        "programa": __version__,
        "postgresql": str(servidor).split()[0],
        "python": platform.python_version(),
        "tabelas": tabelas,
    }


def find_marca(session: Session, agora: datetime, *, quem: Quem) -> str:
    """A mark that differs as soon as something of it does, as `novidade_service.find_marca` is of the books'."""
    quem.ensure_dono()
    row = session.execute(text(_MARCA)).one()
    told = f"{int(agora.timestamp()) // PASSO_S} {tuple(row)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


_MARCA: Final = """
    select
      (select string_agg(concat(id, desfecho), ',')
       from (select id, desfecho from estudio.rodadas order by id desc limit 30) r),
      (select string_agg(concat(id, etapa, lote, desfecho), ',')
       from (select id, etapa, lote, desfecho from estudio.execucoes order by id desc limit 10) e),
      (select concat_ws(',', max(id), max(criado_em), max(verificado_em), max(ensaiado_em)) from estudio.backups),
      (select string_agg(concat(codigo, situacao, passou_em), ',' order by codigo) from estudio.alarmes),
      (select string_agg(concat(id, estado), ',')
       from (select id, estado from estudio.avisos order by id desc limit 10) a),
      (select string_agg(concat(status, quantas), ',' order by status)
       from (select status, count(*) as quantas from tarefas.procrastinate_jobs group by status) j),
      (select count(*) from tarefas.procrastinate_workers)"""
