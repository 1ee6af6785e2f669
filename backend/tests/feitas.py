"""What takes tests long, and need not: what is dear to make and the same for many is made once in each process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

from estudio.app import create_app
from estudio.config import get_settings
from estudio.web import palpites

LUGARES = {"database_url", "database_owner_url", "estudio_data_dir", "backup_dir", "log_dir"}
"""Settings that are asked for anew with each request, or make no difference to the pages."""

T = TypeVar("T")

_apps: dict[str, Flask] = {}


def get_app() -> Flask:
    """The pages as the settings of this moment make them: to put their routes together and to compile what they show
    takes longer than most tests."""
    settings = get_settings().model_dump_json(exclude=LUGARES)
    if settings not in _apps:
        _apps[settings] = create_app()
    # Whoever guessed in another test is forgotten.
    palpites.init_app(_apps[settings])
    return _apps[settings]


def run_apart(do: Callable[[], T]) -> T:
    """In a thread of its own: where a browser was opened, Playwright's event loop runs in this one until the end, and
    asyncio has no second one beside it."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(do).result()
