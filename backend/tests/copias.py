"""A folder of copies outside, for the tests of what is sent there and of what leaves it."""

from pathlib import Path

import pytest
from agosto import AGOSTO, close, enter_agosto
from cast import Cast
from conftest import Banco

from estudio import config
from estudio.services.backup_completo import create_full_backup
from estudio.services.copia_cifra import generate_chave
from estudio.services.copia_fora import send_copias
from estudio.services.copia_pasta import list_faltando, prepare_pasta

CHAVE, DESTINATARIO = generate_chave()


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, *, destinatario: str = DESTINATARIO) -> None:
    monkeypatch.setenv("COPY_DIR", str(folder))
    monkeypatch.setenv("COPY_RECIPIENT", destinatario)
    config.reset()


def send_agosto(_: Banco) -> Cast:
    """August closed, its backup cited; a copy of the whole; all of it sent to the folder beside the backups."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        fora = config.get_settings().backup_dir.parent / "fora"
        fora.mkdir()
        use(monkeypatch, fora)
        prepare_pasta()
        cast = enter_agosto()
        close(AGOSTO)
        create_full_backup()
        send_copias()
        assert list_faltando(fora) == []
    return cast


def sheet(folder: Path) -> Path:
    return next(folder.glob("2025_08/backup_2025_08.*.csv.age"))
