"""Studios that take long to make and that many tests begin with: made once in each process, copied for each test."""

import shutil
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from conftest import TEMPLATE, Banco, clear_environment, use_database
from servers import TestServer, create_database, drop_database

from estudio import config, db
from estudio.services import fechamento_tarefa

T = TypeVar("T")

Copiar = Callable[[Callable[[Banco], T]], tuple[Banco, T]]


@dataclass(frozen=True)
class Molde(Generic[T]):
    """A database that nobody is connected to, the folders that belong to it, and what its maker told of it."""

    database: str
    folder: Path
    feito: T


class Moldes:
    """Those of one process, by the function that fills them."""

    def __init__(self, server: TestServer, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._made: dict[Callable[[Banco], Any], Molde[Any]] = {}

    def get(self, fill: Callable[[Banco], T]) -> Molde[T]:
        """Filled when it is asked for first; the settings of the test that asks are left as they are."""
        if fill not in self._made:
            name = f"m_{uuid.uuid4().hex[:16]}"
            self._made[fill] = Molde(name, self._folder / name, self._make(fill, name))
        return self._made[fill]

    def copy(self, fill: Callable[[Banco], T], name: str, folder: Path) -> T:
        """A database of this name like it, and its folders."""
        molde = self.get(fill)
        create_database(self._server, name, template=molde.database)
        shutil.copytree(molde.folder, folder, dirs_exist_ok=True)
        return molde.feito

    def drop(self) -> None:
        for molde in self._made.values():
            drop_database(self._server, molde.database)

    def _make(self, fill: Callable[[Banco], T], name: str) -> T:
        (self._folder / name).mkdir()
        create_database(self._server, name, template=TEMPLATE)
        with pytest.MonkeyPatch.context() as monkeypatch:
            clear_environment(monkeypatch, self._folder / name)
            use_database(monkeypatch, self._server, name)
            feito = fill(Banco(self._server, name))
            fechamento_tarefa.settle()
            db.reset()
        config.reset()
        return feito


@pytest.fixture(scope="session")
def moldes(server: TestServer, memory_path: Path) -> Generator[Moldes, None, None]:
    made = Moldes(server, memory_path)
    yield made
    made.drop()


@pytest.fixture
def copiar(
    moldes: Moldes, server: TestServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Generator[Copiar[T], None, None]:
    """A studio like the one that a function makes, which the settings name; gone after the test."""
    name = f"t_{uuid.uuid4().hex[:16]}"

    def copy(fill: Callable[[Banco], T]) -> tuple[Banco, T]:
        feito = moldes.copy(fill, name, tmp_path)
        use_database(monkeypatch, server, name)
        return Banco(server, name), feito

    yield copy
    fechamento_tarefa.settle()
    db.reset()
    drop_database(server, name)
