"""Readiness: what stands between a month and its closing, what should be looked at, and where."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

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
    def frase(self) -> str:
        """What is wrong and what to do, with blanks for `n`, `valor`, `onde`, `meses` and `dia`."""
        one, many = FRASES[self.codigo]
        return one if self.quantidade == 1 else many

    @property
    def meses(self) -> list[Competencia]:
        """The months that the finding is about. (Of a closed one it tells the state: "fechada".)"""
        return [Competencia.parse(text) for text in self.detalhe] if self.codigo == "mes_anterior_aberto" else []

    @property
    def dia(self) -> date | None:
        """The day from which on the month can be closed, of one that is not over."""
        return date.fromisoformat(self.detalhe[0]) if self.codigo == "mes_nao_terminou" else None

    @property
    def onde(self) -> str:
        """The numbers of the rows, as many as are told."""
        return ", ".join(map(str, self.ids)) + (", …" if self.quantidade > len(self.ids) else "")

    @property
    def mensagem(self) -> str:
        """What is wrong and what to do, in one Portuguese sentence."""
        return self.frase.format(
            n=self.quantidade,
            onde=f"nº {self.onde}",
            valor=format_dinheiro(self.valor),
            meses=", ".join(mes.label for mes in self.meses),
            dia=self.dia.strftime("%d/%m/%Y") if self.dia else "",
        )

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
    """The same for findings that are at hand already."""
    blocking = [a for a in achados if a.bloqueia]
    codes = [a.codigo for a in blocking]
    if "sem_dados" in codes and "mes_nao_terminou" not in codes:
        raise SemDados(mes=competencia.label)
    blocking = [a for a in blocking if a.codigo != "sem_dados"]
    if blocking:
        raise NaoPronto(
            competencia, blocking[0].codigo, [a.mensagem for a in blocking], achados=[a.as_json() for a in achados]
        )


def _always(sentence: str) -> tuple[str, str]:
    return sentence, sentence


_REFAZER = "Edite o percentual para refazer a conta; se é um estorno, apague-o e lance-o de novo."

FRASES: Final[dict[str, tuple[str, str]]] = {
    "ja_fechado": _always("O mês já está fechado. Para mudar algo, reabra-o com um motivo."),
    "mes_vazio": _always("O mês ficou vazio quando um seguinte foi fechado. Reabra-o com um motivo para usá-lo."),
    "mes_nao_terminou": _always("O mês ainda não terminou. Ele pode ser fechado a partir de {dia} às 04:00."),
    "mes_anterior_aberto": _always(
        "Há mês anterior aberto com lançamentos: {meses}. Feche do mais antigo para o mais novo."
    ),
    "sem_dados": _always("Não há pagamento nem gasto neste mês. Não há o que fechar."),
    "comissao_indefinida": (
        "1 pagamento de {valor} está sem comissão decidida ({onde}). Informe o percentual (0 para nenhuma).",
        "{n} pagamentos, somando {valor}, estão sem comissão decidida ({onde}). Informe o percentual (0 para nenhuma).",
    ),
    "vinculo_quebrado": (
        "A comissão de 1 pagamento não confere com o percentual dele ({onde}). Edite o percentual para refazê-la.",
        "As comissões de {n} pagamentos não conferem com os percentuais ({onde}). Edite-os para refazê-las.",
    ),
    "comissao_errada": (
        "A comissão de 1 pagamento, de {valor}, não é pagamento × percentual, ou passa do que cabe ({onde}). "
        + _REFAZER,
        "As comissões de {n} pagamentos, de {valor}, não são pagamento × percentual, ou passam do que cabe ({onde}). "
        + _REFAZER,
    ),
    "pagamentos_sem_cliente": (
        "1 pagamento de {valor} está sem cliente ({onde}). Ele conta normalmente.",
        "{n} pagamentos, somando {valor}, estão sem cliente ({onde}). Eles contam normalmente.",
    ),
    "possiveis_duplicados": (
        "1 pagamento parece repetido ({onde}): mesma data, valor, forma, artista e cliente. Confira.",
        "{n} pagamentos parecem repetidos ({onde}): mesma data, valor, forma, artista e cliente. Confira.",
    ),
    "sessoes_sem_pagamento": (
        "1 sessão de {valor} está sem pagamento ({onde}). Ela não entra na receita.",
        "{n} sessões, somando {valor}, estão sem pagamento ({onde}). Elas não entram na receita.",
    ),
    "gastos_habituais_ausentes": (
        "1 gasto do mês anterior, de {valor}, não aparece neste ({onde}). Falta lançar?",
        "{n} gastos do mês anterior, somando {valor}, não aparecem neste ({onde}). Falta lançar?",
    ),
}
"""Code of a finding → what it says of one row, and of many."""
