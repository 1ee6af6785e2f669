"""Ways to damage a backup, and to forge one: shared by the quick tests and the long proof."""

import csv
import hashlib
import os
import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from estudio.domain.backup import Conteudo, Guardado, Manifesto, content_name, familiar_name
from estudio.domain.backup_planilha_leitura import parse_linha, read_cells
from estudio.domain.contagem import Contagem
from estudio.domain.errors import BackupDanificado
from estudio.services.backup_leitura import read_backup


@dataclass
class Specimen:
    """A whole backup whose files are damaged and made whole again."""

    guardado: Guardado

    def __post_init__(self) -> None:
        self.manifest = self.guardado.caminho.with_suffix(".json")
        self.files = {path: path.read_bytes() for path in self._list_paths()}

    def _list_paths(self) -> Iterator[Path]:
        yield self.guardado.caminho
        yield self.manifest
        if self.guardado.manifesto.gz is not None:
            yield self.guardado.caminho.with_name(self.guardado.manifesto.gz.arquivo)

    def is_found(self, path: Path, content: bytes) -> str | None:
        """The code under which reading finds this content of one of its files; None when it believes it."""
        path.write_bytes(content)
        try:
            read_backup(self.manifest, batch_size=10_000)
        except BackupDanificado as damage:
            return damage.codigo
        finally:
            path.write_bytes(self.files[path])
        return None


def flip(content: bytes, chance: random.Random) -> bytes:
    """One bit of it, the other way round."""
    flipped = bytearray(content)
    flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


@contextmanager
def die_at(ending: str, csv: str = "") -> Generator[None, None, None]:
    """A removal ends, as if it were killed, before the file of this ending goes (of the sheet `csv`, or any); `fsync`:
    when all are gone, and before it is said to be done."""
    unlink, fsync = os.unlink, os.fsync
    gone: list[str] = []

    def unlink_or_die(name: str, **more: Any) -> None:
        is_meant = not name.startswith(".tmp") and name.startswith(csv.removesuffix("csv"))
        if is_meant and name.endswith(ending):
            raise KeyboardInterrupt
        unlink(name, **more)
        gone.extend([name] if is_meant and name.endswith((".csv", ".dump")) else [])

    def fsync_or_die(descriptor: int) -> None:
        if ending == "fsync" and gone:
            raise KeyboardInterrupt
        fsync(descriptor)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(os, "unlink", unlink_or_die)
        monkeypatch.setattr(os, "fsync", fsync_or_die)
        yield


def forge(guardado: Guardado, content: bytes, *, contagem: Contagem | None = None) -> Guardado:
    """What a person with time writes: another sheet, and a manifest whose every hash is right for it."""
    sha256 = hashlib.sha256(content).hexdigest()
    month = guardado.competencia
    sheet = Conteudo(content_name(month, sha256, "csv"), len(content), sha256)
    manifesto: Manifesto = replace(
        guardado.manifesto, csv=sheet, gz=None, contagem=contagem or guardado.manifesto.contagem
    )
    folder = guardado.caminho.parent
    (folder / sheet.arquivo).write_bytes(content)
    for name in (content_name(month, sha256, "json"), familiar_name(month, "json")):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(manifesto.as_bytes())
    return Guardado(folder / sheet.arquivo, manifesto)


def only_parses(path: Path) -> bool:
    """A verification reduced to "it parses": what version 4 did, and what every proof here must tell from ours."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            cells = read_cells(file)
            next(cells)
            for row in cells:
                parse_linha(row)
    except (ValueError, StopIteration, csv.Error):
        return False
    return True
