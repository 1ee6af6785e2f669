"""Doctor: the schema's own guard. Is what the migrations made still there, and may the program do only what it must?

What should be there is read from the migrations' files themselves, so that nothing has to be listed twice.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import estudio
from estudio import rights, schema
from estudio.services.doctor_laudo import Check, Laudo, ask, aviso, count, falha, ok, show_some

GUARDED: Final = ("pagamentos", "comissoes", "sessoes", "gastos", "acertos")
SEALED: Final = (
    "competencias", "extratos", "selos", "extrato_nomes", "auditoria", "titulares_eliminados", "backups_reescritos",
    "documentos", "demonstrativo_papeis",
)  # fmt: skip
AUDITED: Final = (
    *GUARDED, "clientes", "artistas", "usuarios", "itens", "formas", "categorias", "identidade",
)  # fmt: skip

TRIGGERS: Final = frozenset(
    {(table, f"guard_{event}") for table in GUARDED for event in ("insert", "update", "delete", "truncate")}
    | {(table, "guard_truncate") for table in SEALED}
    | {(table, "guard_permanente") for table in SEALED}
    | {(table, f"audit_{event}") for table in AUDITED for event in ("insert", "update", "delete")}
    | {(table, name) for table in ("extratos", "competencias") for name in ("guard_update", "conferir_fechamento")}
    | {("pagamentos", "conferir_estorno_insert"), ("pagamentos", "conferir_estorno_update")}
    | {("sessoes", "guard_sessao_paga"), ("usuarios", "guard_ultimo_dono"), ("usuarios", "encerrar_acessos")}
    | {("acertos", "seguir_pagamento")}
    | {("recorrentes", f"audit_{event}") for event in ("insert", "update", "delete")}
    | {("recorrencias", "audit_insert"), ("recorrencias", "audit_delete")}
    | {("formas", "guard_codigo"), ("categorias", "guard_codigo")}
    | {("acessos", "audit_insert"), ("acessos", "audit_delete"), ("clientes", "guard_eliminados")}
    | {("titulares_eliminados", "audit_insert"), ("backups_reescritos", "audit_insert")}
    | {(table, f"audit_{event}") for table in ("documentos", "demonstrativo_papeis") for event in ("insert", "delete")}
    | {("extrato_nomes", "apagar_papeis"), ("documentos", "conferir_documento")}
    | {
        (table, trigger)
        for table in ("demonstrativos", "demonstrativo_respostas")
        for trigger in ("audit_insert", "guard_permanente", "guard_truncate")
    }
    | {("demonstrativos", "conferir_demonstrativo"), ("demonstrativo_respostas", "conferir_resposta")}
    | {("demonstrativo_links", "audit_insert"), ("demonstrativo_links", "audit_delete")}
    | {("titulares_eliminados", "tirar_nomes")}
    | {("calendarios", "audit_insert"), ("calendarios", "audit_delete"), ("artistas", "encerrar_calendario")}
    | {("links", "audit_insert"), ("links", "audit_delete"), ("usuarios", "encerrar_contas")}
    | {("pins", f"audit_{event}") for event in ("insert", "update", "delete")}
    | {("usuarios", "encerrar_etapas"), ("segundos_fatores", "guard_passo"), ("chaves_de_acesso", "guard_contador")}
    | {
        (table, f"audit_{event}")
        for table in ("segundos_fatores", "codigos_de_recuperacao", "chaves_de_acesso")
        for event in ("insert", "delete")
    }
    | {("fichas", name) for name in ("audit_insert", "audit_delete", "fichas_fixas")}
    | {("usuarios", "encerrar_fichas"), ("usuarios", "encerrar_calendario_de")}
)
"""Without one of these a closed month could change, or a change would leave no trace."""

WRITES: Final = {
    **dict.fromkeys(GUARDED, "DELETE INSERT UPDATE"),
    **dict.fromkeys(("clientes", "artistas", "itens"), "DELETE INSERT UPDATE"),
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
        "INSERT UPDATE",
    ),
    "identidade": "UPDATE",
    "importacao_linhas": "DELETE INSERT",
    **dict.fromkeys(("movimentos", "backups_reescritos", "documentos"), "INSERT"),
    "documentos_falhas": "DELETE INSERT UPDATE",
    **dict.fromkeys(
        ("idempotencia", "tentativas", "pins", "turnos", "fichas", "rodadas", "alarmes"), "DELETE INSERT UPDATE"
    ),
    **dict.fromkeys(("segundos_fatores", "chaves_de_acesso", "provas"), "DELETE INSERT UPDATE"),
    **dict.fromkeys(("acessos", "convites", "recorrencias", "logotipos", "calendarios", "links"), "DELETE INSERT"),
    **dict.fromkeys(("codigos_de_recuperacao", "desafios", "etapas"), "DELETE INSERT"),
    **dict.fromkeys(("demonstrativos", "demonstrativo_papeis", "demonstrativo_respostas"), "INSERT"),
    "demonstrativo_links": "DELETE INSERT",
}
"""What the program's login may do besides reading; nothing in the tables that are not here."""


def check_migracoes() -> Laudo:
    """The program and the tables are of one age."""
    pending = schema.list_pending()
    if not pending:
        return ok("As tabelas são as desta versão do programa.")
    return falha(
        f"Faltam {count(len(pending), 'migração', 'migrações')} ({show_some(pending)}). Rode `estudio db migrate`."
    )


def check_gatilhos() -> Laudo:
    """Each guard is there, and on in every mode of the server."""
    found = {
        (table, name): state
        for table, name, state in ask(
            """select c.relname, t.tgname, t.tgenabled from pg_trigger t join pg_class c on c.oid = t.tgrelid
               where c.relnamespace = 'estudio'::regnamespace and not t.tgisinternal"""
        )
    }
    gone = [f"{name} em {table}" for table, name in sorted(TRIGGERS - found.keys())]
    asleep = [
        f"{name} em {table}" for table, name in sorted(TRIGGERS & found.keys()) if found[table, name] not in ("A", b"A")
    ]
    if not gone and not asleep:
        return ok(f"Os {len(TRIGGERS)} gatilhos que guardam os livros estão ligados, sempre.")
    what = (f"faltam {show_some(gone)}; " if gone else "") + (f"desligados {show_some(asleep)}; " if asleep else "")
    return falha(
        f"A guarda dos livros está incompleta: {what}um mês fechado poderia mudar. Rode `estudio extrato verify` e "
        "recrie os gatilhos a partir de um banco novo (docs/operacao.md)."
    )


def check_funcoes() -> Laudo:
    """The functions of the owner say what the migrations wrote, run as their owner and look nowhere else for tables."""
    declared = _read_functions()
    found = {
        name: (source, definer, settings)
        for name, source, definer, settings in ask(
            """select p.proname, p.prosrc, p.prosecdef, array_to_string(p.proconfig, ';') from pg_proc p
               where p.pronamespace = 'estudio'::regnamespace and p.proowner = 'estudio_dono'::regrole"""
        )
    }
    gone = sorted(declared.keys() - found.keys())
    changed = sorted(name for name, body in declared.items() if body and name in found and found[name][0] != body)
    loose = sorted(
        name for name, (_, definer, settings) in found.items() if definer and "search_path=" not in (settings or "")
    )
    if not gone and not changed and not loose:
        return ok(f"As {len(declared)} funções do banco são as que a migração escreveu.")
    return falha(
        f"Funções do banco alteradas: {show_some([*gone, *changed, *loose])}. O que elas guardam não vale mais: rode "
        "`estudio extrato verify` e descubra quem tem a senha do dono do banco."
    )


def check_restricoes() -> Laudo:
    """Each named rule of the tables is there and was checked against every row."""
    found = dict(
        ask("""select conname, convalidated from pg_constraint where connamespace = 'estudio'::regnamespace""")
    )
    gone = sorted(_read_constraints() - found.keys())
    unchecked = sorted(name for name, valid in found.items() if not valid)
    if not gone and not unchecked:
        return ok("As regras das tabelas estão todas lá.")
    return falha(
        f"Regras das tabelas que faltam ou não foram conferidas: {show_some([*gone, *unchecked])}. Restaure o último "
        "backup num "
        "banco novo, onde elas existem (docs/operacao.md)."
    )


def check_indices() -> Laudo:
    """An index that failed to build is not used, and a unique one that is gone lets doubles in."""
    found = dict(
        ask(
            """select c.relname, i.indisvalid and i.indisready from pg_index i join pg_class c on c.oid = i.indexrelid
               where c.relnamespace = 'estudio'::regnamespace"""
        )
    )
    broken = sorted(name for name, valid in found.items() if not valid)
    if broken:
        return falha(f"Índices quebrados: {show_some(broken)}. Rode, como dono do banco, REINDEX INDEX em cada um.")
    declared = _read_indexes()
    gone = sorted(name for name in declared if name not in found)
    if any(declared[name] for name in gone):
        return falha(
            f"Faltam índices que impedem repetições: {show_some(gone)}. Recrie-os como a migração os escreveu."
        )
    if gone:
        return aviso(
            f"Faltam índices ({show_some(gone)}): as listas ficam lentas. Recrie-os como a migração os escreveu."
        )
    return ok(f"Os {len(found)} índices estão inteiros.")


def check_papel_do_programa() -> Laudo:
    """The login that the program works with owns nothing and gets around nothing."""
    excesses = rights.list_app_excesses()
    if not excesses:
        return ok("O login do programa não é dono de nada.")
    return falha(
        f"O login de DATABASE_URL pode mais do que deveria: {'; '.join(excesses)}. Retire esses direitos, como dono "
        "do servidor."
    )


def check_direitos() -> Laudo:
    """Table by table: what the program's login may do, no more and no less; a right of everybody counts as its own."""
    more, less = [], []
    for table, has in ask(_PRIVILEGES):
        must = set(WRITES.get(table, "").split()) | {"SELECT"}
        more += [f"{privilege} em {table}" for privilege in sorted(set(has) - must)]
        less += [f"{privilege} em {table}" for privilege in sorted(must - set(has))]
    more += [f"EXECUTE de {name}, que é de todos" for (name,) in ask(_OPEN_FUNCTIONS)]
    if not more and not less:
        return ok("O login do programa tem, em cada tabela, só os direitos de que precisa.")
    what = (f"a mais: {show_some(more)}; " if more else "") + (f"a menos: {show_some(less)}; " if less else "")
    return falha(
        f"Direitos do login do programa fora do lugar ({what.rstrip('; ')}). Acerte com GRANT e REVOKE, como dono."
    )


# A right on one column is a right: asked of the columns, which includes that on the whole table.
_PRIVILEGES: Final = """
    select c.relname, array_remove(array[
        case when has_any_column_privilege(c.oid, 'SELECT') then 'SELECT' end,
        case when has_any_column_privilege(c.oid, 'INSERT') then 'INSERT' end,
        case when has_any_column_privilege(c.oid, 'UPDATE') then 'UPDATE' end,
        case when has_table_privilege(c.oid, 'DELETE') then 'DELETE' end,
        case when has_table_privilege(c.oid, 'TRUNCATE') then 'TRUNCATE' end,
        case when has_any_column_privilege(c.oid, 'REFERENCES') then 'REFERENCES' end,
        case when has_table_privilege(c.oid, 'TRIGGER') then 'TRIGGER' end], null)
    from pg_class c where c.relnamespace = 'estudio'::regnamespace and c.relkind in ('r', 'p')
      and c.relname <> 'alembic_version' order by c.relname"""

# Functions of an extension are its own affair.
_OPEN_FUNCTIONS: Final = """
    select p.proname from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = 'estudio'::regnamespace and p.proowner = 'estudio_dono'::regrole and a.grantee = 0
      and not exists (select from pg_depend d
                      where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
    order by 1"""


def check_papel_configurado() -> Laudo:
    """Limits that the server keeps for us: a killed client lets its month go, nobody waits without end."""
    have = {setting for (settings,) in ask(_ROLE_SETTINGS) for setting in settings}
    missing = [name for name, value in rights.SETTINGS.items() if f"{name}={value}" not in have]
    if not missing:
        return ok("O papel do programa tem os seus limites de espera.")
    return aviso(
        f"O papel {rights.APP_ROLE} está sem os seus limites: {show_some(missing)}. Rode `estudio db migrate`."
    )


_ROLE_SETTINGS: Final = """
    select s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
    where r.rolname = 'estudio_app' and s.setdatabase = 0"""


@cache
def _read_migrations() -> str:
    folder = Path(estudio.__file__).parent / "migrations" / "sql"
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*/*.sql")))


def _read_functions() -> dict[str, str]:
    """Name → body, "" where it is one expression; what a later migration wrote anew counts."""
    chunks = re.split(r"^create (?:or replace )?function ", _read_migrations(), flags=re.MULTILINE)[1:]
    bodies = {}
    for chunk in chunks:
        head, _, rest = chunk.partition("$$")
        # A function without a body ends before the next one's quotes, with its own semicolon.
        bodies[chunk.partition("(")[0]] = "" if ";\n" in head else rest.partition("$$")[0]
    return bodies


def _read_constraints() -> set[str]:
    names = set(
        re.findall(r"\bconstraint (\w+)\s+(?:primary|unique|check|foreign|references|exclude)\b", _read_migrations())
    )
    return names - set(re.findall(r"\bdrop constraint (?:if exists )?(\w+)", _read_migrations()))


def _read_indexes() -> dict[str, bool]:
    """Name → whether it is unique."""
    found = re.findall(r"^create (unique )?index (\w+)", _read_migrations(), flags=re.MULTILINE)
    dropped = set(re.findall(r"^drop index (?:if exists )?(\w+)", _read_migrations(), flags=re.MULTILINE))
    return {name: bool(unique) for unique, name in found if name not in dropped}


CHECKS: tuple[Check, ...] = (
    check_migracoes,
    check_gatilhos,
    check_funcoes,
    check_restricoes,
    check_indices,
    check_papel_do_programa,
    check_direitos,
    check_papel_configurado,
)
