"""The dossiê as a file: one zip that holds a JSON for programs, and sheets that a pt-BR spreadsheet opens right.

A text that a spreadsheet would run begins with an apostrophe, as in the backup's sheet.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from estudio import clock
from estudio.domain.backup_celula import format_data, format_texto
from estudio.domain.dinheiro import from_centavos
from estudio.services.dossie_service import Dossie, Linha

BOM: Final = "\ufeff"

_COLUNAS: Final[Mapping[str, tuple[str, ...]]] = {
    "cadastros": ("id", "nome", "telefone", "email", "observacoes", "unido_a", "cadastrado_em"),
    "pagamentos": ("id", "data", "valor", "forma", "artista", "estorno_de", "observacoes", "cadastro"),
    "sessoes": ("id", "data", "valor", "artista", "status", "pagamento", "observacoes", "cadastro"),
    "meses_fechados": ("mes", "versao", "estado", "cadastro", "nome"),
    "eventos": ("id", "em", "quem", "origem", "acao", "tabela", "registro", "campos", "motivo"),
}
"""Sheets and their columns; what an event's row was before and after is in the JSON."""

_LEIA: Final = """Dados pessoais de um cliente, reunidos pelo estúdio a pedido dele (LGPD, art. 18).

cadastros.csv       o que o estúdio sabe da pessoa, e os cadastros unidos ao dela
pagamentos.csv      o que pagou (estornos têm valor negativo)
sessoes.csv         as sessões
meses_fechados.csv  os meses fechados em que o nome está guardado ao lado do selo
eventos.csv         o que foi feito com esses dados, quando e por quem
dados.json          tudo isso, e como cada registro era antes e depois de cada mudança

Valores em reais. Um texto que uma planilha executaria começa com um apóstrofo, que não faz parte dele.
"""


def write_dossie(dossie: Dossie) -> bytes:
    """The zip. Its entries carry the dossiê's own instant, so that equal dossiês are equal bytes."""
    local = clock.to_local(dossie.feito_em)
    stamp = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, payload in _list_entries(dossie):
            archive.writestr(zipfile.ZipInfo(name, stamp), payload.encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def name_dossie(dossie: Dossie) -> str:
    """`cliente_42_20261126.zip`: a file name tells nobody who it is about."""
    return f"cliente_{dossie.cliente.id}_{clock.to_local(dossie.feito_em):%Y%m%d}.zip"


def _list_entries(dossie: Dossie) -> Iterable[tuple[str, str]]:
    lists = {name: getattr(dossie, name) for name in _COLUNAS}
    yield "LEIA-ME.txt", _LEIA
    whole = {"cliente_id": dossie.cliente.id, "feito_em": dossie.feito_em, **lists}
    whole["eventos"] = [_in_reais(evento) for evento in dossie.eventos]
    yield "dados.json", json.dumps(whole, ensure_ascii=False, indent=1, default=_as_json) + "\n"
    for name, columns in _COLUNAS.items():
        yield f"{name}.csv", _write_sheet(columns, lists[name])


def _in_reais(evento: Linha) -> Linha:
    """The audit trail keeps centavos; whoever reads the file reads reais."""
    return evento | {when: _image_in_reais(evento[when]) for when in ("antes", "depois")}


def _image_in_reais(image: Mapping[str, Any] | None) -> Linha | None:
    if image is None or "valor_centavos" not in image:
        return None if image is None else dict(image)
    rest = {key: value for key, value in image.items() if key != "valor_centavos"}
    return rest | {"valor": str(from_centavos(image["valor_centavos"]))}


def _as_json(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    assert isinstance(value, date), f"a dossiê holds no {type(value).__name__}"
    return value.isoformat()


def _write_sheet(columns: tuple[str, ...], linhas: Iterable[Linha]) -> str:
    rows = [";".join(columns), *(";".join(_as_cell(linha[column]) for column in columns) for linha in linhas)]
    return BOM + "".join(f"{row}\r\n" for row in rows)


def _as_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:.2f}".replace(".", ",")
        case datetime():
            return f"{clock.to_local(value):%d/%m/%Y %H:%M:%S}"
        case date():
            return format_data(value)
        case _:
            return format_texto(str(value))
