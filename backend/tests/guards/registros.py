"""What a transition and a write leave behind: links, names, audit, outbox. That they are there, and whole."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Final, LiteralString

import psycopg
from guards.catalogo import LIVROS, Connection
from guards.palco import ABERTA, FECHADA, SEGUINTE, Enderecos, Livros, call, close, fill_livros, insert, reopen
from psycopg import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from estudio.services.cadeia_service import verify_cadeia

VAZIO, DEPOIS = date(2025, 12, 1), date(2026, 1, 1)

# August was closed and sealed; September closed, reopened, closed; October and November closed; January closed over an
# empty December and reopened; then December, which has no link to answer.
_CONTAGENS: Final[dict[LiteralString, int]] = {
    "select count(*) from selos": 9,
    "select count(*) from selos where tipo = 'selagem' and motivo is not null and quem is not null": 1,
    "select count(*) from selos where tipo = 'reabertura' and motivo is not null": 2,
    "select count(*) from selos where em::timestamptz between now() - interval '1 day' and now() + interval '1 day'": 9,
    "select count(*) from avisos where evento like 'fechado:%' and tipo = 'extrato_fechado'": 6,
    "select count(*) from avisos where evento like 'selado:%' or evento like 'reaberto:%'": 3,
    "select count(*) from auditoria where acao = 'fechado' and depois ->> 'selo' is not null": 6,
    "select count(*) from auditoria where acao = 'selado' and motivo is not null and quem is not null": 1,
    "select count(*) from auditoria where acao = 'reaberto' and motivo is not null and depois ? 'mes'": 3,
    "select count(*) from extratos where versao = 2 and estado = 'vigente'": 1,
    "select count(*) from extratos where estado = 'substituido'": 2,
    "select count(*) from competencias where estado = 'vazia' and mes >= '2025-07-01'": 1,
    "select count(*) from competencias where estado = 'aberta' and mes in ('2025-12-01', '2026-01-01')": 2,
    "select count(*) from extrato_nomes where extrato_id = 1 and tipo = 'artista'": 2,
    "select count(*) from extrato_nomes where extrato_id = 1 and tipo = 'cliente'": 1,
    "select count(*) from extrato_nomes where extrato_id = 1 and tipo = 'usuario'": 1,
    "select count(*) from extrato_nomes where extrato_id = 1 and tipo in ('forma', 'categoria')": 14,
}


def check_registros(enderecos: Enderecos) -> list[str]:
    """Everything that is missing, by name; empty is well."""
    livros = fill_livros(enderecos)
    with enderecos.connect() as app:
        insert(app, "gastos", data=DEPOIS, forma="pix", descricao="aluguel", valor_centavos=90_000)
        reopen(app, FECHADA, autor=livros.dono)
        for mes in (FECHADA, ABERTA, SEGUINTE, DEPOIS):
            close(app, mes)
        reopen(app, DEPOIS)
        reopen(app, VAZIO)
    falhas = [f"verificação: {d}" for d in _verify(enderecos.app)]
    with enderecos.connect("super") as connection:
        for query, esperado in _CONTAGENS.items():
            achado = call(connection, query)
            if achado != esperado:
                falhas.append(f"{query}: {achado}, esperado {esperado}")
        falhas += _check_auditoria(connection, livros)
    return falhas


def _check_auditoria(connection: Connection, livros: Livros) -> Iterator[str]:
    """Each event on each table of the books is in the trail, before and after, also in replica mode; then undone."""
    linha = {"data": VAZIO, "forma": "pix", "valor_centavos": 1_000}
    for replica in (False, True):
        connection.execute("begin")
        if replica:
            connection.execute("set local session_replication_role = replica")
        depois_de = call(connection, "select coalesce(max(id), 0) from auditoria")
        ids = {
            "pagamentos": insert(connection, "pagamentos", **linha, artista_id=livros.ana, percentual=1000),
            "gastos": insert(connection, "gastos", **linha, descricao="cola"),
            "sessoes": insert(connection, "sessoes", data=VAZIO, artista_id=livros.ana, valor_centavos=1),
        }
        ids["comissoes"] = insert(
            connection, "comissoes", pagamento_id=ids["pagamentos"], mes=VAZIO, artista_id=livros.ana, percentual=1000,
            valor_centavos=100,
        )  # fmt: skip
        ids["acertos"] = insert(
            connection, "acertos", data=VAZIO, artista_id=livros.ana, tipo="bonus", motivo="natal", valor_centavos=5
        )
        for tabela in ("acertos", "comissoes", "sessoes", "gastos", "pagamentos"):
            name = sql.Identifier(tabela)
            connection.execute(sql.SQL("update {} set valor_centavos = 99 where id = %s").format(name), [ids[tabela]])
            connection.execute(sql.SQL("delete from {} where id = %s").format(name), [ids[tabela]])
        told = set(connection.execute(_AUDITADO, [depois_de]).fetchall())
        connection.execute("rollback")
        for tabela, (acao, antes, depois) in product(LIVROS, _EVENTOS):
            if (tabela, acao, ids[tabela], antes, depois) not in told:
                yield f"{tabela} {acao}{' em réplica' if replica else ''}: nada na auditoria"


_EVENTOS: Final = (("insert", False, True), ("update", True, True), ("delete", True, False))
_AUDITADO: Final = """
    select tabela, acao, registro_id, antes is not null, depois is not null from auditoria where id > %s"""


def _verify(url: str) -> list[str]:
    def creator() -> Connection:
        return psycopg.connect(url, options="-c DateStyle=ISO -c TimeZone=UTC")

    with Session(create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool)) as session:
        return [str(d) for d in verify_cadeia(session)]
