"""A sheet with version 4's columns as rows of cells: header, delimiter, and lines that are broken.

Read as it is: `,` with a decimal point, or `;` with pt-BR money and dates; columns in any order, absent when no row
uses them. What a cell means is read in `import_leitura`.
"""

import csv
import re
from collections.abc import Iterator
from typing import Final

from estudio.domain.backup_planilha import COLUNAS as COLUNAS_DO_BACKUP
from estudio.services.import_arquivo import Arquivo
from estudio.services.import_registros import Notas

COLUNAS: Final = (
    "artista_name", "cliente_name", "created_at", "created_by", "creator_name", "data", "descricao", "forma_pagamento",
    "google_event_id", "id", "observacoes", "pagamento_id", "payment_id", "percentual", "sessao_id", "status", "type",
    "updated_at", "valor", "categoria",
)  # fmt: skip
"""Version 4's, and `categoria`, which a person may add to the gastos."""

_ASPAS: Final = (
    (re.compile("unexpected end of data"), "aspas abertas que não fecham até o fim do arquivo"),
    (re.compile("expected after"), "aspas fora do lugar"),
    (re.compile("field larger"), "uma célula grande demais (ou aspas abertas que não fecham)"),
    (re.compile("new-line"), "uma quebra de linha solta (CR) fora de aspas"),
)


class Planilha:
    """An open sheet whose header is understood."""

    def __init__(self, arquivo: Arquivo) -> None:
        self._arquivo = arquivo
        lines = arquivo.lines()
        first = next(lines, "")
        delimiter = ";" if first.count(";") > first.count(",") else ","
        self.ponto = delimiter == ","
        """Version 4 writes 450.0; pt-BR, which needs the comma for the money, divides its cells by semicolons."""
        self._cells = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
        self.header = self._read_header()

    @property
    def is_backup(self) -> bool:
        """Its header is that of our own backups."""
        return tuple(self.header) == COLUNAS_DO_BACKUP

    def ensure_columns(self) -> None:
        """Raises ArquivoNaoLido for a header that is not version 4's."""
        known = [name for name in self.header if name in COLUNAS]
        if not known:
            raise self._arquivo.refuse(
                f"a primeira linha não é o cabeçalho da versão 4. Ela precisa ter as colunas {', '.join(COLUNAS)} "
                "(as que forem usadas).",
                linha=1,
            )
        unknown = [f"“{name[:40]}”" for name in self.header if name not in COLUNAS]
        if unknown:
            what = "coluna que não conhecemos" if len(unknown) == 1 else "colunas que não conhecemos"
            raise self._arquivo.refuse(
                f"há {what}: {', '.join(unknown[:10])}. Apague-as ou corrija o nome; as conhecidas são "
                f"{', '.join(COLUNAS)}.",
                linha=1,
            )
        twice = sorted({name for name in known if known.count(name) > 1})
        if twice:
            raise self._arquivo.refuse(f"a coluna {', '.join(twice)} aparece duas vezes. Deixe uma só.", linha=1)
        missing = [name for name in ("type", "id") if name not in known]
        if missing:
            raise self._arquivo.refuse(f"falta a coluna {' e a coluna '.join(missing)}.", linha=1)

    def rows(self, recusas: Notas) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line that it begins in; empty ones are passed over, broken ones are told to `recusas`."""
        width = len(self.header)
        while True:
            linha = self._cells.line_num + 1
            try:
                row = next(self._cells)
            except StopIteration:
                return
            except csv.Error as error:
                # Where a cell ends is not known any more: what follows cannot be told apart.
                recusas.add(
                    linha, f"{_explain_csv(error)}; daqui em diante o arquivo não foi lido.", codigo="linha_quebrada"
                )
                return
            if not any(row):
                continue
            if len(row) > width and not any(row[width:]):
                row = row[:width]
            if len(row) == width:
                yield linha, row
            else:
                what = f"tem {len(row)} células e o cabeçalho tem {width}: a linha está quebrada."
                recusas.add(linha, what, codigo="linha_quebrada")

    def _read_header(self) -> list[str]:
        try:
            names = [cell.strip().lower() for cell in next(self._cells, [])]
        except csv.Error as error:
            raise self._arquivo.refuse(f"o cabeçalho tem {_explain_csv(error)}. Exporte-o de novo.", linha=1) from error
        # A spreadsheet that once had more columns ends its lines with empty cells.
        while names and not names[-1]:
            names.pop()
        return names


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _explain_csv(error: csv.Error) -> str:
    return next((words for pattern, words in _ASPAS if pattern.search(str(error))), f"aspas fora do lugar ({error})")
