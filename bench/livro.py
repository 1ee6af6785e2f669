"""The books that are measured: the same rows each time, made by PostgreSQL itself, set by set.

A month of N payments: four of five with a sessão, nineteen of twenty with a comissão, one gasto for every ten.
Behind it ten years of closed months. The people are invented; they are the same in each run as well.
"""

import random
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date

from psycopg import sql
from servidor import Connection, Servidor

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.nomes import normalise_nome

MES = Competencia(2025, 9)
"""The month that is closed and reopened."""

OUTRO_MES = MES.next
"""The open month in which a payment is registered meanwhile."""

BOOKS = ("pagamentos", "comissoes", "sessoes", "gastos")
ARTISTAS = 8
SEED = 20250901

_NOMES = (
    "Ana", "Antônia", "Bárbara", "Beatriz", "Caio", "Cecília", "César", "Cíntia", "Davi", "Débora", "Érica",
    "Estêvão", "Fábio", "Flávia", "Gabriel", "Geórgia", "Hélio", "Heloísa", "Íris", "Ivo", "João", "Joana",
    "Júlia", "Kátia", "Lázaro", "Letícia", "Lúcia", "Luís", "Márcia", "Mário", "Mônica", "Nádia", "Noé",
    "Otávio", "Paula", "Pérola", "Quitéria", "Raí", "Rebeca", "Rômulo", "Sílvia", "Sônia", "Tânia", "Téo",
    "Úrsula", "Valdir", "Vânia", "Vítor", "Wanda", "Yara", "Zélia", "Zé",
)  # fmt: skip
_SOBRENOMES = (
    "Abreu", "Aguiar", "Alcântara", "Almeida", "Anjos", "Araújo", "Assunção", "Azevedo", "Barão", "Bastos",
    "Brandão", "Caldas", "Câmara", "Conceição", "Corrêa", "Damasceno", "Estrela", "Falcão", "Figueirêdo",
    "Fonsêca", "Galvão", "Gonçalves", "Guimarães", "Leão", "Lírio", "Magalhães", "Melo", "Mendonça", "Muñoz",
    "Negrão", "Nóbrega", "Patrício", "Peçanha", "Queirós", "Ramalho", "Rezende", "Rondônia", "Sá", "Salomão",
    "Seixas", "Simões", "Taváres", "Teixeira", "Valença", "Varejão", "Vasconcelos", "Veríssimo", "Viana",
    "Ximenes", "Zanetti",
)  # fmt: skip

# A mixture of integers that is the same on each version of PostgreSQL, unlike its hash functions and random().
_SORTE = """
create or replace function pg_temp.sorte(i bigint, sal bigint, n bigint) returns bigint
    language sql immutable as
$$ select (((((i * 2654435761 + sal * 2971215073) & 4294967295)
            # (((i * 2654435761 + sal * 2971215073) & 4294967295) >> 15)) * 1274126177 & 4294967295) >> 8) % n $$
"""

_PAGAMENTOS = """
insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes, criado_em)
select dia, valor, forma, artista, cliente, percentual, nota, dia + interval '15 hours' + i * interval '1 millisecond'
from (select i,
             -- Entered as the days go by, one in eight up to three days late.
             greatest(%(mes)s::date, %(mes)s::date + ((i - 1) * %(dias)s / %(n)s)::int
                      - case when i %% 8 = 0 then pg_temp.sorte(i, 1, 4)::int else 0 end) as dia,
             (2000 + pg_temp.sorte(i, 2, 178000))::bigint as valor,
             (array['pix', 'pix', 'credito', 'debito', 'dinheiro', 'transferencia'])[1 + pg_temp.sorte(i, 3, 6)]
                 as forma,
             (select min(id) from estudio.artistas) + pg_temp.sorte(i, 4, %(artistas)s) as artista,
             case when i %% 10 <> 3 then (select min(id) from estudio.clientes) + pg_temp.sorte(i, 5, %(clientes)s) end
                 as cliente,
             case when i %% 20 = 0 then 0 else 2500 + 500 * pg_temp.sorte(i, 6, 6) end as percentual,
             case when i %% 3 = 0 then 'Sessão nº ' || i || ': fechamento de ombro, sombreado; voltar em 30 dias'
                  end as nota
      from generate_series(1, %(n)s::bigint) i) linhas
order by i
"""

_COMISSOES = """
insert into estudio.comissoes (pagamento_id, mes, artista_id, percentual, valor_centavos, criado_em)
select id, mes, artista_id, percentual, (valor_centavos * percentual + 5000) / 10000, criado_em
from estudio.pagamentos where mes = %(mes)s and percentual > 0 order by id
"""

_SESSOES = """
insert into estudio.sessoes (data, cliente_id, artista_id, valor_centavos, observacoes, status, payment_id, payment_mes,
                             criado_em)
select data - pg_temp.sorte(id, 7, 3)::int, cliente_id, artista_id, valor_centavos,
       case when id %% 4 = 0 then 'Traço fino, "fineline"; 2ª sessão' end, 'realizada', id, mes, criado_em
from estudio.pagamentos where mes = %(mes)s and id %% 5 <> 0 order by id
"""

_GASTOS = """
insert into estudio.gastos (data, valor_centavos, descricao, categoria, forma, criado_em)
select %(mes)s::date + ((i - 1) * %(dias)s / greatest(%(n)s / 10, 1))::int, 500 + pg_temp.sorte(i, 8, 90000),
       'Tinta, agulhas e luvas, nota ' || i,
       (array['material', 'aluguel', 'contas', 'limpeza', null])[1 + pg_temp.sorte(i, 9, 5)],
       (array['pix', 'debito', 'dinheiro'])[1 + pg_temp.sorte(i, 10, 3)], %(mes)s::date + interval '9 hours'
from generate_series(1, %(n)s::bigint / 10) i
order by i
"""

_DISABLE = sql.SQL("alter table {} disable trigger {}")
_ENABLE = sql.SQL("alter table {} enable always trigger {}")

_FECHA = """
select estudio.fechar_competencia(%(mes)s, %(hoje)s, gen_random_uuid(), null,
                                  jsonb_build_object('totais', estudio.contar_totais(%(mes)s)), null)
"""


def load_people(connection: Connection, clientes: int) -> None:
    """Enter artistas and `clientes` customers, of whom some have the same name."""
    chance = random.Random(SEED)
    with connection.transaction(), _guards_paused(connection, ("artistas", "clientes")):
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into estudio.artistas (nome, nome_busca, percentual) values (%s, %s, %s)",
                [(nome, normalise_nome(nome), 4000) for nome in _NOMES[:ARTISTAS]],
            )
            with cursor.copy("copy estudio.clientes (nome, nome_busca, telefone) from stdin") as copy:
                for number in range(clientes):
                    nome = f"{chance.choice(_NOMES)} {chance.choice(_SOBRENOMES)} {chance.choice(_SOBRENOMES)}"
                    copy.write_row((nome, normalise_nome(nome), f"+55 11 9{number:08d}"))
    connection.execute("vacuum (analyze) estudio.clientes, estudio.artistas")


def load_month(connection: Connection, mes: Competencia, payments: int) -> None:
    """Enter a month; what it adds up to depends on `payments`, the people and the ids given so far."""
    count = connection.execute("select count(*) from estudio.clientes").fetchone()
    assert count is not None, "an aggregate always has its row"
    values = {
        "mes": mes.first_day,
        "dias": (mes.next_first_day - mes.first_day).days,
        "n": payments,
        "artistas": ARTISTAS,
        "clientes": count[0],
    }
    with connection.transaction(), _guards_paused(connection, BOOKS):
        connection.execute(_SORTE)
        for statement in (_PAGAMENTOS, _COMISSOES, _SESSOES, _GASTOS):
            connection.execute(statement, values)


def settle(connection: Connection) -> None:
    """Bring the tables into the state of a studio that has run for a while: statistics, visibility, all on disk."""
    tables = sql.SQL(", ").join(sql.Identifier("estudio", table) for table in BOOKS)
    connection.execute(sql.SQL("vacuum (analyze) {}").format(tables))
    connection.execute("checkpoint")


def load_history(servidor: Servidor, name: str, *, months: int, payments: int) -> None:
    """Enter `months` closed months before MES, each sealed by the database's own closing."""
    history = _months_before(MES, months)
    with servidor.connect(name) as connection:
        for mes in history:
            load_month(connection, mes, payments)
        settle(connection)
    servidor.use_database(name)
    with db.connect() as connection:
        for mes in history:
            connection.execute(_FECHA, {"mes": mes.first_day, "hoje": date(2026, 1, 1)})


def count_rows(connection: Connection, mes: Competencia) -> dict[str, int]:
    """Count the rows of a month, for each table of the books."""
    row = connection.execute(
        """select (select count(*) from estudio.pagamentos where mes = %(mes)s),
                  (select count(*) from estudio.comissoes where mes = %(mes)s),
                  (select count(*) from estudio.sessoes where payment_mes = %(mes)s),
                  (select count(*) from estudio.gastos where mes = %(mes)s)""",
        {"mes": mes.first_day},
    ).fetchone()
    assert row is not None, "a SELECT of scalars always has its row"
    return dict(zip(BOOKS, row, strict=True))


def _months_before(mes: Competencia, months: int) -> list[Competencia]:
    found: list[Competencia] = []
    for _ in range(months):
        mes = mes.previous
        found.append(mes)
    return found[::-1]


@contextmanager
def _guards_paused(connection: Connection, tables: Sequence[str]) -> Generator[None, None, None]:
    """Within a transaction: no trigger of these tables fires; afterwards each is exactly as enabled as before."""
    before = _read_triggers(connection, tables)
    for (table, trigger), enabled in before.items():
        if enabled == "A":
            connection.execute(_DISABLE.format(sql.Identifier("estudio", table), sql.Identifier(trigger)))
    # The rest, foreign keys among them, sleep under this role.
    connection.execute("set local session_replication_role = replica")
    yield
    for (table, trigger), enabled in before.items():
        if enabled == "A":
            connection.execute(_ENABLE.format(sql.Identifier("estudio", table), sql.Identifier(trigger)))
    connection.execute("set local session_replication_role = origin")
    assert _read_triggers(connection, tables) == before, "a guard of the books was left open"
    assert "A" in before.values(), "these tables have guards"


def _read_triggers(connection: Connection, tables: Sequence[str]) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        """select c.relname, t.tgname, t.tgenabled::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
           join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'estudio' and c.relname = any (%s)""",
        [list(tables)],
    ).fetchall()
    return {(table, trigger): enabled for table, trigger, enabled in rows}
