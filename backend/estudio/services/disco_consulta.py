"""The disks that the studio needs: whose folder, how much room is left, and whether that is enough."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from estudio.config import get_settings

LOW: Final = 2 * 10**9
EMPTY: Final = 200 * 10**6
"""Below it a full dump, a log or the server's own journal no longer fits."""


@dataclass(frozen=True, slots=True)
class Disco:
    """`nome`: dados, backups or registro; bytes."""

    nome: str
    pasta: Path
    livres: int
    total: int

    @property
    def situacao(self) -> str:
        """folga, pouco or cheio."""
        return "folga" if self.livres >= LOW else "pouco" if self.livres >= EMPTY else "cheio"

    @property
    def livres_milesimos(self) -> int:
        """How much of it is left, in thousandths."""
        return self.livres * 1000 // self.total if self.total else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "nome": self.nome,
            "pasta": self.pasta,
            "livres": self.livres,
            "total": self.total,
            "situacao": self.situacao,
            "livres_milesimos": self.livres_milesimos,
        }


def list_discos() -> list[Disco]:
    """Those that answer: one that is gone has no figures."""
    settings = get_settings()
    folders = {"dados": settings.estudio_data_dir, "backups": settings.backup_dir, "registro": settings.log_dir}
    found = []
    for nome, folder in folders.items():
        try:
            found.append(find_disco(nome, folder))
        except OSError:
            continue
    return found


def find_disco(nome: str, folder: Path) -> Disco:
    """Raises OSError."""
    usage = shutil.disk_usage(find_existing(folder))
    return Disco(nome, folder, usage.free, usage.total)


def find_existing(path: Path) -> Path:
    """The folder itself or, where it is not made yet, the one in which it would be."""
    return next(place for place in (path, *path.parents) if place.exists())
