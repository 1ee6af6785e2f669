"""What a person holds besides her password: links that give a new one, a PIN, and her Turnos at shared browsers.

A Turno is one person at one browser, from the moment she gave her password there; for twelve hours her PIN lets her
take that browser over. Keys and PINs are kept as `domain.acesso` keeps them: digests.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave, Inteiro
from estudio.domain.errors import PinInvalido

TURNO_VALE: Final = timedelta(hours=12)

MAX_FALHAS: Final = 5
"""Wrong PINs in a Turno, after which only the password works; a right one in between forgives none."""

LINKS_POR_PESSOA: Final = 5

MENOR_PIN: Final = 4
MAIOR_PIN: Final = 8

_FILA: Final = "01234567890123456789"


class TipoDeLink(StrEnum):
    CONVITE = "convite"
    RECUPERACAO = "recuperacao"


LINK_VALE: Final = {TipoDeLink.CONVITE: timedelta(hours=72), TipoDeLink.RECUPERACAO: timedelta(minutes=30)}


class Link(Base):
    """An address that lets one person give herself a password, once; gone with the first password that changes."""

    __tablename__ = "links"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    chave_sha256: Mapped[str]
    tipo: Mapped[str]
    expira_em: Mapped[datetime]


class Pin(Base):
    """The digits of one person; `senha_hash` is their argon2."""

    __tablename__ = "pins"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    senha_hash: Mapped[str]


class Turno(Base):
    """One person at one browser, since she gave her password there; `falhas` counts the wrong PINs."""

    __tablename__ = "turnos"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    aparelho_sha256: Mapped[str]
    senha_em: Mapped[datetime]
    falhas: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())

    @property
    def acaba_em(self) -> datetime:
        return self.senha_em + TURNO_VALE


def ensure_pin(pin: str) -> None:
    """Accept a new PIN or raise PinInvalido: digits, and none of those that everybody tries first."""
    digits = re.fullmatch(rf"[0-9]{{{MENOR_PIN},{MAIOR_PIN}}}", pin, re.ASCII)
    # One digit over and over, two taking turns, and the keys in a row in either direction.
    half = len(pin) // 2
    repeated = pin == pin[:1] * len(pin) or (len(pin) % 2 == 0 and pin[:half] == pin[half:])
    if not digits or repeated or pin in _FILA or pin[::-1] in _FILA:
        raise PinInvalido(campo="pin")
