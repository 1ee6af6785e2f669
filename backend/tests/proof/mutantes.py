"""What holds the guard together, weakened in turn: one change of the migration's text, or one right more, each.

A mutant that no proof notices is a hole: in the schema, or in the proofs. The transitions and the count are in
mutantes_transicoes.py.
"""

import re
from collections.abc import Iterator
from typing import Final

from guards.ataques_valores import CHECKS
from guards.catalogo import LIVROS, PERMANENTES
from guards.fabrica import Mutante, read_migration, weaken_check

TABELAS, AUDITORIA, GUARDA, TRANSICOES, DIREITOS = (
    *("00_tabelas", "10_auditoria", "20_guarda", "50_transicoes", "60_direitos"),
)

_PARTILHADA: Final = (
    "perform pg_advisory_xact_lock_shared(7, (extract(year from m) * 12 + extract(month from m))::int);"
)
_LINHA: Final = "where mes = m for share;\n        if e is distinct from 'aberta' then"
_ORDEM: Final = "unnest(meses) x where x is not null order by 1 loop"
_ENSURE: Final = "security definer set search_path = estudio, pg_catalog, pg_temp set lock_timeout = '5s'"
_DOIS: Final = "array(select mes from antes union select mes from depois)"
_DOIS_DE_SESSAO: Final = "array(select payment_mes from antes union select payment_mes from depois)"
_PASSOS: Final = "('fechada', 'selada')) then"

# Of the migration that brought the hours, and of the one that made the guards of UPDATE anew.
AGENDA: Final = "0003/00_agenda"
ACERTOS: Final = "0012/00_acertos"
ELIMINACAO: Final = "0009/20_guarda"
CITACOES: Final = "0014/40_citacoes"

_DE_ELIMINADO: Final = "\n            and de_eliminado(tabela, antes))"
_DECIDIDA: Final = (
    "\n                and exists (select from citacoes x where x.tabela = de_onde"
    " and x.registro_id = (antes ->> 'id')::bigint"
    "\n                            and x.decisao = 'apagada'))"
)
_NOTAS: Final = (
    "(values (a.mes), (d.mes)) x(m)\n            where not so_apaga_nota(tg_table_name, to_jsonb(a), to_jsonb(d))"
)
_NOTAS_DE_SESSAO: Final = _NOTAS.replace(".mes", ".payment_mes")

# Name: what stands in 20_guarda, and what instead of it.
_GUARDA: Final[dict[str, tuple[str, str]]] = {
    "o guarda não toma a trava do mês": (_PARTILHADA, ""),
    "o guarda toma o mês só para si": (_PARTILHADA, _PARTILHADA.replace("_shared", "")),
    "o guarda não tranca a linha do mês": (_LINHA, _LINHA.replace(" for share", "")),
    "o guarda só tranca a chave do mês": (_LINHA, _LINHA.replace("for share", "for key share")),
    "o guarda é um predicado": (_LINHA, "where mes = m and estado <> 'aberta' for share;\n        if found then"),
    "vazia não é fechada": (_LINHA, _LINHA.replace("is distinct from 'aberta'", "in ('fechada', 'selada')")),
    "fechada não é fechada": (_LINHA, _LINHA.replace("is distinct from 'aberta'", "in ('vazia', 'selada')")),
    "selada não é fechada": (_LINHA, _LINHA.replace("is distinct from 'aberta'", "in ('fechada', 'vazia')")),
    "os meses em ordem contrária": (_ORDEM, _ORDEM.replace("order by 1", "order by 1 desc")),
    "só o primeiro mês é conferido": (_ORDEM, _ORDEM.replace("order by 1", "order by 1 limit 1")),
    "o guarda espera sem fim": (_ENSURE, _ENSURE.replace(" set lock_timeout = '5s'", "")),
    "o guarda com os direitos de quem escreve": (_ENSURE, _ENSURE.replace("security definer ", "")),
    "o guarda com o caminho de quem escreve": (_ENSURE, "security definer set lock_timeout = '5s'"),
    "insert não confere": ("perform ensure_abertas(array(select distinct mes from depois));", ""),
    "delete não confere": ("perform ensure_abertas(array(select distinct mes from antes));", ""),
    "insert de sessão não confere": ("perform ensure_abertas(array(select distinct payment_mes from depois));", ""),
    "delete de sessão não confere": ("perform ensure_abertas(array(select distinct payment_mes from antes));", ""),
    "truncate passa": (
        "raise exception 'os livros não se esvaziam: %', tg_table_name using errcode = 'P0F02'",
        "return null",
    ),
    "o permanente muda": (
        "raise exception 'registro permanente: %', tg_table_name using errcode = 'P0F02'",
        "return coalesce(new, old)",
    ),
    "um extrato muda de totais": (
        "\n       or (to_jsonb(old) - 'estado') is distinct from (to_jsonb(new) - 'estado')",
        "",
    ),
    "um extrato substituído volta": ("if old.estado <> 'vigente' or new.estado <> 'substituido'\n       or", "if"),
    "selada volta a aberta": (_PASSOS, "('fechada', 'selada'), ('selada', 'aberta')) then"),
    "selada volta a fechada": (_PASSOS, "('fechada', 'selada'), ('selada', 'fechada')) then"),
    "fechada passa a vazia": (_PASSOS, "('fechada', 'selada'), ('fechada', 'vazia')) then"),
    "um mês muda de nome": ("if new.mes <> old.mes or (old.estado", "if (old.estado"),
    "estornos em qualquer isolamento": ("perform exigir_read_committed('estorno');", ""),
    "donos em qualquer isolamento": ("perform exigir_read_committed('mudança de um dono');", ""),
    "isolamento nenhum": ("if current_setting('transaction_isolation') <> 'read committed' then", "if false then"),
    "estornos sem fila": ("where id = original for update;", "where id = original;"),
    "estorno de estorno": ("if pago.estorno_de is not null then", "if false then"),
    "estornos acima do pago": ("if pago.valor_centavos + coalesce(soma, 0) < 0 then", "if false then"),
    "estorno de outro artista": ("if outro is not null then", "if false then"),
    "o original muda sem conferir": ("elsif tg_op = 'UPDATE' and", "elsif false and"),
    "sessão paga muda de pagamento": ("and old.payment_id <> new.payment_id then", "and false then"),
    "donos sem fila": ("perform pg_advisory_xact_lock(9, 0);", ""),
    "o último dono sai": ("if not exists (select from usuarios where papel = 'dono' and ativo) then", "if false then"),
}

# The same of the migration that lets an erased person go.
_ELIMINACAO: Final[dict[str, tuple[str, str]]] = {
    "update confere só de onde sai": (_DOIS, "array(select distinct mes from antes)"),
    "update confere só para onde vai": (_DOIS, "array(select distinct mes from depois)"),
    "update de sessão confere só de onde sai": (_DOIS_DE_SESSAO, "array(select distinct payment_mes from antes)"),
    "update de sessão confere só para onde vai": (_DOIS_DE_SESSAO, "array(select distinct payment_mes from depois)"),
    "quem diz que elimina muda tudo": (_NOTAS, _NOTAS.partition(" where")[0] + " where false"),
    "quem diz que elimina muda sessões": (_NOTAS_DE_SESSAO, _NOTAS_DE_SESSAO.partition(" where")[0] + " where false"),
}

# Name: what stands in CITACOES, and what instead of it.
_CITACOES: Final[dict[str, tuple[str, str]]] = {
    "quem diz que elimina apaga a nota de qualquer um": (_DE_ELIMINADO, ")"),
    "quem diz que elimina troca a nota de qualquer um": (_DECIDIDA, ")"),
}

# Name: what the owner of the tables, or of the database, gives away. Nothing of the cluster's: other tests run on it.
_DIREITOS: Final[dict[str, str]] = {
    **{f"update em {t}": f"grant update on {t} to estudio_app" for t in PERMANENTES},
    **{f"insert em {t}": f"grant insert on {t} to estudio_app" for t in PERMANENTES},
    **{f"delete em {t}": f"grant delete on {t} to estudio_app" for t in PERMANENTES},
    "update em uma coluna de competencias": "grant update (estado) on competencias to estudio_app",
    "truncate em pagamentos": "grant truncate on pagamentos to estudio_app",
    "gatilhos em pagamentos": "grant trigger on pagamentos to estudio_app",
    "referências a pagamentos": "grant references on pagamentos to estudio_app",
    "tudo para todos em selos": "grant all on selos to public",
    "direitos que se passam adiante": "grant insert on gastos to estudio_app with grant option",
    "create no esquema": "grant create on schema estudio to estudio_app",
    "o esquema para todos": "grant usage on schema estudio to public",
    "numeração que se muda": "grant update on sequence pagamentos_id_seq to estudio_app",
    "execute em gravar_fechamento": (
        "grant execute on function gravar_fechamento(date, date, uuid, bigint, jsonb, jsonb) to estudio_app"
    ),
    "execute em gravar_reabertura": "grant execute on function gravar_reabertura(date, uuid, bigint, text) to public",
    "execute em acrescentar_selo": (
        "grant execute on function acrescentar_selo(text, date, integer, text, text, bigint, text, uuid) to public"
    ),
    "execute em ensure_abertas": "grant execute on function ensure_abertas(date[]) to public",
    "todos executam tudo": "grant execute on all functions in schema estudio to public",
}


def list_mutantes_do_guarda() -> list[Mutante]:
    """Guards, triggers, constraints and rights, each under its own name."""
    return [
        *(Mutante(nome, GUARDA, troca) for nome, troca in _GUARDA.items()),
        *(Mutante(nome, ELIMINACAO, troca) for nome, troca in _ELIMINACAO.items()),
        *(Mutante(nome, CITACOES, troca) for nome, troca in _CITACOES.items()),
        *_list_gatilhos(),
        *_list_sono(),
        *_list_restricoes(),
        *(Mutante(f"direito: {nome}", depois=comando) for nome, comando in _DIREITOS.items()),
        Mutante(
            "as funções são de todos",
            TABELAS,
            ("alter default privileges revoke execute on functions from public;", ""),
        ),
        Mutante("direito: tabelas temporárias", no_banco="grant temp on database {} to estudio_app"),
        Mutante("direito: esquemas novos", no_banco="grant create on database {} to estudio_app"),
        _CAMINHO_E_TEMP,
        GUARDA_ANTES,
    ]


def _list_gatilhos() -> Iterator[Mutante]:
    """Each trigger of a guarded table not there."""
    gatilhos = {f"guard_{evento}": LIVROS for evento in ("insert", "update", "delete")}
    gatilhos |= {f"audit_{evento}": LIVROS for evento in ("insert", "update", "delete")}
    for gatilho, tabelas in (gatilhos | _UNICOS).items():
        for tabela in tabelas:
            yield Mutante(f"{tabela} sem {gatilho}", depois=f"drop trigger {gatilho} on {tabela}")


_UNICOS: Final[dict[str, tuple[str, ...]]] = {
    "guard_truncate": LIVROS + PERMANENTES,
    "guard_permanente": PERMANENTES,
    "guard_update ": ("extratos", "competencias"),
    "conferir_fechamento": ("extratos", "competencias"),
    "conferir_estorno_insert": ("pagamentos",),
    "conferir_estorno_update": ("pagamentos",),
    "guard_sessao_paga": ("sessoes",),
    "guard_ultimo_dono": ("usuarios",),
}


def _list_sono() -> Iterator[Mutante]:
    """Each "enable always" taken away: in the loops, and one by one."""
    for arquivo in (AUDITORIA, GUARDA, TRANSICOES):
        text = read_migration(arquivo)
        for linha in re.findall(
            r"^ *(?:alter table|execute '?(?:format\(')?alter table).*enable always.*$", text, re.MULTILINE
        ):
            if text.count(linha) == 1:
                words = re.findall(r"table (\S+) enable always trigger (\w+)", linha)[0]
                yield Mutante(f"dorme em réplica: {words[1]} de {words[0]}", arquivo, (linha, ""))
    for tabela in PERMANENTES:
        if tabela != "competencias":
            yield Mutante(f"dorme em réplica: guard_permanente de {tabela}", depois=(
                f"alter table {tabela} disable trigger guard_permanente;"
                f"alter table {tabela} enable trigger guard_permanente"))  # fmt: skip


def _list_restricoes() -> Iterator[Mutante]:
    """Each CHECK that lets all pass, each key not there, each reference that takes its children along."""
    text = read_migration(TABELAS)
    for nome in CHECKS:
        da_agenda = nome in ("sessoes_hora", "sessoes_duracao")
        arquivo = AUDITORIA if nome.startswith("auditoria") else AGENDA if da_agenda else TABELAS
        if nome.startswith("acertos"):
            arquivo = ACERTOS
        yield Mutante(f"check {nome}", arquivo, weaken_check(read_migration(arquivo), nome))
    for nome in re.findall(
        r"constraint ((?:pagamentos|comissoes|sessoes|gastos)_\w+_fk) references \w+ on delete restrict", text
    ):
        old = re.findall(rf"constraint {nome} references \w+ on delete restrict", text)[0]
        yield Mutante(f"{nome} em cascata", TABELAS, (old, old.replace("restrict", "cascade")))
    segue = "references pagamentos (id, mes)\n        on update cascade on delete cascade"
    yield Mutante("comissões não seguem", TABELAS, (segue, segue.replace("on update cascade ", "")))
    yield Mutante("sessão paga sem mês", TABELAS, ("match full on update cascade", "on update cascade"))
    for nome in _SEM:
        tabela = nome.partition("_")[0]
        yield Mutante(f"sem {nome}", depois=f"alter table {tabela} drop constraint {nome}")
    yield Mutante("dois extratos vigentes", depois="drop index extratos_um_vigente")


_SEM: Final = (
    *("pagamentos_evento_unico", "sessoes_evento_unico", "comissoes_uma_por_artista"),
    *("pagamentos_mes_fk", "gastos_mes_fk", "comissoes_pagamento_fk", "sessoes_pagamento_fk"),
    *("selos_anterior_unico", "selos_selo_unico"),
    *("sessoes_horario_livre", "sessoes_hora_tem_duracao"),
    *("extratos_seq_unico", "extratos_run_unico", "extratos_mes_versao", "extratos_selo_fk", "extratos_mes_fk"),
)

# A temporary table alone does no harm, nor does a path alone: together they open every closed month.
_CAMINHO_E_TEMP: Final = Mutante(
    "o caminho de quem escreve, com tabelas temporárias",
    GUARDA,
    (_ENSURE, "security definer set lock_timeout = '5s'"),
    no_banco="grant temp on database {} to estudio_app",
)

# A row trigger that runs before the others sees a date that is not the last.
GUARDA_ANTES: Final = Mutante(
    "o guarda de insert é de linha, e antes",
    depois="""
        create function guarda_antes() returns trigger language plpgsql security definer
            set search_path = estudio, pg_catalog, pg_temp as
        $$ begin perform ensure_abertas(array[date_trunc('month', new.data)::date]); return new; end $$;
        drop trigger guard_insert on pagamentos;
        create trigger guard_insert before insert on pagamentos for each row execute function guarda_antes();
        alter table pagamentos enable always trigger guard_insert""",
)
