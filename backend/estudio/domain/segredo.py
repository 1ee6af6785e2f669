"""A secret as the database may hold it: encrypted with a key of the data folder, which no dump and no backup carries.

Whose it is is sealed into it: a row that is copied to another person's opens nothing.
"""

import base64
import secrets
from datetime import timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from estudio import clock
from estudio.domain.errors import SegredoIlegivel
from estudio.secret_file import ensure_secret

NAME: Final = "chave_dos_segredos"

_NONCE: Final = 12


def seal_segredo(segredo: str, *, de: str) -> str:
    """Encrypt; `de` says whose and what it is, and has to be said again by who opens it."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + _cipher().encrypt(nonce, segredo.encode(), de.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def open_segredo(sealed: str, *, de: str) -> str:
    """Decrypt. Raises SegredoIlegivel when the key is another, the text was changed, or it is another's."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
        return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], de.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SegredoIlegivel from error


def lend_segredo(segredo: str, *, de: str) -> str:
    """Encrypt for somebody's browser, which shows it again within half an hour (`take_back`)."""
    return seal_segredo(f"{int(clock.now().timestamp())}.{segredo}", de=f"emprestado:{de}")


def take_back_segredo(lent: str, *, de: str, validade: timedelta) -> str:
    """What `lend_segredo` gave. Raises SegredoIlegivel when it is too old, another's or none of ours."""
    em, _, segredo = open_segredo(lent, de=f"emprestado:{de}").partition(".")
    if int(clock.now().timestamp()) - int(em) > validade.total_seconds():
        raise SegredoIlegivel
    return segredo


def _cipher() -> AESGCM:
    key = ensure_secret(NAME, chamada="A chave dos segredos")
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"estudio segredos/1").derive(key.encode()))
