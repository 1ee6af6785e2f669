"""Attacks through the functions that the app may call, told lies; and calls of those that it may not."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from guards.ataques import SEM_DIREITO, SEM_EFEITO, Ataque, Passo, build_passo
from guards.catalogo import Catalogo
from guards.direitos import EXECUTA
from guards.palco import (
    ABERTA,
    FECHADA,
    HOJE,
    MOTIVO,
    SEGUINTE,
    SELADA,
    VAZIA,
    Connection,
    Livros,
    call,
    count,
    fill_mes,
    insert,
)
from psycopg import sql
from psycopg.types.json import Jsonb

FUTURO: Final = date(2090, 1, 1)

RECUSA: Final = {
    "isolamento": frozenset({"P0F03"}),
    "ja_escreveu": frozenset({"P0F04"}),
    "nao_dono": frozenset({"P0F06"}),
    "estado": frozenset({"P0F07"}),
    "nao_pronto": frozenset({"P0F08"}),
    "contagem": frozenset({"P0F09"}),
    "posteriores": frozenset({"P0F11"}),
    "motivo": frozenset({"P0F14"}),
    "nulo": frozenset({"23502"}),
}


def fill_meses_dificeis(connection: Connection, livros: Livros) -> None:
    """November is not ready for more than one reason, and there is a payment in a month to come."""
    mes = livros.meses[SEGUINTE]
    comum = {"data": mes.get_dia(20), "forma": "pix", "artista_id": livros.bia, "valor_centavos": 7_000}
    insert(connection, "pagamentos", **comum)
    insert(connection, "pagamentos", **comum, percentual=3000)
    errado = insert(connection, "pagamentos", **comum, percentual=3000)
    partes = {"artista_id": livros.bia, "percentual": 3000, "valor_centavos": 999_999_999}
    insert(connection, "comissoes", pagamento_id=errado, mes=SEGUINTE, **partes)
    livros.meses[FUTURO] = fill_mes(connection, livros, FUTURO)


def list_mentiras(connection: Connection, livros: Livros) -> Iterator[Ataque]:
    """Closings, reopenings and sealings that must not be: each with one lie, and everything else as it should be."""
    certo = count(connection, ABERTA)
    repetida = call(connection, "select run_id from estudio.extratos where mes = %s", FECHADA)
    argumentos = {
        "m": ABERTA,
        "hoje": HOJE,
        "run": uuid.uuid4(),
        "autor": livros.dono,
        "esperado": _expect(certo),
        "backup": None,
    }
    for nome, mentira, recusas, detalhe in _list_argumentos(connection, livros, certo, repetida):
        passo = build_fechar(argumentos | mentira)
        yield Ataque("mentiras ao fechar", nome, (passo,), recusas, detalhe=detalhe)
    fechar = build_fechar(argumentos)
    escrita = build_passo("update estudio.pagamentos set versao = versao where id = %s", livros.meses[ABERTA].pagamento)
    acoes = {
        "fechar": fechar,
        "reabrir": _reabrir(FECHADA, livros.dono),
        "selar": _selar(FECHADA, livros.dono),
        "refechar": _refechar(argumentos | {"m": FECHADA, "esperado": _expect(count(connection, FECHADA))}),
    }
    for nome, passo in acoes.items():
        yield Ataque("mentiras ao fechar", f"{nome} depois de escrever", (escrita, passo), RECUSA["ja_escreveu"])
        for isolamento in ("repeatable read", "serializable"):
            yield Ataque(
                "mentiras ao fechar", f"{nome} em {isolamento}", (passo,), RECUSA["isolamento"], isolamento=isolamento
            )
    yield Ataque(
        "mentiras ao fechar",
        "fechar com a conferência antecipada",
        (build_passo("set constraints all immediate"), fechar),
        frozenset({"P0F15"}),
    )
    yield Ataque(
        "mentiras ao fechar", "refechar sem mudança devolve a versão que vale", (acoes["refechar"],), SEM_EFEITO
    )
    yield Ataque("mentiras ao fechar", "fechar e escrever na mesma transação", (fechar, escrita), frozenset({"P0F01"}))
    yield Ataque(
        "mentiras ao fechar",
        "reabrir, escrever e selar",
        (
            acoes["reabrir"],
            build_passo(
                "update estudio.pagamentos set valor_centavos = 1 where id = %s", livros.meses[FECHADA].pagamento
            ),
            acoes["selar"],
        ),
        RECUSA["ja_escreveu"],
    )
    yield from _list_voltas(livros, argumentos)


def _list_argumentos(
    connection: Connection, livros: Livros, certo: dict[str, Any], repetida: uuid.UUID
) -> Iterator[tuple[str, dict[str, Any], frozenset[str], str | None]]:
    for posicao, total in enumerate(certo["totais"]):
        mentira = [*certo["totais"]]
        mentira[posicao] = total + 1 if isinstance(total, int) else [*total, 1]
        yield (
            f"total {posicao} com um centavo a mais",
            {"esperado": _expect(certo, totais=mentira)},
            RECUSA["contagem"],
            None,
        )
    for dia in range(len(certo["por_dia"])):
        menos = certo["por_dia"][:dia] + certo["por_dia"][dia + 1 :]
        yield f"dia {dia} esquecido", {"esperado": _expect(certo, por_dia=menos)}, RECUSA["contagem"], None
    vazio = [0, 0, 0, [], [], [], [], [0, 0, 0, 0]]
    for nome, esperado in {
        "contagem nula": None,
        "contagem json nula": Jsonb(None),
        "contagem vazia": Jsonb({}),
        "contagem que é lista": Jsonb([]),
        "contagem de mês vazio": Jsonb({"totais": vazio, "por_dia": []}),
        "totais nulos": Jsonb({"totais": None}),
        "contagem do mês vizinho": _expect(count(connection, SEGUINTE)),
    }.items():
        yield nome, {"esperado": esperado}, RECUSA["contagem"], None
    for nome, backup in {
        "backup de outro conteúdo": {"conteudo_sha256": "0" * 64},
        "backup sem conteúdo": {"sha256": "0" * 64},
        "backup vazio": {},
        "backup json nulo": None,
        "backup que é texto": "feito",
        "backup do mês vizinho": {"conteudo_sha256": count(connection, FECHADA)["conteudo_sha256"]},
    }.items():
        yield nome, {"backup": Jsonb(backup)}, RECUSA["contagem"], None
    for nome, autor in {
        "recepção": livros.recepcao,
        "dono inativo": livros.dono_inativo,
        "ninguém": 999_999,
        "zero": 0,
    }.items():
        yield f"autor: {nome}", {"autor": autor}, RECUSA["nao_dono"], None
    for mes in (VAZIA, SELADA, FECHADA, date(2025, 10, 2), date(1999, 12, 1), date(2100, 1, 1), None):
        vizinho = {"m": mes, "esperado": _expect(count(connection, mes)) if mes else _expect(certo)}
        yield f"mês {mes}", vizinho, RECUSA["estado"], None
    nao_pronto = {"m": SEGUINTE, "esperado": _expect(count(connection, SEGUINTE))}
    codigos = '["comissao_errada", "comissao_indefinida", "mes_anterior_aberto", "vinculo_quebrado"]'
    yield "mês que não está pronto", nao_pronto, RECUSA["nao_pronto"], codigos
    sem_dados = {"m": date(2025, 12, 1), "esperado": _expect(count(connection, date(2025, 12, 1)))}
    yield "mês sem dados", sem_dados, RECUSA["nao_pronto"], '["mes_anterior_aberto", "sem_dados"]'
    yield "hoje antes do fim do mês", {"hoje": date(2025, 10, 31)}, RECUSA["nao_pronto"], '["mes_nao_terminou"]'
    futuro = {"m": FUTURO, "hoje": date(2090, 2, 1), "esperado": _expect(count(connection, FUTURO))}
    yield "hoje no futuro", futuro, RECUSA["nao_pronto"], '["mes_nao_terminou"]'
    yield "execução repetida", {"run": repetida}, frozenset({"23505"}), None
    yield "sem execução", {"run": None}, RECUSA["nulo"], None


def _list_voltas(livros: Livros, argumentos: dict[str, Any]) -> Iterator[Ataque]:
    for mes, recusas in (
        (VAZIA, "posteriores"),
        (SELADA, "estado"),
        (ABERTA, "estado"),
        (SEGUINTE, "estado"),
        (None, "estado"),
    ):
        detalhe = '["2025-09", "2025-08"]' if mes == VAZIA else None
        yield Ataque(
            "mentiras ao reabrir", f"mês {mes}", (_reabrir(mes, livros.dono),), RECUSA[recusas], detalhe=detalhe
        )
    for nome, razao in {"nulo": None, "vazio": "", "de espaços": " " * 20, "curto": "sim"}.items():
        yield Ataque(
            "mentiras ao reabrir", f"motivo {nome}", (_reabrir(FECHADA, livros.dono, razao),), RECUSA["motivo"]
        )
    for mes in (VAZIA, SELADA, ABERTA, SEGUINTE, None):
        yield Ataque("mentiras ao selar", f"mês {mes}", (_selar(mes, livros.dono),), RECUSA["estado"])
        yield Ataque("mentiras ao forçar", f"mês {mes}", (_refechar(argumentos | {"m": mes}),), RECUSA["estado"])
    for nome, autor in {"recepção": livros.recepcao, "dono inativo": livros.dono_inativo, "ninguém": 999_999}.items():
        yield Ataque("mentiras ao reabrir", f"autor: {nome}", (_reabrir(FECHADA, autor),), RECUSA["nao_dono"])
        yield Ataque("mentiras ao selar", f"autor: {nome}", (_selar(FECHADA, autor),), RECUSA["nao_dono"])
        yield Ataque(
            "mentiras ao forçar",
            f"autor: {nome}",
            (_refechar(argumentos | {"m": FECHADA, "autor": autor}),),
            RECUSA["nao_dono"],
        )


def list_proibidas(catalogo: Catalogo) -> Iterator[Ataque]:
    """Each function that the app was not meant to have, called with nulls of the right types."""
    for funcao in catalogo.funcoes:
        if funcao.assinatura not in EXECUTA:
            nulls = sql.SQL(", ").join(sql.SQL("null::{}").format(_tipo(t)) for t in funcao.argumentos)
            passo = build_passo("select estudio.{f}({a})", f=funcao.nome, a=nulls)
            yield Ataque("funções do dono", funcao.assinatura, (passo,), SEM_DIREITO)


def _tipo(nome: str) -> sql.Composable:
    base, _, lista = nome.partition("[")
    words = {"timestamp with time zone": sql.SQL("timestamptz")}
    parts = (
        sql.SQL(".").join(map(sql.Identifier, base.split(".")))
        if base not in _DO_SERVIDOR
        else sql.SQL("{}").format(
            words.get(base, sql.Identifier({"integer": "int4", "bigint": "int8", "boolean": "bool"}.get(base, base)))
        )
    )
    return parts + sql.SQL("[]") if lista else parts


_DO_SERVIDOR: Final = frozenset(
    {
        "date",
        "text",
        "bigint",
        "integer",
        "jsonb",
        "uuid",
        "boolean",
        "timestamp with time zone",
    }
)


def _expect(counted: dict[str, Any], **outros: Any) -> Jsonb:
    return Jsonb({"totais": counted["totais"], "por_dia": counted["por_dia"]} | outros)


def build_fechar(a: dict[str, Any]) -> Passo:
    return build_passo(
        "select estudio.fechar_competencia(%s, %s, %s, %s, %s, %s)",
        a["m"],
        a["hoje"],
        a["run"],
        a["autor"],
        a["esperado"],
        a["backup"],
    )


def _refechar(a: dict[str, Any]) -> Passo:
    return build_passo(
        "select estudio.refechar_competencia(%s, %s, %s, %s, %s, %s, %s)",
        a["m"],
        a["hoje"],
        a["run"],
        a["autor"],
        MOTIVO,
        a["esperado"],
        a["backup"],
    )


def _reabrir(mes: date | None, autor: int, razao: str | None = MOTIVO) -> Passo:
    return build_passo("select estudio.reabrir_competencia(%s, %s, %s, %s)", mes, uuid.uuid4(), autor, razao)


def _selar(mes: date | None, autor: int) -> Passo:
    return build_passo("select estudio.selar_competencia(%s, %s, %s, %s)", mes, uuid.uuid4(), autor, MOTIVO)
