"""What stands in the way of a month that would come back: said all at once, with numbers to look up."""

from collections.abc import Collection
from itertools import islice
from typing import Any, Final

from estudio.domain.backup import Guardado
from estudio.domain.backup_planilha import Linha, LinhaAcerto, LinhaComissao, LinhaGasto, LinhaPagamento, LinhaSessao
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import describe_contagens
from estudio.services.backup_carga import TABLES, Citados
from estudio.services.backup_leitura import open_rows
from estudio.services.batch_processing import process_records_in_batches
from estudio.services.contagem_service import Connection

MOST_NAMED: Final = 10
"""So many ids of one kind are named; the rest is counted by whoever looks."""

_CHECKED_AT_ONCE: Final = 1000

_TAKEN: Final = {
    LinhaPagamento: "select id from estudio.pagamentos where id = any(%s) order by id",
    LinhaComissao: "select id from estudio.comissoes where id = any(%s) order by id",
    LinhaSessao: "select id from estudio.sessoes where id = any(%s) order by id",
    LinhaGasto: "select id from estudio.gastos where id = any(%s) order by id",
    LinhaAcerto: "select id from estudio.acertos where id = any(%s) order by id",
}
_EVENTS: Final = {
    LinhaPagamento: "select id from estudio.pagamentos where google_event_id = any(%s) order by id",
    LinhaSessao: "select id from estudio.sessoes where google_event_id = any(%s) order by id",
}
_NAMES: Final = {
    LinhaPagamento: "pagamentos", LinhaComissao: "comissões", LinhaSessao: "sessões", LinhaGasto: "gastos",
    LinhaAcerto: "acertos",
}  # fmt: skip


def list_impedimentos(connection: Connection, guardado: Guardado, citados: Citados) -> list[str]:
    """Sentences without their full stop, empty when the month can come back."""
    found = _list_present(connection, guardado.competencia) or _list_taken(connection, guardado)
    there = select_ids(connection, _TAKEN[LinhaPagamento], citados.originais)
    missing = citados.originais.keys() - there
    if missing:
        found.append(f"faltam os pagamentos estornados {_join(missing)}, que são de outro mês: restaure-o antes")
    return found


def _list_present(connection: Connection, competencia: Competencia) -> list[str]:
    row = connection.execute("select estudio.contar_totais(%s)", [competencia.first_day]).fetchone()
    assert row is not None, "a function without rows of its own gives one"
    counts = describe_contagens(row[0])
    names = {"sessoes": "sessões", "comissoes": "comissões"}
    present = [f"{count} {names.get(kind, kind)}" for kind, count in counts.items() if count]
    return [f"o mês já tem {', '.join(present)}"] if present else []


def _list_taken(connection: Connection, guardado: Guardado) -> list[str]:
    """The ids and agenda events of the file that the database already has, in whatever month."""
    taken: dict[str, list[int]] = {}
    with open_rows(guardado) as rows:
        for found in process_records_in_batches(rows, _CHECKED_AT_ONCE, _find_taken, connection):
            for what, ids in found.items():
                taken.setdefault(what, []).extend(ids)
    return [f"{what}: {_join(ids)}" for what, ids in sorted(taken.items())]


def _find_taken(batch: list[Linha], connection: Connection) -> dict[str, set[int]]:
    found = {}
    for kind in TABLES:
        ids = [linha.id for linha in batch if type(linha) is kind]
        if ids and (taken := select_ids(connection, _TAKEN[kind], ids)):
            found[f"números de {_NAMES[kind]} já usados"] = taken
    for kind, query in _EVENTS.items():
        events = [
            linha.google_event_id
            for linha in batch
            if isinstance(linha, LinhaPagamento | LinhaSessao) and type(linha) is kind and linha.google_event_id
        ]
        if events and (taken := select_ids(connection, query, events)):
            found[f"eventos da agenda já usados por {_NAMES[kind]}"] = taken
    return found


def select_ids(connection: Connection, query: str, values: Collection[Any]) -> set[int]:
    """The ids that a query finds for a list of values."""
    return {row[0] for row in connection.execute(query.encode(), [list(values)]).fetchall()}


def _join(ids: Collection[int]) -> str:
    ordered = sorted(ids)
    named = ", ".join(map(str, islice(ordered, MOST_NAMED)))
    return named if len(ordered) <= MOST_NAMED else f"{named} e mais {len(ordered) - MOST_NAMED}"
