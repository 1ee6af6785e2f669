"""Being logged in: an Acesso is one browser of one person, a Convite a link that works once, a Tentativa what failed.

A key is random and known to the browser (or to the terminal) alone; what is kept of it is its sha256.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Instante, Inteiro
from estudio.domain.colunas import Chave as Numero
from estudio.domain.usuario import Papel

ABSOLUTO: Final = timedelta(days=7)
"""After this one logs in again, however busy one was."""

_OCIOSO: Final = {Papel.RECEPCAO: timedelta(hours=12)}
_OCIOSO_PADRAO: Final = timedelta(minutes=30)

CONVITE_VALE: Final = timedelta(minutes=30)

MAIOR_ESPERA: Final = timedelta(minutes=15)
"""The longest that anybody waits, so that nobody is locked out for good."""

_BYTES_DA_CHAVE: Final = 32


class Acesso(Base):
    """One browser in which one person is logged in; gone when they log out, or when their password changes."""

    __tablename__ = "acessos"

    id: Mapped[Numero]
    usuario_id: Mapped[int]
    chave_sha256: Mapped[str]
    navegador: Mapped[str]
    expira_em: Mapped[datetime]
    aberto_em: Mapped[Instante]
    por_pin: Mapped[bool] = mapped_column(server_default=FetchedValue())
    """Of a shared browser's PIN: shorter, and no proof of who is there where the password is asked anew."""


class Convite(Base):
    """A link that makes the first dono, once."""

    __tablename__ = "convites"

    chave_sha256: Mapped[str] = mapped_column(primary_key=True)
    expira_em: Mapped[datetime]


class Tentativa(Base):
    """How often somebody failed, in a row, on one account, from one address or in one known browser."""

    __tablename__ = "tentativas"

    chave: Mapped[str] = mapped_column(primary_key=True)
    falhas: Mapped[Inteiro]
    ultima_em: Mapped[datetime]


def create_chave() -> str:
    """A new key, which nobody guesses; fit for a cookie and for an address."""
    return secrets.token_urlsafe(_BYTES_DA_CHAVE)


def digest_chave(chave: str) -> str:
    """What is kept of a key. No salt and no slow hash: 256 random bits are not guessed."""
    return hashlib.sha256(chave.encode("utf-8", "surrogatepass")).hexdigest()


def fold_email(email: str) -> str:
    """The address that accounts are told apart by. Folded here alone: PostgreSQL makes another letter of some (İ), and
    one account would have as many counters as there are ways to write it."""
    return email.strip().lower()


def calculate_ocioso(papel: str) -> timedelta:
    """How long a browser may be left alone: the desk's for a day's work, everybody else's for half an hour."""
    return _OCIOSO.get(Papel(papel), _OCIOSO_PADRAO)


def calculate_espera(falhas: int, *, livres: int) -> timedelta:
    """How long to wait after so many failures: nothing for the first `livres`, then twice as long each time."""
    if falhas < livres:
        return timedelta(0)
    # Beyond 2^10 seconds it is the longest anyway, and 2^1000000 is not a number of seconds.
    return min(timedelta(seconds=2 ** min(falhas - livres, 10)), MAIOR_ESPERA)
