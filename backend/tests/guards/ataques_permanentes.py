"""Attacks on what is written once, and on the guard itself: state by hand, roles, triggers, paths, settings."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, LiteralString

from guards.ataques import FECHADO, PERMANENTE, SEM_DIREITO, SEM_EFEITO, Ataque, Passo, build_passo
from guards.ataques_livros import Alvo, build_insert, build_valor
from guards.catalogo import GUARDADAS, LIVROS, PERMANENTES, Catalogo
from guards.palco import FECHADA, SELADA, VAZIA
from psycopg import sql


def list_ataques_permanentes(catalogo: Catalogo) -> Iterator[Ataque]:
    """Every way of writing into the tables that only the owner's functions write, as the app's role."""
    for tabela in PERMANENTES:
        nomes = [c.nome for c in catalogo.colunas[tabela] if not c.identidade]
        columns = sql.SQL(", ").join(map(sql.Identifier, nomes))
        first = nomes[0]
        mudar = build_passo("update estudio.{t} set {c} = {c}", t=tabela, c=first).statement
        apagar = build_passo("delete from estudio.{t}", t=tabela).statement
        copiar = build_passo("insert into estudio.{t} ({c}) select {c} from estudio.{t}", t=tabela, c=columns).statement
        passos: dict[str, tuple[Passo, ...]] = {
            "insert": (Passo(copiar),),
            "insert que nada insere": (build_passo("{i} where false", i=copiar),),
            "on conflict": (build_passo("{i} on conflict do nothing", i=copiar),),
            "delete": (Passo(apagar),),
            "delete que nada apaga": (build_passo("{d} where false", d=apagar),),
            "merge": (
                build_passo("merge into estudio.{t} x using (select 1) n on true when matched then delete", t=tabela),
            ),
            "merge que muda": (
                build_passo(
                    "merge into estudio.{t} x using (select 1) n on true when matched then update set {c} = x.{c}",
                    t=tabela,
                    c=first,
                ),
            ),
            "copy": (replace(build_passo("copy estudio.{t} ({c}) from stdin", t=tabela, c=columns), copia=""),),
            "cte": (build_passo("with x as ({d} returning 1) select count(*) from x", d=apagar),),
            "bloco do": (build_passo("do {b}", b=sql.Literal(sql.SQL("begin {}; end").format(mudar).as_string())),),
            "prepare": (build_passo("prepare ataque as {u}", u=mudar), build_passo("execute ataque")),
            "for update": (build_passo("select from estudio.{t} for update", t=tabela),),
            "for no key update": (build_passo("select from estudio.{t} for no key update", t=tabela),),
            "for share": (build_passo("select from estudio.{t} for share", t=tabela),),
            "for key share": (build_passo("select from estudio.{t} for key share", t=tabela),),
            "lock table": (build_passo("lock table estudio.{t} in share row exclusive mode", t=tabela),),
            "truncate": (build_passo("truncate estudio.{t}", t=tabela),),
            "truncate cascade": (build_passo("truncate estudio.{t} restart identity cascade", t=tabela),),
            "grant a si mesmo": (build_passo("grant all on estudio.{t} to estudio_app", t=tabela), Passo(mudar)),
        }
        for nome, cada in passos.items():
            yield Ataque("tabelas permanentes", f"{tabela}: {nome}", cada, SEM_DIREITO)
        for coluna in catalogo.colunas[tabela]:
            valor = sql.SQL("default") if coluna.identidade else sql.Identifier(coluna.nome)
            mudar_coluna = build_passo("update estudio.{t} set {c} = {v}", t=tabela, c=coluna.nome, v=valor)
            yield Ataque("tabelas permanentes", f"{tabela}.{coluna.nome}: update", (mudar_coluna,), SEM_DIREITO)
        for referencia in catalogo.referencias:
            if referencia.tabela == tabela:
                key = referencia.colunas_do_pai[0]
                apagar_pai = build_passo(
                    "delete from estudio.{p} where {k} in (select {c} from estudio.{t})",
                    p=referencia.pai,
                    k=key,
                    c=referencia.colunas[0],
                    t=tabela,
                )
                yield Ataque("cascata", f"{referencia.nome}: pai apagado", (apagar_pai,), SEM_DIREITO)
    for mes, estado in (
        (FECHADA, "aberta"),
        (FECHADA, "vazia"),
        (FECHADA, "selada"),
        (SELADA, "aberta"),
        (SELADA, "fechada"),
        (VAZIA, "aberta"),
    ):
        passo = build_passo("update estudio.competencias set estado = %s where mes = %s", estado, mes)
        yield Ataque("estado à mão", f"{mes:%Y-%m} para {estado}", (passo,), SEM_DIREITO)


# What is done first, so that the write that follows might pass. These are refused themselves …
_SEM_DIREITO: Final[dict[str, LiteralString]] = {
    "tabela temporária competencias": "create temp table competencias (mes date, estado text default 'aberta')",
    "tabela temporária do alvo": "create temp table {t} (like estudio.{t})",
    "visão temporária": "create temp view competencias as select mes, 'aberta' as estado from estudio.competencias",
    "função temporária": "create function pg_temp.ensure_abertas(date[]) returns void language sql as 'select'",
    "tabela temporária por select into": "select * into temp competencias from estudio.competencias",
    "sequência temporária": "create temp sequence competencias",
    "esquema novo": "create schema truque",
    "tabela no esquema": "create table estudio.truque ()",
    "tabela em public": "create table public.competencias ()",
    "tabela filha": "create table estudio.filha () inherits (estudio.{t})",
    "função trocada": "create or replace function estudio.ensure_abertas(date[]) returns void language sql as ''",
    "função com o mesmo nome": "create function estudio.ensure_abertas(text[]) returns void language sql as ''",
    "função apagada": "drop function estudio.ensure_abertas(date[]) cascade",
    "função com outro caminho": "alter function estudio.ensure_abertas(date[]) set search_path = pg_temp",
    "função sem definidor": "alter function estudio.ensure_abertas(date[]) security invoker",
    "visão no esquema": "create view estudio.truque as select * from estudio.{t}",
    "regra": "create rule truque as on update to estudio.competencias do instead nothing",
    "política": "create policy truque on estudio.competencias",
    "segurança por linha": "alter table estudio.competencias enable row level security",
    "gatilho novo": "create trigger zz before insert on estudio.{t} execute function estudio.refuse_change()",
    "gatilho de evento": "create event trigger zz on ddl_command_start execute function estudio.refuse_change()",
    "gatilho desligado": "alter table estudio.{t} disable trigger guard_insert",
    "gatilhos todos desligados": "alter table estudio.{t} disable trigger all",
    "gatilhos de usuário desligados": "alter table estudio.{t} disable trigger user",
    "gatilho só de réplica": "alter table estudio.{t} enable replica trigger guard_insert",
    "gatilho apagado": "drop trigger guard_insert on estudio.{t}",
    "gatilho com outro nome": "alter trigger guard_insert on estudio.{t} rename to a",
    "tabela com outro nome": "alter table estudio.{t} rename to a",
    "tabela de outro dono": "alter table estudio.{t} owner to estudio_app",
    "tabela em outro esquema": "alter table estudio.competencias set schema public",
    "restrição apagada": "alter table estudio.{t} drop constraint {pk} cascade",
    "coluna nova": "alter table estudio.{t} add column truque integer",
    "tabela apagada": "drop table estudio.{t} cascade",
    "esquema apagado": "drop schema estudio cascade",
    "índice novo": "create index truque on estudio.{t} (id)",
    "estatística nova": "create statistics estudio.truque on id, valor_centavos from estudio.{t}",
    "papel de réplica": "set local session_replication_role = replica",
    "papel de réplica por set_config": "select set_config('session_replication_role', 'replica', true)",
    "set role do dono": "set local role estudio_dono",
    "set role de quem escreve tudo": "set local role pg_write_all_data",
    "outra autorização": "set session authorization estudio_dono",
    "papel superusuário": "alter role estudio_app superuser",
    "papel que replica": "alter role estudio_app replication",
    "papel com réplica por padrão": "alter role estudio_app set session_replication_role = replica",
    "dono dado a si mesmo": "grant estudio_dono to estudio_app",
    "papel novo": "create role truque superuser",
    "direitos padrão do dono": "alter default privileges for role estudio_dono grant all on tables to public",
    "tudo do dono para si": "reassign owned by estudio_dono to estudio_app",
    "tudo do dono apagado": "drop owned by estudio_dono cascade",
    "catálogo: gatilhos": "update pg_catalog.pg_trigger set tgenabled = 'D'",
    "catálogo: funções": "delete from pg_catalog.pg_proc where proname = 'ensure_abertas'",
    "catálogo: papéis": "update pg_catalog.pg_authid set rolsuper = true",
    "competência trancada antes": "lock table estudio.competencias in access exclusive mode",
    "linha da competência trancada": "select from estudio.competencias for update",
    "publicação": "create publication truque for table estudio.{t}",
    "leitura de arquivo": "select pg_read_file('PG_VERSION')",
    "ajuste do banco": "do $b$ begin execute format('alter database %I reset all', current_database()); end $b$",
    "numeração para trás": "select setval({seq}, 1)",
    "execução direta do guarda": "select estudio.ensure_abertas(array[]::date[])",
}

# … these pass, and the write is refused …
_INUTEIS: Final[dict[str, LiteralString]] = {
    "search_path pg_temp, public": "set local search_path = pg_temp, public",
    "search_path pg_temp, estudio": "set local search_path = pg_temp, estudio, pg_catalog",
    "search_path vazio": "set local search_path = ''",
    "adiar restrições": "set constraints all deferred",
    "restrições imediatas": "set constraints all immediate",
    "ajuste estudio.quem": "set local estudio.quem = '1'",
    "ajuste estudio.papel": "select set_config('estudio.papel', 'dono', true)",
    "ajuste estudio.origem": "select set_config('estudio.origem', 'restauracao', true)",
    "espera curta": "set local lock_timeout = '1ms'",
    "commit sem disco": "set local synchronous_commit = off",
    "sem segurança por linha": "set local row_security = off",
    "outro fuso e outra data": "set local timezone = 'Pacific/Kiritimati'",
    "datas ao contrário": "set local datestyle = 'German, DMY'",
    "planos estranhos": "set local plan_cache_mode = force_generic_plan",
    "sem índices": "set local enable_indexscan = off",
    "travas soltas antes": "select pg_advisory_unlock_all()",
    "trava do mês já sua": "select pg_advisory_xact_lock(7, estudio.numero_do_mes({m}))",
}

# … and these are refused for another reason, or for one or another.
_OUTRAS: Final[dict[str, tuple[LiteralString, frozenset[str]]]] = {
    "transação preparada": ("prepare transaction 'truque'", frozenset({"55000"})),
    "extensão": ("create extension dblink", SEM_DIREITO | {"0A000", "58P01"}),
    "biblioteca": ("load 'auto_explain'", SEM_DIREITO | {"58P01"}),
    "ajuste do sistema": ("alter system set session_replication_role = replica", SEM_DIREITO | {"25001"}),
}


def list_disfarces(alvo: Alvo) -> Iterator[Ataque]:
    """A write into a closed month, each time behind something that might blind its guard."""
    for tabela in LIVROS:
        recusa = alvo.get_recusa_de_insert(tabela)
        escrever = build_insert(tabela, alvo.build_linha(tabela))
        disfarces = {
            **{nome: (antes, SEM_DIREITO) for nome, antes in _SEM_DIREITO.items()},
            **{nome: (antes, recusa) for nome, antes in _INUTEIS.items()},
            **_OUTRAS,
        }
        nomes: dict[str, sql.Composable] = {
            "t": sql.Identifier(tabela),
            "pk": sql.Identifier(f"{tabela}_pkey"),
            "seq": sql.Literal(f"estudio.{tabela}_id_seq"),
            "m": sql.Literal(alvo.mes.primeiro),
        }
        for nome, (antes, recusas) in disfarces.items():
            yield Ataque("disfarces", f"{tabela} {alvo.nome}: {nome}", (build_passo(antes, **nomes), escrever), recusas)
        de_volta = (build_passo("savepoint a"), escrever, build_passo("rollback to a"), escrever)
        yield Ataque("disfarces", f"{tabela} {alvo.nome}: depois de um rollback to", de_volta, recusa)


def list_ataques_por_tras(alvo: Alvo) -> Iterator[Ataque]:
    """As the owner of the tables, and as a superuser in replica mode: what still holds when rights do not."""
    replica = build_passo("set local session_replication_role = replica")
    for tabela in LIVROS:
        escrever = build_insert(tabela, alvo.build_linha(tabela))
        passos = {"insert": escrever}
        if not alvo.e_vazio:
            linha = alvo.mes.get_linha(tabela)
            coluna = next(c for c in alvo.catalogo.colunas[tabela] if c.nome == "valor_centavos")
            valor = build_valor(alvo.catalogo, tabela, coluna)
            passos["update"] = build_passo(
                "update estudio.{t} x set valor_centavos = {v} where id = %s", linha, t=tabela, v=valor
            )
            passos["delete"] = build_passo("delete from estudio.{t} where id = %s", linha, t=tabela)
        for nome, passo in passos.items():
            recusas = alvo.get_recusa_de_insert(tabela) if nome == "insert" else FECHADO
            yield Ataque("por trás", f"dono, {tabela} {alvo.nome}: {nome}", (passo,), recusas, papel="dono")
            yield Ataque("por trás", f"réplica, {tabela} {alvo.nome}: {nome}", (replica, passo), FECHADO, papel="super")


def list_gatilhos_hostis(alvo: Alvo) -> Iterator[Ataque]:
    """A trigger that runs after all others of its kind changes the date: the guard sees where the row really goes."""
    for tabela in ("pagamentos", "gastos"):
        criar = build_passo(_HOSTIL, f=f"zz_{tabela}", mes=sql.Literal(alvo.mes.get_dia(20)))
        armar = build_passo(
            "create trigger zz before insert or update on estudio.{t} for each row execute function estudio.{f}()",
            t=tabela,
            f=f"zz_{tabela}",
        )
        mudar = build_passo(
            "update estudio.{t} set versao = versao where id = %s", alvo.aberto.get_linha(tabela), t=tabela
        )
        for nome, passo in {
            "insert": build_insert(tabela, alvo.build_linha(tabela, alvo.aberto) | _LIVRE.get(tabela, {})),
            "update": mudar,
        }.items():
            rotulo = f"gatilho que muda a data, {tabela} {alvo.nome}: {nome}"
            yield Ataque("por trás", rotulo, (criar, armar, passo), FECHADO, papel="super")


_LIVRE: Final[dict[str, dict[str, None]]] = {"pagamentos": {"google_event_id": None}}
_HOSTIL: Final = """
    create function estudio.{f}() returns trigger language plpgsql as $$
    begin
        new.data := {mes};
        return new;
    end
    $$"""


def list_pessoas_por_tras(alvo: Alvo) -> Iterator[Ataque]:
    """What holds in open months too: a sessão is paid once, and some dono stays. `alvo` is an open month."""
    replica = build_passo("set local session_replication_role = replica")
    mes = alvo.mes
    entregar = build_passo("update estudio.sessoes set payment_id = %s where id = %s", mes.sem_comissao, mes.sessao)
    sair = build_passo("update estudio.usuarios set ativo = false where papel = 'dono'")
    for nome, passo, recusa in (("sessão paga de novo", entregar, "P0F12"), ("o último dono sai", sair, "P0F13")):
        yield Ataque("por trás", f"app: {nome}", (passo,), frozenset({recusa}))
        yield Ataque("por trás", f"réplica: {nome}", (replica, passo), frozenset({recusa}), papel="super")
    # Somebody else is dono by then, as this transaction sees it.
    outro = build_passo("insert into estudio.usuarios (nome, email, papel) values ('Gil', 'gil@exemplo.br', 'dono')")
    rebaixar = build_passo("update estudio.usuarios set ativo = false where id = %s", alvo.livros.dono)
    for isolamento in ("repeatable read", "serializable"):
        yield Ataque(
            "por trás", f"app: um dono sai em {isolamento}", (outro, rebaixar), frozenset({"P0F03"}),
            isolamento=isolamento,
        )  # fmt: skip


def list_permanentes_por_tras() -> Iterator[Ataque]:
    """What the owner's own hand may not do to the sealed, with the rights to do it."""
    replica = build_passo("set local session_replication_role = replica")
    passos = [(f"truncate {t}", build_passo("truncate estudio.{t} cascade", t=t)) for t in GUARDADAS]
    for tabela in ("selos", "auditoria", "extratos", "extrato_nomes", "competencias"):
        passos.append((f"delete {tabela}", build_passo("delete from estudio.{t}", t=tabela)))
    for tabela in ("selos", "auditoria", "extratos"):
        passos.append(
            (
                f"update {tabela}",
                build_passo("update estudio.{t} set motivo = 'outro'", t=tabela)
                if tabela != "extratos"
                else build_passo("update estudio.extratos set totais = '[]'"),
            )
        )
    passos += [
        (
            "extrato substituído e mudado",
            build_passo("update estudio.extratos set estado = 'substituido', totais = '[]' where mes = %s", FECHADA),
        ),
        ("extrato volta a vigente", build_passo("update estudio.extratos set estado = 'vigente'")),
        ("insert competencias", build_passo("insert into estudio.competencias (mes) values ('2100-01-01')")),
        (
            "mês com outro nome",
            build_passo("update estudio.competencias set mes = '2100-01-01' where mes = '2099-12-01'"),
        ),
        (
            "mês com outro nome e outro estado",
            build_passo(
                "update estudio.competencias set mes = '2100-01-01', estado = 'vazia' where mes = '2099-12-01'"
            ),
        ),
        ("selada para aberta", build_passo("update estudio.competencias set estado = 'aberta' where mes = %s", SELADA)),
        (
            "selada para fechada",
            build_passo("update estudio.competencias set estado = 'fechada' where mes = %s", SELADA),
        ),
        ("fechada para vazia", build_passo("update estudio.competencias set estado = 'vazia' where mes = %s", FECHADA)),
        (
            "aberta para selada",
            build_passo("update estudio.competencias set estado = 'selada' where mes = '2025-10-01'"),
        ),
    ]
    for nome, passo in passos:
        yield Ataque("por trás", f"dono: {nome}", (passo,), PERMANENTE, papel="dono")
        yield Ataque("por trás", f"réplica: {nome}", (replica, passo), PERMANENTE, papel="super")
    diferidos = [
        (
            "fechada para aberta",
            build_passo("update estudio.competencias set estado = 'aberta' where mes = %s", FECHADA),
        ),
        (
            "aberta para fechada",
            build_passo("update estudio.competencias set estado = 'fechada' where mes = '2025-10-01'"),
        ),
        ("vazia para aberta", build_passo("update estudio.competencias set estado = 'aberta' where mes = %s", VAZIA)),
        (
            "extrato substituído",
            build_passo("update estudio.extratos set estado = 'substituido' where mes = %s", FECHADA),
        ),
        ("extrato de mês aberto", build_passo(_EXTRATO_NOVO, "2025-10-01", "vigente")),
    ]
    for nome, passo in diferidos:
        yield Ataque("por trás", f"dono, no commit: {nome}", (passo,), frozenset({"P0F15"}), papel="dono")
        yield Ataque("por trás", f"réplica, no commit: {nome}", (replica, passo), frozenset({"P0F15"}), papel="super")
    segundo = build_passo("update estudio.extratos set estado = 'substituido' where mes = %s", FECHADA)
    for nome, total, conteudo, selado in (
        *((f"com o total {posicao} que não soma", posicao, 0, 0) for posicao in range(3)),
        ("de outro conteúdo, e o elo também", -1, 1, 1),
        ("de outro conteúdo", -1, 1, 0),
        ("de outro elo", -1, 0, 1),
        ("por um igual", -1, 0, 0),
    ):
        passos_da_troca = (
            segundo,
            build_passo(_ELO_FALSO, FECHADA, total, selado),
            build_passo(_EXTRATO_FALSO, FECHADA, total, conteudo),
        )
        if nome == "por um igual":
            desfeito = (build_passo("set constraints all immediate"), build_passo("rollback"))
            yield Ataque(
                "por trás", f"dono: extrato trocado {nome}", passos_da_troca + desfeito, SEM_EFEITO, papel="dono"
            )
        else:
            rotulo = f"dono, no commit: extrato trocado {nome}"
            yield Ataque("por trás", rotulo, passos_da_troca, frozenset({"P0F15"}), papel="dono")
    yield Ataque(
        "por trás",
        "dono: auditoria que nada muda",
        (build_passo("update estudio.auditoria set motivo = 'x' where false"),),
        SEM_EFEITO,
        papel="dono",
    )


_EXTRATO_NOVO: Final = """
    with elo as (select seq, conteudo_sha256 from estudio.selos where tipo = 'selagem')
    insert into estudio.extratos (mes, versao, por_dia, totais, conteudo_sha256, seq, fechado_em, run_id, estado)
    select %s::date, 1, '[]', '[0, 0, 0]', conteudo_sha256, seq, now(), gen_random_uuid(), %s from elo"""

# The extrato that stands and its link, made anew by hand: each of the lies is found, and without one it passes.
_ELO_FALSO: Final = """
    insert into estudio.selos (seq, tipo, mes, versao, conteudo_sha256, em, anterior_sha256, selo_sha256, run_id)
    select (select max(seq) + 1 from estudio.selos), 'fechamento', x.mes, x.versao + 1,
           case n.mentira when 1 then repeat('a', 64) else estudio.calcular_conteudo(x.mes, x.por_dia, f.totais) end,
           '2026-11-24T00:00:00.000000Z', repeat('b', 64), repeat('c', 64), gen_random_uuid()
    from estudio.extratos x join (values (%s::date, %s::integer, %s::integer)) n (mes, total, mentira) on n.mes = x.mes
    cross join lateral (
        select case when n.total < 0 then x.totais else jsonb_set(
            x.totais, array[n.total::text], to_jsonb((x.totais ->> n.total)::bigint + 1)) end as totais) f"""
_EXTRATO_FALSO: Final = """
    insert into estudio.extratos (mes, versao, por_dia, totais, conteudo_sha256, seq, fechado_em, run_id)
    select x.mes, x.versao + 1, x.por_dia, f.totais,
           case n.mentira when 1 then repeat('a', 64) else estudio.calcular_conteudo(x.mes, x.por_dia, f.totais) end,
           (select max(seq) from estudio.selos), now(), gen_random_uuid()
    from estudio.extratos x join (values (%s::date, %s::integer, %s::integer)) n (mes, total, mentira) on n.mes = x.mes
    cross join lateral (
        select case when n.total < 0 then x.totais else jsonb_set(
            x.totais, array[n.total::text], to_jsonb((x.totais ->> n.total)::bigint + 1)) end as totais) f"""
