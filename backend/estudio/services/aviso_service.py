"""The outbox: what is to be told, written by the transaction that it tells of, once for each cause.

Who is told, and whether it arrived, is `aviso_entrega`; what is said, `aviso_texto`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.domain.acesso import digest_chave
from estudio.domain.aviso import ENTRADA_NOVA, FECHAMENTO_FALHOU, FECHAMENTO_RECUSADO, TESTE
from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaInvalida
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import Quem


def record_aviso(session: Session, evento: str, tipo: str, dados: Mapping[str, Any]) -> bool:
    """Something to tell, once: False when it was told already. `dados` hold codes, months and numbers alone."""
    done = session.execute(
        text(
            """insert into estudio.avisos (evento, tipo, dados) values (:evento, :tipo, cast(:dados as jsonb))
               on conflict on constraint avisos_evento_unico do nothing returning id"""
        ),
        {"evento": evento, "tipo": tipo, "dados": json.dumps(dict(dados), ensure_ascii=False)},
    )
    return done.first() is not None


def record_fechamento(session: Session, mes: str, *, desfecho: Desfecho, codigo: str) -> None:
    """A closing that was refused, or failed: one cause until it is closed (`Execucao.finish` tells it so too)."""
    try:
        competencia = Competencia.parse(mes)
    except CompetenciaInvalida:
        return
    falhou = desfecho == Desfecho.FALHOU
    closed = session.scalar(
        text("select count(*) from estudio.extratos where mes = :mes"), {"mes": competencia.first_day}
    )
    record_aviso(
        session,
        f"fechamento:{competencia.slug}:{'falhou' if falhou else codigo}:{closed}",
        FECHAMENTO_FALHOU if falhou else FECHAMENTO_RECUSADO,
        {"mes": competencia.slug, "codigo": codigo},
    )


def record_entrada_nova(
    session: Session, *, usuario_id: int, papel: str, navegador: str, aparelho: str, em: datetime
) -> None:
    """Somebody logged in with a browser that was not known to be theirs. Committed before that browser gets its key."""
    record_aviso(
        session,
        f"entrada:{usuario_id}:{digest_chave(aparelho)[:16]}:{em:%Y-%m-%d}",
        ENTRADA_NOVA,
        {"usuario": usuario_id, "papel": papel, "navegador": navegador[:60], "em": em.isoformat()},
    )


def record_teste(session: Session, *, quem: Quem) -> str:
    """An aviso about nothing, to see whether it arrives. Returns its `evento`."""
    quem.ensure_dono()
    evento = f"teste:{uuid4()}"
    record_aviso(session, evento, TESTE, {})
    return evento
