"""The locks of an Execução: one says that some transition is running, one that this very attempt lives.

A row outlives a process that is killed; its locks do not.
"""

from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.errors import EmAndamento

Connection = psycopg.Connection[Any]

# Keys of advisory locks: 5 one running transition, 8 one living Execução (6, 7 and 9 are taken in SQL).
RUNNING: Final = 5
ALIVE: Final = 8


def try_lock(connection: Connection, key: int, id_: int) -> bool:
    """Take the lock of this key and number for as long as the connection lives; False where another has it."""
    row = connection.execute("select pg_try_advisory_lock(%s, %s)", [key, id_ % 2**31]).fetchone()
    return bool(row and row[0])


def let_go(connection: Connection, key: int, id_: int) -> None:
    """Give the lock back now: the server notices that a connection is closed only a moment after its client does."""
    connection.execute("select pg_advisory_unlock(%s, %s)", [key, id_ % 2**31])


def list_vivas(connection: Connection) -> list[int]:
    """The numbers of the Execuções whose processes live, in order."""
    return _list_held(connection, ALIVE)


def is_held(connection: Connection, key: int, id_: int) -> bool:
    """Whether somebody has the lock of this key and number now."""
    return id_ % 2**31 in _list_held(connection, key)


def _list_held(connection: Connection, key: int) -> list[int]:
    rows = connection.execute(
        """select objid::bigint from pg_locks
           where locktype = 'advisory' and granted and classid = %s and objsubid = 2
             and database = (select oid from pg_database where datname = current_database())
           order by 1""",
        [key],
    )
    return [id_ for (id_,) in rows]


def explain_running(connection: Connection) -> EmAndamento:
    """Who is at it, from the locks that live (a row alone outlives a killed process)."""
    cursor = connection.cursor(row_factory=dict_row)
    running: dict[str, Any] | None = cursor.execute(
        """select id, acao, mes, iniciada_em, etapa, maquina, pid from estudio.execucoes
           where id = any(%s) and desfecho is null order by id limit 1""",
        [list_vivas(connection)],
    ).fetchone()
    if running is None:
        return EmAndamento()
    competencia = Competencia.of(running["mes"])
    since = clock.to_local(running["iniciada_em"]).strftime("%d/%m às %H:%M")
    return EmAndamento(
        f"Já há {_NOUNS[running['acao']]} de {competencia.label} em andamento desde {since} (etapa {running['etapa']}, "
        f"máquina {running['maquina']}, processo {running['pid']}). Espere terminar.",
        execucao=running["id"],
        acao=running["acao"],
        mes=competencia.slug,
        etapa=running["etapa"],
        pid=running["pid"],
    )


_NOUNS = {"fechamento": "um fechamento", "reabertura": "uma reabertura", "selagem": "uma selagem"}
