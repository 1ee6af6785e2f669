"""The stage of the proofs: a small studio with a month in each state, and connections in each role."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]

VAZIA: Final = date(2025, 7, 1)
SELADA: Final = date(2025, 8, 1)
FECHADA: Final = date(2025, 9, 1)
ABERTA: Final = date(2025, 10, 1)
SEGUINTE: Final = date(2025, 11, 1)
HOJE: Final = date(2026, 11, 24)
"""A day after every month of the stage."""

# A server may print dates in an order that no driver reads.
_AJUSTES: Final = "-c DateStyle=ISO -c TimeZone=UTC"

MOTIVO: Final = "conferido com o dono"


@dataclass(frozen=True)
class Enderecos:
    """Where the database is, for the program, for who owns the tables and for who may do anything."""

    app: str
    superusuario: str

    @contextmanager
    def connect(self, papel: str = "app", *, autocommit: bool = True) -> Generator[Connection, None, None]:
        """A connection as `app`, as `dono` (the owner of the tables) or as `super`."""
        url = self.app if papel == "app" else self.superusuario
        # The fifth run of a statement must not differ from the first: nothing is prepared behind our back.
        with psycopg.connect(url, autocommit=autocommit, prepare_threshold=None, options=_AJUSTES) as connection:
            if papel != "app":
                connection.execute("set search_path = estudio, pg_temp")
                if not autocommit:
                    connection.commit()
            if papel == "dono":
                connection.execute("set role estudio_dono")
                if not autocommit:
                    connection.commit()
            yield connection


@dataclass
class Mes:
    """What a month of the stage holds, by id."""

    primeiro: date
    pagamento: int = 0
    """Every nullable column filled, with comissão and sessão."""
    sem_comissao: int = 0
    """No share, no client, no sessão: comissões and sessões can still be attached."""
    original: int = 0
    """Has a share, and one estorno."""
    estorno: int = 0
    outro: int = 0
    """Of the same artist as `original`: an estorno could point here."""
    comissao: int = 0
    sessao: int = 0
    sessao_livre: int = 0
    gasto: int = 0
    acerto: int = 0
    """A repasse: every column filled but those of a recebido."""
    recebido: int = 0
    """Bia kept the money of `outro`."""

    def get_linha(self, tabela: str) -> int:
        """The fullest row of a table of the books."""
        return {
            "pagamentos": self.pagamento,
            "comissoes": self.comissao,
            "sessoes": self.sessao,
            "gastos": self.gasto,
            "acertos": self.acerto,
        }[tabela]

    def get_dia(self, dia: int = 10) -> date:
        return self.primeiro.replace(day=dia)


@dataclass
class Livros:
    """The studio of the stage. Months by their first day."""

    dono: int
    recepcao: int
    dono_inativo: int
    ana: int
    bia: int
    dora: int
    importacao: int
    meses: dict[date, Mes] = field(default_factory=dict)


def fill_livros(enderecos: Enderecos) -> Livros:
    """July empty, August sealed, September closed, October and November open and alike; all through the app's role."""
    with enderecos.connect() as connection:
        livros = fill_cast(connection)
        for primeiro in (SELADA, FECHADA, ABERTA, SEGUINTE):
            livros.meses[primeiro] = fill_mes(connection, livros, primeiro)
        livros.meses[VAZIA] = Mes(VAZIA)
        close(connection, SELADA, autor=livros.dono)
        call(connection, "select selar_competencia(%s, %s, %s, %s)", SELADA, uuid.uuid4(), livros.dono, MOTIVO)
        close(connection, FECHADA, autor=livros.dono)
    return livros


def fill_cast(connection: Connection) -> Livros:
    """Ana owns and tattoos, Bia tattoos, Caio is at the desk, Dora is the client; Elza owned once."""
    ana, bia = (
        insert(connection, "artistas", nome=nome, nome_busca=nome.lower(), percentual=percentual)
        for nome, percentual in (("Ana", 0), ("Bia", 4000))
    )
    dono, recepcao, inativo = (
        insert(connection, "usuarios", nome=nome, email=f"{nome.lower()}@exemplo.br", papel=papel, ativo=ativo)
        for nome, papel, ativo in (("Ana", "dono", True), ("Caio", "recepcao", True), ("Elza", "dono", False))
    )
    dora, _outra = (insert(connection, "clientes", nome=n, nome_busca=n.lower()) for n in ("Dora", "Eva"))
    importacao, _outra = (
        insert(connection, "importacoes", origem="versao4", arquivo=f"{letra}.csv", sha256=letra * 64) for letra in "ab"
    )
    return Livros(dono, recepcao, inativo, ana, bia, dora, importacao)


def fill_mes(connection: Connection, livros: Livros, primeiro: date) -> Mes:
    mes = Mes(primeiro)
    comum = {"data": mes.get_dia(), "forma": "pix"}
    cheio = {"observacoes": "tinta preta", "importacao_id": livros.importacao}
    entrada = {"criado_por": livros.dono, "google_event_id": f"{primeiro}"}
    mes.pagamento = insert(
        connection,
        "pagamentos",
        **comum,
        **cheio,
        **entrada,
        valor_centavos=20_000,
        artista_id=livros.bia,
        cliente_id=livros.dora,
        percentual=4000,
    )
    mes.sem_comissao = insert(
        connection, "pagamentos", **comum, valor_centavos=15_000, artista_id=livros.ana, percentual=0
    )
    de_bia = {"artista_id": livros.bia, "percentual": 3000}
    mes.original, mes.outro = (
        insert(connection, "pagamentos", **comum, **de_bia, valor_centavos=valor, cliente_id=livros.dora)
        for valor in (30_000, 50_000)
    )
    mes.estorno = insert(connection, "pagamentos", **comum, **de_bia, valor_centavos=-1_000, estorno_de=mes.original)
    mes.comissao = insert(
        connection,
        "comissoes",
        **cheio,
        pagamento_id=mes.pagamento,
        mes=primeiro,
        artista_id=livros.bia,
        percentual=4000,
        valor_centavos=8_000,
    )
    for pagamento, valor in ((mes.original, 9_000), (mes.outro, 15_000), (mes.estorno, -300)):
        insert(connection, "comissoes", **de_bia, pagamento_id=pagamento, mes=primeiro, valor_centavos=valor)
    sessao = {"data": mes.get_dia(9), "artista_id": livros.bia, "cliente_id": livros.dora, "valor_centavos": 20_000}
    mes.sessao = insert(
        connection,
        "sessoes",
        **sessao,
        **cheio,
        criado_por=livros.dono,
        google_event_id=f"sessao {primeiro}",
        payment_id=mes.pagamento,
        payment_mes=primeiro,
    )
    mes.sessao_livre = insert(connection, "sessoes", **sessao)
    mes.gasto = insert(
        connection,
        "gastos",
        **comum,
        descricao="agulhas",
        categoria="material",
        valor_centavos=5_000,
        importacao_id=livros.importacao,
        criado_por=livros.dono,
    )
    for dia in (10, 11):
        insert(connection, "gastos", data=mes.get_dia(dia), forma="dinheiro", descricao="café", valor_centavos=3_000)
    mes.acerto = insert(
        connection,
        "acertos",
        **comum,
        artista_id=livros.bia,
        tipo="repasse",
        motivo="pix de sexta",
        valor_centavos=-8_000,
        importacao_id=livros.importacao,
        criado_por=livros.dono,
    )
    recebido = {"pagamento_id": mes.outro, "pago_centavos": 50_000, "valor_centavos": -50_000}
    mes.recebido = insert(connection, "acertos", data=mes.get_dia(), artista_id=livros.bia, tipo="recebido", **recebido)
    insert(connection, "acertos", data=mes.get_dia(), artista_id=livros.ana, tipo="aluguel", valor_centavos=-40_000)
    insert(
        connection,
        "acertos",
        data=mes.get_dia(11),
        artista_id=livros.bia,
        tipo="bonus",
        valor_centavos=500,
        motivo="natal",
    )
    paga = {"payment_id": mes.original, "payment_mes": primeiro}
    insert(connection, "sessoes", **sessao | {"data": mes.get_dia(8)}, **paga)
    for tabela in ("pagamentos", "comissoes", "sessoes", "gastos", "acertos"):
        # The first row comes to lie behind the others: what is sealed in order of id is read in another.
        touch = sql.SQL("update estudio.{} set versao = versao where id = %s").format(sql.Identifier(tabela))
        connection.execute(touch, [mes.get_linha(tabela)])
    return mes


def insert(connection: Connection, tabela: str, /, **valores: Any) -> int:
    """Insert one row of these columns and return its id."""
    statement = sql.SQL("insert into {} ({}) values ({}) returning id").format(
        sql.Identifier(tabela),
        sql.SQL(", ").join(map(sql.Identifier, valores)),
        sql.SQL(", ").join(sql.Placeholder() * len(valores)),
    )
    row = connection.execute(statement, list(valores.values())).fetchone()
    assert row is not None
    return int(row[0])


def call(connection: Connection, query: str, *values: Any) -> Any:
    """The first column of the first row."""
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]


def count(connection: Connection, mes: date) -> dict[str, Any]:
    """PostgreSQL's own count of a month: por_dia, totais, conteudo_sha256."""
    counted = call(connection, "select to_jsonb(c) from estudio.contar_competencia(%s) c", mes)
    assert isinstance(counted, dict)
    return counted


def close(
    connection: Connection, mes: date, *, autor: int | None = None, run: uuid.UUID | None = None, hoje: date = HOJE
) -> dict[str, Any]:
    """Close a month as a closing does: lock, count, call. Returns the extrato, committed when in autocommit."""
    with connection.transaction():
        connection.execute("select estudio.travar_competencia(%s)", [mes])
        counted = count(connection, mes)
        extrato = call(
            connection,
            "select to_jsonb(e) from estudio.fechar_competencia(%s, %s, %s, %s, %s, null) e",
            mes,
            hoje,
            run or uuid.uuid4(),
            autor,
            Jsonb({k: counted[k] for k in ("por_dia", "totais")}),
        )
    assert isinstance(extrato, dict)
    return extrato


def reopen(connection: Connection, mes: date, *, autor: int | None = None) -> None:
    """Open a closed month again; on an autocommit connection it is committed."""
    call(connection, "select estudio.reabrir_competencia(%s, %s, %s, %s)", mes, uuid.uuid4(), autor, MOTIVO)


class Camera:
    """Sees every row of every table of the schema: what must be the same after a refused attack."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        parts = [
            sql.SQL(
                "select {}::text, md5(string_agg(md5(t::text), '' order by md5(t::text))) from estudio.{} t"
            ).format(sql.Literal(tabela), sql.Identifier(tabela))
            for (tabela,) in connection.execute(_TABELAS)
        ]
        self._foto = sql.SQL(" union all ").join(parts)

    def photograph(self) -> dict[str, str]:
        """One digest per table."""
        return dict(self._connection.execute(self._foto).fetchall())


_TABELAS: Final = """
    select relname from pg_class where relnamespace = 'estudio'::regnamespace and relkind = 'r' order by relname"""
