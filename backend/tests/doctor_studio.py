"""A small studio in which all is well, for the tests of the doctor: two closed months and the running one.

Months are counted from today, because the server's clock is nobody's to set.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from cast import Cast, book, make_cast, pay, spend
from conftest import Banco
from moldes import Copiar

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.services.backup_ensaio import IGUAL
from estudio.services.doctor_service import Diagnostico, examine
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.pagamento_service import reverse_pagamento

# The servers of the tests are quick and not durable; test_doctor_servidor.py has one that is.
UNAVOIDABLE = {"durabilidade"}


@dataclass(frozen=True)
class Case:
    """Something that is broken, what the check of that name says of it, and which others cannot but see it too."""

    codigo: str
    situacao: str
    says: str
    breaks: "Callable[[Studio], None]"
    also: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.codigo}-{self.breaks.__name__}"

    def ensure_named(self, studio: "Studio") -> None:
        """Break it, and see that the doctor names it and nothing else."""
        assert self.codigo not in list_trouble()
        self.breaks(studio)
        trouble = list_trouble()
        assert self.codigo in trouble, trouble.keys()
        found = trouble[self.codigo]
        assert (found.situacao, self.says in found.mensagem) == (self.situacao, True), found
        assert trouble.keys() - {self.codigo} <= self.also, trouble.keys()


@dataclass
class Studio:
    """The months (oldest first) and the rows that tests speak of, by number."""

    banco: Banco
    cast: Cast
    older: Competencia
    newer: Competencia
    running: Competencia
    paid: int = 0
    """Of the running month, with a client, a comissão and a sessão."""
    sessao: int = 0
    reversed: int = 0
    """Of the running month, given back whole."""
    estorno: int = 0
    sealed: int = 0
    """Of the newer closed month."""
    gasto: int = 0

    def execute(self, query: str, *values: Any) -> None:
        """As a superuser, with the foreign keys asleep; the guards are not."""
        with self.banco.connect_as_superuser() as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(query.encode(), values)

    @contextmanager
    def behind_the_guard(self, *tables: str) -> Generator[psycopg.Connection[Any], None, None]:
        """As a superuser who turned the guards off, and on again afterwards."""
        with self.banco.connect_as_superuser() as connection:
            connection.execute("set session_replication_role = replica")
            names = connection.execute(
                """select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
                   where c.relnamespace = 'estudio'::regnamespace and c.relname = any(%s) and t.tgenabled = 'A'""",
                [list(tables)],
            ).fetchall()
            for table, name in names:
                connection.execute(f"alter table estudio.{table} disable trigger {name}".encode())
            yield connection
            for table, name in names:
                connection.execute(f"alter table estudio.{table} enable always trigger {name}".encode())


def make_studio(banco: Banco) -> Studio:
    """Enter the months and close the two that are over."""
    today = clock.today()
    running = Competencia.of(today)
    with db.transaction() as session:
        studio = Studio(banco, make_cast(session), running.previous.previous, running.previous, running)
        cast = studio.cast
        for month in (studio.older, studio.newer):
            day = month.first_day + timedelta(days=11)
            sessao = book(session, cast, "200.00", data=day, cliente=cast.dora)
            sealed = pay(session, cast, "200.00", data=day, cliente=cast.dora, sessoes=[sessao])
            pay(session, cast, "150.00", data=day, artista=cast.ana, forma="dinheiro")
            spend(session, cast, "50.00", data=day)
            studio.sealed = sealed.id
        sessao = book(session, cast, "80.00", data=today, cliente=cast.dora)
        studio.paid = pay(session, cast, "80.00", data=today, cliente=cast.dora, sessoes=[sessao]).id
        studio.sessao = sessao.id
        studio.reversed = pay(session, cast, "99.99", data=today, cliente=cast.dora).id
        estorno = reverse_pagamento(session, studio.reversed, quem=cast.quem_ana, data=today, valor=Decimal("99.99"))
        studio.estorno = estorno.id
        studio.gasto = spend(session, cast, "20.00", data=today).id
    for month in (studio.older, studio.newer):
        generate_extrato_with_atomic_transaction(month.mes, month.ano)
    with banco.connect() as connection:
        connection.execute("update estudio.backups set ensaiado_em = clock_timestamp(), resultado = %s", [IGUAL])
        connection.execute(
            """insert into estudio.backups (tipo, arquivo, bytes, sha256)
               values ('completo', 'a.dump', 1, repeat('0', 64))"""
        )
        connection.execute("update estudio.usuarios set senha_hash = '$argon2id$nenhuma'")
    return studio


def copy_studio(copiar: Copiar[Studio]) -> Studio:
    """One like it, in a database of the test's own."""
    return copiar(make_studio)[1]


def list_trouble() -> dict[str, Diagnostico]:
    """What is not well, by its name, but for what cannot be otherwise here."""
    found = {d.codigo: d for d in examine() if d.situacao != "ok"}
    return {codigo: d for codigo, d in found.items() if codigo not in UNAVOIDABLE}


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)
