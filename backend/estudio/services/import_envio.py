"""Envios: a file that came by the browser, kept in the data folder until it is imported, thrown away, or a day old.

It lies under a name of ours and only this program reads it; what people call it lies beside it. Nothing that somebody
typed or sent becomes part of a path.
"""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

import structlog

from estudio import clock
from estudio.config import get_settings
from estudio.domain.errors import ArquivoNaoLido, DiscoRecusou, EnvioVencido
from estudio.embedded_folder import write_private
from estudio.services.import_leitura import read_arquivo
from estudio.services.import_registros import Leitura

PASTA: Final = "envios"

LIMITE: Final = 20 << 20
"""Bytes of one file: some 120 000 records, twelve years of a busy studio."""

GUARDADOS: Final = 10
IDADE: Final = timedelta(days=1)

MAIOR_NOME: Final = 200

_CHAVE: Final = re.compile("[0-9a-f]{32}")
_PEDACO: Final = 1 << 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Envio:
    """`nome` is what it was called where it came from."""

    chave: str
    nome: str
    caminho: Path

    @property
    def bytes(self) -> int:
        return self.caminho.stat().st_size


def register_envio(source: IO[bytes], nome: str) -> Envio:
    """Keep a file that can be read as a sheet. Raises ArquivoNaoLido, and then nothing is kept; DiscoRecusou."""
    folder = get_settings().estudio_data_dir / PASTA
    chave = secrets.token_hex(16)
    envio = Envio(chave, clean_nome(nome), folder / f"{chave}.csv")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prune_envios(manter=GUARDADOS - 1)
        _write(source, envio)
        write_private(_name_path(envio.caminho), envio.nome)
        read_envio(envio)
    except OSError as error:
        delete_envio(envio)
        raise DiscoRecusou(
            "O arquivo não coube no disco do estúdio, e nada foi guardado. Libere espaço e tente de novo.",
            motivo=str(error.strerror),
        ) from error
    except BaseException:
        delete_envio(envio)
        raise
    log.info("envio_guardado", envio=chave, bytes=envio.bytes)
    return envio


def get_envio(chave: str) -> Envio:
    """Raises EnvioVencido, also for one that lies there still after its day: the next to be sent takes it away."""
    path = get_settings().estudio_data_dir / PASTA / f"{chave}.csv"
    if not _CHAVE.fullmatch(chave) or not path.is_file():
        raise EnvioVencido
    try:
        if path.stat().st_mtime < (clock.now() - IDADE).timestamp():
            raise EnvioVencido
        return Envio(chave, _name_path(path).read_text(encoding="utf-8"), path)
    except OSError as error:
        raise EnvioVencido from error


def read_envio(envio: Envio) -> Leitura:
    """The records of the file, and the sha256 of the very bytes that they were read from. Raises ArquivoNaoLido."""
    try:
        return read_arquivo(envio.caminho, nome=envio.nome)
    except ArquivoNaoLido as refusal:
        if "falta" not in refusal.details:
            raise
        raise ArquivoNaoLido(
            arquivo=envio.nome,
            motivo="é um backup deste programa, que só vale com o manifesto (.json) ao lado dele. Importe-o no "
            "computador do estúdio, com `estudio import ARQUIVO`.",
        ) from refusal


def delete_envio(envio: Envio) -> None:
    """Forget the file; one that is gone already is forgotten."""
    for path in (envio.caminho, _name_path(envio.caminho)):
        path.unlink(missing_ok=True)


def prune_envios(*, manter: int = GUARDADOS) -> int:
    """Forget what is a day old, and all but the newest; returns how many files."""
    before = (clock.now() - IDADE).timestamp()
    found = list(_list_files())
    newest = sorted((when, path.stem) for when, path in found if path.suffix == ".csv")[::-1]
    kept = {stem for when, stem in newest[:manter] if when >= before}
    gone = [path for when, path in found if path.stem not in kept and (path.suffix == ".csv" or when < before)]
    for path in gone:
        path.unlink(missing_ok=True)
        _name_path(path).unlink(missing_ok=True)
    return len(gone)


def clean_nome(nome: str) -> str:
    """The last part of a name, in letters that can be shown: browsers send paths, and people anything."""
    last = re.split(r"[/\\]", nome)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[:MAIOR_NOME] or "arquivo"


def _list_files() -> Iterator[tuple[float, Path]]:
    folder = get_settings().estudio_data_dir / PASTA
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            yield path.stat().st_mtime, path
        except FileNotFoundError:
            # Another process was first.
            continue


def _write(source: IO[bytes], envio: Envio) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(envio.caminho, flags, 0o600)
    left = LIMITE
    with os.fdopen(descriptor, "wb") as file:
        while piece := source.read(_PEDACO):
            left -= len(piece)
            if left < 0:
                raise ArquivoNaoLido(
                    arquivo=envio.nome,
                    motivo=f"tem mais de {LIMITE >> 20} MB, o limite de um envio. Divida-o por mês.",
                )
            file.write(piece)


def _name_path(path: Path) -> Path:
    return path.with_suffix(".nome")
