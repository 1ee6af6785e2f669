"""Doctor: the copies outside. Is the folder there, and is what it should hold in it?"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from estudio import clock
from estudio.config import get_settings
from estudio.domain.errors import CopiaDanificada, CopiaImpedida
from estudio.services.copia_pasta import (
    ask_pasta,
    find_destino,
    find_etiqueta,
    list_copias,
    list_faltando,
    list_locais,
)
from estudio.services.doctor_laudo import Check, Laudo, aviso, count, falha, ok

ATRASADA: Final = timedelta(days=3)
"""A disk in a drawer, a holiday; after that somebody forgot it."""

PERDIDA: Final = timedelta(days=9)


def check_copias_fora() -> Laudo:
    """What burns with the machine is lost if nothing of it is elsewhere."""
    settings = get_settings()
    if settings.copy_dir is None:
        return ok("Não há cópias fora desta máquina (COPY_DIR está vazio): um incêndio levaria tudo.")
    try:
        pasta = find_destino().pasta
        missing, newest = ask_pasta(pasta, lambda: _look(pasta))
    except CopiaImpedida as refusal:
        return falha(refusal.message)
    if not list_locais():
        return ok("Ainda não há backup para copiar.")
    if not missing:
        return ok(f"Tudo o que está em {settings.backup_dir} tem cópia em {settings.copy_dir}.")
    made = [instant for name in missing if (instant := _find_made(settings.backup_dir / name)) is not None]
    waiting = clock.now().timestamp() - min(made) if made else 0.0
    words = (
        f"{count(len(missing), 'arquivo espera', 'arquivos esperam')} pela cópia de fora há "
        f"{count(int(waiting // 86_400), 'dia', 'dias')}{newest}. Veja `estudio rotinas`, ou rode "
        "`estudio copia send`."
    )
    if waiting > PERDIDA.total_seconds():
        return falha(words)
    return aviso(words) if waiting > ATRASADA.total_seconds() else ok("As cópias de fora estão em dia.")


def _look(pasta: Path) -> tuple[list[str], str]:
    """What has no copy there, and then of when the newest is."""
    missing = list_faltando(pasta)
    return missing, _tell_newest(pasta) if missing else ""


def _find_made(path: Path) -> float | None:
    """When a file was written; None for one that was pruned since the look."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _tell_newest(folder: Path) -> str:
    sent = []
    for caminho in list_copias(folder):
        try:
            etiqueta = find_etiqueta(folder, caminho)
        except CopiaDanificada:
            continue
        if etiqueta is not None:
            sent.append(etiqueta.enviada_em)
    return f"; a mais nova é de {clock.to_local(max(sent)):%d/%m/%Y}" if sent else "; não há nenhuma"


CHECKS: tuple[Check, ...] = (check_copias_fora,)
