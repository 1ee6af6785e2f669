"""What is dear to make and the same for many tests is made once in each process."""

from flask import Flask

from estudio.app import create_app
from estudio.config import get_settings

LUGARES = {"database_url", "database_owner_url", "estudio_data_dir", "backup_dir", "log_dir"}
"""Settings that are asked for anew with each request, or make no difference to the pages."""

_apps: dict[str, Flask] = {}


def get_app() -> Flask:
    """The pages as the settings of this moment make them: to put their routes together and to compile what they show
    takes longer than most tests."""
    settings = get_settings().model_dump_json(exclude=LUGARES)
    if settings not in _apps:
        _apps[settings] = create_app()
    return _apps[settings]
