"""The folder of the sample studio: made, known again by its mark, and emptied; no other folder is ever touched."""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from estudio import config, db, embedded
from estudio.config_avisos import NUNCA
from estudio.domain.errors import Ocupado, PastaDosDados, UsageRefusal

MARK: Final = ".estudio-de-exemplo"
MARK_TEXT: Final = "Pasta do estúdio de exemplo: `estudio demo` a esvazia cada vez que roda. Não guarde nada aqui.\n"


@contextmanager
def open_demo_folder() -> Generator[Path, None, None]:
    """An empty folder for the sample studio, which the settings name until the process ends; held while it is made.

    Raises UsageRefusal where the settings name a real database, PastaDosDados for a folder that is not a sample's.
    """
    settings = config.get_settings()
    if settings.database_url or settings.database_owner_url:
        raise UsageRefusal(
            "O estúdio de exemplo usa um banco só dele, e DATABASE_URL aponta para outro. Deixe DATABASE_URL e "
            "DATABASE_OWNER_URL vazias e tente de novo: env -u DATABASE_URL estudio demo"
        )
    folder = settings.estudio_data_dir if "estudio_data_dir" in settings.model_fields_set else _find_default()
    with _claim(folder):
        _clear(folder)
        # The folder of the real backups may be set; not one file of a sample goes there.
        config.override(
            estudio_data_dir=folder, backup_dir=folder / "backups", extrato_require_backup=True, database_url="",
            alert_addresses=(), heartbeat_url="", reminder_time=NUNCA,
        )  # fmt: skip
        yield folder


def is_demo_folder(folder: Path) -> bool:
    """Whether a sample studio lives there, whose passwords everybody knows."""
    return (folder / MARK).is_file()


def _find_default() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/estudio-demo")
    return platformdirs.user_data_path("estudio-demo")


@contextmanager
def _claim(folder: Path) -> Generator[None, None, None]:
    """Mark an empty folder as the sample's, or know the mark; one `estudio demo` at a time works in it."""
    mark = folder / MARK
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        if not mark.is_file() and any(folder.iterdir()):
            raise PastaDosDados(
                f"A pasta {folder} não está vazia e não é de um estúdio de exemplo: nada nela foi tocado. "
                "Diga outra em ESTUDIO_DATA_DIR.",
                pasta=str(folder),
            )
        descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PastaDosDados(
            f"A pasta {folder} não pode ser usada ({error.strerror}). Diga outra em ESTUDIO_DATA_DIR.",
            pasta=str(folder),
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Ocupado(f"Outro `estudio demo` está montando {folder}. Espere ele terminar.") from error
        os.pwrite(descriptor, MARK_TEXT.encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Everything but the mark: the server of the last time is stopped first."""
    db.reset()
    embedded.ensure_stopped(folder)
    for path in folder.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
