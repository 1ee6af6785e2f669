"""What the catalogue must say: each trigger of the guard, each function, no right more than the app needs."""

from typing import Final

from guards.catalogo import GUARDADAS, LIVROS, Connection, read_catalogo

DONO: Final = "estudio_dono"
APP: Final = "estudio_app"

_INSERT_SELECT: Final = {"INSERT", "SELECT"}
_ESCREVE: Final = {"DELETE", "INSERT", "SELECT", "UPDATE"}
_ENTRA_E_SAI: Final = {"DELETE", "INSERT", "SELECT"}
_MUDA: Final = {"INSERT", "SELECT", "UPDATE"}

# A table that is not here may be read, and nothing else.
_DIREITOS: Final[dict[str, set[str]]] = {
    **dict.fromkeys(LIVROS, _ESCREVE),
    **dict.fromkeys(
        (
            *("clientes", "artistas", "itens"),
            *("idempotencia", "tentativas", "pins", "turnos", "fichas", "rodadas", "alarmes"),
        ),
        _ESCREVE,
    ),
    **dict.fromkeys(("segundos_fatores", "chaves_de_acesso", "provas"), _ESCREVE),
    **dict.fromkeys(
        (
            "usuarios",
            "formas",
            "categorias",
            "backups",
            "execucoes",
            "execucao_passos",
            "avisos",
            "aviso_entregas",
            "lembretes",
            "importacoes",
            "recorrentes",
        ),
        _MUDA,
    ),
    "identidade": {"SELECT", "UPDATE"},
    **dict.fromkeys(
        ("importacao_linhas", "acessos", "convites", "recorrencias", "logotipos", "calendarios", "links"), _ENTRA_E_SAI
    ),
    **dict.fromkeys(("movimentos", "backups_reescritos", "documentos"), _INSERT_SELECT),
    "documentos_falhas": _ESCREVE,
    "demonstrativo_links": _ENTRA_E_SAI,
    **dict.fromkeys(("demonstrativos", "demonstrativo_papeis", "demonstrativo_respostas"), _INSERT_SELECT),
    **dict.fromkeys(("codigos_de_recuperacao", "desafios", "etapas"), _ENTRA_E_SAI),
}

EXECUTA: Final = {
    "calcular_conteudo(date, jsonb, jsonb)",
    "contar_competencia(date)",
    "contar_dias(date)",
    "contar_totais(date)",
    "contexto(text)",
    "decidir_citacao(bigint, text, bigint)",
    "eliminar_de_novo()",
    "eliminar_titular(bigint, text, bigint)",
    "fechar_competencia(date, date, uuid, bigint, jsonb, jsonb)",
    "instante(timestamp with time zone)",
    "meses_com_lancamentos(date, date)",
    "numero_do_mes(date)",
    "prontidao(date, date)",
    "reabrir_competencia(date, uuid, bigint, text)",
    "refechar_competencia(date, date, uuid, bigint, text, jsonb, jsonb)",
    "selar_competencia(date, uuid, bigint, text)",
    "sha256_hex(text)",
    "travar_competencia(date)",
}

# An import numbers its rows ahead: it may take numbers, and not set them.
_NUMERA: Final = [f"{t}_id_seq" for t in (*LIVROS, "clientes", "artistas")]

# These work with their caller's rights: they touch no table, or the row at hand only.
_SEM_DEFINIDOR: Final = {
    "calcular_conteudo",
    "conferir_contagens",
    "contar_versao",
    "contexto",
    "encerrar_acessos",
    "encerrar_calendario",
    "encerrar_calendario_de",
    "encerrar_contas",
    "encerrar_etapas",
    "encerrar_fichas",
    "exigir_read_committed",
    "guard_competencias",
    "guard_contador",
    "guard_documentos",
    "guard_extrato_nomes",
    "guard_extratos",
    "guard_papeis",
    "guard_passo",
    "guard_respostas",
    "guard_sessao_paga",
    "imagem_sem_nomes",
    "imagem_sem_texto",
    "instante",
    "inteiro",
    "nome_eliminado",
    "numero_do_mes",
    "padrao_de",
    "limite_de",
    "padrao_certo",
    "refuse_change",
    "refuse_truncate",
    "seguir_pagamento",
    "sem_nomes",
    "sem_pessoa",
    "sem_segredos",
    "sha256_hex",
    "so_apaga_nota",
    "texto_eliminado",
    "textos_da",
    "textos_livres",
}

# A writer behind a closing that hangs is told so; a count does not trust what the planner knows.
_AJUSTES: Final = {
    "ensure_abertas": {"lock_timeout=5s"},
    "contar_dias": {"enable_nestloop=off"},
    "contar_totais": {"enable_nestloop=off"},
}

# Name, parent, and what happens to the row when the parent's key changes and when the parent goes: a nothing is done,
# r refused at once, c followed, n set to null.
_REFERENCIAS: Final = {
    *(f"{t}_mes_fk competencias a a" for t in ("pagamentos", "gastos", "acertos", "extratos", "selos")),
    *(f"{t}_artista_fk artistas a r" for t in ("pagamentos", "comissoes", "sessoes", "acertos")),
    *(f"{t}_cliente_fk clientes a r" for t in ("pagamentos", "sessoes")),
    *(f"{t}_criado_por_fk usuarios a r" for t in ("pagamentos", "sessoes", "gastos", "acertos")),
    *(f"{t}_importacao_fk importacoes a r" for t in LIVROS),
    *(f"{t}_forma_fk formas a r" for t in ("pagamentos", "gastos", "acertos")),
    "acertos_recebido_fk pagamentos c c",
    "gastos_categoria_fk categorias a r",
    "pagamentos_estorno_fk pagamentos a r",
    "comissoes_pagamento_fk pagamentos c c",
    "sessoes_pagamento_fk pagamentos c n",
    "selos_quem_fk usuarios a r",
    "extratos_fechado_por_fk usuarios a r",
    "extratos_selo_fk selos a r",
    "extrato_nomes_extrato_fk extratos a r",
}

# Their rows have no id: the trail joins before and after by the code.
_SEM_NUMERO: Final = {"formas", "categorias", "identidade"}

# Point to a guarded table without being guarded: they tell of a month and prove nothing about it.
_SO_CONTAM: Final = {"execucoes", "backups", "recorrencias", "documentos_falhas"}


def _list_gatilhos() -> set[str]:
    """Table, name, when, event, level, function, enabled; A means always, under any replica role."""
    found = set()
    for tabela in LIVROS:
        prefix = "guard_sessoes_" if tabela == "sessoes" else "guard_"
        for evento in ("insert", "update", "delete"):
            found.add(f"{tabela} guard_{evento}: after {evento} statement {prefix}{evento} A")
    auditadas = (
        *LIVROS,
        "clientes",
        "artistas",
        "usuarios",
        "itens",
        "formas",
        "categorias",
        "identidade",
        "recorrentes",
    )
    for tabela in auditadas:
        for evento in ("insert", "update", "delete"):
            outra = "_sem_numero" if evento == "update" and tabela in _SEM_NUMERO else ""
            found.add(f"{tabela} audit_{evento}: after {evento} statement auditar_{evento}{outra} A")
    found |= {f"{t} guard_codigo: before update row refuse_change A" for t in ("formas", "categorias")}
    found |= {f"{t} guard_truncate: before truncate statement refuse_truncate A" for t in GUARDADAS}
    permanentes = ("selos", "titulares_eliminados", "backups_reescritos")
    found |= {f"{t} guard_permanente: before delete update row refuse_change A" for t in permanentes}
    found |= {f"{t} audit_insert: after insert statement auditar_insert A" for t in permanentes[1:]}
    return found | {
        "auditoria guard_permanente: before delete update row guard_auditoria A",
        "documentos conferir_documento: before insert row conferir_documento A",
        "documentos guard_permanente: before delete update row guard_documentos A",
        "documentos guard_truncate: before truncate statement refuse_truncate A",
        "documentos audit_insert: after insert statement auditar_documentos A",
        "documentos audit_delete: after delete statement auditar_documentos A",
        "demonstrativo_papeis guard_permanente: before delete update row guard_papeis A",
        "demonstrativo_papeis guard_truncate: before truncate statement refuse_truncate A",
        *(f"demonstrativo_papeis audit_{e}: after {e} statement auditar_papeis A" for e in ("insert", "delete")),
        "extrato_nomes apagar_papeis: after update row apagar_papeis A",
        "extrato_nomes guard_permanente: before delete update row guard_extrato_nomes A",
        "extratos guard_permanente: before delete row refuse_change A",
        *(f"{t} guard_truncate: before truncate statement refuse_truncate A" for t in permanentes[1:]),
        "clientes guard_eliminados: before update row guard_eliminados A",
        "competencias guard_permanente: before delete insert row refuse_change A",
        "extratos guard_update: before update row guard_extratos A",
        "competencias guard_update: before update row guard_competencias A",
        "competencias conferir_fechamento: after update row conferir_fechamento A deferred",
        "extratos conferir_fechamento: after insert update row conferir_fechamento A deferred",
        "pagamentos conferir_estorno_insert: after insert row conferir_estorno A",
        "pagamentos conferir_estorno_update: after update row conferir_estorno A",
        "acertos seguir_pagamento: before update row seguir_pagamento A",
        "sessoes guard_sessao_paga: before update row guard_sessao_paga A",
        "usuarios guard_ultimo_dono: after delete update row guard_ultimo_dono A",
        "usuarios encerrar_acessos: after update row encerrar_acessos A",
        "acessos audit_insert: after insert statement auditar_insert A",
        "acessos audit_delete: after delete statement auditar_delete A",
        "recorrencias audit_insert: after insert statement auditar_insert A",
        "recorrencias audit_delete: after delete statement auditar_delete A",
        "calendarios audit_insert: after insert statement auditar_insert A",
        "calendarios audit_delete: after delete statement auditar_delete A",
        "artistas encerrar_calendario: after update row encerrar_calendario A",
        "usuarios encerrar_contas: after update row encerrar_contas A",
        "links audit_insert: after insert statement auditar_insert A",
        "links audit_delete: after delete statement auditar_delete A",
        *(f"pins audit_{e}: after {e} statement auditar_{e} A" for e in ("insert", "update", "delete")),
        "usuarios encerrar_calendario_de: after update row encerrar_calendario_de A",
        "usuarios encerrar_etapas: after update row encerrar_etapas A",
        "segundos_fatores guard_passo: before update row guard_passo A",
        "chaves_de_acesso guard_contador: before update row guard_contador A",
        *(
            f"{t} audit_{evento}: after {evento} statement auditar_{evento} A"
            for t in ("segundos_fatores", "codigos_de_recuperacao", "chaves_de_acesso")
            for evento in ("insert", "delete")
        ),
        "demonstrativos conferir_demonstrativo: before insert row conferir_demonstrativo A",
        "demonstrativos guard_permanente: before delete update row refuse_change A",
        "demonstrativo_respostas guard_permanente: before delete update row guard_respostas A",
        "demonstrativo_respostas conferir_resposta: before insert row conferir_resposta A",
        *(
            f"{t} {gatilho} A"
            for t in ("demonstrativos", "demonstrativo_respostas")
            for gatilho in (
                "guard_truncate: before truncate statement refuse_truncate",
                "audit_insert: after insert statement auditar_demonstrativo",
            )
        ),
        *(f"demonstrativo_links audit_{e}: after {e} statement auditar_{e} A" for e in ("insert", "delete")),
        "titulares_eliminados tirar_nomes: after insert statement tirar_nomes A",
        "fichas audit_insert: after insert statement auditar_insert A",
        "fichas audit_delete: after delete statement auditar_delete A",
        "fichas fichas_fixas: before update row refuse_change A",
        "usuarios encerrar_fichas: after update row encerrar_fichas A",
        *(
            f"{t} contar_versao: before update row contar_versao O"
            for t in (*LIVROS, "clientes", "artistas", "usuarios", "itens", "recorrentes", "identidade")
        ),
    }


def list_excessos(connection: Connection) -> list[str]:
    """Everything in which the catalogue differs from what was meant; empty is well. As a superuser."""
    return [
        *_compare("gatilho", _list_gatilhos(), {r[0] for r in connection.execute(_GATILHOS)}),
        *_check_funcoes(connection),
        *_check_tabelas(connection),
        *_compare("referência", _REFERENCIAS, {r[0] for r in connection.execute(_CHAVES, [list(GUARDADAS)])}),
        *(f"{APP}: {r[0]}" for r in connection.execute(_PAPEL, {"app": APP, "dono": DONO, "numera": _NUMERA})),
        *(
            f"fora do guarda: {r[0]}"
            for r in connection.execute(_SEM_GUARDA, [list(GUARDADAS)])
            if r[0] not in _SO_CONTAM
        ),
    ]


def _check_funcoes(connection: Connection) -> list[str]:
    falhas = []
    funcoes = read_catalogo(connection).funcoes
    falhas += _compare("executa", EXECUTA, {f.assinatura for f in funcoes if f.app_executa})
    falhas += _compare(
        "definidor", {f.nome for f in funcoes} - _SEM_DEFINIDOR, {f.nome for f in funcoes if f.definidor}
    )
    for funcao in funcoes:
        paths = [a.removeprefix("search_path=").split(", ") for a in funcao.ajustes if a.startswith("search_path=")]
        # A body that was parsed when it was made looks nothing up; this one alone sets no path.
        if (not paths or paths[0][-1] != "pg_temp" or "public" in paths[0]) and funcao.nome != "sem_segredos":
            falhas.append(f"caminho de {funcao.assinatura}: {funcao.ajustes}")
        other = {a for a in funcao.ajustes if not a.startswith("search_path=")}
        if other != _AJUSTES.get(funcao.nome, set()):
            falhas.append(f"ajustes de {funcao.assinatura}: {sorted(other)}")
        if funcao.dono != DONO:
            falhas.append(f"dono de {funcao.assinatura}: {funcao.dono}")
    return falhas


def _check_tabelas(connection: Connection) -> list[str]:
    falhas = []
    for tabela, dono, direitos, colunas in connection.execute(_DE_TABELAS, {"app": APP}):
        if dono != DONO:
            falhas.append(f"dono de {tabela}: {dono}")
        if set(direitos) != _DIREITOS.get(tabela, {"SELECT"}):
            falhas.append(f"direitos em {tabela}: {sorted(direitos)}")
        if colunas:
            falhas.append(f"direitos em colunas de {tabela}: {colunas}")
    return falhas


def _compare(what: str, meant: set[str], found: set[str]) -> list[str]:
    return [f"{what} falta: {x}" for x in sorted(meant - found)] + [
        f"{what} a mais: {x}" for x in sorted(found - meant)
    ]


_GATILHOS: Final = """
    select format('%s %s: %s %s %s %s %s%s', c.relname, t.tgname,
                  case when t.tgtype & 2 <> 0 then 'before' else 'after' end,
                  concat_ws(' ', case when t.tgtype & 8 <> 0 then 'delete' end,
                            case when t.tgtype & 4 <> 0 then 'insert' end,
                            case when t.tgtype & 32 <> 0 then 'truncate' end,
                            case when t.tgtype & 16 <> 0 then 'update' end),
                  case when t.tgtype & 1 <> 0 then 'row' else 'statement' end, p.proname, t.tgenabled,
                  case when t.tginitdeferred then ' deferred' else '' end)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
    where c.relnamespace = 'estudio'::regnamespace and not t.tgisinternal"""

_DE_TABELAS: Final = """
    select c.relname::text, c.relowner::regrole::text,
           array(select p from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
                                      || case when current_setting('server_version_num')::int >= 170000
                                              then array['MAINTAIN'] else '{}' end) p
                 where has_table_privilege(%(app)s, c.oid, p)),
           (select string_agg(a.attname, ', ') from pg_attribute a where a.attrelid = c.oid and a.attacl is not null)
    from pg_class c where c.relnamespace = 'estudio'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')"""

_CHAVES: Final = """
    select format('%%s %%s %%s %%s', k.conname, p.relname, k.confupdtype, k.confdeltype)
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = 'estudio'::regnamespace and c.relname = any (%s)"""

# One line for everything that the app's role has and must not have.
_PAPEL: Final = """
    select 'é superusuário, cria papéis ou bancos, replica ou passa por cima das regras de linha' from pg_roles
    where rolname = %(app)s and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
    union all select 'faz parte de ' || roleid::regrole::text from pg_auth_members where member = %(app)s::regrole
    union all select 'é dono de ' || pg_describe_object(classid, objid, objsubid) from pg_shdepend
              where refobjid = %(app)s::regrole and deptype = 'o'
                and dbid in (0, (select oid from pg_database where datname = current_database()))
    union all select 'cria tabelas temporárias' where has_database_privilege(%(app)s, current_database(), 'TEMP')
    union all select 'cria esquemas' where has_database_privilege(%(app)s, current_database(), 'CREATE')
    union all select 'cria em ' || nspname from pg_namespace where has_schema_privilege(%(app)s, oid, 'CREATE')
    union all select 'muda session_replication_role'
              where has_parameter_privilege(%(app)s, 'session_replication_role', 'SET')
    union all select 'muda a sequência ' || sequencename from pg_sequences where schemaname = 'estudio'
              and has_sequence_privilege(%(app)s, format('%%I.%%I', schemaname, sequencename), 'UPDATE')
    union all select 'usa a sequência ' || sequencename from pg_sequences where schemaname = 'estudio'
              and sequencename <> all (%(numera)s)
              and has_sequence_privilege(%(app)s, format('%%I.%%I', schemaname, sequencename), 'USAGE')
    union all select 'todos podem algo em ' || relname from pg_class, lateral aclexplode(relacl) a
              where relnamespace = 'estudio'::regnamespace and a.grantee = 0
    union all select 'passa adiante direitos em ' || relname from pg_class, lateral aclexplode(relacl) a
              where relnamespace = 'estudio'::regnamespace and a.grantee = %(app)s::regrole and a.is_grantable
    union all select 'todos usam o esquema' where exists (
        select from pg_namespace n, lateral aclexplode(n.nspacl) a where n.nspname = 'estudio' and a.grantee = 0)
    union all select 'o dono das tabelas entra no banco' from pg_roles
              where rolname = %(dono)s and (rolcanlogin or rolsuper)"""

# A table that points to a guarded one, or has a month of its own, and whose TRUNCATE nobody refuses.
_SEM_GUARDA: Final = """
    select distinct c.relname::text from pg_constraint k join pg_class c on c.oid = k.conrelid
    join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = 'estudio'::regnamespace and p.relname = any (%s)
      and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'guard_truncate')"""
