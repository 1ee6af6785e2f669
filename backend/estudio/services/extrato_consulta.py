"""Reading what was closed: one Extrato, the list of months, what changed between versions, what would be sealed now."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem, split_acertos
from estudio.domain.dinheiro import from_centavos
from estudio.domain.extrato import Extrato, get_estado, get_extrato
from estudio.services.contagem_service import count_in_sql, describe_totals
from estudio.services.execucao_travas import list_vivas
from estudio.services.prontidao_service import Achado, list_achados

AS_THEY_STAND = """
    select 'artista', id::text, nome from estudio.artistas
    union all select 'forma', codigo, rotulo from estudio.formas
    union all select 'categoria', codigo, rotulo from estudio.categorias
"""


@dataclass(frozen=True)
class Previa:
    """What *Conferir* shows: the findings, and the figures that would be sealed if the month were closed now."""

    competencia: Competencia
    estado: str
    achados: list[Achado]
    contagem: Contagem
    totais: dict[str, Any]

    @property
    def pronto(self) -> bool:
        return not any(a.bloqueia for a in self.achados)

    def as_json(self) -> dict[str, Any]:
        return {
            "mes": self.competencia.slug,
            "estado": self.estado,
            "pronto": self.pronto,
            "achados": [a.as_json() for a in self.achados],
            "totais": as_strings(self.totais),
            "por_dia": self.contagem.por_dia_canonical,
            "conteudo_sha256": self.contagem.conteudo_sha256,
        }


def preview_extrato(session: Session, competencia: Competencia, *, hoje: date) -> Previa:
    """The exact figures that a closing would seal. Writes nothing."""
    contagem = count_in_sql(db.raw(session), competencia)
    nomes = {(tipo, chave): nome for tipo, chave, nome in session.execute(text(AS_THEY_STAND))}
    return Previa(
        competencia,
        get_estado(session, competencia),
        list_achados(session, competencia, hoje=hoje),
        contagem,
        describe_totals(contagem.totais, nomes),
    )


def describe_extrato(session: Session, extrato: Extrato) -> dict[str, Any]:
    """An Extrato as programs read it; money as strings, per-day sums in centavos (they are the sealed figures)."""
    nomes = extrato.nomes_por_chave
    totais = as_strings(describe_totals(extrato.totais, nomes))
    contagens = totais.pop("contagens")
    selo = extrato.selo
    return {
        "mes": extrato.mes.month,
        "ano": extrato.mes.year,
        "competencia": extrato.competencia.slug,
        "versao": extrato.versao,
        "estado": _describe_state(session, extrato),
        "totais": totais,
        "contagens": contagens,
        "por_dia": extrato.por_dia,
        "conteudo_sha256": extrato.conteudo_sha256,
        "selo_sha256": selo.selo_sha256,
        "anterior_sha256": selo.anterior_sha256,
        "seq": selo.seq,
        "backup_sha256": selo.backup_sha256,
        "backup": extrato.backup,
        "fechado_em": selo.em,
        "fechado_por": nomes.get(("usuario", str(extrato.fechado_por))) if extrato.fechado_por else "sistema",
        "run_id": str(extrato.run_id),
    }


def list_meses(session: Session) -> list[dict[str, Any]]:
    """Every month that has rows or was ever closed, oldest first, with its state and the version that stands."""
    rows = session.execute(
        text(
            # Only the months between the first entry and the last: of the hundred years that there are, few are lived.
            """with entradas as (
                   select min(mes) as primeiro, max(mes) as ultimo
                   from (select min(data) as mes from estudio.pagamentos
                         union all select max(data) from estudio.pagamentos
                         union all select min(data) from estudio.gastos
                         union all select max(data) from estudio.gastos
                         union all select min(data) from estudio.acertos
                         union all select max(data) from estudio.acertos
                         union all select min(mes) from estudio.extratos
                         union all select max(mes) from estudio.extratos) pontas
               )
               select c.mes, c.estado, x.versao, s.selo_sha256, s.em, (x.totais ->> 0)::bigint,
                      (select max(e.id) from estudio.execucoes e where e.mes = c.mes)
               from entradas
               join estudio.competencias c on c.mes between date_trunc('month', primeiro::timestamp) and ultimo
               left join estudio.extratos x on x.mes = c.mes and x.estado = 'vigente'
               left join estudio.selos s on s.seq = x.seq
               where x.id is not null or c.mes in (select estudio.meses_com_lancamentos())
                  or exists (select from estudio.extratos y where y.mes = c.mes)
               order by c.mes"""
        )
    )
    return [
        {
            "competencia": Competencia.of(mes).slug,
            "estado": estado,
            "versao": versao,
            "selo_sha256": selo,
            "fechado_em": em,
            "receita_total": None if receita is None else str(from_centavos(receita)),
            "ultima_execucao": ultima,
        }
        for mes, estado, versao, selo, em, receita, ultima in rows
    ]


def list_execucoes(
    session: Session, competencia: Competencia | None = None, *, limit: int = 50
) -> list[dict[str, Any]]:
    """Attempts, newest first: who, when, stage, outcome, why. Of one without `desfecho`, `viva` tells whether it runs
    or its process is gone."""
    # Before the rows: one that ends in between has its outcome in its row.
    vivas = list_vivas(db.raw(session))
    rows = session.execute(
        text(
            """select e.id, run_id::text, acao, mes, e.origem, u.nome as por, iniciada_em, terminada_em, etapa, lote,
                      lotes, registros, registros_total, desfecho, codigo, mensagem,
                      (extract(epoch from terminada_em - iniciada_em) * 1000)::bigint as ms
               from estudio.execucoes e left join estudio.usuarios u on u.id = e.quem
               where cast(:mes as date) is null or mes = :mes order by e.id desc limit :limite"""
        ).bindparams(mes=competencia and competencia.first_day, limite=limit)
    )
    return [
        {
            **row._asdict(),
            "mes": Competencia.of(row.mes).slug,
            "iniciada_em": row.iniciada_em.isoformat(),
            "terminada_em": row.terminada_em and row.terminada_em.isoformat(),
            "viva": row.desfecho is None and row.id in vivas,
        }
        for row in rows
    ]


def count_desfechos(session: Session, *, desde: datetime) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """How the attempts at closing a month ended: of those that began since then, and of all. One of a month without a
    row is none. `certas_milesimos`: those that closed, in thousandths; None where nobody tried."""
    rows = session.execute(
        text(
            """select iniciada_em >= :desde, desfecho, count(*) from estudio.execucoes
               where acao = 'fechamento' and desfecho <> 'sem_dados' group by 1, 2"""
        ),
        {"desde": desde},
    ).all()
    recent = Counter({desfecho: count for is_recent, desfecho, count in rows if is_recent})
    return _describe_desfechos(recent), _describe_desfechos(
        recent + Counter({desfecho: count for is_recent, desfecho, count in rows if not is_recent})
    )


def compare_versions(session: Session, competencia: Competencia, older: int, newer: int) -> dict[str, Any]:
    """What changed from one version of a month to another: in total, per artist, per day and kind."""
    before, after = (get_extrato(session, competencia, v) for v in (older, newer))
    return {
        "competencia": competencia.slug,
        "de": older,
        "para": newer,
        "mesmo_conteudo": before.conteudo_sha256 == after.conteudo_sha256,
        "totais": _compare_totals(before, after),
        "por_artista": _compare_artistas(before, after),
        **_compare_acertos(before, after),
        "por_dia": after.contagem.list_differences(before.contagem),
    }


def as_strings(value: Any) -> Any:
    """The same structure with money as strings, for JSON."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: as_strings(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_strings(inner) for inner in value]
    return value


def _describe_desfechos(counted: Counter[str]) -> dict[str, int | None]:
    tried, closed = counted.total(), counted["fechado"]
    return {
        "tentativas": tried,
        "fechadas": closed,
        "recusadas": counted["recusado"],
        "falhas": counted["falhou"] + counted["interrompido"],
        "certas_milesimos": (closed * 1000 + tried // 2) // tried if tried else None,
    }


def _describe_state(session: Session, extrato: Extrato) -> str:
    return get_estado(session, extrato.competencia) if extrato.estado == "vigente" else "substituido"


def _compare_totals(before: Extrato, after: Extrato) -> list[dict[str, str]]:
    names = ("receita_total", "comissoes_total", "despesas_total")
    return [_change(name, before.totais[i], after.totais[i]) for i, name in enumerate(names)]


def _compare_artistas(before: Extrato, after: Extrato) -> list[dict[str, Any]]:
    nomes = {**before.nomes_por_chave, **after.nomes_por_chave}
    old, new = ({row[0]: row[1:] for row in x.totais[3]} for x in (before, after))
    return [
        {
            "artista_id": id_,
            "artista": nomes.get(("artista", str(id_)), f"Artista {id_}"),
            "receita": _change("receita", old.get(id_, [0, 0])[0], new.get(id_, [0, 0])[0]),
            "comissao": _change("comissao", old.get(id_, [0, 0])[1], new.get(id_, [0, 0])[1]),
        }
        for id_ in sorted(old.keys() | new.keys())
        if old.get(id_) != new.get(id_)
    ]


def _compare_acertos(before: Extrato, after: Extrato) -> dict[str, list[dict[str, Any]]]:
    """Per artista and kind; no key where neither version has any."""
    old, new = ({(id_, tipo): total for id_, tipo, total in split_acertos(x.totais)[1]} for x in (before, after))
    if not old and not new:
        return {}
    nomes = {**before.nomes_por_chave, **after.nomes_por_chave}
    return {
        "acertos": [
            {
                "artista_id": id_,
                "artista": nomes.get(("artista", str(id_)), f"Artista {id_}"),
                **_change(tipo, old.get((id_, tipo), 0), new.get((id_, tipo), 0)),
            }
            for id_, tipo in sorted(old.keys() | new.keys())
            if old.get((id_, tipo)) != new.get((id_, tipo))
        ]
    }


def _change(name: str, before: int, after: int) -> dict[str, str]:
    return {
        "nome": name,
        "antes": str(from_centavos(before)),
        "depois": str(from_centavos(after)),
        "diferenca": str(from_centavos(after - before)),
    }
