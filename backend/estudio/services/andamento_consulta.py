"""How far the newest attempt at a month is: its stages with their time, the share that is done, the time that is left.

Read from the Execução, which another process may be writing; nothing here writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import Quem
from estudio.services.execucao_travas import list_vivas

INTEIRO: Final = 1000
"""The whole of a closing. Shares are whole thousandths of it."""

PESOS: Final[dict[str, int]] = {
    "prontidao": 60,
    "backup": 375,
    "verificacao": 210,
    "trava": 5,
    "contagem": 205,
    "selo": 135,
    "commit": 5,
    "leitura": 5,
}
"""Thousandths of a closing's time that each stage takes, as measured at 50 000 payments (bench/README.md, stages)."""

ANTES: Final[dict[str, int]] = {"backup": 40}
"""Of a stage's thousandths, those that go by before its first row: the server puts a month in order first."""

CEDO: Final = INTEIRO // 10
"""Before a tenth is done, how long the rest takes would be a guess."""


class Passo(NamedTuple):
    """A stage, and how long it took (None while it is under way); of one that counts, its rows and its batches."""

    etapa: str
    ms: int | None
    registros: int | None
    lotes: int | None


@dataclass(frozen=True, slots=True)
class Tentativa:
    """One attempt at a month. `desfecho` is None while it runs, and when its process is gone (`viva` tells which)."""

    id: int
    acao: str
    competencia: Competencia
    por: str | None
    iniciada_em: datetime
    ms: int
    etapa: str
    lote: int
    lotes: int | None
    registros: int
    registros_total: int | None
    desfecho: str | None
    codigo: str | None
    mensagem: str | None
    viva: bool
    passos: list[Passo]

    @property
    def em_andamento(self) -> bool:
        return self.desfecho is None and self.viva

    @property
    def feito(self) -> int:
        """Thousandths that are done; never fewer than before, whatever stage comes twice."""
        if self.desfecho == "fechado":
            return INTEIRO
        return calculate_feito([passo.etapa for passo in self.passos], self.registros, self.registros_total)

    @property
    def faltam_ms(self) -> int | None:
        """Milliseconds that are left, at the pace so far; None before a tenth is done.

        In a stage that counts nothing the pace is that of the stages before it: such a stage ends all at once, and
        until then what is done stands still while the time goes on. What comes after it is left in any case.
        """
        feito = self.feito
        if not self.em_andamento or feito < CEDO:
            return None
        if self.registros_total:
            return self.ms * (INTEIRO - feito) // feito
        whole = sum(passo.ms or 0 for passo in self.passos) * INTEIRO // feito
        after = calculate_feito([passo.etapa for passo in self.passos], 1, 1)
        return max(whole - self.ms, whole * (INTEIRO - after) // INTEIRO)


def find_tentativa(
    session: Session, competencia: Competencia, *, quem: Quem, numero: int | None = None
) -> Tentativa | None:
    """The newest attempt at a month, or the one of that number; None where there is none."""
    quem.ensure_ve_resultado()
    # Before the row: an attempt that ends in between has its outcome in the row.
    vivas = list_vivas(db.raw(session))
    row = session.execute(
        text(
            """select e.id, e.acao, u.nome as por, e.iniciada_em, e.etapa, e.lote, e.lotes, e.registros,
                      e.registros_total, e.desfecho, e.codigo, e.mensagem,
                      (extract(epoch from coalesce(e.terminada_em, clock_timestamp()) - e.iniciada_em) * 1000)::bigint
                          as ms
               from estudio.execucoes e left join estudio.usuarios u on u.id = e.quem
               where e.mes = :mes and (cast(:numero as bigint) is null or e.id = :numero)
               order by e.id desc limit 1"""
        ),
        {"mes": competencia.first_day, "numero": numero},
    ).first()
    if row is None:
        return None
    passos = list_passos(session, [row.id]).get(row.id, [])
    return Tentativa(competencia=competencia, passos=passos, viva=row.id in vivas, **row._asdict())


def list_passos(session: Session, execucoes: Sequence[int]) -> dict[int, list[Passo]]:
    """The stages of each of these attempts, in their order. One statement."""
    found: dict[int, list[Passo]] = {}
    rows = session.execute(
        text(
            """select execucao_id, etapa, ms, registros, detalhe::bigint from estudio.execucao_passos
               where execucao_id = any (:ids) order by execucao_id, ordem"""
        ),
        {"ids": list(execucoes)},
    )
    for execucao, *passo in rows:
        found.setdefault(execucao, []).append(Passo(*passo))
    return found


def count_lotes(passos: Mapping[int, Sequence[Passo]]) -> dict[int, tuple[int, int]]:
    """Of each attempt that counted its rows: in how many batches, and how many rows."""
    counted = {
        execucao: [(passo.lotes, passo.registros) for passo in those if passo.lotes is not None and passo.registros]
        for execucao, those in passos.items()
    }
    return {
        execucao: (max(lotes for lotes, _ in those), max(registros for _, registros in those))
        for execucao, those in counted.items()
        if those
    }


def calculate_feito(etapas: Sequence[str], registros: int, total: int | None) -> int:
    """Thousandths done after these stages, the last of which is under way with so many of its rows.

    A closing that finds a backup makes none, and has the less to do. A stage that comes again (a backup overtaken by a
    write is made once more) takes nothing back.
    """
    furthest = 0
    for until in range(1, len(etapas) + 1):
        begun, current = etapas[: until - 1], etapas[until - 1]
        plan = dict(PESOS)
        if "verificacao" in etapas[:until] and "backup" not in etapas[:until]:
            del plan["backup"]
        done = sum(plan.get(etapa, 0) for etapa in {*begun} - {current})
        here = 0
        if until == len(etapas) and total and registros:
            before = ANTES.get(current, 0)
            here = before + (plan.get(current, 0) - before) * min(registros, total) // total
        furthest = max(furthest, INTEIRO * (done + here) // sum(plan.values()))
    return min(furthest, INTEIRO - 1)
