"""What is handed out of a closed month (PDF, workbook, sheet, JSON): made once after the seal, and kept as made."""

from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave, Instante
from estudio.domain.competencia import Competencia


class Tipo(StrEnum):
    """In the order in which they are shown."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


MIMETYPES = {
    Tipo.PDF: "application/pdf",
    Tipo.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Tipo.CSV: "text/csv; charset=utf-8",
    Tipo.JSON: "application/json",
}


class Documento(Base):
    """One file of one version of a month. `programa`: the version of this program that made it."""

    __tablename__ = "documentos"

    id: Mapped[Chave]
    extrato_id: Mapped[int] = mapped_column(ForeignKey("estudio.extratos.id"))
    tipo: Mapped[str]
    nome: Mapped[str]
    conteudo: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]
    tamanho: Mapped[int]
    programa: Mapped[str]
    criado_em: Mapped[Instante]


class DocumentoFalha(Base):
    """Why the documents of a version were not made, the last time that it was tried."""

    __tablename__ = "documentos_falhas"

    extrato_id: Mapped[int] = mapped_column(ForeignKey("estudio.extratos.id"), primary_key=True)
    em: Mapped[Instante]
    codigo: Mapped[str]
    mensagem: Mapped[str]


def stem_of(competencia: Competencia) -> str:
    """`extrato_2025_09`: what all files of a month are called."""
    return f"extrato_{competencia.ano:04d}_{competencia.mes:02d}"
