"""The key of the copies outside: made once, shown on a sheet to print, and kept nowhere on this machine."""

import os
from pathlib import Path
from typing import Final

import segno

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.errors import UsageRefusal
from estudio.services.backup_escrita import read_origem
from estudio.services.copia_cifra import generate_chave
from estudio.services.documento_typst import compile_pdf

PASSOS: Final = (
    "Instale o programa em um computador novo (docs/operacao.md, Em outra máquina) e ligue a ele o disco das cópias.",
    "Escreva a linha da chave privada em um arquivo de texto: chave.txt, em um pen drive, não no disco.",
    "Com o usuário do estúdio, rode: estudio copia fetch --from PASTA_DAS_COPIAS --key-file /CAMINHO/chave.txt",
    "Rode a linha que ele mostra no fim, com o começo do último selo: está no papel do último extrato.",
    "Faça o que a conferência do fim pedir, apague chave.txt e crie uma chave nova se alguém a viu.",
)
"""On the sheet: whoever needs them may have nothing else."""

PREFIXO: Final = "AGE-SECRET-KEY-1"

_GRUPO: Final = 8


def create_chave(path: Path) -> str:
    """Make a key and the sheet with it, which nobody else on this machine reads; returns the recipient.

    Raises UsageRefusal for a file that is there or cannot be written, DocumentoNaoGerado.
    """
    for folder in filter(None, (get_settings().copy_dir, get_settings().backup_dir)):
        if path.resolve().is_relative_to(folder.resolve()):
            raise UsageRefusal(f"{path} ficaria ao lado do que a chave abre. Escolha outra pasta com --to.")
    with db.translated(), db.connect() as connection:
        estudio = read_origem(connection).estudio
    chave, destinatario = generate_chave()
    pdf = write_folha(estudio, chave, destinatario)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise UsageRefusal(f"Não deu para gravar {path}: {error.strerror}. Escolha outro nome com --to.") from error
    return destinatario


def write_folha(estudio: str, chave: str, destinatario: str) -> bytes:
    """The PDF. Raises DocumentoNaoGerado."""
    now = clock.now()
    payload = {
        "estudio": estudio,
        "criada_em": f"{clock.to_local(now):%d/%m/%Y %H:%M}",
        "chave": [PREFIXO, *_group(chave.removeprefix(PREFIXO))],
        "destinatario": _group(destinatario),
        "qr": [list(row) for row in segno.make(chave, error="q", micro=False).matrix],
        "passos": list(PASSOS),
    }
    return compile_pdf("chave", payload, em=now, titulo="Chave das cópias do estúdio")


def _group(key: str) -> list[str]:
    """In words that an eye can follow."""
    return [key[start : start + _GRUPO] for start in range(0, len(key), _GRUPO)]
