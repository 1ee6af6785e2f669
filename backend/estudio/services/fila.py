"""The queue of jobs, in the studio's own PostgreSQL (procrastinate's tables, schema `tarefas`).

A job is put in by the transaction that it belongs to, and each is worked once, by whichever worker takes it. The
library's own connections are its worker's alone; ours ask its functions from the connection that we are on anyway.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import structlog
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from estudio import db
from estudio.db_connection import parse_address

FILA: Final = "rotinas"

PARADA_S: Final = 120
"""A worker that gave no sign for so long is gone, and what it was at is tried again."""

TENTATIVAS: Final = 2
"""A job whose worker is gone is tried once more; not for ever, for it may be what killed the worker."""

GUARDA_DIAS: Final = 30
"""Days that a finished job is remembered."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tarefa:
    """A job that is to be put into the queue."""

    nome: str
    alvo: str = ""
    trava: str | None = None
    prioridade: int = 0

    @property
    def chave(self) -> str:
        """Of jobs with the same key one waits or runs."""
        return f"{self.nome}:{self.alvo}"


def get_conninfo() -> str:
    """How the library's worker connects: as the app's role, looking into the queue's schema alone."""
    address = parse_address(db.get_app_url(), setting=db.APP_SETTING)
    address["options"] += " -c search_path=tarefas,pg_temp -c lock_timeout=10s"
    address["application_name"] = "estudio worker"
    return make_conninfo(**address)


def register_tarefa(session: Session, tarefa: Tarefa) -> bool:
    """Put a job into the queue, with whatever else the transaction does; False when the same one waits or runs."""
    try:
        # A savepoint: where two put the same in at once, the second goes on with its transaction. The Session's own:
        # psycopg's would be the whole transaction where nothing was asked before, and commit.
        with session.begin_nested():
            row = (
                db.raw(session)
                .execute(
                    """select tarefas.procrastinate_defer_jobs_v1(array[
                     row(%(fila)s, %(nome)s, %(prioridade)s, %(trava)s, %(chave)s, %(args)s, null)
                       ::tarefas.procrastinate_job_to_defer_v1])
                   where not exists (select from tarefas.procrastinate_jobs
                                     where queueing_lock = %(chave)s and status in ('todo', 'doing'))""",
                    {
                        "fila": FILA,
                        "nome": tarefa.nome,
                        "prioridade": tarefa.prioridade,
                        "trava": tarefa.trava,
                        "chave": tarefa.chave,
                        "args": Jsonb({"alvo": tarefa.alvo}),
                    },
                )
                .fetchone()
            )
    except psycopg.errors.UniqueViolation:
        return False
    return row is not None


def list_paradas(session: Session, *, worker_id: int | None, em_curso: Iterable[int]) -> set[int]:
    """Jobs that are marked as running and that nobody works: their worker is gone, or ours lost the server before it
    could say what became of them. `em_curso`: those that run in this process; they do although others forgot us, as
    they do while a machine sleeps.

    A sign from the future was given before the server's clock was set back, and is one of long ago."""
    rows = db.raw(session).execute(
        """select j.id from tarefas.procrastinate_jobs j
           left join tarefas.procrastinate_workers w on w.id = j.worker_id
           where j.status = 'doing' and j.id <> all (%(em_curso)s::bigint[]) and (
             w.id is null or w.id = %(worker_id)s::bigint
             or abs(extract(epoch from clock_timestamp() - w.last_heartbeat)) > %(parada)s)
           order by j.id""",
        {"worker_id": worker_id, "parada": PARADA_S, "em_curso": list(em_curso)},
    )
    return {id_ for (id_,) in rows}


def rescue_paradas(session: Session, ids: Collection[int]) -> int:
    """Put these jobs back into the queue, once; those that were tried again already are given up. How many go back."""
    back = 0
    for id_ in sorted(ids):
        # Whoever holds the row is at it.
        row = (
            db.raw(session)
            .execute(
                """select task_name, attempts from tarefas.procrastinate_jobs where id = %s and status = 'doing'
                   for update skip locked""",
                [id_],
            )
            .fetchone()
        )
        if row is None:
            continue
        nome, attempts = row
        again = attempts + 1 < TENTATIVAS and _retry(session, id_)
        log.warning("tarefa_parada", tarefa=nome, tarefa_id=id_, tentativa=attempts + 1, de_novo=again)
        if again:
            back += 1
        else:
            db.raw(session).execute("select tarefas.procrastinate_finish_job_v1(%s, 'failed', false)", [id_])
    return back


def _retry(session: Session, id_: int) -> bool:
    """Put one job back; False where the same one waits already, which will do what it was at."""
    try:
        # A savepoint, as in register_tarefa: the others go back all the same.
        with session.begin_nested():
            db.raw(session).execute(
                "select tarefas.procrastinate_retry_job_v2(%s, clock_timestamp(), null, null, null)", [id_]
            )
    except psycopg.errors.UniqueViolation:
        return False
    return True


def record_sinal(session: Session, worker_id: int) -> None:
    """A worker lives: said also when its own way of saying so was lost with a connection."""
    db.raw(session).execute("select tarefas.procrastinate_update_heartbeat_v1(%s)", [worker_id])


def find_ultimo_sinal(session: Session) -> tuple[int, int | None]:
    """How many workers gave a sign in the last minutes, and how many seconds ago the newest of all signs was."""
    row = (
        db.raw(session)
        .execute(
            """select count(*) filter (where abs(extract(epoch from clock_timestamp() - last_heartbeat)) <= %s),
                      extract(epoch from clock_timestamp() - max(last_heartbeat))::bigint
               from tarefas.procrastinate_workers""",
            [PARADA_S],
        )
        .fetchone()
    )
    assert row is not None, "an aggregate has its row"
    return int(row[0]), row[1]


def list_trabalhadores(session: Session) -> list[dict[str, Any]]:
    """The workers, and what each is at: `vivo` where the last sign is of the last minutes."""
    rows = db.raw(session).execute(
        """select w.id, w.last_heartbeat,
                  abs(extract(epoch from clock_timestamp() - w.last_heartbeat)) <= %s as vivo,
                  (select coalesce(array_agg(j.task_name::text order by j.id), '{}') from tarefas.procrastinate_jobs j
                   where j.worker_id = w.id and j.status = 'doing')
           from tarefas.procrastinate_workers w order by w.last_heartbeat desc, w.id limit 20""",
        [PARADA_S],
    )
    return [{"id": id_, "ultimo_sinal": sign, "vivo": alive, "fazendo": doing} for id_, sign, alive, doing in rows]


def count_tarefas(session: Session) -> dict[str, int]:
    """How many jobs there are of each state."""
    rows = db.raw(session).execute(
        "select status::text, count(*) from tarefas.procrastinate_jobs group by status order by status"
    )
    return {str(status): int(count) for status, count in rows}


def prune_tarefas(session: Session) -> int:
    """Forget jobs that were over long ago; their events go along."""
    done = db.raw(session).execute(
        """delete from tarefas.procrastinate_jobs j
           where j.status not in ('todo', 'doing') and not exists (
             select from tarefas.procrastinate_events e
             where e.job_id = j.id and e.at > clock_timestamp() - make_interval(days => %s))""",
        [GUARDA_DIAS],
    )
    return done.rowcount
