"""Attacks on the books: every way of writing a row, tried on a month that is closed.

Made from the catalogue for each table of the books: a column or a reference that is new is attacked as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from guards.ataques import EM_USO, FECHADO, PERMANENTE, SEM_DIREITO, SEM_EFEITO, Ataque, Passo, build_passo
from guards.catalogo import LIVROS, Catalogo, Coluna, Referencia
from guards.palco import Connection, Livros, Mes
from psycopg import sql

ELIMINADO: Final = "Este texto foi apagado com os dados do cliente."
"""What a text is made to say that the dono decided to take away whole (migration 0014)."""


@dataclass(frozen=True)
class Alvo:
    """The month that is attacked, and an open one that rows come from and go to."""

    catalogo: Catalogo
    livros: Livros
    modelos: dict[str, dict[str, Any]]
    """A row of each table of the books, as it was read from an open month."""
    mes: Mes
    aberto: Mes
    nome: str

    @property
    def e_vazio(self) -> bool:
        return self.mes.pagamento == 0

    def build_linha(self, tabela: str, mes: Mes | None = None) -> dict[str, Any]:
        """A new row of the table in the month, by column."""
        alvo = mes or self.mes
        linha = {c: self.modelos[tabela][c] for c in self.catalogo.list_escritas(tabela)}
        pagamento = alvo.sem_comissao or self.aberto.sem_comissao
        match tabela:
            case "pagamentos":
                return linha | {"data": alvo.get_dia(), "google_event_id": "ataque"}
            case "comissoes":
                return linha | {"pagamento_id": pagamento, "mes": alvo.primeiro}
            case "sessoes":
                return linha | {"payment_id": pagamento, "payment_mes": alvo.primeiro, "google_event_id": "ataque"}
            case _:
                return linha | {"data": alvo.get_dia()}

    def get_recusa_de_insert(self, tabela: str) -> frozenset[str]:
        """An empty month has no payment that a comissão or a sessão could belong to."""
        return frozenset({"23503"}) if self.e_vazio and tabela in ("comissoes", "sessoes") else FECHADO


def build_alvo(connection: Connection, catalogo: Catalogo, livros: Livros, mes: date, aberto: date, nome: str) -> Alvo:
    modelos = {}
    for tabela in LIVROS:
        cursor = connection.execute(
            sql.SQL("select * from estudio.{} where id = %s").format(sql.Identifier(tabela)),
            [livros.meses[aberto].get_linha(tabela)],
        )
        row = cursor.fetchone()
        assert row is not None
        assert cursor.description is not None
        modelos[tabela] = {column.name: value for column, value in zip(cursor.description, row, strict=True)}
    return Alvo(catalogo, livros, modelos, livros.meses[mes], livros.meses[aberto], nome)


_NADA: Final = sql.SQL("")


def build_insert(tabela: str, linha: dict[str, Any], *, depois: sql.Composable = _NADA) -> Passo:
    return Passo(
        sql.SQL("insert into estudio.{} ({}) values ({}) {}").format(
            sql.Identifier(tabela),
            sql.SQL(", ").join(map(sql.Identifier, linha)),
            sql.SQL(", ").join(map(sql.Literal, linha.values())),
            depois,
        )
    )


def list_ataques(alvo: Alvo) -> Iterator[Ataque]:
    """Every attack on one month that writes rows of the books."""
    for tabela in LIVROS:
        yield from _insert(alvo, tabela)
        yield from _move_in(alvo, tabela)
        if not alvo.e_vazio:
            yield from _update(alvo, tabela)
            yield from _delete(alvo, tabela)
            yield from _move_out(alvo, tabela)
            yield from _merge(alvo, tabela)
            yield from _upsert(alvo, tabela)
            yield from _truncate(tabela, alvo)
    if not alvo.e_vazio:
        for referencia in alvo.catalogo.referencias:
            if referencia.tabela in LIVROS:
                yield from _cascade(alvo, referencia)


def _insert(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    recusas = alvo.get_recusa_de_insert(tabela)
    linha, aberta = alvo.build_linha(tabela), alvo.build_linha(tabela, alvo.aberto)
    plano = build_insert(tabela, linha).statement
    if "google_event_id" in aberta:
        aberta["google_event_id"] = None
    if tabela == "comissoes":
        aberta["artista_id"] = alvo.livros.ana
    two = sql.SQL("({}), ({})").format(*(sql.SQL(", ").join(map(sql.Literal, x.values())) for x in (aberta, linha)))
    columns = sql.SQL(", ").join(map(sql.Identifier, linha))
    select = sql.SQL(", ").join(sql.SQL("{}").format(sql.Literal(v)) for v in linha.values())
    passos = {
        "values": (Passo(plano),),
        "select": (build_passo("insert into estudio.{t} ({c}) select {v}", t=tabela, c=columns, v=select),),
        "duas linhas, uma em mês aberto": (
            build_passo("insert into estudio.{t} ({c}) values {v}", t=tabela, c=columns, v=two),
        ),
        "returning": (build_insert(tabela, linha, depois=sql.SQL("returning id")),),
        "on conflict do nothing": (build_insert(tabela, linha, depois=sql.SQL("on conflict do nothing")),),
        "overriding system value": (
            build_passo(
                "insert into estudio.{t} (id, {c}) overriding system value values (900000, {v})",
                t=tabela,
                c=columns,
                v=select,
            ),
        ),
        "cte que escreve": (build_passo("with x as ({i} returning id) select * from x", i=plano),),
        "prepare": (build_passo("prepare ataque as {i}", i=plano), build_passo("execute ataque")),
        "bloco do": (build_passo("do {b}", b=_build_bloco(plano)),),
        "savepoint": (build_passo("savepoint a"), Passo(plano), build_passo("release a")),
        "copy": (_build_copy(tabela, [linha]),),
        "copy de dois meses": (_build_copy(tabela, [aberta, linha]),),
    }
    for nome, cada in passos.items():
        yield Ataque("insert", f"{tabela} {alvo.nome}: {nome}", cada, recusas)
    for isolamento in ("repeatable read", "serializable"):
        yield Ataque("insert", f"{tabela} {alvo.nome}: {isolamento}", (Passo(plano),), recusas, isolamento=isolamento)
    engole = sql.SQL("begin {}; exception when others then null; end").format(plano)
    bloco = sql.Literal(sql.SQL("begin {}; end").format(engole).as_string())
    yield Ataque("insert", f"{tabela} {alvo.nome}: erro engolido", (build_passo("do {b}", b=bloco),), SEM_EFEITO)
    generated = frozenset({"428C9"})
    for coluna in alvo.catalogo.colunas[tabela]:
        if coluna.gerada:
            escrito = alvo.aberto.primeiro if coluna.tipo == "date" else None
            valor = {coluna.nome: escrito}
            yield Ataque(
                "coluna gerada",
                f"{tabela}.{coluna.nome} {alvo.nome}: insert",
                (build_insert(tabela, linha | valor),),
                generated,
            )
            yield Ataque(
                "coluna gerada",
                f"{tabela}.{coluna.nome} {alvo.nome}: overriding system value",
                (
                    build_passo(
                        "insert into estudio.{t} ({c}, {g}) overriding system value values ({v}, {m})",
                        t=tabela,
                        c=columns,
                        v=select,
                        g=coluna.nome,
                        m=sql.Literal(escrito),
                    ),
                ),
                generated,
            )


def _build_bloco(plano: sql.Composable) -> sql.Literal:
    return sql.Literal(sql.SQL("begin {}; end").format(plano).as_string())


def _build_copy(tabela: str, linhas: list[dict[str, Any]]) -> Passo:
    columns = sql.SQL(", ").join(map(sql.Identifier, linhas[0]))
    text = "".join("\t".join(r"\N" if v is None else str(v) for v in x.values()) + "\n" for x in linhas)
    copy = sql.SQL("copy estudio.{} ({}) from stdin").format(sql.Identifier(tabela), columns)
    return Passo(copy, copia=text)


# What to set a column to, where its type alone does not say.
_VALORES: Final[dict[tuple[str, str], sql.SQL]] = {
    ("pagamentos", "data"): sql.SQL("x.data + 1"),
    ("sessoes", "data"): sql.SQL("x.data + 1"),
    ("gastos", "data"): sql.SQL("x.data + 1"),
    ("acertos", "data"): sql.SQL("x.data + 1"),
    ("acertos", "tipo"): sql.SQL("'vale'"),
    ("acertos", "pagamento_id"): sql.SQL("x.pagamento_id"),
    ("acertos", "pago_centavos"): sql.SQL("x.pago_centavos"),
    ("sessoes", "status"): sql.SQL("'faltou'"),
    ("sessoes", "payment_id"): sql.SQL("null, payment_mes = null"),
    ("sessoes", "payment_mes"): sql.SQL("null, payment_id = null"),
    ("sessoes", "hora"): sql.SQL("'10:00', duracao_minutos = 60"),
    ("sessoes", "duracao_minutos"): sql.SQL("60, hora = '10:00'"),
    ("comissoes", "pagamento_id"): sql.SQL(
        "(select p.id from estudio.pagamentos p where p.mes = x.mes and p.percentual = 0)"
    ),
    ("comissoes", "mes"): sql.SQL("x.mes"),
    ("pagamentos", "estorno_de"): sql.SQL("x.estorno_de"),
}


def build_valor(catalogo: Catalogo, tabela: str, coluna: Coluna) -> sql.Composable:
    """An expression of another value that the column would take, were its month open."""
    if coluna.identidade or coluna.gerada:
        return sql.SQL("default")
    if (tabela, coluna.nome) in _VALORES:
        return _VALORES[tabela, coluna.nome]
    name = sql.Identifier(coluna.nome)
    referencia = catalogo.find_referencia(tabela, coluna.nome)
    if referencia is not None:
        return sql.SQL(
            "(select r.{k} from estudio.{p} r where r.{k} is distinct from x.{c} order by 1 limit 1)"
        ).format(k=sql.Identifier(referencia.colunas_do_pai[0]), p=sql.Identifier(referencia.pai), c=name)
    by_type = {
        "bigint": sql.SQL("x.{} + 1"),
        "integer": sql.SQL("x.{} + 1"),
        "text": sql.SQL("x.{} || 'x'"),
        "timestamp with time zone": sql.SQL("x.{} + interval '1 hour'"),
    }
    return by_type[coluna.tipo].format(name)


def _update(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    linha = alvo.mes.get_linha(tabela)
    for coluna in alvo.catalogo.colunas[tabela]:
        valor = build_valor(alvo.catalogo, tabela, coluna)
        # A sessão would follow its payment's id, and is not handed on (P0F12): that is another attack.
        donos = {("pagamentos", "estorno_de"): alvo.mes.estorno, ("pagamentos", "id"): alvo.mes.sem_comissao}
        alvo_id = donos.get((tabela, coluna.nome), linha)
        yield Ataque(
            "update de cada coluna",
            f"{tabela}.{coluna.nome} {alvo.nome}",
            (
                build_passo(
                    "update estudio.{t} x set {c} = {v} where id = %s", alvo_id, t=tabela, c=coluna.nome, v=valor
                ),
            ),
        )
        if coluna.gerada:
            yield Ataque(
                "coluna gerada",
                f"{tabela}.{coluna.nome} {alvo.nome}: update",
                (
                    build_passo(
                        "update estudio.{t} set {c} = %s where id = %s",
                        alvo.aberto.primeiro if coluna.tipo == "date" else None,
                        linha,
                        t=tabela,
                        c=coluna.nome,
                    ),
                ),
                frozenset({"428C9"}),
            )
    mudar = sql.SQL("update estudio.{} set valor_centavos = valor_centavos + 1 where id = {}").format(
        sql.Identifier(tabela), sql.Literal(linha)
    )
    trancar = build_passo("select from estudio.{t} where id = %s for update", linha, t=tabela)
    elimina = build_passo("select set_config('estudio.eliminando', 'sim', true)")
    if tabela not in ("gastos", "acertos"):
        nota = build_passo("update estudio.{t} set observacoes = null where id = %s", linha, t=tabela)
        yield Ataque("diz que elimina", f"{tabela} {alvo.nome}: nota", (elimina, nota))
        troca = build_passo("update estudio.{t} set observacoes = %s where id = %s", ELIMINADO, linha, t=tabela)
        yield Ataque("diz que elimina", f"{tabela} {alvo.nome}: nota trocada", (elimina, troca))
    passos = {
        "diz que elimina": (elimina, Passo(mudar)),
        "cte": (build_passo("with x as ({u} returning 1) select count(*) from x", u=mudar),),
        "bloco do": (build_passo("do {b}", b=_build_bloco(mudar)),),
        "prepare": (build_passo("prepare ataque as {u}", u=mudar), build_passo("execute ataque")),
        "for update antes": (trancar, Passo(mudar)),
        "tabela trancada antes": (build_passo("lock table estudio.{t}", t=tabela), Passo(mudar)),
        "cursor": (
            build_passo(
                "declare c cursor for select from estudio.{t} where id = {i} for update", t=tabela, i=sql.Literal(linha)
            ),
            build_passo("fetch c"),
            build_passo("update estudio.{t} set valor_centavos = valor_centavos + 1 where current of c", t=tabela),
        ),
        "a tabela inteira": (build_passo("update estudio.{t} set valor_centavos = valor_centavos", t=tabela),),
        "sem mudar nada": (build_passo("update estudio.{t} set versao = versao where id = %s", linha, t=tabela),),
    }
    for nome, cada in passos.items():
        # On an open month the whole table holds rows of closed ones.
        controlado = nome != "a tabela inteira"
        yield Ataque("update", f"{tabela} {alvo.nome}: {nome}", cada, controlado=controlado)
    for isolamento in ("repeatable read", "serializable"):
        yield Ataque("update", f"{tabela} {alvo.nome}: {isolamento}", (Passo(mudar),), isolamento=isolamento)
    yield Ataque("trancar", f"{tabela} {alvo.nome}: só trancar linhas", (trancar,), SEM_EFEITO)


def _delete(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    linha = alvo.mes.get_linha(tabela)
    apagar = sql.SQL("delete from estudio.{} where id = {}").format(sql.Identifier(tabela), sql.Literal(linha))
    columns = sql.SQL(", ").join(map(sql.Identifier, alvo.catalogo.list_escritas(tabela)))
    passos = {
        "delete": (Passo(apagar),),
        "using": (
            build_passo(
                "delete from estudio.{t} x using estudio.competencias m where x.id = %s and m.mes = %s",
                linha,
                alvo.mes.primeiro,
                t=tabela,
            ),
        ),
        "cte": (build_passo("with x as ({d} returning 1) select count(*) from x", d=apagar),),
        "bloco do": (build_passo("do {b}", b=_build_bloco(apagar)),),
        "cursor": (
            build_passo("declare c cursor for select from estudio.{t} where id = {i}", t=tabela, i=sql.Literal(linha)),
            build_passo("fetch c"),
            build_passo("delete from estudio.{t} where current of c", t=tabela),
        ),
    }
    for nome, cada in passos.items():
        yield Ataque("delete", f"{tabela} {alvo.nome}: {nome}", cada)
    # The new row meets the old one's unique keys where it has any: refused either way.
    troca = build_passo(
        "with x as ({d} returning *) insert into estudio.{t} ({c}) select {c} from x", d=apagar, t=tabela, c=columns
    )
    yield Ataque("delete", f"{tabela} {alvo.nome}: apagar e repor", (troca,), FECHADO | {"23505"})


def _move_in(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    yield from _move(alvo, tabela, alvo.aberto, alvo.mes, "para dentro")


def _move_out(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    yield from _move(alvo, tabela, alvo.mes, alvo.aberto, "para fora")


def _move(alvo: Alvo, tabela: str, de: Mes, para: Mes, sentido: str) -> Iterator[Ataque]:
    nome = f"{tabela} {alvo.nome}: {sentido}"
    linha = de.get_linha(tabela)
    if tabela in ("pagamentos", "gastos"):
        mover = build_passo("update estudio.{t} set data = %s where id = %s", para.get_dia(), linha, t=tabela)
        yield Ataque("mover", nome, (mover,))
        yield Ataque(
            "mover",
            f"{nome} e de volta",
            (
                mover,
                build_passo("update estudio.{t} set data = %s where id = %s", de.get_dia(), linha, t=tabela),
            ),
        )
        yield Ataque(
            "mover",
            f"{nome} em merge",
            (
                build_passo(
                    "merge into estudio.{t} x using (select %s::bigint as id) n on x.id = n.id "
                    "when matched then update set data = %s",
                    linha,
                    para.get_dia(),
                    t=tabela,
                ),
            ),
        )
    if tabela == "pagamentos":
        # Its comissões and sessões would follow.
        yield Ataque(
            "mover",
            f"{nome}, sem filhos",
            (build_passo("update estudio.pagamentos set data = %s where id = %s", para.get_dia(), de.sem_comissao),),
        )
    if tabela == "comissoes":
        sem_pai = frozenset({"23503"})
        yield Ataque(
            "mover",
            f"{nome}, o mês sem o pagamento",
            (build_passo("update estudio.comissoes set mes = %s where id = %s", para.primeiro, linha),),
            sem_pai,
        )
        destino = para.sem_comissao or alvo.aberto.sem_comissao
        yield Ataque(
            "mover",
            f"{nome}, para outro pagamento",
            (
                build_passo(
                    "update estudio.comissoes set mes = %s, pagamento_id = %s where id = %s",
                    para.primeiro,
                    destino,
                    linha,
                ),
            ),
            FECHADO if para.sem_comissao else sem_pai,
        )
    if tabela == "sessoes" and de is alvo.mes:
        yield Ataque(
            "mover",
            f"{nome}, para outro pagamento",
            (
                build_passo(
                    "update estudio.sessoes set payment_id = %s, payment_mes = %s where id = %s",
                    para.sem_comissao,
                    para.primeiro,
                    linha,
                ),
            ),
            frozenset({"P0F12"}),
        )
        yield Ataque(
            "mover",
            f"{nome}, só o mês",
            (build_passo("update estudio.sessoes set payment_mes = %s where id = %s", para.primeiro, linha),),
            frozenset({"23503"}),
        )
    if tabela == "sessoes" and de is alvo.aberto and para.pagamento:
        # Paid, and of no month: no guard would be asked and no count would see it.
        sem_mes = build_passo(
            "update estudio.sessoes set payment_id = %s where id = %s", para.sem_comissao, de.sessao_livre
        )
        yield Ataque("mover", f"{nome}, sessão paga sem mês", (sem_mes,), frozenset({"23503"}))
    if tabela == "sessoes" and de is alvo.aberto:
        destino = para.sem_comissao or alvo.aberto.sem_comissao
        yield Ataque(
            "mover",
            f"{nome}, sessão livre paga aqui",
            (
                build_passo(
                    "update estudio.sessoes set payment_id = %s, payment_mes = %s where id = %s",
                    destino,
                    para.primeiro,
                    de.sessao_livre,
                ),
            ),
            FECHADO if para.sem_comissao else frozenset({"23503"}),
        )


def _merge(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    nova = alvo.build_linha(tabela)
    columns = sql.SQL(", ").join(map(sql.Identifier, nova))
    values = sql.SQL(", ").join(map(sql.Literal, nova.values()))
    fontes = {"existente": alvo.mes.get_linha(tabela), "nova": -1}
    acoes = {
        "update": ("existente", sql.SQL("when matched then update set valor_centavos = x.valor_centavos + 1")),
        "delete": ("existente", sql.SQL("when matched then delete")),
        "insert": ("nova", sql.SQL("when not matched then insert ({}) values ({})").format(columns, values)),
        "update e insert": (
            "existente",
            sql.SQL("when matched then update set versao = 1 when not matched then insert ({}) values ({})").format(
                columns, values
            ),
        ),
    }
    for nome, (fonte, acao) in acoes.items():
        passo = build_passo(
            "merge into estudio.{t} x using (select %s::bigint as id) n on x.id = n.id {a}",
            fontes[fonte],
            t=tabela,
            a=acao,
        )
        yield Ataque("merge", f"{tabela} {alvo.nome}: {nome}", (passo,))
    nada = build_passo(
        "merge into estudio.{t} x using (select -1 as id) n on x.id = n.id when matched then delete", t=tabela
    )
    yield Ataque("merge", f"{tabela} {alvo.nome}: que nada encontra", (nada,), SEM_EFEITO)


_CHAVES: Final = {
    "pagamentos": ("google_event_id",),
    "comissoes": ("pagamento_id", "artista_id"),
    "sessoes": ("google_event_id",),
}


def _upsert(alvo: Alvo, tabela: str) -> Iterator[Ataque]:
    linha = alvo.mes.get_linha(tabela)
    columns = sql.SQL(", ").join(map(sql.Identifier, alvo.catalogo.list_escritas(tabela)))
    mudanca = sql.SQL("do update set valor_centavos = excluded.valor_centavos + 1")
    for chave in [("id",), _CHAVES.get(tabela)]:
        if chave is None:
            continue
        key = sql.SQL(", ").join(map(sql.Identifier, chave))
        prefix = sql.SQL("id, ") if chave == ("id",) else sql.SQL("")
        override = sql.SQL("overriding system value") if chave == ("id",) else sql.SQL("")
        for nome, acao, recusas in (("atualiza", mudanca, FECHADO), ("nada", sql.SQL("do nothing"), SEM_EFEITO)):
            passo = build_passo(
                "insert into estudio.{t} ({i}{c}) {o} select {i}{c} from estudio.{t} where id = %s "
                "on conflict ({k}) {a}",
                linha,
                t=tabela,
                i=prefix,
                c=columns,
                o=override,
                k=key,
                a=acao,
            )
            yield Ataque("upsert", f"{tabela} {alvo.nome}: conflito em {'+'.join(chave)}, {nome}", (passo,), recusas)


def _truncate(tabela: str, alvo: Alvo) -> Iterator[Ataque]:
    for nome, passo in {
        "truncate": build_passo("truncate estudio.{t}", t=tabela),
        "cascade": build_passo("truncate estudio.{t} cascade", t=tabela),
        "restart identity": build_passo("truncate only estudio.{t} restart identity cascade", t=tabela),
    }.items():
        yield Ataque("truncate", f"{tabela} {alvo.nome}: {nome}", (passo,), SEM_DIREITO)


def _cascade(alvo: Alvo, referencia: Referencia) -> Iterator[Ataque]:
    """The parent's row deleted, and its key changed: by name of the reference, whatever the parent."""
    linha = alvo.mes.estorno if referencia.colunas == ("estorno_de",) else alvo.mes.get_linha(referencia.tabela)
    if referencia.nome == "acertos_recebido_fk":
        linha = alvo.mes.recebido
    keys = sql.SQL(", ").join(map(sql.Identifier, referencia.colunas_do_pai))
    mine = sql.SQL(", ").join(map(sql.Identifier, referencia.colunas))
    where = sql.SQL("where ({}) = (select {} from estudio.{} where id = {})").format(
        keys, mine, sql.Identifier(referencia.tabela), sql.Literal(linha)
    )
    novo = {
        "formas": sql.SQL("'outra'"),
        "categorias": sql.SQL("'outra'"),
        "competencias": sql.SQL("date '2098-01-01'"),
    }
    if referencia.nome == "pagamentos_estorno_fk":
        apagar, mudar = EM_USO | FECHADO, EM_USO | FECHADO
    elif referencia.pai == "pagamentos":
        apagar, mudar = FECHADO, FECHADO | {"P0F12"}
    else:
        apagar = EM_USO if referencia.pai in ("clientes", "artistas") else SEM_DIREITO
        codigo = referencia.pai in ("formas", "categorias")
        mudar = SEM_DIREITO if referencia.pai == "competencias" else PERMANENTE if codigo else EM_USO
    nome = f"{referencia.nome} {alvo.nome}"
    pai = referencia.pai
    yield Ataque(
        "cascata", f"{nome}: pai apagado", (build_passo("delete from estudio.{p} {w}", p=pai, w=where),), apagar
    )
    yield Ataque(
        "cascata",
        f"{nome}: chave do pai mudada",
        (
            build_passo(
                "update estudio.{p} set {k} = {v} {w}",
                p=pai,
                k=referencia.colunas_do_pai[0],
                w=where,
                v=novo.get(pai, sql.SQL("default")),
            ),
        ),
        mudar,
    )
    yield Ataque(
        "cascata", f"{nome}: pai esvaziado", (build_passo("truncate estudio.{p} cascade", p=pai),), SEM_DIREITO
    )
