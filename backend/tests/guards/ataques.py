"""An attack, how it is tried, and what is told of a battery of them.

An attack is some statements in one transaction. It is refused with the SQLSTATE that it names, or it passes without an
effect; after each the rows of every table are what they were.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg
from guards.palco import Camera, Connection, Enderecos, Livros, count
from psycopg import sql
from psycopg.pq import TransactionStatus

FECHADO: Final = frozenset({"P0F01"})
SEM_DIREITO: Final = frozenset({"42501"})
PERMANENTE: Final = frozenset({"P0F02"})
SEM_EFEITO: Final = frozenset({"00000"})
"""The statements pass, and nothing has changed."""
# A parent that is still referred to: PostgreSQL 18 tells RESTRICT from NO ACTION.
EM_USO: Final = frozenset({"23503", "23001"})


@dataclass(frozen=True, slots=True)
class Passo:
    """One statement; `copia` is what COPY … FROM STDIN is fed."""

    statement: sql.SQL | sql.Composed
    valores: Sequence[Any] | None = None
    copia: str | None = None


@dataclass(frozen=True, slots=True)
class Ataque:
    """Any SQLSTATE of `recusas` is right; `restricao`, `detalhe`: the constraint that must be named, the DETAIL."""

    familia: str
    nome: str
    passos: tuple[Passo, ...]
    recusas: frozenset[str] = FECHADO
    papel: str = "app"
    isolamento: LiteralString = "read committed"
    restricao: str | None = None
    detalhe: str | None = None
    controlado: bool = True
    """Whether the same statements pass where the month is open: that the attack is well-formed is proven there."""


@dataclass
class Relatorio:
    """What a battery found; `falhas` empty is the only good answer."""

    ataques: Counter[str] = field(default_factory=Counter)
    respostas: Counter[str] = field(default_factory=Counter)
    falhas: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.ataques.total()

    def format(self) -> str:
        familias = "\n".join(f"  {familia:<28}{n:>5}" for familia, n in sorted(self.ataques.items()))
        respostas = " · ".join(f"{estado} {n}" for estado, n in self.respostas.most_common())
        return f"{self.total} ataques, {len(self.falhas)} passaram\n{familias}\n  respostas: {respostas}"


def build_passo(text: LiteralString, /, *valores: Any, **nomes: str | sql.Composable) -> Passo:
    """A statement from a text with {names} of identifiers (or of parts) and %s for values."""
    parts = {k: v if isinstance(v, sql.Composable) else sql.Identifier(v) for k, v in nomes.items()}
    return Passo(sql.SQL(text).format(**parts), valores or None)


FOTO_A_CADA: Final = 25
"""Attacks between two looks at every row. Each is rolled back where it was refused, so that a look after each of them,
which takes ten times as long, finds the same; what is found is named by all of them."""


def run_bateria(
    enderecos: Enderecos, livros: Livros, ataques: Iterable[Ataque], *, fail_fast: bool = False
) -> Relatorio:
    """Try each attack in turn. With `fail_fast` the first that passes is the last that is tried."""
    relatorio = Relatorio()
    with (
        enderecos.connect() as app,
        enderecos.connect("super") as por_tras,
        enderecos.connect("super") as outra,
    ):
        digestos = _count_all(outra, livros)
        camera = Camera(outra)
        foto = camera.photograph()
        desde_a_foto: list[str] = []
        for ataque in ataques:
            conn = app if ataque.papel == "app" else por_tras
            relatorio.ataques[ataque.familia] += 1
            error = try_ataque(conn, ataque)
            relatorio.respostas[_get_estado(error)] += 1
            falha = _judge(ataque, error)
            desde_a_foto.append(ataque.nome)
            # What was refused is rolled back; where one finding is enough, only what passed is looked at.
            if error is None or (not fail_fast and len(desde_a_foto) >= FOTO_A_CADA):
                depois = camera.photograph()
                if depois != foto:
                    mudou = sorted(t for t in depois if depois[t] != foto.get(t))
                    falha = f"MUDOU {mudou} ({', '.join(desde_a_foto)})" + (f"; {falha}" if falha else "")
                foto, desde_a_foto = depois, []
            if falha:
                relatorio.falhas.append(f"{ataque.familia}: {ataque.nome}: {falha}")
                if fail_fast:
                    break
        if not fail_fast and camera.photograph() != foto:
            relatorio.falhas.append(f"MUDOU ({', '.join(desde_a_foto)})")
        if _count_all(outra, livros) != digestos:
            relatorio.falhas.append("a contagem de um mês mudou")
    return relatorio


def try_ataque(connection: Connection, ataque: Ataque, *, commit: bool = True) -> psycopg.Error | None:
    """Run the statements and commit (or check what COMMIT would, and roll back); returns what refused them."""
    try:
        connection.execute(sql.SQL("begin isolation level {}").format(sql.SQL(ataque.isolamento)))
        if ataque.papel == "dono":
            connection.execute("set local role estudio_dono")
        if ataque.papel != "app":
            connection.execute("set local search_path = estudio, pg_temp")
        for passo in ataque.passos:
            _run_passo(connection, passo)
        connection.execute("commit" if commit else "set constraints all immediate")
    except psycopg.Error as error:
        return error
    finally:
        if connection.info.transaction_status != TransactionStatus.IDLE:
            connection.execute("rollback")
        connection.execute("discard all")
    return None


def run_controle(enderecos: Enderecos, ataques: Iterable[Ataque]) -> tuple[int, list[str]]:
    """The attacks that an open month lets pass: how many, and those that failed there as well (they prove nothing)."""
    falhas, quantos = [], 0
    with enderecos.connect() as app:
        for ataque in ataques:
            if ataque.recusas == FECHADO and ataque.papel == "app" and ataque.controlado:
                quantos += 1
                error = try_ataque(app, ataque, commit=False)
                if error is not None:
                    falhas.append(f"{ataque.familia}: {ataque.nome}: {_get_estado(error)} {error}")
    return quantos, falhas


def _run_passo(connection: Connection, passo: Passo) -> None:
    if passo.copia is None:
        connection.execute(passo.statement, passo.valores)
        return
    with connection.cursor() as cursor, cursor.copy(passo.statement) as copy:
        copy.write(passo.copia)


def _get_estado(error: psycopg.Error | None) -> str:
    return "00000" if error is None else error.sqlstate or type(error).__name__


def _judge(ataque: Ataque, error: psycopg.Error | None) -> str | None:
    if _get_estado(error) not in ataque.recusas:
        return f"respondeu {_get_estado(error)} ({error}), esperado {sorted(ataque.recusas)}"
    if error is None:
        return None
    if ataque.restricao not in (None, error.diag.constraint_name):
        return f"recusado por {error.diag.constraint_name}, esperado {ataque.restricao}"
    if ataque.detalhe not in (None, error.diag.message_detail):
        return f"detalhe {error.diag.message_detail}, esperado {ataque.detalhe}"
    return None


def _count_all(connection: Connection, livros: Livros) -> dict[str, str]:
    return {str(mes): count(connection, mes)["conteudo_sha256"] for mes in livros.meses}
