"""A page of the Histórico: fifty payments of a month that has up to a million of them, the first and at any depth."""

import random
import time
from collections.abc import Sequence
from datetime import date

from escala import Escala
from fechamento import BASE, prepare_month
from livro import MES, SEED
from medidas import Grupo, format_size, percentile
from servidor import Connection, Servidor

from estudio import db

ROWS = 50

Place = tuple[date, int]
"""Day and id of the last row that was seen: where the next page begins."""

# What a page shows, newest first. The page goes on where the one before ended, so that its depth costs nothing.
_PAGE = """
select p.id, p.data, p.valor_centavos, f.rotulo, a.nome, c.nome, p.observacoes,
       (select sum(k.valor_centavos) from estudio.comissoes k where k.pagamento_id = p.id),
       (select array_agg(s.data order by s.id) from estudio.sessoes s where s.payment_id = p.id)
from estudio.pagamentos p
join estudio.artistas a on a.id = p.artista_id
join estudio.formas f on f.codigo = p.forma
left join estudio.clientes c on c.id = p.cliente_id
where p.data >= %s and p.data < %s and (p.data, p.id) < (%s, %s)
order by p.data desc, p.id desc
limit 50
"""


def measure_pages(servidor: Servidor, escala: Escala) -> Grupo:
    """Ask for pages, on one connection: milliseconds from asking to having all fifty rows."""
    size = max(escala.sizes)
    grupo = Grupo("pages", f"A page of the Histórico ({ROWS} rows) of a month of {format_size(size)} payments")
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    with servidor.connect("medido") as connection:
        first, last = _read_ends(connection)
    chance = random.Random(SEED)
    depths: dict[str, Sequence[Place]] = {
        "first page": [(MES.next_first_day, 0)] * escala.pages,
        "any depth": [
            (MES.first_day.replace(day=chance.randint(2, 30)), chance.randint(first, last)) for _ in range(escala.pages)
        ],
    }
    for where, places in depths.items():
        _read_pages(places[:10])
        runs = [_read_pages(places) for _ in range(escala.runs)]
        for percent in (50, 99):
            grupo.add(f"query p{percent}", where, "ms", [percentile(run, percent) for run in runs])
    slowest = max(m.median for m in grupo.medidas if m.nome == "query p99")
    grupo.aim(f"p99 of the query, {format_size(size)} payments in the month", slowest, 5, "ms")
    servidor.drop_database("medido")
    return grupo


def _read_pages(places: Sequence[Place]) -> list[float]:
    spent = []
    with db.connect() as connection:
        for day, id_ in places:
            started = time.perf_counter()
            rows = connection.execute(_PAGE, [MES.first_day, MES.next_first_day, day, id_]).fetchall()
            spent.append((time.perf_counter() - started) * 1000)
            assert rows, "there is no page before the first payment"
    return spent


def _read_ends(connection: Connection) -> tuple[int, int]:
    row = connection.execute(
        "select min(id), max(id) from estudio.pagamentos where mes = %s", [MES.first_day]
    ).fetchone()
    assert row is not None, "an aggregate always has its row"
    return row[0], row[1]
