"""What tests of several deeds start from."""

import pytest
from backup_mes import create_september
from conftest import Banco


@pytest.fixture
def september(banco: Banco) -> Banco:
    """A database with everything that a backup has to carry, in September 2025."""
    with banco.connect() as connection:
        create_september(connection)
    return banco
