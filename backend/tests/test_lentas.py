"""Slow statements: noted by their shape, with the page or rotina that asked, and never with a value."""

from collections.abc import Callable, Generator

import pytest
import structlog
from psycopg import sql
from sqlalchemy import text

from estudio import clock, config, db, logs
from estudio.lentas import describe_forma
from estudio.services.lentidao_consulta import list_lentas


@pytest.fixture
def note(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[str], None], None, None]:
    """From here on what takes so many milliseconds is noted."""

    def configure(limit: str) -> None:
        monkeypatch.setenv("SLOW_QUERY_MS", limit)
        config.reset()
        logs.start()
        logs.configure()
        # Of the page that another test asked for last.
        structlog.contextvars.clear_contextvars()

    yield configure
    logs._replace_handlers()
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("select *\n  from clientes -- Dora\n where id = 7", "select * from clientes where id = ?"),
        ("select 'Dora d''Ávila', e'a\nb', t1.c2, -3.5", "select ?, ?, t1.c2, ?"),
        ("select 'Dora -- dela', 'aberta", "select ?, ?"),
        ("select 1 /* d'Ávila */, 2", "select ? , ?"),
        ("select * from t where cpf in (12345678901, 98765432100) or z > 1.5e5",
         "select * from t where cpf in (?, ?) or z > ?"),
        ("select e'it\\'s Dora', f(0x1F, 1_000)", "select ?, f(?, ?)"),
        ("select t.\"d'Ávila 7\", 'Dora', %(1)s", "select t.\"d'Ávila 7\", ?, %(1)s"),
        (b"select $$ Dora $$, $x$ 'Bia' $x$", "select ?, ?"),
        ("select * from t where id in (%(a_1)s, %(a_2)s, %(a_3)s)", "select * from t where id in (%(a_1)s, …)"),
        (sql.SQL("drop database {}").format(sql.Identifier("estudio_ensaio_20261127103851_67d66b0d")),
         'drop database "estudio_ensaio_?_?"'),
    ],
)  # fmt: skip
def test_a_shape_is_the_text_without_what_was_written_into_it(statement: object, shape: str) -> None:
    assert describe_forma(statement) == shape


def test_a_shape_is_short() -> None:
    assert len(describe_forma("select " + "coluna, " * 500)) == 400


@pytest.mark.usefixtures("banco")
def test_what_took_long_is_noted_whoever_asked_and_what_did_not_is_not(note: Callable[[str], None]) -> None:
    note("40")
    for _ in range(2):
        with db.transaction() as session:
            session.execute(text("select pg_sleep(0.05), :nome"), {"nome": "Dora de Tal"})
            session.execute(text("select 1"))
    with db.connect() as connection:
        connection.execute("select 'Bia', pg_sleep(0.06)")
    rows = [row for row in list_lentas(clock.now()) if "pg_sleep" in row["consulta"]]
    assert [(row["vezes"], row["onde"]) for row in rows] == [(1, []), (2, [])]
    assert all(40 <= row["pior_ms"] < 10_000 for row in rows)
    written = b"".join(path.read_bytes() for path in config.get_settings().log_dir.iterdir())
    assert b"pg_sleep" in written
    assert b"Dora" not in written
    assert b"Bia" not in written


@pytest.mark.usefixtures("banco")
def test_who_wants_none_has_none_and_a_torn_line_spoils_no_other(note: Callable[[str], None]) -> None:
    def ask(limit: str) -> int:
        note(limit)
        with db.transaction() as session:
            session.execute(text("select pg_sleep(0.01)"))
        return len([row for row in list_lentas(clock.now()) if "pg_sleep" in row["consulta"]])

    assert ask("0") == 0
    folder = config.get_settings().log_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / logs.SLOW_FILE).write_bytes(b'{"em": "2026\n[]\n\xff\n{"em": "2026-11-27T10:00:00", "ms": 9}\n')
    assert ask("5") == 1
