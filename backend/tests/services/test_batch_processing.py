"""The four functions of version 4's contract: sizes, batches, plain rows, totals that add up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from estudio import config
from estudio.services import extrato_service
from estudio.services.batch_processing import (
    calculate_totals_batch,
    get_batch_size,
    merge_totals,
    parse_batch_size,
    process_records_in_batches,
    serialize_data_batch,
)
from estudio.services.lotes import AUTO, MAX_BATCH_SIZE, TamanhoAuto, fit_size, take_batch


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 100),
        ("0", 100),
        ("-5", 100),
        ("abc", 100),
        ("1e9", 100),
        ("1_0", 100),
        ("１０", 100),
        ("+7", 100),
        ("10.0", 100),
        ("0x10", 100),
        ("1", 1),
        ("7", 7),
        (" 250 ", 250),
        ("0100", 100),
        ("10000", 10_000),
        ("10001", 10_000),
        ("1000000000", 10_000),
        ("9" * 20, 10_000),
        ("9" * 5_000, 10_000),
        ("0" * 5_000 + "7", 7),
    ],
)
def test_get_batch_size(monkeypatch: pytest.MonkeyPatch, text: str, size: int) -> None:
    monkeypatch.setenv("BATCH_SIZE", text)
    config.reset()
    with capture_logs() as logs:
        assert get_batch_size() == size
    plain = text == "" or text.strip().lstrip("0") == str(size)
    assert [entry["log_level"] for entry in logs] == ([] if plain else ["warning"])


@pytest.mark.parametrize(
    ("text", "event", "sentence"),
    [
        (
            " abc ",
            "batch_size_ignorado",
            "BATCH_SIZE=abc não é um número inteiro a partir de 1: vale 100. Escreva um número inteiro de 1 a 10000.",
        ),
        (
            "1000000",
            "batch_size_limitado",
            "BATCH_SIZE=1000000 passa do limite: vale 10000. Escreva um número inteiro de 1 a 10000.",
        ),
    ],
)
def test_a_size_that_is_not_taken_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, text: str, event: str, sentence: str
) -> None:
    monkeypatch.setenv("BATCH_SIZE", text)
    config.reset()
    with capture_logs() as logs:
        size = get_batch_size()
    assert parse_batch_size(text) == (size, sentence)
    assert [(entry["event"], entry["usado"], entry["mensagem"]) for entry in logs] == [(event, size, sentence)]


def test_a_text_without_end_is_shown_in_part() -> None:
    _, sentence = parse_batch_size("x" * 100_000)
    assert sentence is not None
    assert len(sentence) < 200


def test_get_batch_size_is_a_hundred_when_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCH_SIZE", raising=False)
    config.reset()
    assert get_batch_size() == 100


def test_process_records_in_batches() -> None:
    assert list(process_records_in_batches(range(10), 3, sum)) == [3, 12, 21, 9]


def test_nothing_in_gives_nothing_out() -> None:
    assert list(process_records_in_batches([], 3, sum)) == []


def test_arguments_reach_the_function_and_any_iterable_will_do() -> None:
    def shift(batch: list[int], by: int, *, sign: int) -> list[int]:
        return [sign * (n + by) for n in batch]

    given_once = (n for n in (1, 2, 3))
    assert list(process_records_in_batches(given_once, 2, shift, 10, sign=-1)) == [[-11, -12], [-13]]


def test_one_batch_is_held_at_a_time() -> None:
    drawn = 0

    def count() -> Iterator[int]:
        nonlocal drawn
        for n in range(1000):
            drawn += 1
            yield n

    batches = process_records_in_batches(count(), 10, len)
    assert next(batches) == 10
    assert drawn == 10


def test_each_batch_is_logged_n_of_n_when_the_number_is_known() -> None:
    with capture_logs() as logs:
        list(process_records_in_batches([1, 2, 3], 2, sum))
        list(process_records_in_batches((n for n in [1]), 2, sum))
    assert [(e["lote"], e["lotes"], e["registros"], e["resultado"]) for e in logs] == [
        (1, 2, 2, "✓"),
        (2, 2, 1, "✓"),
        (1, None, 1, "✓"),
    ]
    assert all(isinstance(e["ms"], int) for e in logs)


def test_a_batch_that_fails_is_logged_and_its_error_goes_on() -> None:
    def refuse(batch: list[int]) -> int:
        if 3 in batch:
            raise ArithmeticError("three")
        return len(batch)

    with capture_logs() as logs:
        batches = process_records_in_batches([1, 2, 3, 4], 2, refuse)
        assert next(batches) == 2
        with pytest.raises(ArithmeticError, match="three"):
            next(batches)
    assert [e["resultado"] for e in logs] == ["✓", "✗"]
    assert logs[1]["log_level"] == "error"


def test_a_batch_of_no_records_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        list(process_records_in_batches([1], 0, sum))


@dataclass
class Row:
    """What a cursor or a model offers to be serialised."""

    id: int
    valor: Decimal
    artista_id: int = 1
    artista_nome: str = "Bia"
    cliente_nome: str | None = "Dora"
    data: date = date(2025, 9, 5)
    forma: str = "pix"
    categoria: str | None = None
    observacoes: str | None = None
    sessao_data: date | None = None
    status: str = "realizada"
    pagamento_valor: Decimal = Decimal("500.00")
    percentual: Decimal = Decimal("40.00")
    criado_em: datetime = datetime(2025, 9, 5, 20, 0, tzinfo=UTC)
    descricao: str = "Agulhas"
    criado_por: int | None = 3


def test_serialize_data_batch() -> None:
    row = Row(7, Decimal("500.00"), sessao_data=date(2025, 9, 4))
    pagamentos, sessoes, comissoes, gastos = serialize_data_batch([row], [row], [row], [row])
    assert pagamentos == [
        {
            "id": 7,
            "data": "2025-09-05",
            "cliente_name": "Dora",
            "artista_id": 1,
            "artista_name": "Bia",
            "valor": Decimal("500.00"),
            "forma_pagamento": "pix",
            "observacoes": None,
            "sessao_data": "2025-09-04",
        }
    ]
    assert sessoes == [
        {
            "id": 7,
            "data": "2025-09-05",
            "cliente_name": "Dora",
            "artista_id": 1,
            "artista_name": "Bia",
            "valor": Decimal("500.00"),
            "status": "realizada",
            "observacoes": None,
        }
    ]
    assert comissoes == [
        {
            "id": 7,
            "created_at": "2025-09-05T20:00:00+00:00",
            "artista_id": 1,
            "artista_name": "Bia",
            "cliente_name": "Dora",
            "pagamento_valor": Decimal("500.00"),
            "percentual": Decimal("40.00"),
            "valor": Decimal("500.00"),
            "observacoes": None,
        }
    ]
    assert gastos == [
        {
            "id": 7,
            "data": "2025-09-05",
            "valor": Decimal("500.00"),
            "descricao": "Agulhas",
            "forma_pagamento": "pix",
            "categoria": None,
            "created_by": 3,
        }
    ]


def test_serialize_data_batch_of_nothing_is_four_empty_lists() -> None:
    assert serialize_data_batch([], [], [], []) == ([], [], [], [])


def test_calculate_totals_batch() -> None:
    """The worked example of domain.md."""
    paid = [Row(i, Decimal(v)) for i, v in enumerate(("200.00", "150.00", "300.00", "100.00"), 1)]
    shares = [Row(1, Decimal("60.00")), Row(2, Decimal("30.00"))]
    spent = [Row(1, Decimal("50.00")), Row(2, Decimal("30.00"))]
    totals = calculate_totals_batch(*serialize_data_batch(paid, [], shares, spent))
    assert totals["receita_total"] == Decimal("750.00")
    assert totals["comissoes_total"] == Decimal("90.00")
    assert totals["despesas_total"] == Decimal("80.00")
    assert totals["saldo"] == Decimal("670.00")
    assert totals["receita_liquida"] == Decimal("580.00")
    assert totals["por_artista"] == [
        {"artista_id": 1, "artista": "Bia", "receita": Decimal("750.00"), "comissao": Decimal("90.00")}
    ]
    assert totals["por_forma_pagamento"] == [{"forma": "pix", "total": Decimal("750.00")}]
    assert totals["gastos_por_forma_pagamento"] == [{"forma": "pix", "total": Decimal("80.00")}]
    assert totals["gastos_por_categoria"] == [{"categoria": "Outros", "total": Decimal("80.00")}]
    assert totals["contagens"] == {"pagamentos": 4, "sessoes": 0, "comissoes": 2, "gastos": 2}


def test_totals_of_nothing_are_zero_with_two_places() -> None:
    totals = calculate_totals_batch([], [], [], [])
    money = [totals[k] for k in ("receita_total", "comissoes_total", "despesas_total", "saldo", "receita_liquida")]
    assert [str(m) for m in money] == ["0.00"] * 5
    assert totals["por_artista"] == []


def test_two_artists_of_one_name_stay_two() -> None:
    rows = [
        Row(1, Decimal("10.00"), artista_id=1, artista_nome="Ana"),
        Row(2, Decimal("5.00"), artista_id=2, artista_nome="Ana"),
    ]
    totals = calculate_totals_batch(*serialize_data_batch(rows, [], [], []))
    assert [(a["artista_id"], a["receita"]) for a in totals["por_artista"]] == [
        (1, Decimal("10.00")),
        (2, Decimal("5.00")),
    ]


money = st.integers(1, 999_999_999).map(lambda c: Decimal(c).scaleb(-2))
rows = st.lists(
    st.builds(
        Row,
        id=st.integers(1, 10**9),
        valor=money,
        artista_id=st.integers(1, 4),
        forma=st.sampled_from(["pix", "dinheiro"]),
        categoria=st.sampled_from([None, "outros", "material"]),
    ),
    max_size=30,
)


@given(paid=rows, shares=rows, spent=rows, size=st.integers(1, 40))
def test_totals_of_batches_add_up_to_the_totals_of_the_whole(
    paid: list[Row], shares: list[Row], spent: list[Row], size: int
) -> None:
    whole = calculate_totals_batch(*serialize_data_batch(paid, paid, shares, spent))

    def total(batch: list[tuple[str, Row]]) -> dict[str, Any]:
        kinds: dict[str, list[Row]] = {"p": [], "s": [], "c": [], "g": []}
        for kind, row in batch:
            kinds[kind].append(row)
        return calculate_totals_batch(*serialize_data_batch(kinds["p"], kinds["s"], kinds["c"], kinds["g"]))

    mixed = [("p", r) for r in paid] + [("g", r) for r in spent] + [("s", r) for r in paid] + [("c", r) for r in shares]
    merged = calculate_totals_batch([], [], [], [])
    for part in process_records_in_batches(mixed, size, total):
        merged = merge_totals(merged, part)
    assert merged == whole
    assert sum((a["receita"] for a in whole["por_artista"]), Decimal(0)) == whole["receita_total"]
    assert sum((f["total"] for f in whole["por_forma_pagamento"]), Decimal(0)) == whole["receita_total"]


def test_the_closing_offers_the_functions_under_their_old_address() -> None:
    assert extrato_service.process_records_in_batches is process_records_in_batches
    assert extrato_service.serialize_data_batch is serialize_data_batch
    assert extrato_service.calculate_totals_batch is calculate_totals_batch
    assert extrato_service.get_batch_size is get_batch_size


def test_a_size_that_fits_itself_follows_the_time_of_a_batch_within_its_bounds() -> None:
    assert [fit_size(AUTO, seconds) for seconds in (0.01, 0.05, 0.2, 0.3)] == [2000, 1000, 1000, 500]
    assert fit_size(fit_size(AUTO, 0.01), 0.01) == 4000, "it goes on fitting itself"
    assert (fit_size(TamanhoAuto(9000), 0.01), fit_size(TamanhoAuto(1), 9)) == (MAX_BATCH_SIZE, 1)
    assert [fit_size(100, seconds) for seconds in (0.01, 9)] == [100, 100], "one that was set stays"


def test_long_texts_end_a_batch_that_fits_itself_and_no_other() -> None:
    rows = [(n, "x" * 20_000) for n in range(2000)]
    assert len(take_batch(iter(rows), AUTO)) == 500
    assert len(take_batch(iter(rows), 1000)) == 1000
    assert len(take_batch(iter([(1, "x")] * 2000), AUTO)) == 1000
    assert take_batch(iter(()), AUTO) == []


def test_batch_size_auto_reads_everything_in_batches_that_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE", "auto")
    config.reset()
    assert parse_batch_size(" auto ") == (1000, None)
    sizes = list(process_records_in_batches(range(50_000), get_batch_size(), len))
    assert (sum(sizes), sizes[0]) == (50_000, 1000)
    assert max(sizes) > 1000
