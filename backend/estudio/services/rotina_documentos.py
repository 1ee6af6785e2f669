"""The rotina of the documents: what closed months lack is made, whoever closed them.

A month may have been closed by this very worker, by a process that was killed, before there were documents, or name
somebody who was erased since.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.rotina import Rotina
from estudio.domain.usuario import SOZINHO
from estudio.services.documento_service import ensure_documentos, list_incompletos


def find_incompletos(session: Session, agora: datetime) -> list[str]:
    del agora
    return [competencia.slug for competencia in list_incompletos(session)]


def create_missing(alvo: str) -> str | None:
    competencia = Competencia.parse(alvo)
    made = ensure_documentos(competencia, quem=SOZINHO)
    return f"Documentos de {competencia.label}: {', '.join(tipo.upper() for tipo in made)}." if made else None


def list_rotinas() -> tuple[Rotina, ...]:
    return (
        Rotina("documentos", "Documentos do mês", find_incompletos, create_missing, trava="documentos", prioridade=60),
    )
