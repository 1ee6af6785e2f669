"""Ways to damage a backup, and to forge one: shared by the quick tests and the long proof."""

import csv
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

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
