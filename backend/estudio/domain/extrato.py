"""The Extrato: a closed month, sealed and versioned; and the chain of seals it hangs on.

Written only by functions of the database (`fechar_competencia` and its sisters); here it is read.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Select, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from estudio.domain.colunas import Base
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem, calculate_selo
from estudio.domain.errors import NaoFechado


class MesContabil(Base):
    """A month's state: aberta → fechada → selada; fechada → aberta by reopening; vazia, shut behind a closed one."""

    __tablename__ = "competencias"

    mes: Mapped[date] = mapped_column(Date, primary_key=True)
    estado: Mapped[str]


class Selo(Base):
    """One link of the chain: a closing, a reopening or a sealing."""

    __tablename__ = "selos"

    seq: Mapped[int] = mapped_column(primary_key=True)
    tipo: Mapped[str]
    mes: Mapped[date] = mapped_column(Date)
    versao: Mapped[int]
    conteudo_sha256: Mapped[str]
    backup_sha256: Mapped[str | None]
    em: Mapped[str]
    quem: Mapped[int | None]
    anterior_sha256: Mapped[str]
    selo_sha256: Mapped[str]
    motivo: Mapped[str | None]
    run_id: Mapped[uuid.UUID]

    def calculate(self) -> str:
        """What this link's hash must be, from its own fields."""
        return calculate_selo(
            seq=self.seq,
            tipo=self.tipo,
            mes=Competencia.of(self.mes).slug,
            versao=self.versao,
            conteudo=self.conteudo_sha256,
            backup=self.backup_sha256,
            em=self.em,
            quem=self.quem,
            anterior=self.anterior_sha256,
        )


class ExtratoNome(Base):
    """A name as it stood when the month was sealed; beside the seal, so that erasing a person breaks none."""

    __tablename__ = "extrato_nomes"

    extrato_id: Mapped[int] = mapped_column(ForeignKey("estudio.extratos.id"), primary_key=True)
    tipo: Mapped[str] = mapped_column(primary_key=True)
    chave: Mapped[str] = mapped_column(primary_key=True)
    nome: Mapped[str]


class Extrato(Base):
    """A version of a closed month. `estado` is vigente (it stands) or substituido (a reopening took its place)."""

    __tablename__ = "extratos"

    id: Mapped[int] = mapped_column(primary_key=True)
    mes: Mapped[date] = mapped_column(Date)
    versao: Mapped[int]
    estado: Mapped[str]
    por_dia: Mapped[list[list[Any]]] = mapped_column(JSONB)
    totais: Mapped[list[Any]] = mapped_column(JSONB)
    conteudo_sha256: Mapped[str]
    seq: Mapped[int] = mapped_column(ForeignKey("estudio.selos.seq"))
    backup: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    fechado_em: Mapped[datetime]
    fechado_por: Mapped[int | None]
    run_id: Mapped[uuid.UUID]

    selo: Mapped[Selo] = relationship(lazy="joined")
    nomes: Mapped[list[ExtratoNome]] = relationship(order_by=lambda: (ExtratoNome.tipo, ExtratoNome.chave))

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.mes)

    @property
    def contagem(self) -> Contagem:
        """What was sealed: per day and in total."""
        return Contagem.from_stored(self.competencia, self.por_dia, self.totais)

    @property
    def nomes_por_chave(self) -> dict[tuple[str, str], str]:
        return {(n.tipo, n.chave): n.nome for n in self.nomes}


def find_vigente(session: Session, competencia: Competencia) -> Extrato | None:
    """The version that stands, or None when the month is not closed."""
    return session.scalars(_of_month(competencia).where(Extrato.estado == "vigente")).one_or_none()


def get_extrato(session: Session, competencia: Competencia, versao: int | None = None) -> Extrato:
    """One version (the newest when none is named). Raises NaoFechado."""
    query = _of_month(competencia).order_by(Extrato.versao.desc()).limit(1)
    found = session.scalars(query if versao is None else query.where(Extrato.versao == versao)).one_or_none()
    if found is None:
        raise NaoFechado(mes=competencia.label)
    return found


def get_estado(session: Session, competencia: Competencia) -> str:
    return session.scalars(select(MesContabil.estado).where(MesContabil.mes == competencia.first_day)).one()


def _of_month(competencia: Competencia) -> Select[Extrato]:
    return select(Extrato).where(Extrato.mes == competencia.first_day)
