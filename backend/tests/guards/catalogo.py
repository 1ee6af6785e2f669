"""What the catalogue says of the guarded tables. The battery is made from it, so that a new column is attacked too."""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

Connection = psycopg.Connection[Any]

LIVROS: Final = ("pagamentos", "comissoes", "sessoes", "gastos", "acertos")
"""The books: rows of a month, guarded by the state of that month."""

PERMANENTES: Final = ("competencias", "extratos", "selos", "extrato_nomes", "auditoria")
"""What is written once, or only by the owner's functions."""

GUARDADAS: Final = LIVROS + PERMANENTES


@dataclass(frozen=True, slots=True)
class Coluna:
    """One column. `gerada`: the value is computed (stored) or given (identity always), never written."""

    nome: str
    tipo: str
    gerada: bool
    identidade: bool
    obrigatoria: bool


@dataclass(frozen=True, slots=True)
class Referencia:
    """One foreign key, from a guarded table to its parent."""

    nome: str
    tabela: str
    colunas: tuple[str, ...]
    pai: str
    colunas_do_pai: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Funcao:
    """One function of the schema that is ours (an extension's are not). `argumentos`: their types."""

    nome: str
    argumentos: tuple[str, ...]
    definidor: bool
    ajustes: tuple[str, ...]
    e_gatilho: bool
    app_executa: bool
    dono: str

    @property
    def assinatura(self) -> str:
        return f"{self.nome}({', '.join(self.argumentos)})"


@dataclass(frozen=True)
class Catalogo:
    """The guarded tables as they are in one database."""

    colunas: dict[str, list[Coluna]]
    referencias: list[Referencia]
    restricoes: dict[str, str]
    """Name of each CHECK, UNIQUE, PRIMARY KEY, FOREIGN KEY, EXCLUDE of a guarded table → its table."""
    funcoes: list[Funcao]

    def list_escritas(self, tabela: str) -> list[str]:
        """The columns that an INSERT names."""
        return [c.nome for c in self.colunas[tabela] if not c.gerada and not c.identidade]

    def find_referencia(self, tabela: str, coluna: str) -> Referencia | None:
        """The foreign key of this column alone."""
        return next((r for r in self.referencias if r.tabela == tabela and r.colunas == (coluna,)), None)


def read_catalogo(connection: Connection) -> Catalogo:
    colunas: dict[str, list[Coluna]] = {t: [] for t in GUARDADAS}
    for tabela, *resto in connection.execute(_COLUNAS, [list(GUARDADAS)]):
        colunas[tabela].append(Coluna(*resto))
    referencias = [
        Referencia(nome, tabela, tuple(minhas), pai, tuple(dele))
        for nome, tabela, minhas, pai, dele in connection.execute(_REFERENCIAS, [list(GUARDADAS)])
    ]
    restricoes: dict[str, str] = dict(connection.execute(_RESTRICOES, [list(GUARDADAS)]).fetchall())
    funcoes = [Funcao(nome, tuple(tipos), *resto) for nome, tipos, *resto in connection.execute(_FUNCOES)]
    return Catalogo(colunas, referencias, restricoes, funcoes)


_COLUNAS: Final = """
    select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',
           a.attidentity <> '', a.attnotnull
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'estudio'::regnamespace and c.relname = any (%s) and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum"""

_REFERENCIAS: Final = """
    select k.conname::text, c.relname::text,
           array(select a.attname::text from unnest(k.conkey) with ordinality u (n, o)
                 join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.o),
           p.relname::text,
           array(select a.attname::text from unnest(k.confkey) with ordinality u (n, o)
                 join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.o)
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = 'estudio'::regnamespace and c.relname = any (%s)
    order by c.relname, k.conname"""

_RESTRICOES: Final = """
    select k.conname::text, c.relname::text from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype in ('c', 'u', 'p', 'f', 'x') and c.relnamespace = 'estudio'::regnamespace and c.relname = any (%s)
    union all
    select i.relname::text, c.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid
    join pg_class c on c.oid = x.indrelid
    where x.indisunique and c.relnamespace = 'estudio'::regnamespace and c.relname = 'extratos'
      and not exists (select from pg_constraint k where k.conindid = i.oid)
    order by 1"""

_FUNCOES: Final = """
    select p.proname::text,
           array(select format_type(t, null) from unnest(p.proargtypes::oid[]) with ordinality u (t, o) order by o),
           p.prosecdef, coalesce(p.proconfig, '{}'), p.prorettype = 'trigger'::regtype,
           has_function_privilege('estudio_app', p.oid, 'EXECUTE'), p.proowner::regrole::text
    from pg_proc p
    where p.pronamespace = 'estudio'::regnamespace
      and not exists (select from pg_depend d
                      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    order by 1, 2"""
