"""One sheet of a workbook, written from top to bottom: a frozen header, rows, and a last line of sums.

Numbers go in as Decimal, which XlsxWriter writes digit by digit, and days as days. A sum is a formula together with
its value, so that who computes and who does not read the same. A text is a text, whatever it looks like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from estudio.domain.dinheiro import from_centavos

FORMATOS: Final = {
    "cabeca": {"bold": True, "bottom": 1},
    "data": {"num_format": "dd/mm/yyyy"},
    "dinheiro": {"num_format": "#,##0.00;[Red]-#,##0.00"},
    "percentual": {"num_format": "0.00%"},
    "numero": {"num_format": "0"},
    "soma": {"num_format": "#,##0.00;[Red]-#,##0.00", "bold": True, "top": 1},
    "rotulo": {"bold": True, "top": 1},
}

Formatos = dict[str, Any]


def create_formatos(livro: Workbook) -> Formatos:
    """Numbered in this order, also those that a month does not use: `verificar.py` knows them by their number."""
    formatos = {nome: livro.add_format(formato) for nome, formato in FORMATOS.items()}
    for number, formato in enumerate(formatos.values(), 1):
        formato.xf_index = number
    return formatos


class Reais(NamedTuple):
    """An amount in centavos."""

    centavos: int


class Percentual(NamedTuple):
    """Hundredths of a percent: 3000 is 30 %."""

    centesimos: int


class Formula(NamedTuple):
    """A formula and what it gives, in centavos or as a plain count."""

    formula: str
    valor: Reais | int


Celula = str | int | date | Reais | Percentual | Formula | None


@dataclass(frozen=True, slots=True)
class Coluna:
    titulo: str
    largura: int


class Folha:
    """A sheet that grows downwards; what is written is never touched again."""

    def __init__(self, livro: Workbook, formatos: Formatos, nome: str, colunas: Sequence[Coluna]) -> None:
        self.nome = nome
        self._formatos = formatos
        self._folha = livro.add_worksheet(nome)
        self._proxima = 1
        for place, coluna in enumerate(colunas):
            self._folha.set_column(place, place, coluna.largura)
            self._text(0, place, coluna.titulo, "cabeca")
        self._folha.freeze_panes(1, 0)

    def add(self, *celulas: Celula) -> None:
        """One row."""
        for coluna, celula in enumerate(celulas):
            self._write(coluna, celula)
        self._proxima += 1

    def add_soma(self, somas: dict[int, int]) -> None:
        """The last row: below each of these columns the sum of its rows, whose value in centavos is given."""
        self._text(self._proxima, 0, "Total", "rotulo")
        for coluna, centavos in sorted(somas.items()):
            self._write(coluna, Formula(f"SUM({self.range(coluna)})", Reais(centavos)), "soma")
        self._proxima += 1

    def range(self, coluna: int) -> str:
        """The rows so far of one column, for a formula: `'Comissões'!$H$2:$H$9`. With none, the empty cell below."""
        letra, ultima = xl_col_to_name(coluna), max(self._proxima, 2)
        return f"'{self.nome}'!${letra}$2:${letra}${ultima}"

    @property
    def has_linhas(self) -> bool:
        return self._proxima > 1

    def _write(self, coluna: int, celula: Celula, formato: str | None = None) -> None:
        linha, folha = self._proxima, self._folha
        match celula:
            case None:
                return
            case str():
                self._text(linha, coluna, celula)
                return
            case Formula(formula, valor):
                formato = formato or ("dinheiro" if isinstance(valor, Reais) else "numero")
                number = from_centavos(valor.centavos) if isinstance(valor, Reais) else valor
                written = folha.write_formula(linha, coluna, f"={formula}", self._formatos[formato], number)
            case Reais(centavos):
                written = folha.write_number(linha, coluna, from_centavos(centavos), self._formatos["dinheiro"])
            case Percentual(centesimos):
                parte = Decimal(centesimos).scaleb(-4)
                written = folha.write_number(linha, coluna, parte, self._formatos["percentual"])
            case date():
                written = folha.write_datetime(linha, coluna, celula, self._formatos["data"])
            case int():
                written = folha.write_number(linha, coluna, celula, self._formatos["numero"])
        assert written == 0, f"{self.nome}, row {linha}: what does not fit was left out"

    def _text(self, linha: int, coluna: int, texto: str, formato: str | None = None) -> None:
        # XlsxWriter takes what stands between these two for markup of its own and lets it into the file as it is.
        if texto.startswith("<r>") and texto.endswith("</r>"):
            texto += " "
        written = self._folha.write_string(linha, coluna, texto, self._formatos[formato] if formato else None)
        assert written == 0, f"{self.nome}, row {linha}: a text that no cell holds"
