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
    whether the first of that is put off because it went badly a moment ago."""
    rotinas = list_rotinas()
    last = _list_last(session, [rotina.nome for rotina in rotinas])
    found = []
    for rotina in rotinas:
        alvos = rotina.find_alvos(session, agora)
        found.append(
            {
                "rotina": rotina.nome,
                "titulo": rotina.titulo,
                "devidas": alvos,
                "espera": any(is_waiting(session, rotina, alvo, agora) for alvo in alvos[:1]),
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


def _list_last(session: Session, nomes: list[str]) -> dict[str, dict[str, Any]]:
    # One look into the index for each alvo of each: as quick after ten years as on the first day.
    rows = session.execute(
        text(
            """with recursive alvos as (
                 select nome, (select min(alvo) from estudio.rodadas where rotina = nome) as alvo
                 from unnest(cast(:nomes as text[])) nome
                 union all
                 select nome, (select min(alvo) from estudio.rodadas r where r.rotina = nome and r.alvo > alvos.alvo)
                 from alvos where alvo is not null
               )
               select distinct on (rotina) rotina, r.alvo, iniciada_em, terminada_em, desfecho, codigo, mensagem,
                      (extract(epoch from terminada_em - iniciada_em) * 1000)::bigint as ms
               from alvos cross join lateral (
                 select * from estudio.rodadas where rotina = nome and alvo = alvos.alvo order by id desc limit 1) r
               order by rotina, id desc"""
        ),
        {"nomes": nomes},
    ).mappings()
    return {str(row["rotina"]): {name: row[name] for name in row if name != "rotina"} for row in rows}
