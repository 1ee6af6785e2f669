"""The two transactions of a page: reading, which cannot write, and writing, for what a form asks.

A GET never writes: its transaction is READ ONLY, and the database itself refuses whoever forgets.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeVar

from flask import request
from sqlalchemy.orm import Session

from estudio import db

T = TypeVar("T")

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@contextmanager
def reading() -> Generator[Session, None, None]:
    """A transaction in which nothing can be written; what a page shows is of one moment each statement."""
    with db.transaction(read_only=True) as session:
        yield session


@contextmanager
def looking() -> Generator[Session, None, None]:
    """The same, all of one moment: for figures of several statements that have to add up."""
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        yield session


def writing(deed: Callable[[Session], T]) -> T:
    """Do what a form asks, in one transaction, and once more when two people were in each other's way."""
    assert request.method not in SAFE, f"{request.endpoint} would write by {request.method}"
    return db.run(deed)
