"""The ficha: what a program shows to be let in at the API in the place of a person, with no more rights than theirs.

Its key is random and shown once; what is kept of it is its sha256.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.acesso import create_chave
from estudio.domain.colunas import Base, Instante
from estudio.domain.colunas import Chave as Numero
from estudio.domain.usuario import Papel

PREFIXO: Final = "estudio_"
"""So that whoever finds a key, in a file or in a log, knows what it is."""

VALE_DIAS: Final = 90
MAIOR_VALIDADE: Final = 366


class Escopo(StrEnum):
    LEITURA = "leitura"
    REGISTRO = "registro"
    EXCLUSAO = "exclusao"


ESCOPOS_DE: Final[Mapping[str, tuple[Escopo, ...]]] = {
    Papel.DONO: (Escopo.LEITURA, Escopo.REGISTRO, Escopo.EXCLUSAO),
    Papel.RECEPCAO: (Escopo.LEITURA, Escopo.REGISTRO),
    Papel.ARTISTA: (Escopo.LEITURA, Escopo.REGISTRO),
    Papel.CONTADOR: (Escopo.LEITURA,),
}
"""What a papel can give at most: whoever reads gives no right to write."""


class Ficha(Base):
    """Gone when it is revoked, when its person may do something else, and when that one's password changes."""

    __tablename__ = "fichas"

    id: Mapped[Numero]
    usuario_id: Mapped[int]
    nome: Mapped[str]
    chave_sha256: Mapped[str]
    escopos: Mapped[list[str]] = mapped_column(ARRAY(Text))
    criada_em: Mapped[Instante]
    expira_em: Mapped[datetime]
    usada_em: Mapped[date | None]


def create_chave_de_ficha() -> str:
    """A new key, recognised by its beginning."""
    return PREFIXO + create_chave()
