"""Values that no book may hold, in an open month: each constraint of the guarded tables is seen to refuse, by name."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from guards.ataques import EM_USO, Ataque, Passo, build_passo
from guards.ataques_livros import Alvo, build_insert
from guards.catalogo import LIVROS, PERMANENTES, Catalogo
from psycopg import sql

_LONGO: Final = "x" * 20_001
_DATAS: Final = ("infinity", "-infinity", "9999-12-31", "0001-01-01 BC", "1999-12-31", "2100-01-01")

# What breaks each CHECK: every value of the list, in a row that is otherwise right.
CHECKS: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "pagamentos_data": ("data", _DATAS),
    "gastos_data": ("data", _DATAS),
    "sessoes_data": ("data", _DATAS),
    "acertos_data": ("data", _DATAS),
    "acertos_motivo": ("motivo", ("", "x" * 2_001)),
    "pagamentos_valor": ("valor_centavos", (0, -1, 1_000_000_000, 9_223_372_036_854_775_807)),
    "gastos_valor": ("valor_centavos", (0, -1, 1_000_000_000)),
    "sessoes_valor": ("valor_centavos", (-1, 1_000_000_000)),
    "comissoes_valor": ("valor_centavos", (-1_000_000_000, 1_000_000_000)),
    "pagamentos_percentual": ("percentual", (-1, 10_001)),
    "comissoes_percentual": ("percentual", (-1, 0, 10_001)),
    "pagamentos_observacoes": ("observacoes", ("", _LONGO)),
    "comissoes_observacoes": ("observacoes", ("", _LONGO)),
    "sessoes_observacoes": ("observacoes", ("", _LONGO)),
    "gastos_descricao": ("descricao", ("", _LONGO)),
    "pagamentos_evento": ("google_event_id", ("", "x" * 1_025)),
    "sessoes_evento": ("google_event_id", ("", "x" * 1_025)),
    "sessoes_hora": ("hora", ("24:00", "10:00:01")),
    "sessoes_duracao": ("duracao_minutos", (4, 1_441)),
    "sessoes_status": ("status", ("paga", "")),
    "competencias_estado": ("estado", ("outra", "")),
    "competencias_primeiro_dia": ("mes", (date(2100, 1, 2),)),
    "extratos_estado": ("estado", ("outro",)),
    "extratos_versao": ("versao", (0,)),
    "extrato_nomes_tipo": ("tipo", ("outro",)),
    "selos_seq": ("seq", (0,)),
    "selos_tipo": ("tipo", ("outro",)),
    "selos_versao": ("versao", (0,)),
    "selos_conteudo": ("conteudo_sha256", ("A" * 64, "a" * 63)),
    "selos_backup": ("backup_sha256", ("A" * 64,)),
    "selos_em": ("em", ("2025-10-01",)),
    "selos_anterior": ("anterior_sha256", ("x",)),
    "selos_selo": ("selo_sha256", ("x",)),
    "selos_motivo": ("motivo", ("", "x" * 2_001)),
    "auditoria_acao": ("acao", ("",)),
}

# What no integer of centavos takes, and no date: refused before any constraint is asked.
_TEXTOS: Final = (
    ("valor_centavos", "NaN", "22P02"),
    ("valor_centavos", "Infinity", "22P02"),
    ("valor_centavos", "0.001", "22P02"),
    ("valor_centavos", "1e5", "22P02"),
    ("valor_centavos", "1" + "0" * 30, "22003"),
    ("data", "0000-00-00", "22008"),
    ("data", "2025-02-30", "22008"),
    ("data", "amanha", "22007"),
)

# A month is never missing: its row is made once, and guard_permanente keeps it. Keys to it are broken behind its back.
_SEM_MES: Final = date(2097, 5, 1)


def list_valores(alvo: Alvo) -> Iterator[Ataque]:
    """`alvo` is an open month here: only the value is wrong."""
    for tabela in LIVROS:
        linha = alvo.build_linha(tabela)
        for coluna, texto, estado in _TEXTOS:
            if coluna in linha:
                yield Ataque(
                    "valores",
                    f"{tabela}.{coluna} = {texto}",
                    (build_insert(tabela, linha | {coluna: texto}),),
                    frozenset({estado}),
                )
        for cada in alvo.catalogo.colunas[tabela]:
            if cada.obrigatoria and cada.nome in linha:
                yield Ataque(
                    "valores",
                    f"{tabela}.{cada.nome} nula",
                    (build_insert(tabela, linha | {cada.nome: None}),),
                    frozenset({"23502"}),
                )
    yield from _list_checks(alvo)
    yield from _list_referencias(alvo)
    yield from _list_em_uso(alvo)
    yield from _list_unicas(alvo)
    yield from _list_estornos(alvo)
    yield from _list_acertos(alvo)
    yield from _list_atras_do_guarda(alvo.catalogo)


def list_cobertas(ataques: list[Ataque]) -> set[str]:
    """The constraints that the attacks prove."""
    return {a.restricao for a in ataques if a.restricao}


def _list_checks(alvo: Alvo) -> Iterator[Ataque]:
    for nome, (coluna, valores) in CHECKS.items():
        tabela = alvo.catalogo.restricoes.get(nome, nome.partition("_")[0])
        for valor in valores:
            if tabela in LIVROS:
                passo = build_insert(tabela, alvo.build_linha(tabela) | {coluna: valor})
                yield Ataque("valores", f"{nome}: {str(valor)[:30]!r}", (passo,), frozenset({"23514"}), restricao=nome)
            else:
                yield _build_copia(alvo.catalogo, tabela, nome, {coluna: valor}, "23514")
    sem_duracao = build_insert("sessoes", alvo.build_linha("sessoes") | {"hora": "10:00"})
    yield Ataque(
        "valores", "hora sem duração", (sem_duracao,), frozenset({"23514"}), restricao="sessoes_hora_tem_duracao"
    )
    dia = alvo.build_linha("sessoes") | {"google_event_id": None, "status": "agendada"}
    cedo, dentro = dia | {"hora": "10:00", "duracao_minutos": 120}, dia | {"hora": "11:59", "duracao_minutos": 5}
    yield Ataque(
        "valores",
        "duas sessões de um artista ao mesmo tempo",
        (build_insert("sessoes", cedo), build_insert("sessoes", dentro)),
        frozenset({"23P01"}),
        restricao="sessoes_horario_livre",
    )
    negativo = alvo.build_linha("pagamentos") | {"estorno_de": alvo.mes.outro, "valor_centavos": 0}
    yield Ataque(
        "valores",
        "pagamentos_valor: estorno de zero",
        (build_insert("pagamentos", negativo),),
        frozenset({"23514"}),
        restricao="pagamentos_valor",
    )
    yield Ataque(
        "valores",
        "pagamentos_estorno_de_outro",
        (build_passo("update estudio.pagamentos set estorno_de = id where id = %s", alvo.mes.estorno),),
        frozenset({"23514"}),
        restricao="pagamentos_estorno_de_outro",
    )


def _list_referencias(alvo: Alvo) -> Iterator[Ataque]:
    for r in alvo.catalogo.referencias:
        valor: Any = "inexistente" if r.pai in ("formas", "categorias") else 999_999
        if r.pai == "competencias":
            yield _build_mes_ausente(alvo, r.tabela, r.nome)
        elif r.tabela in PERMANENTES:
            yield _build_copia(
                alvo.catalogo, r.tabela, r.nome, _LIVRES.get(r.tabela, {}) | {r.colunas[0]: valor}, "23503"
            )
        else:
            linha = alvo.build_linha(r.tabela)
            if r.nome == "pagamentos_estorno_fk":
                linha["valor_centavos"] = -1
            if r.nome == "acertos_recebido_fk":
                linha |= _RECEBIDO
            passo = build_insert(r.tabela, linha | {r.colunas[0]: valor})
            yield Ataque("valores", r.nome, (passo,), frozenset({"23503"}), restricao=r.nome)


# What an acerto is that points to a pagamento.
_RECEBIDO: Final[dict[str, Any]] = {
    "tipo": "recebido", "forma": None, "motivo": None, "pago_centavos": 1, "valor_centavos": -1,
}  # fmt: skip

# A new parent that one new row alone refers to.
_PAIS: Final[dict[str, dict[str, Any]]] = {
    "clientes": {"nome": "Ivo", "nome_busca": "ivo"},
    "artistas": {"nome": "Ivo", "nome_busca": "ivo"},
    "usuarios": {"nome": "Ivo", "email": "ivo@exemplo.br", "papel": "recepcao"},
    "importacoes": {"origem": "versao4", "arquivo": "c.csv", "sha256": "c" * 64},
    "formas": {"codigo": "vale", "rotulo": "Vale"},
    "categorias": {"codigo": "cursos", "rotulo": "Cursos"},
}


def _list_em_uso(alvo: Alvo) -> Iterator[Ataque]:
    """In an open month no guard helps: a row is never taken along by the parent that it refers to."""
    for r in alvo.catalogo.referencias:
        if r.tabela in LIVROS and r.pai in _PAIS:
            novo = build_passo("(select max({k}) from estudio.{p})", k=r.colunas_do_pai[0], p=r.pai).statement
            if r.pai in ("formas", "categorias"):
                novo = sql.SQL("{}").format(sql.Literal(_PAIS[r.pai]["codigo"]))
            linha = {c: sql.Literal(v) for c, v in alvo.build_linha(r.tabela).items()} | {r.colunas[0]: novo}
            passos = (
                build_insert(r.pai, _PAIS[r.pai]),
                build_passo(
                    "insert into estudio.{t} ({c}) values ({v})",
                    t=r.tabela,
                    c=sql.SQL(", ").join(map(sql.Identifier, linha)),
                    v=sql.SQL(", ").join(linha.values()),
                ),
                build_passo("delete from estudio.{p} where {k} = {n}", p=r.pai, k=r.colunas_do_pai[0], n=novo),
            )
            yield Ataque("valores", f"{r.nome}: pai em uso", passos, EM_USO, papel="dono", restricao=r.nome)


def _list_unicas(alvo: Alvo) -> Iterator[Ataque]:
    repetidas = {
        "pagamentos_evento_unico": ("pagamentos", {"google_event_id": alvo.modelos["pagamentos"]["google_event_id"]}),
        "sessoes_evento_unico": ("sessoes", {"google_event_id": alvo.modelos["sessoes"]["google_event_id"]}),
        "comissoes_uma_por_artista": ("comissoes", {"pagamento_id": alvo.mes.pagamento, "artista_id": alvo.livros.bia}),
    }
    for nome, (tabela, troca) in repetidas.items():
        passo = build_insert(tabela, alvo.build_linha(tabela) | troca)
        yield Ataque("valores", nome, (passo,), frozenset({"23505"}), restricao=nome)
    recebido = _RECEBIDO | {"pagamento_id": alvo.mes.outro, "pago_centavos": 50_000, "valor_centavos": -50_000}
    de_novo = build_insert("acertos", alvo.build_linha("acertos") | {"artista_id": alvo.livros.bia} | recebido)
    unico = "acertos_um_por_pagamento"
    yield Ataque("valores", unico, (de_novo,), frozenset({"23505"}), restricao=unico)
    for tabela in LIVROS:
        columns = sql.SQL(", ").join(map(sql.Identifier, alvo.build_linha(tabela)))
        passo = build_passo(
            "insert into estudio.{t} (id, {c}) overriding system value select {e}, {v}",
            t=tabela,
            c=columns,
            e=sql.Literal(alvo.mes.get_linha(tabela)),
            v=sql.SQL(", ").join(map(sql.Literal, alvo.build_linha(tabela).values())),
        )
        yield Ataque("valores", f"{tabela}_pkey", (passo,), frozenset({"23505"}), restricao=f"{tabela}_pkey")


def _list_estornos(alvo: Alvo) -> Iterator[Ataque]:
    mes = alvo.mes
    linha = alvo.build_linha("pagamentos") | {"artista_id": alvo.livros.bia}
    for nome, troca in {
        "pagamentos_estorno_maximo": {"estorno_de": mes.original, "valor_centavos": -29_001},
        "pagamentos_estorno_de_estorno": {"estorno_de": mes.estorno, "valor_centavos": -1},
        "pagamentos_estorno_artista": {"estorno_de": mes.original, "valor_centavos": -1, "artista_id": alvo.livros.ana},
    }.items():
        yield Ataque(
            "valores", nome, (build_insert("pagamentos", linha | troca),), frozenset({"23514"}), restricao=nome
        )
    yield Ataque(
        "valores",
        "pagamentos_estorno_maximo: o original baixa",
        (build_passo("update estudio.pagamentos set valor_centavos = 999 where id = %s", mes.original),),
        frozenset({"23514"}),
        restricao="pagamentos_estorno_maximo",
    )
    yield Ataque(
        "valores",
        "pagamentos_estorno_artista: o original muda de artista",
        (build_passo("update estudio.pagamentos set artista_id = %s where id = %s", alvo.livros.ana, mes.original),),
        frozenset({"23514"}),
        restricao="pagamentos_estorno_artista",
    )
    # All is well with these, but that a snapshot may be older than the lock.
    for isolamento in ("repeatable read", "serializable"):
        for nome, passo in {
            "estorno": build_insert("pagamentos", linha | {"estorno_de": mes.original, "valor_centavos": -1}),
            "o original sobe": build_passo(
                "update estudio.pagamentos set valor_centavos = valor_centavos + 1 where id = %s", mes.original
            ),
        }.items():
            yield Ataque("valores", f"{nome} em {isolamento}", (passo,), frozenset({"P0F03"}), isolamento=isolamento)


def _list_acertos(alvo: Alvo) -> Iterator[Ataque]:
    """Each kind has its sign, its forma and its reason; a recebido is its pagamento's, to the centavo."""
    sem_dinheiro: dict[str, Any] = {"forma": None, "valor_centavos": 5}
    outro: dict[str, Any] = {"artista_id": alvo.livros.bia, "pagamento_id": alvo.mes.original}
    errados: tuple[tuple[str, dict[str, Any]], ...] = (
        ("acertos_tipo", {"tipo": "outro", **sem_dinheiro}),
        ("acertos_valor", {"valor_centavos": 0}),
        ("acertos_valor", {"valor_centavos": 1}),
        ("acertos_valor", {"valor_centavos": -1_000_000_000}),
        ("acertos_valor", {"tipo": "devolucao", "valor_centavos": -1}),
        ("acertos_valor", {"tipo": "bonus", **sem_dinheiro, "valor_centavos": -1}),
        ("acertos_forma_do_tipo", {"forma": None}),
        ("acertos_forma_do_tipo", {"tipo": "aluguel"}),
        ("acertos_motivo_do_tipo", {"tipo": "bonus", **sem_dinheiro, "motivo": None}),
        ("acertos_motivo_do_tipo", outro | _RECEBIDO | {"motivo": "porque sim"}),
        ("acertos_recebido", {"pagamento_id": alvo.mes.original}),
        ("acertos_recebido", outro | _RECEBIDO | {"valor_centavos": -2}),
        ("acertos_recebido", _RECEBIDO),
    )
    for nome, troca in errados:
        passo = build_insert("acertos", alvo.build_linha("acertos") | troca)
        yield Ataque("valores", f"{nome}: {troca}", (passo,), frozenset({"23514"}), restricao=nome)
    alheios: dict[str, dict[str, Any]] = {
        "de outro valor": {},
        "de outro dia": {"data": alvo.mes.get_dia(11), "pago_centavos": 30_000, "valor_centavos": -30_000},
        "de outro artista": {"artista_id": alvo.livros.ana, "pago_centavos": 30_000, "valor_centavos": -30_000},
    }
    for nome, troca in alheios.items():
        passo = build_insert("acertos", alvo.build_linha("acertos") | outro | _RECEBIDO | troca)
        chave = "acertos_recebido_fk"
        yield Ataque("valores", f"{chave}: {nome}", (passo,), frozenset({"23503"}), restricao=chave)
    solto = build_passo("update estudio.acertos set valor_centavos = -1 where id = %s", alvo.mes.recebido)
    yield Ataque("valores", "recebido que muda sozinho", (solto,), frozenset({"23514"}), restricao="acertos_recebido")


def _list_atras_do_guarda(catalogo: Catalogo) -> Iterator[Ataque]:
    """Keys of what is permanent: with the guard off, the constraint alone still refuses."""
    for nome, tabela, troca in (
        ("competencias_pkey", "competencias", {}),
        ("extratos_mes_versao", "extratos", {"estado": "substituido", "seq": 900, "run_id": "a" * 32}),
        ("extratos_run_unico", "extratos", {"estado": "substituido", "versao": 900, "seq": 900}),
        ("extratos_seq_unico", "extratos", {"estado": "substituido", "versao": 900, "run_id": "a" * 32}),
        ("extratos_um_vigente", "extratos", {"versao": 900, "seq": 900, "run_id": "a" * 32}),
        ("extrato_nomes_pkey", "extrato_nomes", {}),
        ("selos_pkey", "selos", {"anterior_sha256": "a" * 64, "selo_sha256": "a" * 64}),
        ("selos_anterior_unico", "selos", {"seq": 900, "selo_sha256": "a" * 64}),
        ("selos_selo_unico", "selos", {"seq": 900, "anterior_sha256": "a" * 64}),
    ):
        yield _build_copia(catalogo, tabela, nome, troca, "23505")
    for tabela in ("extratos", "auditoria"):
        passo = build_passo(
            "insert into estudio.{t} ({c}) overriding system value select {c} from estudio.{t} order by 1 limit 1",
            t=tabela,
            c=sql.SQL(", ").join(sql.Identifier(c.nome) for c in catalogo.colunas[tabela]),
        )
        # The first index that is asked is the primary key's.
        yield Ataque(
            "valores",
            f"{tabela}_pkey",
            (_desarmar(tabela), passo),
            frozenset({"23505"}),
            papel="super",
            restricao=f"{tabela}_pkey",
        )


def _build_copia(catalogo: Catalogo, tabela: str, nome: str, troca: dict[str, Any], estado: str) -> Ataque:
    """A row of a permanent table copied with something changed, as a superuser with the table's own triggers off."""
    names = [c.nome for c in catalogo.colunas[tabela] if not c.identidade]
    values = [sql.Literal(troca[c]) if c in troca else sql.Identifier(c) for c in names]
    passo = build_passo(
        "insert into estudio.{t} ({c}) select {v} from estudio.{t} order by 1 limit 1",
        t=tabela,
        c=sql.SQL(", ").join(map(sql.Identifier, names)),
        v=sql.SQL(", ").join(values),
    )
    rotulo = f"{nome}: {str(next(iter(troca.values()), ''))[:30]!r}"
    return Ataque("valores", rotulo, (_desarmar(tabela), passo), frozenset({estado}), papel="super", restricao=nome)


def _build_mes_ausente(alvo: Alvo, tabela: str, nome: str) -> Ataque:
    sumir = build_passo("delete from estudio.competencias where mes = %s", _SEM_MES)
    if tabela in LIVROS:
        escrever = build_insert(tabela, alvo.build_linha(tabela) | {"data": _SEM_MES})
    else:
        copia = _build_copia(alvo.catalogo, tabela, nome, {"mes": _SEM_MES, **_LIVRES[tabela]}, "23503")
        escrever = copia.passos[-1]
    passos = (_desarmar("competencias"), sumir, *([_desarmar(tabela)] if tabela in PERMANENTES else []), escrever)
    return Ataque("valores", f"{nome}: mês que não existe", passos, frozenset({"23503"}), papel="super", restricao=nome)


# What else has to differ so that no unique key is met first.
_LIVRES: Final[dict[str, dict[str, Any]]] = {
    "selos": {"seq": 900, "anterior_sha256": "a" * 64, "selo_sha256": "b" * 64},
    "extratos": {"versao": 900, "seq": 2, "run_id": "a" * 32, "estado": "substituido"},
}


def _desarmar(tabela: str) -> Passo:
    return build_passo("alter table estudio.{t} disable trigger user", t=tabela)
