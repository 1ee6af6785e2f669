"""Second factors: the codes of an app, the codes on paper, and the step between a password and an Acesso.

A code is six digits of one half minute (a *passo*). One is taken back and forth, for clocks that differ; none is taken
twice, which the service and the database see to.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import pyotp
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.acesso import digest_chave
from estudio.domain.colunas import Base, Chave, Instante

ETAPA_VALE: Final = timedelta(minutes=10)

PROVA_VALE: Final = timedelta(minutes=10)
"""How long a password or a passkey that was shown counts for what is dangerous."""

CODIGOS: Final = 10

PASSO: Final = 30
"""Seconds."""

_LETRAS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""Thirty-two, none of which is read as another: five bits each."""

_TAMANHO: Final = 16


class SegundoFator(Base):
    """The app of one person; `segredo` is sealed (domain/segredo.py), `ultimo_passo` that of the last code used."""

    __tablename__ = "segundos_fatores"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    segredo: Mapped[str]
    ultimo_passo: Mapped[int]
    ligado_em: Mapped[Instante]


class CodigoDeRecuperacao(Base):
    """One line of the paper: good once, and then gone."""

    __tablename__ = "codigos_de_recuperacao"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    chave_sha256: Mapped[str]


class Etapa(Base):
    """A browser in which somebody said their password and not yet their second factor. It opens no page."""

    __tablename__ = "etapas"

    chave_sha256: Mapped[str] = mapped_column(primary_key=True)
    usuario_id: Mapped[int]
    provou: Mapped[bool]
    expira_em: Mapped[datetime]


class Prova(Base):
    """When whoever sits at this browser last proved to be its person."""

    __tablename__ = "provas"

    acesso_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    em: Mapped[datetime]


def create_segredo() -> str:
    """A new secret for an app: 160 bits in base 32, as all of them read it."""
    return pyotp.random_base32()


def describe_uri(segredo: str, *, email: str, estudio: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(segredo).provisioning_uri(name=email, issuer_name=estudio)


def calculate_passo(agora: datetime) -> int:
    return int(agora.timestamp()) // PASSO


def find_passo(segredo: str, codigo: str, agora: datetime) -> int | None:
    """The half minute that this code is of, if it is one of about now."""
    typed, found = fold_codigo(codigo), None
    for passo in range(calculate_passo(agora) - 1, calculate_passo(agora) + 2):
        # All three are always looked at.
        if hmac.compare_digest(pyotp.TOTP(segredo).generate_otp(passo).encode(), typed.encode()):
            found = passo
    return found


def create_codigos() -> list[str]:
    """Ten codes of eighty bits, in groups that are read and typed without a mistake."""
    return [
        "-".join("".join(secrets.choice(_LETRAS) for _ in range(4)) for _ in range(_TAMANHO // 4))
        for _ in range(CODIGOS)
    ]


def fold_codigo(codigo: str) -> str:
    """A code without what people type between its groups."""
    return "".join(c for c in codigo.lower() if c.isascii() and c.isalnum())


def digest_codigo(codigo: str) -> str:
    """What is kept of a code on paper. No slow hash: eighty random bits are not guessed."""
    return digest_chave(f"recuperacao:{fold_codigo(codigo)}")
