"""Copies outside brought back: decrypted into BACKUP_DIR as they were, from where `estudio backup restore` reads them.

It asks no database: on a new machine there is none yet. What is there already is never written over.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from estudio.domain.backup import CONTENT_NAME, familiar_name
from estudio.domain.copia import EXT, Etiqueta, find_sha12, is_vivo
from estudio.domain.errors import BackupDanificado, ChaveDaCopiaErrada, CopiaDanificada, CopiaImpedida
from estudio.services.backup_arquivo import Folder, TemporaryFile, hash_descriptor, open_folder
from estudio.services.backup_bytes import open_bytes
from estudio.services.backup_leitura import read_manifesto
from estudio.services.copia_cifra import decrypt, find_destinatario
from estudio.services.copia_pasta import find_etiqueta, list_copias, read_marca

log = structlog.get_logger(__name__)


@dataclass
class Volta:
    """What became of the copies; paths relative to BACKUP_DIR."""

    trazidas: list[str] = field(default_factory=list)
    iguais: int = 0
    """There already, with the same bytes."""
    diferentes: list[str] = field(default_factory=list)
    """There already with other bytes, and left as they are."""
    outra_chave: list[str] = field(default_factory=list)
    danificadas: list[str] = field(default_factory=list)


def restore_copias(origem: Path, *, chave: str, destino: Path) -> Volta:
    """Bring everything back. Damaged ones are named, and the others come.

    Raises CopiaImpedida, ChaveDaCopiaErrada where none is for this key, DiscoRecusou.
    """
    if read_marca(origem) is None:
        raise CopiaImpedida(motivo=f"{origem} não é uma pasta de cópias de um estúdio. Diga com --from a que é.")
    destinatario, volta = find_destinatario(chave), Volta()
    for caminho in list_copias(origem):
        try:
            etiqueta = find_etiqueta(origem, caminho)
            assert etiqueta is not None, "it was listed by its label"
            if etiqueta.destinatario != destinatario:
                volta.outra_chave.append(caminho)
            elif os.path.lexists(destino / caminho):
                _compare(destino / caminho, etiqueta, volta)
            else:
                _bring(origem / f"{caminho}{EXT}", etiqueta, destino / caminho, chave=chave)
                volta.trazidas.append(caminho)
        except (CopiaDanificada, BackupDanificado) as damage:
            log.error("copia_de_fora_danificada", arquivo=caminho, codigo=damage.codigo)
            volta.danificadas.append(caminho)
    if volta.outra_chave and not volta.trazidas and not volta.iguais:
        raise ChaveDaCopiaErrada(arquivo=str(origem))
    return volta


def _compare(there: Path, etiqueta: Etiqueta, volta: Volta) -> None:
    with open_bytes(there) as file:
        if hash_descriptor(file.fileno()) == (etiqueta.tamanho, etiqueta.sha256):
            volta.iguais += 1
        else:
            volta.diferentes.append(etiqueta.caminho)


def _bring(copy: Path, etiqueta: Etiqueta, target: Path, *, chave: str) -> None:
    with (
        open_bytes(copy) as source,
        open_folder(target.parent) as folder,
        TemporaryFile(folder, "volta") as file,
    ):
        found = decrypt(source, file, chave=chave, arquivo=str(copy))
        file.finish()
        if found != (etiqueta.tamanho, etiqueta.sha256) or not found[1].startswith(find_sha12(etiqueta.caminho) or ""):
            raise CopiaDanificada(arquivo=str(copy), motivo="não decifra para o que a etiqueta diz")
        if is_vivo(etiqueta.caminho) and target.suffix == ".json":
            _point_familiar(folder, folder.path / file.name)
        file.place(target.name)
        folder.sync()


def _point_familiar(folder: Folder, manifest: Path) -> None:
    """The sheet that stands for a month gets its familiar name again, before the manifest that commits the pair."""
    manifesto = read_manifesto(manifest).manifesto
    for named, ext in ((manifesto.csv, "csv"), (manifesto.gz, "csv.gz")):
        if named is None:
            continue
        if not CONTENT_NAME.fullmatch(named.arquivo) or not (folder.path / named.arquivo).is_file():
            raise CopiaDanificada(arquivo=named.arquivo, motivo="falta o arquivo de que o manifesto fala")
        folder.point(familiar_name(manifesto.competencia, ext), named.arquivo)
