"""A September with everything a backup has to carry, written in SQL so that no deed stands between it and the file."""

import shutil
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg

from estudio.domain.backup_completo import Completo, dump_name
from estudio.domain.competencia import Competencia
from estudio.services.backup_registro import adopt_completo

SETEMBRO = Competencia(2025, 9)
AGOSTO = Competencia(2025, 8)

Connection = psycopg.Connection[Any]

# What a spreadsheet would run, what divides cells and lines, what is written from the right, what is long.
TEXTS = (
    "=1+1",
    "+55 11 90000-0000",
    "-2",
    "@SUM(A1:A9)",
    "'já com apóstrofo",
    'diz "oi"; e vai; até "logo"',
    "linha um\nlinha dois\r\nlinha três",
    "\ttabulação",
    "＝１＋１",
    "مرحبا \u202eabc\u202c",
    "🖋️ traço fino",
    "x" * 10_000,
    "|pipe",
    "%percent",
    "\rretorno",
    "ponto e vírgula;",
    "'",
    "''",
    '"',
    "NULL",
)


def create_september(connection: Connection) -> None:
    """Twenty-some rows in August and September 2025; `connection` is the app's, autocommit."""
    with connection.transaction():
        _create_people(connection)
        _create_money(connection)


def create_many(connection: Connection, payments: int, *, month: Competencia = SETEMBRO) -> None:
    """That many payments over the days of an empty month: comissões (95 %), sessões (80 %), gastos (10 %)."""
    values = {"payments": payments, "first": month.first_day, "days": (month.next_first_day - month.first_day).days}
    with connection.transaction():
        connection.execute(
            """insert into artistas (nome, nome_busca, percentual)
               select 'Artista ' || n, 'artista ' || n, 3000 from generate_series(1, 5) n"""
        )
        connection.execute(
            """insert into clientes (nome, nome_busca)
               select 'Cliente ' || n, 'cliente ' || n from generate_series(1, 50) n"""
        )
        connection.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes)
               select %(first)s::date + n %% %(days)s::int, 1000 + n * 37 %% 90000,
                      (array['pix', 'dinheiro', 'credito'])[1 + n %% 3], 1 + n %% 5, nullif(n %% 51, 0),
                      case when n %% 20 = 0 then 0 else 3000 end, 'nota ' || n
               from generate_series(1, %(payments)s::int) n""",
            values,
        )
        connection.execute(
            """insert into comissoes (pagamento_id, mes, artista_id, percentual, valor_centavos)
               select id, mes, artista_id, percentual, (valor_centavos * percentual + 5000) / 10000
               from pagamentos where percentual > 0 and mes = %(first)s order by id""",
            values,
        )
        connection.execute(
            """insert into sessoes (data, cliente_id, artista_id, valor_centavos, payment_id, payment_mes, status)
               select data - 1, cliente_id, artista_id, valor_centavos, id, mes, 'realizada'
               from pagamentos where id %% 5 <> 0 and mes = %(first)s order by id""",
            values,
        )
        connection.execute(
            """insert into gastos (data, valor_centavos, descricao, forma, categoria)
               select %(first)s::date + n %% %(days)s::int, 500 + n, 'Agulhas ' || n, 'pix',
                      case when n %% 2 = 0 then 'material' end
               from generate_series(1, %(payments)s::int / 10) n""",
            values,
        )


def _create_people(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into artistas (nome, nome_busca, percentual) values (%s, lower(%s), %s)",
            [("Ana", "Ana", 0), ("Bia", "Bia", 4000), ("=cmd", "=cmd", 3333)],
        )
        cursor.execute(
            """insert into usuarios (nome, email, papel, artista_id) values
               ('Ana', 'ana@estudio.example', 'dono', 1), ('-Caio', 'caio@estudio.example', 'recepcao', null)"""
        )
        cursor.executemany(
            "insert into clientes (nome, nome_busca) values (%s, coalesce(nullif(btrim(lower(%s)), ''), '-'))",
            [(text, text) for text in TEXTS],
        )


def _create_money(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, criado_por) values
               ('2025-08-31', 70000, 'pix', 2, 4000, 1), ('2025-10-01', 80000, 'pix', 2, 4000, 1)"""
        )
        # The order of entry is not the order of days.
        cursor.executemany(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes,
                                       google_event_id, criado_por)
               values (date '2025-09-01' + %s * 7 %% 30, %s, 'credito', 1 + %s %% 3, %s, 4000, %s, %s, 1 + %s %% 2)""",
            [
                (n, 10_000 + n, n, n + 1, text, f"evento-{n}" if n % 3 else None, n)
                for n, text in enumerate(TEXTS)
            ],
        )  # fmt: skip
        cursor.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, estorno_de) values
               ('2025-09-30', 123456789, 'transferencia', 1, 0, null), ('2025-09-30', 1, 'outros', 1, null, null),
               ('2025-09-29', -30000, 'pix', 2, 4000, 1)"""
        )
        cursor.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, estorno_de)
               select '2025-09-30', -4000, 'credito', artista_id, 4000, id
               from pagamentos where valor_centavos = 10005 order by id"""
        )
        cursor.execute(
            """insert into comissoes (pagamento_id, mes, artista_id, percentual, valor_centavos, observacoes)
               select id, mes, artista_id, percentual, round(valor_centavos * percentual / 10000.0)::bigint, observacoes
               from pagamentos where percentual > 0 order by id desc"""
        )
        # One payment for three sessions; sittings of other months; one that nobody paid.
        cursor.execute(
            """insert into sessoes (data, cliente_id, artista_id, valor_centavos, payment_id, payment_mes, status,
                                    observacoes)
               select p.data - 10 * n, p.cliente_id, p.artista_id, 5000, p.id, p.mes, 'realizada', p.observacoes
               from pagamentos p, generate_series(0, 2) n where p.cliente_id in (2, 3, 4) order by p.id, n desc"""
        )
        cursor.execute(
            """insert into sessoes (data, artista_id, valor_centavos, status) values ('2025-09-05', 1, 100, 'faltou')"""
        )
        cursor.executemany(
            """insert into gastos (data, valor_centavos, descricao, forma, categoria, criado_por)
               values (date '2025-09-30' - %s, %s, %s, 'dinheiro', %s, 1)""",
            [(n, 100 + n, text, "material" if n % 2 else None) for n, text in enumerate(TEXTS)],
        )


def create_acertos(connection: Connection) -> None:
    """On top of that September: an acerto of each kind, with every text a sheet has to carry; one month of acertos
    alone, in November."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            """insert into acertos (data, artista_id, tipo, valor_centavos, motivo, criado_por)
               values (date '2025-09-01' + %s * 7 %% 30, 1 + %s %% 3, %s, %s, %s, 1 + %s %% 2)""",
            [
                (n, n, "desconto" if n % 2 else "acrescimo", (-1 if n % 2 else 1) * (100 + n), text[:2_000], n)
                for n, text in enumerate(TEXTS)
            ],
        )
        cursor.execute(
            """insert into acertos (data, artista_id, tipo, valor_centavos, forma, motivo) values
               ('2025-09-30', 2, 'repasse', -123456, 'pix', null),
               ('2025-09-30', 2, 'vale', -5000, 'dinheiro', 'sexta'),
               ('2025-09-29', 2, 'devolucao', 999999999, 'transferencia', null),
               ('2025-09-01', 1, 'aluguel', -40000, null, null), ('2025-09-02', 2, 'bonus', 1, null, 'natal'),
               ('2025-11-05', 2, 'aluguel', -40000, null, null)"""
        )
        # A payment and an estorno of the month whose money Bia handled herself.
        cursor.execute(
            """insert into acertos (data, artista_id, tipo, valor_centavos, pagamento_id, pago_centavos)
               select data, artista_id, 'recebido', -valor_centavos, id, valor_centavos
               from pagamentos where mes = '2025-09-01' and valor_centavos in (10001, -30000) order by id"""
        )


def redate(completo: Completo, when: datetime) -> Completo:
    """Another copy of the whole studio, as if it had been made then: the same dump under the name of that instant."""
    dump = replace(completo.manifesto.dump, arquivo=dump_name(when, completo.manifesto.dump.sha256))
    made = Completo(
        completo.caminho.with_name(dump.arquivo), replace(completo.manifesto, dump=dump, criado_em=when.isoformat())
    )
    shutil.copy(completo.caminho, made.caminho)
    made.caminho.with_suffix(".json").write_bytes(made.manifesto.as_bytes())
    adopt_completo(made)
    return made
