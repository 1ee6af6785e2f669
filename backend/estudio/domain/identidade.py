"""The studio itself: what it is called, its colour and its logo. One row; a backup names it by `estudio_id`."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import FetchedValue, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from estudio.domain.colunas import Base, Instante, Inteiro, Versao
from estudio.domain.errors import NaoEncontrado

NOME: Final = "Estúdio"
"""What a studio is called until it says so itself."""

MAIOR_NOME: Final = 200


class Identidade(Base):
    """The one row. `cor`: what was chosen (`#rrggbb`), or None for the program's own."""

    __tablename__ = "identidade"

    unica: Mapped[bool] = mapped_column(primary_key=True, server_default=FetchedValue())
    estudio_id: Mapped[uuid.UUID] = mapped_column(server_default=FetchedValue())
    nome: Mapped[str] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[Instante]
    cor: Mapped[str | None]
    logotipo_sha256: Mapped[str | None] = mapped_column(ForeignKey("estudio.logotipos.sha256"))
    versao: Mapped[Versao]

    @property
    def marca(self) -> "Marca":
        return Marca(self.nome, self.cor, self.logotipo_sha256)


class Logotipo(Base):
    """The bytes of a picture, as they are served: a PNG that this program drew anew."""

    __tablename__ = "logotipos"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    largura: Mapped[Inteiro]
    altura: Mapped[Inteiro]
    criado_em: Mapped[Instante]


@dataclass(frozen=True, slots=True)
class Marca:
    """What of the studio stands on each of its pages."""

    nome: str = NOME
    cor: str | None = None
    logotipo: str | None = None
    """The sha256 of its picture."""


def get_identidade(session: Session) -> Identidade:
    return session.get_one(Identidade, True, populate_existing=True)


def get_logotipo(session: Session, sha256: str) -> Logotipo:
    """Raises NaoEncontrado."""
    found = session.get(Logotipo, sha256)
    if found is None:
        raise NaoEncontrado(coisa="o logotipo", id=sha256[:12])
    return found
