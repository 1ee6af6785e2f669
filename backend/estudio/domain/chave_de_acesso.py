"""Passkeys (chaves de acesso): a device that signs for its person, and what it is asked to sign, once."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave, Instante

DESAFIO_VALE: Final = timedelta(minutes=5)

MAIOR_NOME: Final = 60

CHAVES_POR_PESSOA: Final = 20


class Ato(StrEnum):
    """What a signature is for: one for the one is worth nothing for the other."""

    REGISTRO = "registro"
    ENTRADA = "entrada"


@dataclass(frozen=True, slots=True)
class Lugar:
    """Where these pages are met. A passkey is bound to it: what another site was shown is worth nothing here."""

    origem: str
    """As browsers write it: https://estudio.exemplo.com, or http://localhost:8000."""

    @property
    def nome(self) -> str:
        """The host alone."""
        return urlsplit(self.origem).hostname or ""

    @property
    def serve(self) -> bool:
        """Whether a browser keeps passkeys for it: by a name, and by https unless it is this very machine."""
        try:
            ipaddress.ip_address(self.nome)
        except ValueError:
            return self.origem.startswith("https://") or self.nome == "localhost"
        return False


class ChaveDeAcesso(Base):
    """One passkey of one person; `credencial` is its name, `contador` how often its device says that it was used."""

    __tablename__ = "chaves_de_acesso"

    id: Mapped[Chave]
    usuario_id: Mapped[int]
    nome: Mapped[str]
    credencial: Mapped[str]
    chave_publica: Mapped[bytes]
    contador: Mapped[int]
    criada_em: Mapped[Instante]
    usada_em: Mapped[datetime | None]


class Desafio(Base):
    """Random bytes that a passkey is asked to sign; answered it is gone. `usuario_id` None: whoever it is."""

    __tablename__ = "desafios"

    chave_sha256: Mapped[str] = mapped_column(primary_key=True)
    ato: Mapped[str]
    usuario_id: Mapped[int | None]
    desafio: Mapped[str]
    expira_em: Mapped[datetime]


def identify_pessoa(estudio_id: str, usuario_id: int) -> bytes:
    """What a device keeps as the name of a person: always the same, another in each studio, and it says nothing."""
    return hashlib.sha256(f"estudio:{estudio_id}:{usuario_id}".encode()).digest()
