"""The log of the alerts, as the dono and the command line read it: what was told, to whom, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from estudio import clock
from estudio.config import get_settings
from estudio.domain.aviso import Aviso, AvisoEntrega
from estudio.domain.usuario import Quem
from estudio.services.alarme_service import list_alarmes
from estudio.services.aviso_destinos import list_destinos
from estudio.services.aviso_texto import write_texto
from estudio.services.fila import find_ultimo_sinal

POR_PAGINA: Final = 50


@dataclass(frozen=True, slots=True)
class Linha:
    """One aviso and its deliveries; `estado` is pendente, entregue, falhou or silenciado."""

    id: int
    criado_em: datetime
    titulo: str
    urgente: bool
    estado: str
    entregas: list[AvisoEntrega]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "criado_em": self.criado_em.isoformat(),
            "titulo": self.titulo,
            "urgente": self.urgente,
            "estado": self.estado,
            "entregas": [
                {
                    "destino": entrega.destino,
                    "estado": entrega.estado,
                    "tentativas": entrega.tentativas,
                    "terminada_em": entrega.terminada_em and entrega.terminada_em.isoformat(),
                    "proxima_em": entrega.proxima_em.isoformat() if entrega.estado == "pendente" else None,
                    "motivo": entrega.motivo,
                }
                for entrega in self.entregas
            ],
        }


@dataclass(frozen=True, slots=True)
class Situacao:
    """Where alerts go, and whether anybody is there to send them. `destinos` are names, never addresses."""

    destinos: list[str]
    silencio: str
    sinal: bool
    trabalhadores: int


def list_avisos(session: Session, *, quem: Quem, antes: int | None = None, limit: int = POR_PAGINA) -> list[Linha]:
    """The newest first; those before number `antes`."""
    quem.ensure_dono()
    query = select(Aviso).options(selectinload(Aviso.entregas)).order_by(Aviso.id.desc()).limit(limit)
    if antes is not None:
        query = query.where(Aviso.id < antes)
    return [_describe(aviso) for aviso in session.scalars(query)]


def get_aviso(session: Session, evento: str, *, quem: Quem) -> Linha:
    """That of one event."""
    quem.ensure_dono()
    query = select(Aviso).options(selectinload(Aviso.entregas)).where(Aviso.evento == evento)
    return _describe(session.scalars(query).one())


def find_situacao(session: Session) -> Situacao:
    settings = get_settings()
    trabalhadores, _ = find_ultimo_sinal(session)
    return Situacao(
        [destino.nome for destino in list_destinos()],
        settings.alert_quiet_hours,
        bool(settings.heartbeat_url),
        trabalhadores,
    )


def describe_alarmes(session: Session, *, quem: Quem) -> list[dict[str, Any]]:
    """What is not well now: what, since when, and what to do."""
    quem.ensure_dono()
    return [
        {
            "codigo": alarme.codigo,
            "assunto": alarme.assunto,
            "situacao": alarme.situacao,
            "mensagem": alarme.mensagem,
            "desde": clock.to_local(alarme.desde),
        }
        for alarme in list_alarmes(session)
    ]


def _describe(aviso: Aviso) -> Linha:
    texto = write_texto(aviso.tipo, aviso.dados)
    return Linha(aviso.id, aviso.criado_em, texto.titulo, texto.urgente, aviso.estado, list(aviso.entregas))
