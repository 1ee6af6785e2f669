"""The rotinas as a person sees them: when each was last done, how it went, when it comes next; who works at them."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.services.fila import count_tarefas, find_ultimo_sinal
from estudio.services.rodada_service import is_waiting
from estudio.services.rotinas import list_rotinas


def describe_rotinas(session: Session, agora: datetime) -> dict[str, Any]:
    """`devidas`: what of each is to be done now (a month, or "" where it is about nothing in particular); `espera`:
    whether that is put off because it went badly a moment ago."""
    last = _list_last(session)
    found = []
    for rotina in list_rotinas():
        alvos = rotina.find_alvos(session, agora)
        found.append(
            {
                "rotina": rotina.nome,
                "titulo": rotina.titulo,
                "devidas": alvos,
                "espera": any(is_waiting(session, rotina, alvo, agora) for alvo in alvos),
                "proxima": rotina.find_proxima(session, agora),
                "ultima": last.get(rotina.nome),
            }
        )
    trabalhadores, sinal_s = find_ultimo_sinal(session)
    return {
        "rotinas": found,
        "fila": count_tarefas(session),
        "trabalhadores": trabalhadores,
        "ultimo_sinal_s": sinal_s,
    }


def _list_last(session: Session) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        text(
            """select distinct on (rotina) rotina, alvo, iniciada_em, terminada_em, desfecho, codigo, mensagem
               from estudio.rodadas order by rotina, id desc"""
        )
    ).mappings()
    return {str(row["rotina"]): {name: row[name] for name in row if name != "rotina"} for row in rows}
