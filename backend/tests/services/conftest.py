"""What tests of several deeds start from."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from backup_mes import create_september
from conftest import Banco, use_database
from importar import Bring, bring_rows
from moldes import Copiar
from psycopg import sql

from estudio import config, db
from estudio.services import backup_banco


def fill_september(banco: Banco) -> None:
    with banco.connect() as connection:
        create_september(connection)


@pytest.fixture
def september(copiar: Copiar[None]) -> Banco:
    """A database with everything that a backup has to carry, in September 2025."""
    return copiar(fill_september)[0]


@contextmanager
def hurried() -> Generator[None, None, None]:
    """Whoever is connected is waited for, and not as long as people are."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(backup_banco, "PATIENCE_S", 0.5)
        yield


@contextmanager
def renamed(banco: Banco, name: str) -> Generator[Banco, None, None]:
    """The same database under another name, which the settings name."""

    def rename(old: str, new: str) -> None:
        db.reset()
        with banco.server.connect() as superuser:
            superuser.execute(sql.SQL("alter database {} rename to {}").format(*map(sql.Identifier, (old, new))))

    rename(banco.name, name)
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            use_database(monkeypatch, banco.server, name)
            yield Banco(banco.server, name)
    finally:
        rename(name, banco.name)
        config.reset()


@pytest.fixture
def bring(banco: Banco, tmp_path: Path) -> Bring:
    """Imports rows as a file of version 4, and commits."""
    del banco
    return lambda rows: bring_rows(tmp_path / "backup.csv", rows)
