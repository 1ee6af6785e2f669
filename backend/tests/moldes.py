"""Studios that take long to make and that many tests begin with: made once in each process, copied for each test."""

import shutil
import uuid
from collections.abc import Callable, Generator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from conftest import TEMPLATE, Banco, Lugar, clear_environment, use_database
from servers import TestServer, create_database, drop_database

from estudio import config, db
from estudio.services import fechamento_tarefa

T = TypeVar("T")

Copiar = Callable[[Callable[[Banco], T]], tuple[Banco, T]]


@dataclass(frozen=True)
class Molde(Generic[T]):
    """A database that nobody is connected to, the folders that belong to it, and what its maker told of it."""

    banco: Banco
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
            banco = Banco(self._server, f"m_{uuid.uuid4().hex[:16]}")
            folder = self._folder / banco.name
            self._made[fill] = Molde(banco, folder, self._make(fill, banco, folder))
        return self._made[fill]

    def copy(self, fill: Callable[[Banco], T], lugar: Lugar, folder: Path) -> T:
        """A database in this place like it, and its folders; what a test does to what was told is not for the next."""
        molde = self.get(fill)
        lugar.make(molde.banco.name)
        shutil.copytree(molde.folder, folder, dirs_exist_ok=True)
        return deepcopy(molde.feito, {id(molde.banco): lugar.banco})

    def drop(self) -> None:
        for molde in self._made.values():
            drop_database(self._server, molde.banco.name)

    def _make(self, fill: Callable[[Banco], T], banco: Banco, folder: Path) -> T:
        folder.mkdir()
        create_database(self._server, banco.name, template=TEMPLATE)
        with pytest.MonkeyPatch.context() as monkeypatch:
            clear_environment(monkeypatch, folder)
            use_database(monkeypatch, self._server, banco.name)
            feito = fill(banco)
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
def copiar(moldes: Moldes, lugar: Lugar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Copiar[T]:
    """A studio like the one that a function makes, which the settings name; gone after the test."""

    def copy(fill: Callable[[Banco], T]) -> tuple[Banco, T]:
        feito = moldes.copy(fill, lugar, tmp_path)
        use_database(monkeypatch, lugar.banco.server, lugar.banco.name)
        return lugar.banco, feito

    return copy
