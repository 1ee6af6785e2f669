"""The bare limit: the least that PostgreSQL itself needs to read a month once and hand its rows out.

One aggregate over each table of the books and one COPY of the same rows, with the names that a backup shows and in its
order, to nowhere. The statements are the benchmark's own, so that the limit stays where it is when the program changes.
"""

import time

from psycopg import sql
from servidor import Connection

from estudio.domain.competencia import Competencia

_SUMS = (
    "select count(*), sum(valor_centavos) from estudio.pagamentos where data >= %(start)s and data < %(end)s",
    "select count(*), sum(valor_centavos) from estudio.comissoes where mes = %(start)s",
    "select count(*), sum(valor_centavos) from estudio.sessoes where payment_mes = %(start)s",
    "select count(*), sum(valor_centavos) from estudio.gastos where data >= %(start)s and data < %(end)s",
)

# COPY takes no parameters: the month is written into a view of the session instead.
_VIEWS = (
    """create or replace temp view limite_pagamentos as
       select p.*, c.nome as cliente, a.nome as artista, f.rotulo
       from estudio.pagamentos p join estudio.artistas a on a.id = p.artista_id
       join estudio.formas f on f.codigo = p.forma left join estudio.clientes c on c.id = p.cliente_id
       where p.data >= {start} and p.data < {end} order by p.data, p.id""",
    """create or replace temp view limite_comissoes as
       select k.*, p.data, c.nome as cliente, a.nome as artista
       from estudio.comissoes k join estudio.pagamentos p on p.id = k.pagamento_id
       join estudio.artistas a on a.id = k.artista_id left join estudio.clientes c on c.id = p.cliente_id
       where k.mes = {start} order by p.data, k.id""",
    """create or replace temp view limite_sessoes as
       select s.*, p.data as dia, c.nome as cliente, a.nome as artista
       from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
       join estudio.artistas a on a.id = s.artista_id left join estudio.clientes c on c.id = s.cliente_id
       where s.payment_mes = {start} order by p.data, s.id""",
    """create or replace temp view limite_gastos as
       select g.*, f.rotulo, t.rotulo as categoria_rotulo
       from estudio.gastos g join estudio.formas f on f.codigo = g.forma
       left join estudio.categorias t on t.codigo = g.categoria
       where g.data >= {start} and g.data < {end} order by g.data, g.id""",
)

_COPIES = (
    "copy (select * from limite_pagamentos) to '/dev/null'",
    "copy (select * from limite_comissoes) to '/dev/null'",
    "copy (select * from limite_sessoes) to '/dev/null'",
    "copy (select * from limite_gastos) to '/dev/null'",
)


def prepare_limit(connection: Connection, mes: Competencia) -> None:
    """Name the rows of the month, for the session of this connection (a superuser's: the server writes the file)."""
    start, end = sql.Literal(mes.first_day), sql.Literal(mes.next_first_day)
    for view in _VIEWS:
        connection.execute(sql.SQL(view).format(start=start, end=end))


def measure_limit(connection: Connection, mes: Competencia) -> dict[str, float]:
    """Return the seconds of the aggregates, and of both together."""
    period = {"start": mes.first_day, "end": mes.next_first_day}
    started = time.perf_counter()
    for statement in _SUMS:
        connection.execute(statement, period).fetchone()
    summed = time.perf_counter()
    for statement in _COPIES:
        connection.execute(statement)
    return {"sum_s": summed - started, "limit_s": time.perf_counter() - started}
