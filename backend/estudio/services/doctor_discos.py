"""Doctor: the folders. Is there room, can they be written, who else can read them?"""

import os
import secrets
import stat
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from estudio.config import get_settings
from estudio.config_valores import PROGRAMA
from estudio.log_files import Parte
from estudio.services.disco_consulta import find_disco, find_existing
from estudio.services.doctor_laudo import Check, Laudo, aviso, falha, ok, show_some

LOGROTATE_D: Final = Path("/etc/logrotate.d")
"""Beside it is logrotate.conf."""


def check_espaco_dados() -> Laudo:
    """The embedded server stops altogether on a full disk."""
    return _check_space(get_settings().estudio_data_dir, "dos dados", "ESTUDIO_DATA_DIR")


def check_espaco_backups() -> Laudo:
    """No room, no backup; no backup, no closing."""
    return _check_space(get_settings().backup_dir, "dos backups", "BACKUP_DIR")


def check_espaco_registro() -> Laudo:
    """A full disk of the log stops nothing, and nobody sees what happened."""
    return _check_space(get_settings().log_dir, "do registro", "LOG_DIR")


def check_pasta_backups() -> Laudo:
    """Tried: as root, or on a disk that was remounted, mode bits tell nothing."""
    return _check_writable(get_settings().backup_dir, "BACKUP_DIR")


def check_pasta_registro() -> Laudo:
    """The log's folder and, where it exists, its file."""
    folder = get_settings().log_dir
    if not get_settings().log_to_file:
        return ok("O registro em arquivo está desligado.")
    files = [folder / parte.arquivo for parte in Parte]
    shut = [str(file) for file in files if file.exists() and not (file.is_file() and os.access(file, os.W_OK))]
    if shut:
        return falha(f"O registro não pode ser escrito: {show_some(shut)}. Corrija o dono e as permissões.")
    return _check_writable(folder, "LOG_DIR")


def check_rotacao_registro() -> Laudo:
    """Two that rotate one file lose what the other kept; where nobody does, the disk fills."""
    settings = get_settings()
    if not settings.log_to_file:
        return ok("O registro em arquivo está desligado.")
    found = {parte.arquivo: _find_logrotate(settings.log_dir / parte.arquivo) for parte in Parte}
    named = next((path for path in found.values() if path is not None), None)
    if settings.log_rotation == PROGRAMA:
        if named is None:
            return ok("O próprio programa limita o tamanho do registro.")
        return aviso(
            f"{named} e o programa trocam os mesmos arquivos de {settings.log_dir}. Fique com um: apague essa "
            "configuração do logrotate, ou ponha LOG_ROTATION=logrotate."
        )
    missing = [name for name, path in found.items() if path is None]
    if not missing:
        return ok("O logrotate limita o tamanho do registro.")
    return aviso(
        f"LOG_ROTATION=logrotate, e nenhuma configuração em {LOGROTATE_D} fala de {show_some(missing)} em "
        f"{settings.log_dir}: crescem sem fim. Copie backend/scripts/logrotate_atomic_extrato.conf, ou deixe "
        "LOG_ROTATION vazio."
    )


def check_pastas_privadas() -> Laudo:
    """Backups hold names and what people paid; the server's folder holds its passwords."""
    settings = get_settings()
    private = (settings.backup_dir, settings.estudio_data_dir / "servidor" / "segredos")
    open_ones = [str(path) for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if not open_ones:
        return ok("Só este usuário lê os backups e as senhas do banco.")
    return aviso(f"Outros usuários da máquina podem entrar em {show_some(open_ones)}. Rode: chmod 700 {open_ones[0]}")


def check_backups_em_outro_disco() -> Laudo:
    """One disk that dies takes both along. Where the database is on another machine, the backups are elsewhere
    already."""
    settings = get_settings()
    if settings.database_url:
        return ok("O banco é de outro servidor; confira que BACKUP_DIR não está no mesmo disco que ele.")
    if find_existing(settings.backup_dir).stat().st_dev != find_existing(settings.estudio_data_dir).stat().st_dev:
        return ok("Os backups estão noutro disco que o banco.")
    return aviso(
        f"Os backups ({settings.backup_dir}) estão no mesmo disco que o banco: se ele falhar, vão os dois. Aponte "
        "BACKUP_DIR para outro disco, ou copie a pasta para fora toda semana."
    )


def _find_logrotate(file: Path) -> Path | None:
    """The configuration of logrotate that names a file; what cannot be read is passed over."""
    for conf in (LOGROTATE_D.with_suffix(".conf"), *sorted(LOGROTATE_D.glob("*"))):
        try:
            words = conf.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        lines = (line for line in words.splitlines() if line.lstrip().startswith(("/", '"/')))
        if any(fnmatch(str(file), word.strip('"')) for line in lines for word in line.removesuffix("{").split()):
            return conf
    return None


def _check_space(folder: Path, whose: str, setting: str) -> Laudo:
    disco = find_disco(setting, folder)
    free = disco.livres
    shown = f"{free / 10**9:.1f} GB".replace(".", ",") if free >= 10**9 else f"{free // 10**6} MB"
    if disco.situacao == "folga":
        return ok(f"Disco {whose}: {shown} livres.")
    words = f"O disco {whose} ({folder}) tem só {shown} livres. Libere espaço ou aponte {setting} para outro."
    return falha(words) if disco.situacao == "cheio" else aviso(words)


def _check_writable(folder: Path, setting: str) -> Laudo:
    """A file is written, brought to disk and taken away again."""
    place = find_existing(folder)
    probe = place / f".doctor-{secrets.token_hex(6)}"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"doctor\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as error:
        return falha(
            f"A pasta {folder} não pode ser escrita ({error.strerror}). Corrija as permissões ou aponte {setting} "
            "para outra."
        )
    return ok(f"{folder} {'pode ser escrita' if place == folder else 'será criada quando for preciso'}.")


CHECKS: tuple[Check, ...] = (
    check_espaco_dados,
    check_espaco_backups,
    check_espaco_registro,
    check_pasta_backups,
    check_pasta_registro,
    check_rotacao_registro,
    check_pastas_privadas,
    check_backups_em_outro_disco,
)
