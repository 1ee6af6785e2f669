"""What tests of several deeds start from."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from backup_mes import create_september
from conftest import Banco
from importar import Bring, bring_rows
from moldes import Copiar

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


@pytest.fixture
def bring(banco: Banco, tmp_path: Path) -> Bring:
    """Imports rows as a file of version 4, and commits."""
    del banco
    return lambda rows: bring_rows(tmp_path / "backup.csv", rows)
