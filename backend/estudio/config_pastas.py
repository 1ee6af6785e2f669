"""Where things are kept when nobody says where."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs

_BACKEND: Final = Path(__file__).resolve().parents[1]


def find_data_dir() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/estudio")
    return platformdirs.user_data_path("estudio")


def find_log_dir(values: Mapping[str, Any]) -> Path:
    # backend/logs is the checkout's; what was installed elsewhere keeps its log beside its data.
    return _BACKEND / "logs" if (_BACKEND / "logs").is_dir() else values["estudio_data_dir"] / "logs"
