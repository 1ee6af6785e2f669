"""The outbox: an alert is a row of the transaction that it tells of, so that none is lost and none lies."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import FetchedValue, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from estudio.domain.colunas import Base, Chave, Inteiro


class Aviso(Base):
    """One alert; `evento` is unique, so that the same thing is never told twice."""

    __tablename__ = "avisos"

    id: Mapped[Chave]
    evento: Mapped[str]
    tipo: Mapped[str]
    dados: Mapped[dict[str, Any]] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    estado: Mapped[str] = mapped_column(server_default=FetchedValue())
    tentativas: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    proxima_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    entregas: Mapped[list["AvisoEntrega"]] = relationship(order_by="AvisoEntrega.id", viewonly=True)


class AvisoEntrega(Base):
    """One aviso on its way to one address; `destino` is what people call that address, never the address itself."""

    __tablename__ = "aviso_entregas"

    id: Mapped[Chave]
    aviso_id: Mapped[int] = mapped_column(ForeignKey("estudio.avisos.id"))
    destino: Mapped[str]
    urgente: Mapped[bool]
    estado: Mapped[str] = mapped_column(server_default=FetchedValue())
    tentativas: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    proxima_em: Mapped[datetime]
    terminada_em: Mapped[datetime | None]
    motivo: Mapped[str | None]


class Alarme(Base):
    """Something that is not well; gone when it was well for a day. `codigo` is that of the doctor's check, or ours.
    `desde`: since it is as bad as it is, without having been well in between."""

    __tablename__ = "alarmes"

    codigo: Mapped[str] = mapped_column(primary_key=True)
    assunto: Mapped[str]
    situacao: Mapped[str]
    mensagem: Mapped[str]
    desde: Mapped[datetime]
    visto_em: Mapped[datetime]
    passou_em: Mapped[datetime | None]
    """Since when it is well again."""


TESTE: Final = "teste"
ENTRADA_NOVA: Final = "entrada_nova"
ALARME: Final = "alarme"
FECHAMENTO_NAO_ACONTECEU: Final = "fechamento_nao_aconteceu"
FECHAMENTO_RECUSADO: Final = "fechamento_recusado"
FECHAMENTO_FALHOU: Final = "fechamento_falhou"
FECHAMENTO_PREVISTO: Final = "fechamento_previsto"
