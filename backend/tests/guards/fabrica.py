"""A database made with one thing wrong: the migration's text changed in one place, and the proofs run against it."""

import re
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from guards.bateria import attack
from guards.comissoes import check_comissoes
from guards.digestos import check_digestos
from guards.direitos import list_excessos
from guards.entrelacamentos import list_casos, run_entrelacamentos
from guards.palco import Enderecos
from guards.registros import check_registros
from guards.travas import check_travas
from psycopg import sql
from servers import TestServer, create_database, drop_database

from estudio import migrations
from estudio.migrations.statements import update_queue

SQL: Final = Path(migrations.__file__).parent / "sql"
PRIMEIRA: Final = "0001"


@dataclass(frozen=True, slots=True)
class Mutante:
    """One thing wrong. `troca`: a text that stands exactly once in the file, and what stands there instead.

    `arquivo` is the beginning of a file's name, with its revision before it unless it is of the first.

    `depois` is done by the owner of the tables when all is made, `no_banco` in each clone (rights on a database are not
    cloned).
    """

    nome: str
    arquivo: str = ""
    troca: tuple[str, str] = ("", "")
    depois: str = ""
    no_banco: LiteralString = ""


@dataclass(frozen=True, slots=True)
class Morte:
    """Which proof noticed a mutant, and by what it noticed."""

    prova: str
    achado: str


Prova = Callable[[Enderecos], list[str]]


def _attack(enderecos: Enderecos) -> list[str]:
    return attack(enderecos, fail_fast=True).falhas


def _interleave(enderecos: Enderecos) -> list[str]:
    return run_entrelacamentos(enderecos, list_casos(), fail_fast=True).anomalias


def _read_catalogue(enderecos: Enderecos) -> list[str]:
    with enderecos.connect("super") as connection:
        return list_excessos(connection)


# What something does before what it is: the catalogue comes last, or it would notice nearly everything first.
PROVAS: Final[dict[str, Prova]] = {
    "digestos": check_digestos,
    "registros": check_registros,
    "travas": check_travas,
    "comissões": check_comissoes,
    "bateria": _attack,
    "entrelaçamentos": _interleave,
    "catálogo": _read_catalogue,
}


@contextmanager
def build_mutante(server: TestServer, mutante: Mutante) -> Generator[str, None, None]:
    """The name of a database with the mutant in it; gone afterwards. Fails when the text to change is not there."""
    name = f"m_{uuid.uuid4().hex[:16]}"
    texts = mutate({_name(file): file.read_text(encoding="utf-8") for file in sorted(SQL.glob("*/*.sql"))}, mutante)
    create_database(server, name)
    try:
        with server.connect(name) as connection:
            connection.execute(_DIREITOS.format(sql.Identifier(name)))
            connection.execute("set role estudio_dono")
            with connection.transaction():
                update_queue(connection)
            for text in texts.values():
                with connection.transaction():
                    connection.execute(text.encode())
            connection.execute("set search_path = estudio, pg_temp")
            if mutante.depois:
                connection.execute(mutante.depois.encode())
        yield name
    finally:
        drop_database(server, name)


# As estudio.rights gives them.
_DIREITOS: Final = sql.SQL("""
    revoke temp on database {0} from public;
    grant create on database {0} to estudio_dono;
    revoke all on schema public from public;
    create schema estudio authorization estudio_dono""")


def mutate(texts: dict[str, str], mutante: Mutante) -> dict[str, str]:
    """The files with the one change. Raises AssertionError when what is to be changed is not there exactly once."""
    if not mutante.arquivo:
        return texts
    old, new = mutante.troca
    files = [name for name in texts if name.startswith(mutante.arquivo)]
    assert len(files) == 1, mutante
    text = texts[files[0]]
    assert text.count(old) == 1, f"{mutante.nome}: {old!r} is there {text.count(old)} times"
    return texts | {files[0]: text.replace(old, new)}


@contextmanager
def clone(server: TestServer, template: str, mutante: Mutante) -> Generator[Enderecos, None, None]:
    """A fresh copy of a mutant, with the rights that every database has."""
    name = f"m_{uuid.uuid4().hex[:16]}"
    create_database(server, name, template=template)
    try:
        if mutante.no_banco:
            with server.connect(name) as connection:
                connection.execute(sql.SQL(mutante.no_banco).format(sql.Identifier(name)))
        yield Enderecos(server.app_url(name), server.superuser_url(name))
    finally:
        drop_database(server, name)


def kill(server: TestServer, mutante: Mutante, provas: dict[str, Prova] = PROVAS) -> Morte | None:
    """The first proof that notices the mutant; None: it survives, and there is a hole."""
    with build_mutante(server, mutante) as template:
        for nome, prova in provas.items():
            with clone(server, template, mutante) as enderecos:
                achados = _run(prova, enderecos)
            if achados:
                return Morte(nome, achados[0])
    return None


def _run(prova: Prova, enderecos: Enderecos) -> list[str]:
    try:
        return prova(enderecos)
    except psycopg.Error as error:
        # Where the stage itself cannot be set, a deed that is right was refused.
        return [f"palco: {error.sqlstate} {error}"]


def find_statement(text: str, start: str) -> str:
    """The statement that begins so, to its end of line."""
    begin = text.index(start)
    return text[begin : text.index(";\n", begin) + 2]


def weaken_check(text: str, name: str) -> tuple[str, str]:
    """The text of a named CHECK in a migration, and the same one that lets everything pass."""
    found = re.search(rf"constraint {name}\s+check \(", text)
    assert found, name
    depth, end = 1, found.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[found.start() : end], f"constraint {name} check (true)"


def read_migration(arquivo: str) -> str:
    """The text of a file of the migrations, by the beginning of its name."""
    return next(file for file in sorted(SQL.glob("*/*.sql")) if _name(file).startswith(arquivo)).read_text("utf-8")


def _name(file: Path) -> str:
    return file.name if file.parent.name == PRIMEIRA else f"{file.parent.name}/{file.name}"
