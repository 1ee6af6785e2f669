"""The slow statements of the last days, as `lentas` noted them on this machine: grouped by shape, the slowest first."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from estudio.config import get_settings
from estudio.logs import MAX_SLOW, SLOW_FILE

DIAS: Final = 7

MOSTRADAS: Final = 10

ONDE: Final = ("rotina", "pagina")
"""The fields of a line that tell who asked."""


def list_lentas(agora: datetime) -> list[dict[str, Any]]:
    """`vezes`, `pior_ms` and `ultima` of each shape, and `onde` (pages, rotinas) it was asked. Reads the file and no
    database: where that is slow it is not asked for this as well."""
    found: dict[str, dict[str, Any]] = {}
    settings = get_settings()
    for em, line in _read_lines(settings.log_dir, agora - timedelta(days=DIAS)):
        # What was noted when less was slow already.
        if line["ms"] < settings.slow_query_ms:
            continue
        row = found.setdefault(line["consulta"], {"vezes": 0, "pior_ms": 0, "ultima": em, "onde": set()})
        row["vezes"] += 1
        row["pior_ms"] = max(row["pior_ms"], line["ms"])
        row["ultima"] = max(row["ultima"], em)
        row["onde"].update(str(line[field]) for field in ONDE if line.get(field))
    rows = [{"consulta": shape, **row, "onde": sorted(row["onde"])} for shape, row in found.items()]
    return sorted(rows, key=lambda row: (-row["pior_ms"], row["consulta"]))[:MOSTRADAS]


def _read_lines(folder: Path, since: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for name in (f"{SLOW_FILE}.1", SLOW_FILE):
        try:
            with (folder / name).open("rb") as file:
                data = file.read(2 * MAX_SLOW)
        except OSError:
            # Nothing was slow yet, or the log's disk is gone, which the page tells of elsewhere.
            continue
        for raw in data.splitlines():
            try:
                line = json.loads(raw)
                em, shape, ms = datetime.fromisoformat(line["em"]), line["consulta"], line["ms"]
            except (ValueError, KeyError, TypeError):
                # One that a full disk cut short.
                continue
            if isinstance(shape, str) and isinstance(ms, int) and em.tzinfo is not None and em >= since:
                yield em, line
