"""Sheets as version 4 wrote them, and as a person keeps them in a pt-BR spreadsheet: the same records in two forms."""

import csv
import io
from pathlib import Path
from typing import Final

Row = dict[str, str]

CRIADO: Final = "2025-10-22T18:08:37.048776+00:00"

_MONEY: Final[tuple[str, ...]] = ("valor", "percentual")


def pagamento(id_: int | str, data: str, valor: str, **cells: str) -> Row:
    """A payment with everything that it needs; `cells` change or add some."""
    row = {"type": "pagamento", "id": str(id_), "data": data, "valor": valor}
    return row | {"artista_name": "Bia", "forma_pagamento": "Pix"} | cells


def sessao(id_: int | str, data: str, valor: str, **cells: str) -> Row:
    row = {"type": "sessao", "id": str(id_), "data": data, "valor": valor}
    return row | {"artista_name": "Bia", "cliente_name": "Dora", "status": "completed"} | cells


def comissao(id_: int | str, pagamento_id: int | str, percentual: str, valor: str, **cells: str) -> Row:
    row = {"type": "comissao", "id": str(id_), "pagamento_id": str(pagamento_id), "percentual": percentual}
    return row | {"valor": valor, "artista_name": "Bia", "created_at": CRIADO} | cells


def gasto(id_: int | str, data: str, valor: str, **cells: str) -> Row:
    row = {"type": "gasto", "id": str(id_), "data": data, "valor": valor}
    return row | {"descricao": "Agulhas", "forma_pagamento": "Dinheiro"} | cells


def _setembro() -> list[Row]:
    sittings = (
        (4, "05", "Pedro Artista", "Ana Cliente", "Pix", "450.0", "braço completo"),
        (5, "15", "Maria Artista", "João Cliente", "Cartão", "320.0", "perna"),
        (6, "25", "Pedro Artista", "Carla Cliente", "Dinheiro", "280.0", "costas"),
    )
    rows = [
        {
            "artista_name": artista, "cliente_name": cliente, "created_at": CRIADO, "data": f"2025-09-{dia}",
            "forma_pagamento": forma, "id": str(n), "observacoes": f"Pagamento referente à sessão {n}",
            "sessao_id": str(n), "type": "pagamento", "valor": valor,
        }
        for n, dia, artista, cliente, forma, valor, _ in sittings
    ]  # fmt: skip
    return rows + [
        {
            "artista_name": artista, "cliente_name": cliente, "created_at": "2025-10-22T18:08:37.006145+00:00",
            "data": f"2025-09-{dia}", "id": str(n), "observacoes": f"Sessão de tatuagem - {what}",
            "status": "completed", "type": "sessao", "valor": valor,
        }
        for n, dia, artista, cliente, _, valor, what in sittings
    ]  # fmt: skip


SETEMBRO: Final = _setembro()
"""September 2025 as version 4's own sample has it: three payments, each of one sessão, 1.050,00 in all."""

VAZIAS: Final = ("google_event_id", "payment_id", "updated_at")
"""Columns of the sample that no row fills."""


def render_v4(rows: list[Row], *, extra: tuple[str, ...] = ()) -> bytes:
    """As version 4: the alphabetical union of the columns in use, comma, decimal point, CRLF, no BOM."""
    return _render(rows, sorted({name for row in rows for name in row} | set(extra)), ",").encode()


def render_pt_br(rows: list[Row]) -> bytes:
    """As a spreadsheet saves it: BOM, `;`, decimal comma with points between thousands, dd/mm/aaaa."""
    columns = sorted({name for row in rows for name in row}, reverse=True)
    return b"\xef\xbb\xbf" + _render([_to_pt_br(row) for row in rows], columns, ";").encode()


def save(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _render(rows: list[Row], columns: list[str], delimiter: str) -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, columns, restval="", delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _to_pt_br(row: Row) -> Row:
    changed = {name: row[name].replace(".", ",") for name in _MONEY if name in row}
    if "valor" in changed:
        reais, _, centavos = changed["valor"].partition(",")
        changed["valor"] = f"{int(reais):,}".replace(",", ".") + f",{centavos:0<2}"
    if "data" in row:
        ano, mes, dia = row["data"].split("-")
        changed["data"] = f"{dia}/{mes}/{ano}"
    return row | changed
