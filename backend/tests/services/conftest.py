"""What tests of several deeds start from."""

from pathlib import Path

import pytest
from backup_mes import create_september
from conftest import Banco
from importar import Bring, bring_rows


@pytest.fixture
def september(banco: Banco) -> Banco:
    """A database with everything that a backup has to carry, in September 2025."""
    with banco.connect() as connection:
        create_september(connection)
    return banco


@pytest.fixture
def bring(banco: Banco, tmp_path: Path) -> Bring:
    """Imports rows as a file of version 4, and commits."""
    del banco
    return lambda rows: bring_rows(tmp_path / "backup.csv", rows)
