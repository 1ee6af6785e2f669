"""Whatever a file holds, it is read or refused in Portuguese; what comes in is what the preview said, or nothing."""

from pathlib import Path
from typing import Any

from conftest import Banco
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importar import DONO
from planilha_v4 import SETEMBRO, Row, pagamento, render_pt_br, render_v4, save
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import ArquivoNaoLido, ImportacaoRecusada
from estudio.services.import_leitura import read_arquivo
from estudio.services.import_registros import TIPOS, Leitura
from estudio.services.import_service import import_leitura, undo_import

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WITH_DATABASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SAMPLE = render_v4(SETEMBRO)


def read_or_refuse(tmp_path: Path, content: bytes) -> Leitura | None:
    try:
        return read_arquivo(save(tmp_path / "backup.csv", content))
    except ArquivoNaoLido as refusal:
        message = refusal.message
    assert message.startswith("backup.csv não foi importado: ")
    return None


@QUICK
@given(content=st.binary(max_size=2000))
def test_bytes_of_any_kind_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    read_or_refuse(tmp_path, content)


@QUICK
@given(content=st.text(max_size=500), sheet=st.sampled_from([SAMPLE, render_pt_br(SETEMBRO)]), at=st.integers(0, 900))
def test_a_sheet_with_anything_in_its_middle_is_read_or_refused(
    tmp_path: Path, content: str, sheet: bytes, at: int
) -> None:
    read_or_refuse(tmp_path, sheet[:at] + content.encode("utf-8", "surrogatepass") + sheet[at:])


@QUICK
@given(at=st.integers(0, len(SAMPLE) - 1), bit=st.integers(0, 7), length=st.integers(0, len(SAMPLE)))
def test_a_damaged_or_cut_sheet_is_read_or_refused(tmp_path: Path, at: int, bit: int, length: int) -> None:
    flipped = bytearray(SAMPLE)
    flipped[at] ^= 1 << bit
    read_or_refuse(tmp_path, bytes(flipped))
    read_or_refuse(tmp_path, SAMPLE[:length])


IDS = st.one_of(st.integers(1, 6).map(str), st.sampled_from(["", "0", "4.0", "-1", "x", "9" * 18, "9" * 19]))
MONEY = st.one_of(
    st.decimals(0, 1000, places=2).map(str), st.sampled_from(["", "1.234", "-5.0", "NaN", "1e5", "=1", "9999999.99"])
)
NAMES = st.one_of(st.sampled_from(["Bia", "BÍA", "Dora", "", " ", "Não informado"]), st.text(max_size=8))
DATES = st.one_of(
    st.dates().map(str), st.sampled_from(["2025-09-01", "2025-10-31", "05/09/2025", "", "2100-01-01", "x"])
)
CELLS: dict[str, st.SearchStrategy[str]] = {
    "type": st.sampled_from([*TIPOS, "sessão", "PAGAMENTO", "", "nada"]),
    "id": IDS,
    "data": DATES,
    "valor": MONEY,
    "percentual": st.sampled_from(["", "30.0", "0", "100", "101", "33.33", "x"]),
    "artista_name": NAMES,
    "cliente_name": NAMES,
    "creator_name": NAMES,
    "forma_pagamento": st.one_of(st.sampled_from(["Pix", "Cartão", "Crédito", ""]), st.text(max_size=6)),
    "categoria": st.one_of(st.just(""), st.text(max_size=6)),
    "descricao": st.text(max_size=10),
    "observacoes": st.text(max_size=20),
    "status": st.sampled_from(["completed", "active", "", "?"]),
    "sessao_id": IDS,
    "payment_id": IDS,
    "pagamento_id": IDS,
    "google_event_id": st.sampled_from(["", "", "e1", "e2"]),
    "created_at": st.sampled_from(
        ["", "2025-10-22T18:08:37.048776+00:00", "22/10/2025 18:08", "0001-01-01T00:00:00", "x"]
    ),
}
ANY_ROW = st.fixed_dictionaries(CELLS)

# Rows of which most can stand, so that imports succeed as well: ids from a small set, so that links meet.
GOOD_CELLS = CELLS | {
    "type": st.sampled_from(TIPOS),
    "id": st.integers(1, 200).map(str),
    "data": st.sampled_from(["2025-09-01", "2025-09-30", "2025-10-01"]),
    "valor": st.decimals("0.01", 1000, places=2).map(str),
    "percentual": st.just(""),
    "artista_name": st.sampled_from(["Bia", "Ana"]),
    "cliente_name": st.sampled_from(["", "Dora", "dóra", "=1+1"]),
    "creator_name": st.just(""),
    "forma_pagamento": st.sampled_from(["Pix", "Cartão", "Cheque"]),
    "categoria": st.sampled_from(["", "Material", "Café"]),
    "sessao_id": st.sampled_from(["", "", "1", "2", "3"]),
    "payment_id": st.sampled_from(["", "", "1", "2", "3"]),
    "pagamento_id": st.sampled_from(["1", "2", "3"]),
    "google_event_id": st.just(""),
}


def _settle(row: Row) -> Row:
    """A comissão says its share; what is no comissão does not name a payment that it would be of."""
    if row["type"] == "comissao":
        return row | {"percentual": "30.0"}
    return row | {"pagamento_id": ""}


def _with_payments(rows: list[Row]) -> list[Row]:
    """The three payments that comissões and sessões may be of, and each record once."""
    first = [pagamento(n, "2025-09-15", "100.0") for n in (1, 2, 3)]
    return list({(row["type"], row["id"]): row for row in [*rows, *first]}.values())


GOOD_ROWS = st.lists(st.fixed_dictionaries(GOOD_CELLS).map(_settle), min_size=1, max_size=15).map(_with_payments)


@QUICK
@given(rows=st.lists(ANY_ROW, min_size=1, max_size=8))
def test_rows_of_any_kind_are_read_or_noted(tmp_path: Path, rows: list[Row]) -> None:
    leitura = read_or_refuse(tmp_path, render_v4(rows))
    if leitura is not None:
        records = sum(len(leitura.of(tipo)) for tipo in TIPOS)
        filled = [row for row in rows if any(row.values())]
        # Every line is a record or has a note; texts with line breaks make no line of their own.
        assert records + leitura.recusas.quantidade == len(filled)


def _count(session: Session) -> Any:
    return session.execute(
        text(
            """select (select count(*) from pagamentos), (select count(*) from comissoes),
                      (select count(*) from sessoes),
                      (select count(*) from gastos), (select count(*) from clientes), (select count(*) from artistas),
                      (select count(*) from importacoes), (select count(*) from importacao_linhas),
                      (select coalesce(sum(valor_centavos), 0) from pagamentos)"""
        )
    ).one()


def _import_twice_and_undo(leitura: Leitura) -> None:
    with db.transaction() as session:
        before = _count(session)
        recusas: object = None
        try:
            with session.begin_nested():
                done = import_leitura(session, leitura, quem=DONO)
        except ImportacaoRecusada as refusal:
            recusas = refusal.details["recusas"]
        if recusas is not None:
            assert recusas
            assert _count(session) == before
            return
        after = _count(session)
        assert after[:4] == tuple(
            len(done.plano.to_create(tipo)) for tipo in ("pagamento", "comissao", "sessao", "gasto")
        )
        assert after[8] == sum(p.valor for p in leitura.pagamentos)
        # The deferred checks of the books, too.
        session.execute(text("set constraints all immediate"))
        broken = session.execute(
            text(
                """select codigo from prontidao('2025-09-01', '2026-11-24')
                   where codigo in ('vinculo_quebrado', 'comissao_indefinida')"""
            )
        ).all()
        assert broken == []
        assert import_leitura(session, leitura, quem=DONO).importacao_id is None
        assert _count(session) == after
        if done.importacao_id is not None:
            undo_import(session, done.importacao_id, quem=DONO)
            assert _count(session)[:6] == before[:6]
        session.rollback()


@WITH_DATABASE
@given(rows=GOOD_ROWS, pt_br=st.booleans())
def test_good_rows_come_in_as_previewed_once_and_go_again(
    banco: Banco, tmp_path: Path, rows: list[Row], pt_br: bool
) -> None:
    del banco  # one for all the examples: each is rolled back
    leitura = read_or_refuse(tmp_path, render_pt_br(rows) if pt_br else render_v4(rows))
    if leitura is not None:
        _import_twice_and_undo(leitura)


@WITH_DATABASE
@given(rows=st.lists(ANY_ROW, min_size=1, max_size=6), good=GOOD_ROWS)
def test_rows_of_any_kind_come_in_whole_or_not_at_all(
    banco: Banco, tmp_path: Path, rows: list[Row], good: list[Row]
) -> None:
    del banco  # one for all the examples: each is rolled back
    for content in (render_v4(rows), render_v4([*good, *rows])):
        leitura = read_or_refuse(tmp_path, content)
        if leitura is not None:
            _import_twice_and_undo(leitura)
