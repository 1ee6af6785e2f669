"""Readiness: what stands between a month and its closing, what should be looked at, and where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro, from_centavos
from estudio.domain.errors import NaoPronto, SemDados


@dataclass(frozen=True, slots=True)
class Achado:
    """One finding: its code, whether it blocks the closing, how many rows, how much money, where to look."""

    codigo: str
    bloqueia: bool
    quantidade: int
    valor: Decimal
    ids: list[int]
    detalhe: list[str]

    @property
    def mensagem(self) -> str:
        """What is wrong and what to do, in one sentence."""
        return _SENTENCES[self.codigo](self)

    def as_json(self) -> dict[str, Any]:
        return {
            "codigo": self.codigo,
            "bloqueia": self.bloqueia,
            "quantidade": self.quantidade,
            "valor": str(self.valor),
            "ids": self.ids,
            "detalhe": self.detalhe,
            "mensagem": self.mensagem,
        }


def list_achados(session: Session, competencia: Competencia, *, hoje: date) -> list[Achado]:
    """All findings of a month, those that block first. `hoje` is the studio's business day."""
    rows = session.execute(
        text(
            "select codigo, bloqueia, quantidade, valor_centavos, ids, detalhe from estudio.prontidao(:mes, :hoje)"
            ' order by bloqueia desc, codigo collate "C"'
        ),
        {"mes": competencia.first_day, "hoje": hoje},
    )
    return [Achado(r[0], r[1], r[2], from_centavos(r[3] or 0), r[4] or [], r[5] or []) for r in rows]


def ensure_pronto(competencia: Competencia, *, hoje: date) -> list[Achado]:
    """The warnings of a month that may be closed. Raises SemDados, or NaoPronto with everything that blocks."""
    with db.transaction(read_only=True) as session:
        achados = list_achados(session, competencia, hoje=hoje)
    ensure_sem_bloqueios(competencia, achados)
    return achados


def ensure_sem_bloqueios(competencia: Competencia, achados: list[Achado]) -> None:
    blocking = [a for a in achados if a.bloqueia]
    if [a.codigo for a in blocking] == ["sem_dados"]:
        raise SemDados(mes=competencia.label)
    if blocking:
        raise NaoPronto(
            competencia, blocking[0].codigo, [a.mensagem for a in blocking], achados=[a.as_json() for a in achados]
        )


def _with_ids(achado: Achado) -> str:
    shown = ", ".join(str(i) for i in achado.ids)
    return f" (nº {shown}{', …' if achado.quantidade > len(achado.ids) else ''})"


def _count(achado: Achado, one: str, many: str) -> str:
    return f"{achado.quantidade} {one if achado.quantidade == 1 else many}"


def _months(achado: Achado) -> str:
    return ", ".join(Competencia.parse(m).label for m in achado.detalhe)


_SENTENCES: dict[str, Callable[[Achado], str]] = {
    "ja_fechado": lambda a: "O mês já está fechado. Para mudar algo, reabra-o com um motivo.",
    "mes_vazio": lambda a: "O mês ficou vazio quando um mês seguinte foi fechado. Reabra-o com um motivo para usá-lo.",
    "mes_nao_terminou": lambda a: f"O mês ainda não terminou. Ele pode ser fechado a partir de {_day(a.detalhe[0])} às 04:00.",
    "mes_anterior_aberto": lambda a: f"Há mês anterior aberto com lançamentos: {_months(a)}. Feche do mais antigo para o mais novo.",
    "sem_dados": lambda a: "Não há pagamento nem gasto neste mês. Não há o que fechar.",
    "comissao_indefinida": lambda a: f"{_count(a, 'pagamento', 'pagamentos')} sem comissão decidida{_with_ids(a)}, "
    f"somando {format_dinheiro(a.valor)}. Informe o percentual de cada um (0 para nenhuma).",
    "vinculo_quebrado": lambda a: f"{_count(a, 'pagamento', 'pagamentos')} cuja comissão não confere com o percentual"
    f"{_with_ids(a)}. Edite o percentual de cada um para refazer a comissão.",
    "pagamentos_sem_cliente": lambda a: f"{_count(a, 'pagamento', 'pagamentos')} sem cliente{_with_ids(a)}, "
    f"somando {format_dinheiro(a.valor)}. Contam normalmente.",
    "possiveis_duplicados": lambda a: f"{_count(a, 'pagamento parece repetido', 'pagamentos parecem repetidos')}"
    f"{_with_ids(a)}: mesma data, valor, forma, artista e cliente. Confira.",
    "sessoes_sem_pagamento": lambda a: f"{_count(a, 'sessão', 'sessões')} sem pagamento{_with_ids(a)}, "
    f"somando {format_dinheiro(a.valor)}. Não entram na receita.",
    "gastos_habituais_ausentes": lambda a: f"{_count(a, 'gasto do mês anterior não aparece', 'gastos do mês anterior não aparecem')} "
    f"neste mês{_with_ids(a)}. Falta lançar?",
}  # fmt: skip


def _day(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d/%m/%Y")
