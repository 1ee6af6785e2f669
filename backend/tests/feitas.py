"""What takes tests long, and need not: what is dear to make and the same for many is made once in each process."""

from typing import Final

from flask import Flask

from estudio.app import create_app
from estudio.config import get_settings

LUGARES = {"database_url", "database_owner_url", "estudio_data_dir", "backup_dir", "log_dir"}
"""Settings that are asked for anew with each request, or make no difference to the pages."""

PASSO_S: Final = 0.01
"""How often a server of the standard library looks whether it was told to stop; by itself, every half second."""

_apps: dict[str, Flask] = {}


def get_app() -> Flask:
    """The pages as the settings of this moment make them: to put their routes together and to compile what they show
    takes longer than most tests."""
    settings = get_settings().model_dump_json(exclude=LUGARES)
    if settings not in _apps:
        _apps[settings] = create_app()
    return _apps[settings]
