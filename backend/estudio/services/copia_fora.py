"""Copies outside: what has none yet is encrypted and sent, read back, and goes when the program's own copy went.

A copy is written under a temporary name, read again from that disk, renamed, and then labelled: a run that is killed
leaves nothing that counts, and the next one goes on. What vanished from BACKUP_DIR without being pruned stays there,
and so does what a log held that was rewritten here.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from estudio import clock
from estudio.config import get_settings
from estudio.domain.backup_completo import rank_dump
from estudio.domain.copia import ETIQUETA, EXT, Etiqueta, find_log, find_sha12
from estudio.domain.errors import (
    BackupAlterado,
    BackupDanificado,
    BackupSumiu,
    CopiaDanificada,
    DiscoRecusou,
    LogReescrito,
)
from estudio.services.backup_arquivo import Folder, TemporaryFile, hash_descriptor, open_folder
from estudio.services.backup_bytes import open_bytes
from estudio.services.backup_registro import list_pruned
from estudio.services.copia_cifra import decrypt, encrypt
from estudio.services.copia_pasta import (
    Destino,
    find_etiqueta,
    find_stem,
    is_continued,
    is_current,
    list_copias,
    list_locais,
    list_sem_etiqueta,
    open_destino,
)
from estudio.services.rodada_service import AGORA

RECONFERE: Final = timedelta(days=30)
"""What was read back so long ago is read again: disks forget."""

_DE_UM: Final = (".json", ".csv.gz", ".csv", ".dump")
"""The endings of what belongs to one backup."""

log = structlog.get_logger(__name__)


@dataclass
class Envio:
    """What one run did."""

    enviadas: list[str] = field(default_factory=list)
    conferidas: int = 0
    apagadas: list[str] = field(default_factory=list)
    bytes: int = 0


def send_copias() -> Envio:
    """Send what is not there yet, read again what was not for long, take away what was pruned here.

    All is tried; the first damage, here or there, is raised when all is done: told once, and mended where it can be.
    Raises CopiaImpedida, Ocupado, DiscoRecusou, CopiaDanificada, BackupDanificado, ChaveDaCopiaErrada.
    """
    done, failure = Envio(), None
    damage: CopiaDanificada | BackupDanificado | None
    with open_destino() as destino:
        for caminho in list_locais():
            try:
                damage = _ensure_copia(destino, caminho, done)
            except BackupSumiu:
                # Pruned between the look and now.
                continue
            except BackupDanificado as found:
                damage = found
            failure = failure or damage
        _prune(destino, done)
    log.info(
        "copias_de_fora", enviadas=len(done.enviadas), conferidas=done.conferidas, apagadas=len(done.apagadas),
        bytes=done.bytes,
    )  # fmt: skip
    if failure is not None:
        raise failure
    return done


def _ensure_copia(destino: Destino, caminho: str, done: Envio) -> CopiaDanificada | None:
    """The copy of one file, as it is now; returns what was found damaged, and sent anew."""
    damage: CopiaDanificada | None = None
    try:
        etiqueta = find_etiqueta(destino.pasta, caminho)
        if etiqueta is not None and is_current(etiqueta, caminho, destino.destinatario):
            if abs(clock.now() - etiqueta.conferida_em) < RECONFERE:
                return None
            destino.ensure_there()
            _verify(destino.pasta / f"{caminho}{EXT}", etiqueta)
            done.conferidas += 1
            with open_folder((destino.pasta / caminho).parent) as folder:
                _label(folder, replace(etiqueta, conferida_em=clock.now()))
            return None
        if etiqueta is not None and find_log(caminho) is not None and not is_continued(etiqueta, caminho):
            destino.ensure_there()
            damage = _put_aside(destino, etiqueta)
    except CopiaDanificada as found:
        log.error("copia_de_fora_danificada", arquivo=caminho, codigo=found.codigo)
        damage = found
    destino.ensure_there()
    _send(destino, caminho, done)
    return damage


def _put_aside(destino: Destino, etiqueta: Etiqueta) -> LogReescrito:
    """The copy of a log that does not continue it gets another name there: it may be the only head that is left."""
    with open_folder(destino.pasta) as folder:
        folder.point(etiqueta.aside + EXT, etiqueta.caminho + EXT)
        folder.sync()
        _label(folder, replace(etiqueta, caminho=etiqueta.aside))
    log.error("log_reescrito", arquivo=etiqueta.caminho, guardada=etiqueta.aside)
    local = get_settings().backup_dir / etiqueta.caminho
    return LogReescrito(arquivo=str(local), guardada=str(destino.pasta / f"{etiqueta.aside}{EXT}"))


def _send(destino: Destino, caminho: str, done: Envio) -> None:
    local, name = get_settings().backup_dir / caminho, Path(caminho).name
    with ExitStack() as stack:
        source = stack.enter_context(open_bytes(local))
        folder = stack.enter_context(open_folder((destino.pasta / caminho).parent))
        folder.sweep()
        copy = stack.enter_context(TemporaryFile(folder, "age"))
        count, sha256 = encrypt(source, copy, destinatario=destino.destinatario)
        copy.finish()
        if not sha256.startswith(expected := find_sha12(caminho) or ""):
            raise BackupAlterado(arquivo=str(local), esperado=expected, encontrado=sha256, causa="Não foi copiado.")
        now = clock.now()
        etiqueta = Etiqueta(caminho, count, sha256, copy.bytes, copy.sha256, destino.destinatario, now, now)
        _verify(folder.path / copy.name, etiqueta)
        # At no moment does a label speak of other bytes than those beside it.
        folder.unlink(name + ETIQUETA)
        copy.place(name + EXT)
        folder.sync()
        _label(folder, etiqueta)
    done.enviadas.append(caminho)
    done.bytes += copy.bytes
    log.info("copia_de_fora", arquivo=caminho, bytes=copy.bytes, sha256=copy.sha256)


def _label(folder: Folder, etiqueta: Etiqueta) -> None:
    with TemporaryFile(folder, "json") as file:
        file.write(etiqueta.as_bytes())
        file.finish()
        file.place(Path(etiqueta.caminho).name + ETIQUETA)
    folder.sync()


def _verify(path: Path, etiqueta: Etiqueta) -> None:
    """Read from that disk: the bytes that were sent and, where COPY_KEY is here, what they decrypt to."""
    try:
        with open_bytes(path) as file:
            if hash_descriptor(file.fileno()) != (etiqueta.cifrado_bytes, etiqueta.cifrado_sha256):
                raise CopiaDanificada(arquivo=str(path), motivo="não devolve os bytes que foram gravados")
            if chave := get_settings().copy_key:
                file.seek(0)
                if decrypt(file, _Nowhere(), chave=chave, arquivo=str(path)) != (etiqueta.tamanho, etiqueta.sha256):
                    raise CopiaDanificada(arquivo=str(path), motivo="não decifra para o que foi enviado")
    except BackupSumiu as error:
        raise CopiaDanificada(arquivo=str(path), motivo="sumiu") from error
    except DiscoRecusou as error:
        # Where that disk has worn out another copy is written, and the others are not kept waiting for this one.
        raise CopiaDanificada(arquivo=str(path), motivo="não pode mais ser lida do disco") from error


class _Nowhere:
    """What is decrypted only to be looked at."""

    def write(self, data: bytes) -> None:
        """Hashed by whoever hands it in."""


def _prune(destino: Destino, done: Envio) -> None:
    """Copies of what the program pruned, or rewrote without a person, leave as well; manifests first. The newest of the
    whole studio stays until there is a newer one: what was made here since may be what could not be sent."""
    pruned, there = list_pruned(), list_copias(destino.pasta)
    until = clock.now() + AGORA
    dumps = [caminho for caminho in there if caminho.endswith(".dump")]
    newest = max(dumps, key=lambda caminho: rank_dump(Path(caminho).name, until=until), default=None)
    for caminho in there:
        if find_sha12(caminho) is None or caminho == newest or not _is_pruned(destino, caminho, pruned):
            continue
        _unlink(destino, find_stem(caminho))
        done.apagadas.append(caminho)
        log.info("copia_de_fora_apagada", arquivo=caminho)
    _sweep(destino, pruned)


def _sweep(destino: Destino, pruned: frozenset[tuple[str, str]]) -> None:
    """What a run that was killed left without a label, of what was pruned here: nothing else takes it away."""
    gone, there = {find_stem(arquivo) for arquivo, _ in pruned}, set(list_copias(destino.pasta))
    for caminho in list_sem_etiqueta(destino.pasta):
        stem = find_stem(caminho)
        is_here = any((get_settings().backup_dir / f"{stem}{ext}").exists() for ext in _DE_UM)
        # The newest of the studio, and what is evidence, have their label.
        is_kept = any(f"{stem}{ext}" in there for ext in (".csv", ".dump"))
        if Path(stem).name in gone and not is_here and not is_kept:
            _unlink(destino, stem)
            log.info("sobra_removida", arquivo=f"{caminho}{EXT}")


def _unlink(destino: Destino, stem: str) -> None:
    """A sheet or a dump with all that belongs to it, the manifest first."""
    destino.ensure_there()
    with open_folder((destino.pasta / stem).parent) as folder:
        for name in (f"{Path(stem).name}{ext}" for ext in _DE_UM):
            folder.unlink(name + ETIQUETA)
            folder.unlink(name + EXT)
        folder.sync()


def _is_pruned(destino: Destino, caminho: str, pruned: frozenset[tuple[str, str]]) -> bool:
    try:
        etiqueta = find_etiqueta(destino.pasta, caminho)
    except CopiaDanificada:
        # It is evidence, until somebody has looked.
        return False
    gone = etiqueta is not None and (Path(caminho).name, etiqueta.sha256) in pruned
    return gone and not (get_settings().backup_dir / caminho).exists()
