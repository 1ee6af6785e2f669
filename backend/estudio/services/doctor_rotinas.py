"""Doctor: what the studio does by itself. Is the queue whole, does somebody work it, and how did the last runs go?"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.rotina import Desfecho, Rotina
from estudio.services.doctor_laudo import Check, Laudo, ask, ask_one, aviso, count, falha, ok, show_some
from estudio.services.fila import PARADA_S
from estudio.services.rodada_service import AGORA, DE_OUTROS
from estudio.services.rotinas import list_rotinas

SILENCE: Final = timedelta(days=2)
"""What has been due for so long, while nobody did anything, waits for nobody."""

TABLES: Final = {
    "procrastinate_events": "INSERT SELECT",
    "procrastinate_jobs": "DELETE INSERT SELECT UPDATE",
    "procrastinate_periodic_defers": "SELECT UPDATE",
    "procrastinate_workers": "DELETE INSERT SELECT UPDATE",
}
"""The library's tables, and what the program's login may do in each."""

ROTINAS_SHOWN: Final = 3

PRESA: Final = timedelta(hours=6)
"""Longer than anything takes, the trial of every month of a big studio on a slow disk too; and whoever comes in the
morning hears of what has hung since the night."""


def check_fila() -> Laudo:
    """The queue's tables are there and the owner's, the program may work jobs and nothing else, and nobody else may."""
    found = {table: " ".join(rights) for table, rights in ask(_TABLES)}
    gone = sorted(TABLES.keys() - found.keys())
    other = sorted(table for table, rights in found.items() if rights != TABLES.get(table))
    loose = [name for (name,) in ask(_LOOSE)]
    if not gone and not other and not loose:
        return ok("A fila de tarefas está inteira, com só os direitos de que o programa precisa.")
    what = [f"falta {table}" for table in gone] + [f"direitos de {table}" for table in other]
    what += [f"função {name}" for name in loose]
    return falha(
        f"A fila de tarefas (esquema tarefas) não é a que a migração fez: {show_some(what)}. Restaure o último backup "
        "num banco novo, ou acerte com GRANT e REVOKE, como dono."
    )


def check_trabalhador() -> Laudo:
    """Nobody notices silence: who did the work until some days ago, and does it no more."""
    settings = get_settings()
    if not settings.enable_monthly_extrato_job and not settings.enable_backup_jobs:
        return ok("Nada é feito sozinho (ENABLE_MONTHLY_EXTRATO_JOB e ENABLE_BACKUP_JOBS=false).")
    (last,) = ask_one(
        """select greatest((select max(last_heartbeat) from tarefas.procrastinate_workers),
                           (select max(iniciada_em) from estudio.rodadas))"""
    )
    if last is None:
        return ok("Nenhuma tarefa foi feita sozinha até agora. Ligue `estudio run`, ou use o cron (docs/operacao.md).")
    when = f"{clock.to_local(last):%d/%m/%Y às %H:%M}"
    agora = clock.now()
    # A sign from the future was given before the clock was set back, and says nothing.
    if -AGORA < agora - last < SILENCE:
        return ok(f"As tarefas do estúdio são feitas; o último sinal foi em {when}.")
    with db.transaction(read_only=True) as session:
        waiting = [
            rotina.titulo
            for rotina in list_rotinas()
            if set(rotina.find_alvos(session, agora - SILENCE)) & set(rotina.find_alvos(session, agora))
        ]
    if not waiting:
        return ok(f"Nenhuma tarefa do estúdio está atrasada; o último sinal foi em {when}.")
    return aviso(
        f"Ninguém faz as tarefas do estúdio desde {when}, e espera há dias: {', '.join(waiting)}. Ligue `estudio run` "
        "ou `estudio worker`."
    )


def check_rotinas() -> Laudo:
    """What is still to be done and went badly the last time. That it is tried again by itself makes it no better."""
    bad = [(rotina.titulo, row.desfecho, row.mensagem or "") for rotina, row in _list_undone()]
    if not bad:
        return ok("Nada do que o estúdio faz sozinho deixou de ser feito.")
    said = " ".join(f"{titulo}: {mensagem}" for titulo, _, mensagem in bad[:ROTINAS_SHOWN])
    words = f"{count(len(bad), 'tarefa não foi feita', 'tarefas não foram feitas')} da última vez. {said}"
    return falha(words) if any(desfecho == Desfecho.FALHOU for _, desfecho, _ in bad) else aviso(words)


def check_rotina_presa() -> Laudo:
    """What began and does not end, at a worker that lives: mostly it waits for a disk that does not answer, and all of
    the same trava waits for it. What a worker that is gone was at is tried again by itself."""
    found = ask(_PRESAS, antes=clock.now() - PRESA, parada=PARADA_S)
    if not found:
        return ok("Nenhuma tarefa do estúdio deixa de terminar.")
    titulos = {rotina.nome: rotina.titulo for rotina in list_rotinas()}
    said = ", ".join(
        f"{titulos.get(nome, nome)} (desde {clock.to_local(begun):%d/%m às %H:%M}, em {maquina})"
        for nome, begun, maquina in found
    )
    return falha(
        f"Não termina: {said}. O que depende dela espera. Veja se os discos e a rede respondem; depois reinicie "
        "`estudio run` (ou `estudio worker`) nessa máquina."
    )


def _list_undone() -> list[tuple[Rotina, Any]]:
    """The last run of each where it went badly, unless somebody has done it since: then it is due no more."""
    with db.transaction(read_only=True) as session:
        rows = session.execute(
            text(
                """select rotina, alvo, desfecho, mensagem from (
                     select distinct on (rotina, alvo) * from estudio.rodadas
                     where desfecho is not null and coalesce(codigo, '') <> all (:de_outros)
                     order by rotina, alvo, id desc) r
                   where desfecho in ('recusada', 'falhou') order by rotina, alvo"""
            ),
            {"de_outros": sorted(DE_OUTROS)},
        ).all()
        agora, rotinas = clock.now(), {rotina.nome: rotina for rotina in list_rotinas()}
        return [
            (rotinas[row.rotina], row)
            for row in rows
            if row.rotina in rotinas and row.alvo in rotinas[row.rotina].find_alvos(session, agora)
        ]


_PRESAS: Final = """
    select r.rotina, r.iniciada_em, r.maquina from estudio.rodadas r
    join tarefas.procrastinate_jobs j on j.id = r.tarefa_id and j.status = 'doing'
    join tarefas.procrastinate_workers w on w.id = j.worker_id
    where r.desfecho is null and r.iniciada_em < %(antes)s
      and abs(extract(epoch from clock_timestamp() - w.last_heartbeat)) <= %(parada)s
    order by r.id"""

_TABLES: Final = """
    select c.relname, array_remove(array[
        case when has_table_privilege(c.oid, 'DELETE') then 'DELETE' end,
        case when has_any_column_privilege(c.oid, 'INSERT') then 'INSERT' end,
        case when has_any_column_privilege(c.oid, 'SELECT') then 'SELECT' end,
        case when has_table_privilege(c.oid, 'TRIGGER') then 'TRIGGER' end,
        case when has_table_privilege(c.oid, 'TRUNCATE') then 'TRUNCATE' end,
        case when has_any_column_privilege(c.oid, 'UPDATE') then 'UPDATE' end], null)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'tarefas' and c.relkind in ('r', 'p') and c.relowner = 'estudio_dono'::regrole order by 1"""

# A function that looks for its tables elsewhere, or that everybody may call.
_LOOSE: Final = """
    select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'tarefas'
      and (p.proowner <> 'estudio_dono'::regrole or p.proconfig is distinct from array['search_path=tarefas, pg_temp']
           or exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0))
    order by 1"""

CHECKS: tuple[Check, ...] = (
    check_fila,
    check_trabalhador,
    check_rotinas,
    check_rotina_presa,
)
