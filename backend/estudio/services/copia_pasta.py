"""The folder of the copies outside: prepared once, recognised each time, and what lies in it."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from estudio import db
from estudio.config import get_settings
from estudio.domain.copia import (
    ETIQUETA,
    EXT,
    MARCA,
    MAX_ETIQUETA,
    Etiqueta,
    Marca,
    find_log,
    is_copiavel,
    is_vivo,
    order_of,
)
from estudio.domain.errors import BackupSumiu, CopiaDanificada, CopiaImpedida, Ocupado
from estudio.services.backup_arquivo import TemporaryFile, hash_descriptor, open_folder, try_lock_file
from estudio.services.backup_bytes import open_bytes
from estudio.services.backup_disco import disk_refusals
from estudio.services.backup_escrita import read_origem
from estudio.services.backup_registro import find_estudio_id
from estudio.services.copia_cifra import ensure_destinatario
from estudio.services.prazo import ask_in_time

PRAZO_S: Final = 120
"""A disk that slept is awake by then, and a slow network has told of some thousand labels. A folder of the network
whose other end is gone would never answer."""

T = TypeVar("T")

_PASTAS: Final = ("", "20??_??", "completo")


@dataclass(frozen=True)
class Destino:
    """A prepared folder, held by this run alone."""

    pasta: Path
    destinatario: str

    def ensure_there(self) -> None:
        """Asked before each file: a disk may be taken away in between, and nothing is written to where it was."""
        if ask_pasta(self.pasta, lambda: read_marca(self.pasta)) is None:
            raise _explain_unprepared(self.pasta)


def prepare_pasta() -> Marca:
    """Make COPY_DIR known as the folder of this studio and of its key. Raises CopiaImpedida, DiscoRecusou."""
    pasta, destinatario = _get_settings()
    ensure_destinatario(destinatario)
    if not pasta.is_dir():
        raise CopiaImpedida(motivo=f"a pasta {pasta} não existe. Monte o disco, crie a pasta nele e tente de novo.")
    with db.translated(), db.connect() as connection:
        origem = read_origem(connection)
    there = read_marca(pasta)
    if there is not None and there.estudio_id != origem.estudio_id:
        raise _explain_foreign(pasta, there)
    marca = Marca(origem.estudio_id, origem.estudio, destinatario)
    with open_folder(pasta) as folder, TemporaryFile(folder, "json") as file:
        file.write(marca.as_bytes())
        file.finish()
        file.place(MARCA)
        folder.sync()
    return marca


def find_destino() -> Destino:
    """COPY_DIR as it was prepared for this studio and its key. Raises CopiaImpedida, DiscoRecusou."""
    pasta, destinatario = _get_settings()
    marca = ask_pasta(pasta, lambda: read_marca(pasta))
    if marca is None:
        raise _explain_unprepared(pasta)
    if marca.estudio_id != find_estudio_id():
        raise _explain_foreign(pasta, marca)
    if marca.destinatario != destinatario:
        raise CopiaImpedida(
            motivo=f"{pasta} foi preparada para outra chave que a de COPY_RECIPIENT. Se a chave nova é a certa, rode "
            "`estudio copia prepare`."
        )
    return Destino(pasta, destinatario)


@contextmanager
def open_destino() -> Generator[Destino, None, None]:
    """That folder, for one at a time. Raises CopiaImpedida, Ocupado, DiscoRecusou."""
    destino = find_destino()
    with open_bytes(destino.pasta / MARCA) as lock:
        if not try_lock_file(lock.fileno()):
            raise Ocupado(f"Outro processo está copiando para {destino.pasta}. Espere terminar.")
        yield destino


def ask_pasta(pasta: Path, question: Callable[[], T]) -> T:
    """What a folder elsewhere tells, in time. Raises CopiaImpedida when it does not answer, or still does not."""
    try:
        return ask_in_time("copias", question, segundos=PRAZO_S, para=str(pasta))
    except TimeoutError as error:
        motivo = f"o disco das cópias não responde ({pasta}). Veja se ele está ligado, e a rede."
        raise CopiaImpedida(motivo=motivo) from error


def read_marca(pasta: Path) -> Marca | None:
    """What a folder says of itself; None where it was never prepared. Raises CopiaImpedida for one that is damaged."""
    try:
        if not os.path.lexists(pasta / MARCA):
            return None
        with open_bytes(pasta / MARCA) as file:
            return Marca.parse(file.read(MAX_ETIQUETA))
    except ValueError as error:
        raise CopiaImpedida(
            motivo=f"{pasta / MARCA} não pode ser lido. Apague-o e rode `estudio copia prepare`."
        ) from error


def list_locais() -> list[str]:
    """What of BACKUP_DIR is copied, relative to it, in the order in which it is: a sheet or a dump only with its
    manifest, which is put in place when they are whole."""
    pasta = get_settings().backup_dir
    names = set(_list_files(pasta))
    found = [name for name in names if is_copiavel(name) and (is_vivo(name) or f"{find_stem(name)}.json" in names)]
    return sorted(found, key=order_of)


def list_copias(pasta: Path) -> list[str]:
    """What has a label there, in the order in which it is brought back."""
    names = (name.removesuffix(ETIQUETA) for name in _list_files(pasta) if name.endswith(ETIQUETA))
    return sorted(filter(is_copiavel, names), key=order_of)


def list_sem_etiqueta(pasta: Path) -> list[str]:
    """Copies without a label: nobody's, and left by a run that was killed."""
    names = set(_list_files(pasta))
    bare = (name.removesuffix(EXT) for name in names if name.endswith(EXT) and f"{name}.json" not in names)
    return sorted(filter(is_copiavel, bare), key=order_of)


def find_stem(caminho: str) -> str:
    """What the names of a sheet or a dump, and of all that belongs to it, begin with."""
    return caminho.removesuffix(".gz").removesuffix(".csv").removesuffix(".dump").removesuffix(".json")


def find_etiqueta(pasta: Path, caminho: str) -> Etiqueta | None:
    """The label of a copy that is there with the size that it says. Raises CopiaDanificada, DiscoRecusou."""
    label, copy = pasta / f"{caminho}{ETIQUETA}", pasta / f"{caminho}{EXT}"
    if not os.path.lexists(label):
        return None
    with open_bytes(label) as file:
        etiqueta = Etiqueta.parse(file.read(MAX_ETIQUETA), caminho=caminho)
    if not copy.is_file() or copy.is_symlink() or copy.stat().st_size != etiqueta.cifrado_bytes:
        raise CopiaDanificada(arquivo=str(copy), motivo="sumiu, ou tem outro tamanho que o gravado")
    return etiqueta


def is_current(etiqueta: Etiqueta, caminho: str, destinatario: str) -> bool:
    """Whether a copy is of what the file holds now, for the key of now. Raises BackupSumiu, DiscoRecusou."""
    if etiqueta.destinatario != destinatario:
        return False
    if not is_vivo(caminho):
        return True
    with open_bytes(get_settings().backup_dir / caminho) as file:
        return hash_descriptor(file.fileno()) == (etiqueta.tamanho, etiqueta.sha256)


def is_continued(etiqueta: Etiqueta, caminho: str) -> bool:
    """Whether what the copy of a log holds is still here: the log begins with it, or one that was put aside does.

    Raises BackupSumiu, DiscoRecusou.
    """
    pasta, log = get_settings().backup_dir, find_log(caminho)
    others = [name for name in list_locais() if name != caminho and find_log(name) == log]
    for name in (caminho, *others):
        with open_bytes(pasta / name) as file:
            if hash_descriptor(file.fileno(), limit=etiqueta.tamanho) == (etiqueta.tamanho, etiqueta.sha256):
                return True
    return False


def list_faltando(pasta: Path) -> list[str]:
    """What has no copy there for the key of now, as far as labels and sizes tell; quickly asked."""
    missing = []
    for caminho in list_locais():
        try:
            etiqueta = find_etiqueta(pasta, caminho)
            if etiqueta is None or not is_current(etiqueta, caminho, get_settings().copy_recipient):
                missing.append(caminho)
        except CopiaDanificada:
            missing.append(caminho)
        except BackupSumiu:
            # Pruned between the look and now.
            continue
    return missing


def _list_files(pasta: Path) -> Iterator[str]:
    """Relative paths of files, of the folders that matter and no deeper; links are passed over."""
    for pattern in _PASTAS:
        for folder in [pasta] if not pattern else sorted(pasta.glob(pattern)):
            if folder.is_dir() and (folder == pasta or not folder.is_symlink()):
                with disk_refusals(folder, verb="ler"):
                    found = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
                yield from (path.relative_to(pasta).as_posix() for path in found)


def _get_settings() -> tuple[Path, str]:
    settings = get_settings()
    if settings.copy_dir is None:
        raise CopiaImpedida(motivo="COPY_DIR está vazio. Diga no .env a pasta de outro disco ou da rede.")
    if not settings.copy_recipient:
        raise CopiaImpedida(motivo="COPY_RECIPIENT está vazio. Crie a chave com `estudio copia key`.")
    return settings.copy_dir, settings.copy_recipient


def _explain_unprepared(pasta: Path) -> CopiaImpedida:
    return CopiaImpedida(
        motivo=f"{pasta} não é uma pasta preparada. Se o disco não está montado, monte-o; se é novo, rode "
        "`estudio copia prepare`."
    )


def _explain_foreign(pasta: Path, marca: Marca) -> CopiaImpedida:
    return CopiaImpedida(motivo=f"{pasta} é a pasta das cópias de outro estúdio ({marca.estudio}). Use outra pasta.")
