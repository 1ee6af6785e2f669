"""Engines that outlive their test: what SQLAlchemy has learned of our statements is learned once in each process."""

import os
from collections.abc import Callable
from contextvars import ContextVar

import pytest
from sqlalchemy import Engine

from estudio import db

_kept: dict[tuple[int, str], Engine] = {}


def keep_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each use after a `db.reset` begins with no connection and no listener, as always, and with statements compiled.

    An engine opens its connections by the settings of the moment: which database it is makes no difference to it.
    """
    create: Callable[[str], Engine] = vars(db)["_create_engine"]
    elsewhere: ContextVar[object] = vars(db)["_elsewhere"]

    def give(setting: str) -> Engine:
        if elsewhere.get() is not None:
            # A pool hands out what was opened before, wherever that was.
            return create(setting)
        key = (os.getpid(), setting)
        if key not in _kept:
            _kept[key] = create(setting)
        return _kept[key].execution_options()

    monkeypatch.setattr(db, "_create_engine", give)
