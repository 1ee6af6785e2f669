"""What holds a transition and its count together, weakened in turn: locks, assertions, comparisons, sealed fields."""

import re
from collections.abc import Iterator
from typing import Final

from guards.fabrica import Mutante, find_statement, read_migration

TRANSICOES, CONTEUDO = "50_transicoes", "30_contagem"
# What came with acertos made these anew.
CONTAGEM, PRONTIDAO, TRANSICOES_COM_ACERTOS = "0012/30_contagem", "0012/40_prontidao", "0012/50_transicoes"

_DISCO: Final = "perform set_config('synchronous_commit', 'on', true);"
_MES: Final = "    perform pg_advisory_xact_lock(7, numero_do_mes(m));"
_ANTERIOR: Final = "perform pg_advisory_xact_lock(7, numero_do_mes(anterior));"
_DONO: Final = "where id = quem and papel = 'dono' and ativo"
_LINHA: Final = "where mes = m for no key update;"
_ESTADO: Final = "if e is null or e <> all (esperados) then"
_TOTAIS: Final = "if nossas -> 'totais' is distinct from esperado -> 'totais'\n       or"
_POR_DIA: Final = "(esperado -> 'por_dia' is not null and nossas -> 'por_dia' is distinct from esperado -> 'por_dia')"
_BACKUP: Final = "(backup is not null and nossas ->> 'conteudo_sha256' is distinct from backup ->> 'conteudo_sha256')"
_SOMAS: Final = (
    "x.totais -> 0 = somas.s -> 'pagamento'",
    "x.totais -> 1 = somas.s -> 'comissao'",
    "x.totais -> 2 = somas.s -> 'gasto'",
)
_VIGENTE: Final = "if (situacao in ('fechada', 'selada')) <> (vigentes = 1) or not coalesce(certo, true) then"

_AUDITORIA: Final = find_statement(
    read_migration(TRANSICOES), "insert into auditoria (ato, quem, origem, acao, tabela, reg"
)
_AVISO: Final = find_statement(read_migration(TRANSICOES), "insert into avisos")

# Name: what stands in 50_transicoes, and what instead of it.
_TRANSICOES: Final[dict[str, tuple[str, str]]] = {
    "transição em qualquer isolamento": ("perform exigir_read_committed('transição');", ""),
    "transição depois de escrever": ("if pg_current_xact_id_if_assigned() is not null then", "if false then"),
    "transição que não espera o disco": (_DISCO + "\n    if not pg_try", "if not pg_try"),
    "transição que depois não espera o disco": (_DISCO + "\n    select estado", "select estado"),
    "duas transições de uma vez": ("if not pg_try_advisory_xact_lock(6, 0) then", "if false then"),
    "a transição espera pela outra": (
        "if not pg_try_advisory_xact_lock(6, 0) then",
        "perform pg_advisory_xact_lock(6, 0);\n    if false then",
    ),
    "a transição não toma os meses antes": (_ANTERIOR, "null;"),
    "a transição não toma o mês": (_MES, ""),
    "a transição partilha o mês": (_MES, _MES.replace("_lock(", "_lock_shared(")),
    "qualquer um fecha": (f"and not exists (select from usuarios {_DONO}) then", "and false then"),
    "dono inativo fecha": (_DONO, _DONO.replace(" and ativo", "")),
    "quem tem conta fecha": (_DONO, _DONO.replace(" and papel = 'dono'", "")),
    "a linha do mês não é tomada": (_LINHA, "where mes = m;"),
    "a linha do mês é tomada com a chave": (_LINHA, "where mes = m for update;"),
    "qualquer estado serve": (_ESTADO, "if e is null then"),
    "um mês que não existe serve": (_ESTADO, "if e <> all (esperados) then"),
    "selada reabre": ("array['fechada', 'vazia']);", "array['fechada', 'vazia', 'selada']);"),
    "selada sela": (
        "perform exigir_estado(m, array['fechada']);\n    select * into strict",
        "perform exigir_estado(m, array['fechada', 'selada']);\n    select * into strict",
    ),
    "os totais não se comparam": (_TOTAIS, "if"),
    "totais nulos passam": (_TOTAIS, _TOTAIS.replace("is distinct from", "<>")),
    "os dias não se comparam": (_POR_DIA, "false"),
    "o backup não se compara": (_BACKUP, "false"),
    "um backup sem conteúdo passa": (_BACKUP, _BACKUP.replace("is distinct from", "<>")),
    "mês que não terminou": (
        "if (clock_timestamp() at time zone 'UTC' + interval '14 hours')::date < (m + interval '1 month')::date then",
        "if false then",
    ),
    "a prontidão não se repete": ("if impedido is not null then", "if false then"),
    "os meses vazios ficam abertos": ("set estado = 'vazia' where mes < m and", "set estado = 'vazia' where false and"),
    "reabrir sem motivo": ("if coalesce(length(btrim(razao)), 0) < 5 then", "if false then"),
    "um motivo de espaços": ("length(btrim(razao))", "length(razao)"),
    "reabrir debaixo de um fechado": ("    if depois is not null then", "    if false then"),
    "a versão não é substituída": (
        "update extratos set estado = 'substituido' where mes = m and estado = 'vigente' returning * into vigente;",
        "select * into vigente from extratos where mes = m and estado = 'vigente';",
    ),
    "reabrir sem elo": ("elo := acrescentar_selo('reabertura'", "elo := null; perform 1; --"),
    "reabrir mês vazio sem auditoria": ("if vigente.id is null then ", "if vigente.id is null then return; "),
    "forçar sem mudança": ("if vigente.conteudo_sha256 = nossas ->> 'conteudo_sha256' then", "if false then"),
    "transição sem auditoria": (_AUDITORIA, "null;\n"),
    "transição sem aviso": (_AVISO, "null;\n"),
    "nomes de ninguém": ("perform guardar_nomes(feito.id, m, autor);", ""),
    "outra hora": ("to_char(clock_timestamp() at time", "to_char((now() - interval '2 days') at time"),
    "sem começo da cadeia": ("coalesce(anterior.selo_sha256, sha256_hex('estudio/genesis/1'))", "anterior.selo_sha256"),
    "todo elo é o primeiro": ("coalesce(anterior.selo_sha256, sha256", "coalesce(null, sha256"),
    "outro começo da cadeia": ("sha256_hex('estudio/genesis/1')", "sha256_hex('estudio/genesis/2')"),
    **{
        f"o selo sem {campo.strip(' ,')}": (f"{antes}{campo}", antes)
        for antes, campo in (
            ("'selo/1', ", "elo.seq, "), ("elo.seq, ", "elo.tipo, "), ("elo.tipo, ", "to_char(m, 'YYYY-MM'), "),
            ("to_char(m, 'YYYY-MM'), ", "elo.versao,"), ("elo.conteudo_sha256, ", "elo.backup_sha256, "),
            ("elo.backup_sha256, ", "elo.em, "), ("elo.em, ", "elo.quem, "),
        )
    },
    "o selo sem o anterior": ("elo.quem, elo.anterior_sha256)", "elo.quem)"),
    "o selo sem o conteúdo": ("\n        elo.conteudo_sha256, elo.backup", "\n        elo.backup"),
    **{f"o que vale não soma: {i}": (soma, "true") for i, soma in enumerate(_SOMAS)},
    "o que vale tem outro conteúdo": ("and x.conteudo_sha256 = calcular_conteudo(x.mes, x.por_dia, x.totais)", ""),
    "o que vale tem outro elo": ("and x.conteudo_sha256 = (select conteudo_sha256 from selos where seq = x.seq)", ""),
    "fechada sem extrato": (_VIGENTE, "if not coalesce(certo, true) then"),
    "o que vale não se confere": (_VIGENTE, _VIGENTE.replace("not coalesce(certo, true)", "false")),
    "aberta abaixo de fechada": ("a.estado = 'aberta' and a.mes < f.mes)) then", "false)) then"),
}  # fmt: skip

_LINHAS: Final[dict[str, list[str]]] = {
    "acerto": ["id", "data", "artista_id", "tipo", "valor_centavos", "forma", "pagamento_id"],
    "comissao": [
        "c.id",
        "c.pagamento_id",
        "p.data",
        "c.artista_id",
        "c.percentual",
        "c.valor_centavos",
    ],
    "gasto": ["id", "data", "valor_centavos", "forma", "categoria"],
    "pagamento": [
        *("id", "data", "valor_centavos", "forma"),
        *("artista_id", "cliente_id", "percentual", "estorno_de"),
    ],
    "sessao": [
        "s.id",
        "s.payment_id",
        "s.data",
        "s.artista_id",
        "s.cliente_id",
        "s.valor_centavos",
    ],
}


def list_mutantes_das_transicoes() -> list[Mutante]:
    """Transitions, readiness, counts and sealed fields, each under its own name."""
    return [
        *(Mutante(nome, _find_newest(troca[0]), troca) for nome, troca in _TRANSICOES.items()),
        *_list_prontidao(),
        *_list_contagem(),
        *_list_campos(),
    ]


def _find_newest(text: str) -> str:
    """The file whose word about this holds: a function that was made anew stands in the later one."""
    return TRANSICOES_COM_ACERTOS if text in read_migration(TRANSICOES_COM_ACERTOS) else TRANSICOES


# What makes a comissão a wrong one, each condition and each exception: what stands in 40_prontidao, and what instead.
_COMISSOES: Final[dict[str, tuple[str, str]]] = {
    "não bloqueia": ("'comissao_errada', true", "'comissao_errada', false"),
    "estornos acima do pago": ("where d.resta < 0 or exists", "where exists"),
    "qualquer soma": ("(abs(sum(c.valor_centavos)) > abs(p.valor_centavos)\n", "(false\n"),
    "o que sobra no estorno": ("(select id from devolvidos where resta = 0)", "(select 0)"),
    "estornos de qualquer soma": ("or p.estorno_de in (select id from mal_devolvidos)", ""),
    "estornos levam mais que a comissão": ("having sum(c.valor_centavos) < 0 or (d.resta", "having (d.resta"),
    "artistas somados nos estornos": ("group by c.artista_id\n", ""),
    "estorno inteiro com resto": ("and not d.importado and sum(c.valor_centavos) <> 0", "and false"),
    "importado depois do estorno": (" and not d.importado", ""),
    "outra fórmula": ("(c.valor_centavos <> (p.valor_centavos * c.percentual + 5000) / 10000\n", "(false\n"),
    "arredondada para baixo": ("* c.percentual + 5000) / 10000", "* c.percentual) / 10000"),
    "outro percentual": ("and c.percentual <> p.percentual)", "and false)"),
    "de outro artista": ("or not bool_or(c.artista_id = p.artista_id or c.importacao_id is not null)", ""),
    "importada de outro artista": (" or c.importacao_id is not null)", ")"),
    "importada": ("(bool_or(c.importacao_id is null\n", "(bool_or(true\n"),
    "de pagamento importado": (" and p.importacao_id is null\n", "\n"),
    "estorno como pagamento": ("or (p.estorno_de is null and p.importacao_id", "or (p.importacao_id"),
}


def _list_prontidao() -> Iterator[Mutante]:
    """Each reason to wait that blocks no more."""
    for codigo in ("mes_anterior_aberto", "comissao_indefinida", "vinculo_quebrado", "sem_dados", "mes_nao_terminou"):
        yield Mutante(f"não bloqueia: {codigo}", PRONTIDAO, (f"'{codigo}', true", f"'{codigo}', false"))
    for nome, troca in _COMISSOES.items():
        yield Mutante(f"comissão errada: {nome}", PRONTIDAO, troca)


def _list_contagem() -> Iterator[Mutante]:
    for tipo, kind in (
        ("comissao", "comissoes"),
        ("gasto", "gastos"),
        ("pagamento", "pagamentos"),
        ("sessao", "sessoes"),
    ):
        head = f"'{tipo}', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\\n' order by id))"
        yield Mutante(f"linhas de {kind} sem ordem", CONTAGEM, (head, head.replace(" order by id", "")))
        yield Mutante(f"linhas de {kind} em ordem de texto", CONTAGEM, (head, head.replace("by id", "by id::text")))
        yield Mutante(f"linhas de {kind} sem separador", CONTAGEM, (head, head.replace("e'\\n'", "''")))
        yield Mutante(f"{kind} sem soma", CONTAGEM, (head, head.replace("sum(valor)", "0")))
    yield Mutante(
        "o conteúdo sem o mês", CONTEUDO, ("'conteudo/1', to_char(m, 'YYYY-MM'), por_dia", "'conteudo/1', por_dia")
    )
    yield Mutante(
        "o conteúdo sem os dias", CONTEUDO, ("'YYYY-MM'), por_dia, totais)::text", "'YYYY-MM'), totais)::text")
    )
    yield Mutante("o conteúdo sem os totais", CONTEUDO, ("por_dia, totais)::text", "por_dia)::text"))
    for soma in (
        "(select sum(total) from pag), 0)::bigint,",
        "(select sum(total) from com), 0)::bigint,",
        "(select sum(total) from gas), 0)::bigint,",
    ):
        yield Mutante(f"total esquecido: {soma}", CONTAGEM, (soma, "null::bigint, 0)::bigint,"))
    yield Mutante("artistas fora de ordem", CONTAGEM, ("order by artista_id)", "order by artista_id desc)"))
    yield Mutante(
        "sessões não contadas", CONTAGEM, ("(select count(*) from sessoes where payment_mes = m)", "0::bigint")
    )


def _list_campos() -> Iterator[Mutante]:
    """Each field of each canonical line left out: what nobody seals anybody may change."""
    text = read_migration(CONTAGEM)
    for tipo, campos in _LINHAS.items():
        start = text.index(f"json_build_array('{tipo}/1', ")
        line = text[start : text.index(")::text as linha", start)]
        for campo in campos:
            # Its name may also be the end of another's.
            without = re.sub(rf",\s+{re.escape(campo)}(?=,|$)", "", line, count=1)
            assert without != line, campo
            yield Mutante(f"{tipo} selado sem {campo}", CONTAGEM, (line, without))
