"""A closed month as one sheet that a pt-BR spreadsheet opens right: UTF-8 with BOM, `;`, decimal comma, CRLF.

`documento_verificar.py` makes the same bytes from the JSON with nothing of this, and compares.
"""

from typing import IO, Final

from estudio.domain.backup_celula import format_centesimos, format_data, format_id, format_nome, format_texto
from estudio.domain.backup_planilha import BOM
from estudio.services.documento_leitura import Linha

COLUNAS: Final = (
    "tipo", "id", "data", "valor", "percentual", "cliente_id", "cliente", "artista_id", "artista", "forma", "categoria",
    "descricao", "pagamento_id", "data_da_sessao", "estorno_de",
)  # fmt: skip
"""`data` is the day that decides the month; a sessão's own day is beside it."""


class DocumentoCsv:
    """Rows on their way into the sheet, kind after kind."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.write(BOM + f"{';'.join(COLUNAS)}\r\n".encode())

    def add(self, linhas: list[Linha]) -> None:
        self._file.write("".join(f"{';'.join(_format(linha))}\r\n" for linha in linhas).encode())


def _format(linha: Linha) -> tuple[str, ...]:
    return (
        linha.tipo,
        str(linha.id),
        format_data(linha.dia),
        format_centesimos(linha.valor),
        format_centesimos(linha.percentual),
        format_id(linha.cliente_id),
        format_nome(linha.cliente),
        format_id(linha.artista_id),
        format_nome(linha.artista),
        format_nome(linha.forma_rotulo),
        format_nome(linha.categoria_rotulo),
        format_texto(linha.descricao),
        format_id(linha.pagamento_id),
        "" if linha.data is None else format_data(linha.data),
        format_id(linha.estorno_de),
    )
