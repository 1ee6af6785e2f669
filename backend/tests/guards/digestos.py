"""Each sealed field changed in turn, behind the guard: what the count must see, and what a verification must name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from guards.ataques import Passo, build_passo
from guards.ataques_livros import Alvo, build_alvo, build_valor
from guards.catalogo import LIVROS, read_catalogo
from guards.palco import ABERTA, SELADA, Connection, Enderecos, call, count, fill_livros
from psycopg import sql

from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem
from estudio.services.cadeia_service import count_in_python

SELADOS: Final[dict[str, tuple[str, ...]]] = {
    "pagamentos": (*("id", "data", "valor_centavos", "forma", "artista_id", "cliente_id", "percentual", "estorno_de"),),
    "comissoes": ("id", "pagamento_id", "artista_id", "percentual", "valor_centavos"),
    "sessoes": ("id", "payment_id", "payment_mes", "data", "artista_id", "cliente_id", "valor_centavos"),
    "gastos": ("id", "data", "valor_centavos", "forma", "categoria"),
    "acertos": ("id", "data", "artista_id", "tipo", "valor_centavos", "forma", "pagamento_id"),
}
"""The fields of each canonical line. The month follows from the day; a sessão without payment is of no month."""

TIPOS: Final = {
    "pagamentos": "pagamento",
    "comissoes": "comissao",
    "sessoes": "sessao",
    "gastos": "gasto",
    "acertos": "acerto",
}


@dataclass(frozen=True, slots=True)
class Mudanca:
    """One change of one row. `selada`: whether the seal must notice."""

    nome: str
    tipo: str
    selada: bool
    passos: tuple[Passo, ...]


def list_mudancas(alvo: Alvo) -> Iterator[Mudanca]:
    """Every column of the books that can be written, sealed or not; a row less and a row more of each kind."""
    for tabela in LIVROS:
        for coluna in alvo.catalogo.colunas[tabela]:
            if coluna.gerada or (tabela, coluna.nome) == ("comissoes", "mes"):
                continue
            valor = build_valor(alvo.catalogo, tabela, coluna)
            linha = alvo.mes.get_linha(tabela)
            if coluna.nome == "estorno_de":
                linha, valor = alvo.mes.estorno, sql.Literal(alvo.mes.outro)
            if (tabela, coluna.nome) == ("acertos", "pagamento_id"):
                linha = alvo.mes.recebido
                valor = sql.Literal(alvo.mes.original)
            if coluna.nome == "versao":
                # The row's own trigger counts it; with the triggers off it is a number like another.
                valor = sql.SQL("x.versao + 7")
            passo = build_passo(
                "update estudio.{t} x set {c} = {v} where id = %s", linha, t=tabela, c=coluna.nome, v=valor
            )
            selada = coluna.nome in SELADOS[tabela]
            # That key alone would not let a recebido point to a pagamento of another amount.
            sem_chave = build_passo("alter table estudio.acertos drop constraint acertos_recebido_fk")
            passos = (sem_chave, passo) if coluna.nome == "pagamento_id" and tabela == "acertos" else (passo,)
            yield Mudanca(f"{tabela}.{coluna.nome}", TIPOS[tabela], selada, passos)
        apagar = build_passo("delete from estudio.{t} where id = %s", alvo.mes.get_linha(tabela), t=tabela)
        yield Mudanca(f"{tabela}: uma linha a menos", TIPOS[tabela], selada=True, passos=(apagar,))
        columns = sql.SQL(", ").join(map(sql.Identifier, alvo.build_linha(tabela)))
        values = sql.SQL(", ").join(map(sql.Literal, alvo.build_linha(tabela).values()))
        repor = build_passo("insert into estudio.{t} ({c}) values ({v})", t=tabela, c=columns, v=values)
        yield Mudanca(f"{tabela}: uma linha a mais", TIPOS[tabela], selada=True, passos=(repor,))


def apply_mudanca(connection: Connection, mudanca: Mudanca) -> None:
    """In the transaction that is open, as a superuser: the tables' own triggers sleep until it is rolled back."""
    for tabela in LIVROS:
        connection.execute(sql.SQL("alter table estudio.{} disable trigger user").format(sql.Identifier(tabela)))
    for passo in mudanca.passos:
        connection.execute(passo.statement, passo.valores)


def check_digestos(enderecos: Enderecos) -> list[str]:
    """The count sees each sealed field and no other, and Python counts the same: what is not so, by name."""
    livros = fill_livros(enderecos)
    falhas = []
    with enderecos.connect("super") as connection:
        alvo = build_alvo(connection, read_catalogo(connection), livros, SELADA, ABERTA, "selada")
        selado = call(connection, "select conteudo_sha256 from estudio.extratos where mes = %s", SELADA)
        for mes in livros.meses:
            falhas += _compare_counts(connection, "sem mudança", mes)
        if count(connection, SELADA)["conteudo_sha256"] != selado:
            falhas.append("o que se conta não é o que se selou")
        for mudanca in list_mudancas(alvo):
            connection.execute("begin")
            apply_mudanca(connection, mudanca)
            mudou = count(connection, SELADA)["conteudo_sha256"] != selado
            if mudou != mudanca.selada:
                falhas.append(f"{mudanca.nome}: o digesto {'mudou' if mudou else 'não mudou'}")
            falhas += _compare_counts(connection, mudanca.nome, SELADA)
            connection.execute("rollback")
    return falhas


def _compare_counts(connection: Connection, nome: str, mes: date) -> list[str]:
    competencia = Competencia.of(mes)
    with connection.transaction():
        em_python = count_in_python(connection, competencia)
    em_sql = count(connection, mes)
    stored = Contagem.from_stored(competencia, em_sql["por_dia"], em_sql["totais"])
    if (em_python, em_python.conteudo_sha256) != (stored, em_sql["conteudo_sha256"]):
        where = em_python.list_differences(stored)[:1] or (em_python.totais, stored.totais)
        return [f"{mes:%Y-%m} {nome}: Python e PostgreSQL contam outra coisa: {where}"]
    return []
