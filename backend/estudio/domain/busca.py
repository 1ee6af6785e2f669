"""What somebody types into the one search box, and what it may mean: words, a day, an amount, a month.

Pure: what day it is comes from the caller.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Self

from estudio.domain.competencia import MESES, PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.dinheiro import parse_dinheiro
from estudio.domain.errors import DadosInvalidos, ValorInvalido
from estudio.domain.nomes import normalise_nome

MAIOR: Final = 100
"""Characters."""

_DIA: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{4}))?")
_DIA_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MES: Final = re.compile(r"([0-9]{1,2})/([0-9]{4})")
_MES_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_NOMES: Final = {normalise_nome(nome): numero for numero, nome in enumerate(MESES, start=1)}


@dataclass(frozen=True, slots=True)
class Pedido:
    """One text, read in every way that it can be meant; a way that it cannot is empty."""

    texto: str
    dias: tuple[date, ...] = ()
    valor: Decimal | None = None
    meses: tuple[Competencia, ...] = ()

    @classmethod
    def parse(cls, text: str, *, hoje: date) -> Self:
        """`15/09/2025`, `15/09` (of any year until the next), `450`, `1.234,56`, `09/2025`, `setembro de 2025`, words.

        Raises DadosInvalidos for more than MAIOR characters and for what is no text.
        """
        text = text.strip()
        if len(text) > MAIOR or not text.isprintable():
            raise DadosInvalidos(sentence="Procure por até {limite} letras.", limite=MAIOR, motivo="texto", campo="q")
        return cls(text, _find_dias(text, hoje), _find_valor(text), _find_meses(text, hoje))


def _find_dias(text: str, hoje: date) -> tuple[date, ...]:
    if found := _DIA_ISO.fullmatch(text):
        return _list_dias(int(found[3]), int(found[2]), [int(found[1])])
    if found := _DIA.fullmatch(text):
        # What is booked ahead is next year's at most.
        anos = [int(found[3])] if found[3] else range(PRIMEIRO_ANO, min(hoje.year + 1, ULTIMO_ANO) + 1)
        return _list_dias(int(found[1]), int(found[2]), anos)
    return ()


def _list_dias(dia: int, mes: int, anos: "range | list[int]") -> tuple[date, ...]:
    dias = []
    for ano in anos:
        if PRIMEIRO_ANO <= ano <= ULTIMO_ANO:
            try:
                dias.append(date(ano, mes, dia))
            except ValueError:
                # There is no such day in that year: 29/02, or in none.
                continue
    return tuple(dias)


def _find_valor(text: str) -> Decimal | None:
    try:
        return parse_dinheiro(text)
    except ValorInvalido:
        return None


def _find_meses(text: str, hoje: date) -> tuple[Competencia, ...]:
    if found := _MES.fullmatch(text):
        return _list_meses(int(found[1]), [int(found[2])])
    if found := _MES_ISO.fullmatch(text):
        return _list_meses(int(found[2]), [int(found[1])])
    palavras = [palavra for palavra in normalise_nome(text).split() if palavra != "de"]
    match palavras:
        case [nome] if nome in _NOMES:
            return _list_meses(_NOMES[nome], range(hoje.year, PRIMEIRO_ANO - 1, -1))
        case [nome, ano] if nome in _NOMES and re.fullmatch("[0-9]{4}", ano):
            return _list_meses(_NOMES[nome], [int(ano)])
    return ()


def _list_meses(mes: int, anos: "range | list[int]") -> tuple[Competencia, ...]:
    if not 1 <= mes <= 12:
        return ()
    return tuple(Competencia(ano, mes) for ano in anos if PRIMEIRO_ANO <= ano <= ULTIMO_ANO)
