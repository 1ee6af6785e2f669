"""Money as people type and read it, and the share that is rounded once."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estudio.domain.dinheiro import (
    CEM_POR_CENTO,
    LIMITE,
    calculate_comissao,
    ensure_valor,
    format_dinheiro,
    format_percentual,
    from_centavos,
    parse_dinheiro,
    parse_percentual,
    to_centavos,
)
from estudio.domain.errors import PercentualInvalido, ValorInvalido

amounts = st.integers(1, LIMITE)
signed_amounts = st.integers(-LIMITE, LIMITE)
totals = st.integers(-(2**63) + 1, 2**63 - 1)
percentuais = st.integers(0, CEM_POR_CENTO)


@pytest.fixture
def coarse_context() -> Iterator[None]:
    """A thread whose decimal context keeps three digits."""
    with localcontext() as context:
        context.prec = 3
        context.rounding = ROUND_HALF_EVEN
        yield


@pytest.mark.parametrize(
    ("text", "valor"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1 234.56", "1234.56"),
        ("R$ 1.234,56", "1234.56"),
        ("R$\u00a01.234,56", "1234.56"),
        ("r$1234,56", "1234.56"),
        ("\t R$   1.234,56 \r\n", "1234.56"),
        ("12,5", "12.50"),
        ("12.5", "12.50"),
        ("450.0", "450.00"),
        ("300", "300.00"),
        ("300,50", "300.50"),
        ("1.234", "1234.00"),
        ("1 234", "1234.00"),
        ("1.234.567", "1234567.00"),
        ("0,01", "0.01"),
        ("0.01", "0.01"),
        ("007", "7.00"),
        ("9.999.999,99", "9999999.99"),
        ("9999999.99", "9999999.99"),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, valor: str) -> None:
    parsed = parse_dinheiro(text)
    assert str(parsed) == valor


@pytest.mark.parametrize(
    ("text", "motivo"),
    [
        ("", "vazio"),
        (" \t\u00a0", "vazio"),
        ("abc", "formato"),
        ("NaN", "formato"),
        ("sNaN", "formato"),
        ("Infinity", "formato"),
        ("-inf", "formato"),
        ("1e5", "formato"),
        ("1E+5", "formato"),
        ("0x10", "formato"),
        ("1_000", "formato"),
        ("\uff11\uff12,3", "formato"),
        ("\u0661\u0662,3", "formato"),
        ("R$", "formato"),
        ("R$ R$ 5", "formato"),
        ("US$ 5", "formato"),
        ("5 reais", "formato"),
        ("+5", "formato"),
        ("--5", "formato"),
        ("-R$ -5", "formato"),
        ("5-", "formato"),
        ("(5,00)", "formato"),
        (",50", "formato"),
        (".50", "formato"),
        ("5,", "formato"),
        ("5.", "formato"),
        ("1,2,3", "formato"),
        ("1,234.56", "formato"),
        ("1.234.56", "formato"),
        ("12.34.567", "formato"),
        ("1.23,45", "formato"),
        ("12 34", "formato"),
        ("1 234.567,89", "formato"),
        ("1.234 567,89", "formato"),
        ("1\n234,56", "formato"),
        ("\u30001234", "formato"),
        ("1" * 41, "formato"),
        ("1" * 5_000, "formato"),
        ("0,001", "casas_decimais"),
        ("0.123", "casas_decimais"),
        ("0.001", "casas_decimais"),
        ("1,234", "casas_decimais"),
        ("1234.567", "casas_decimais"),
        ("1.234,567", "casas_decimais"),
        ("R$ 12,3456", "casas_decimais"),
        ("10,000", "casas_decimais"),
        ("0", "zero"),
        ("0,00", "zero"),
        ("-0", "zero"),
        ("R$ 0,0", "zero"),
        ("-50", "negativo"),
        ("-R$ 250,00", "negativo"),
        ("R$ -250,00", "negativo"),
        ("10.000.000", "limite"),
        ("10000000,00", "limite"),
        ("-10.000.000", "limite"),
        ("1" + "0" * 20, "limite"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(text: str, motivo: str) -> None:
    with pytest.raises(ValorInvalido) as refusal:
        parse_dinheiro(text)
    assert refusal.value.details["motivo"] == motivo
    assert refusal.value.message.endswith(".")


def test_scenario_30_the_ways_in_which_people_write_an_amount() -> None:
    typed = ("1.234,56", "1 234,56", "1234.56", "300", "300,50", "1.234")
    assert [str(parse_dinheiro(text)) for text in typed] == [
        "1234.56", "1234.56", "1234.56", "300.00", "300.50", "1234.00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("valor", "zero", "motivo"),
    [
        ("0.00", False, "zero"),
        ("-0.01", True, "negativo"),
        ("10000000.00", True, "limite"),
        ("1.001", True, "casas_decimais"),
    ],
)
def test_an_amount_that_may_not_be_registered_is_refused(valor: str, zero: bool, motivo: str) -> None:
    with pytest.raises(ValorInvalido) as caught:
        ensure_valor(Decimal(valor), zero=zero)
    assert caught.value.details["motivo"] == motivo


def test_an_amount_that_may_be_registered_has_two_places() -> None:
    assert [str(ensure_valor(Decimal(valor))) for valor in ("0.01", "5", "9999999.99")] == [
        "0.01",
        "5.00",
        "9999999.99",
    ]
    assert str(ensure_valor(Decimal(0), zero=True)) == "0.00"


def test_a_refusal_does_not_repeat_what_was_typed_into_the_wrong_field() -> None:
    with pytest.raises(ValorInvalido) as refusal:
        parse_dinheiro("Dora Cliente")
    assert "Dora" not in refusal.value.message


@pytest.mark.parametrize(
    ("text", "valor"),
    [
        ("-R$ 250,00", "-250.00"),
        ("R$ -250,00", "-250.00"),
        ("- 250", "-250.00"),
        ("-1.234,5", "-1234.50"),
        ("0", "0.00"),
        ("-0,00", "0.00"),
        ("300", "300.00"),
    ],
)
def test_the_books_also_hold_zero_and_negatives(text: str, valor: str) -> None:
    assert str(parse_dinheiro(text, signed=True)) == valor


def test_a_signed_amount_has_the_same_limit() -> None:
    with pytest.raises(ValorInvalido):
        parse_dinheiro("-10.000.000", signed=True)


@given(amounts)
def test_what_is_shown_is_read_back_as_it_was(centavos: int) -> None:
    assert to_centavos(parse_dinheiro(format_dinheiro(from_centavos(centavos)))) == centavos


@given(signed_amounts)
@example(0)
@example(-1)
def test_what_is_shown_is_read_back_with_its_sign(centavos: int) -> None:
    assert to_centavos(parse_dinheiro(format_dinheiro(from_centavos(centavos)), signed=True)) == centavos


@given(amounts)
def test_json_and_the_old_files_are_read_back_as_they_were(centavos: int) -> None:
    assert parse_dinheiro(str(from_centavos(centavos))) == from_centavos(centavos)


@given(st.text(max_size=60) | st.from_regex(r"\A[R$ .,0-9eE_+-]{0,45}\Z"))
def test_any_text_is_an_amount_of_two_places_or_a_refusal(text: str) -> None:
    try:
        valor = parse_dinheiro(text)
    except ValorInvalido:
        return
    assert 1 <= to_centavos(valor) <= LIMITE
    assert str(valor) == f"{valor:.2f}"
    assert text.isascii() or set("\u00a0\u202f") & set(text)


@pytest.mark.parametrize(
    ("valor", "shown"),
    [
        ("1234.56", "R$ 1.234,56"),
        ("1050", "R$ 1.050,00"),
        ("0.5", "R$ 0,50"),
        ("0", "R$ 0,00"),
        ("-0.00", "R$ 0,00"),
        ("-250.00", "-R$ 250,00"),
        ("-0.05", "-R$ 0,05"),
        ("-1234567.89", "-R$ 1.234.567,89"),
        ("1E+3", "R$ 1.000,00"),
        ("100000000000.10", "R$ 100.000.000.000,10"),
    ],
)
def test_an_amount_is_shown_as_in_brazil(valor: str, shown: str) -> None:
    assert format_dinheiro(Decimal(valor)) == shown


@given(totals)
@example(0)
@example(2**63 - 1)
def test_centavos_survive_the_decimal(centavos: int) -> None:
    valor = from_centavos(centavos)
    assert valor.as_tuple().exponent == -2
    assert to_centavos(valor) == centavos


def test_nothing_is_never_minus_nothing() -> None:
    assert str(from_centavos(0)) == "0.00"
    assert str(from_centavos(to_centavos(Decimal("-0.00")))) == "0.00"


@pytest.mark.usefixtures("coarse_context")
def test_the_context_of_the_thread_rounds_nothing() -> None:
    assert str(parse_dinheiro("1.234,56")) == "1234.56"
    assert str(from_centavos(123_456)) == "1234.56"
    assert to_centavos(Decimal("1234.56")) == 123_456
    assert format_dinheiro(Decimal("1234.56")) == "R$ 1.234,56"


@pytest.mark.parametrize(
    ("valor", "motivo"),
    [
        ("NaN", "formato"),
        ("sNaN", "formato"),
        ("Infinity", "formato"),
        ("-Infinity", "formato"),
        ("10.005", "casas_decimais"),
        ("10.000", "casas_decimais"),
        ("1E-999999", "casas_decimais"),
        ("92233720368547758.08", "limite"),
        ("-92233720368547758.08", "limite"),
        ("1E+17", "limite"),
        ("1E+999999", "limite"),
    ],
)
def test_what_centavos_cannot_say_is_refused(valor: str, motivo: str) -> None:
    with pytest.raises(ValorInvalido) as refusal:
        to_centavos(Decimal(valor))
    assert refusal.value.details["motivo"] == motivo


def test_tens_and_twenties_of_centavos_add_up() -> None:
    assert format_dinheiro(parse_dinheiro("0,10") + parse_dinheiro("0,20")) == "R$ 0,30"


@pytest.mark.parametrize(
    ("text", "percentual"),
    [
        ("33,33", 3333),
        ("33.33", 3333),
        ("33,33 %", 3333),
        ("33,33%", 3333),
        (" 30 ", 3000),
        ("12,5", 1250),
        ("0", 0),
        ("0,00", 0),
        ("0,01", 1),
        ("100", CEM_POR_CENTO),
        ("100,00", CEM_POR_CENTO),
        ("75\u00a0%", 7500),
    ],
)
def test_a_percentage_is_read_as_people_type_it(text: str, percentual: int) -> None:
    assert parse_percentual(text) == percentual


@pytest.mark.parametrize(
    ("text", "motivo"),
    [
        ("", "vazio"),
        ("  ", "vazio"),
        ("abc", "formato"),
        ("%", "formato"),
        ("30 % %", "formato"),
        ("-1", "formato"),
        ("+30", "formato"),
        ("1e2", "formato"),
        ("NaN", "formato"),
        ("\uff13\uff10", "formato"),
        ("1_0", "formato"),
        ("30,", "formato"),
        (",5", "formato"),
        ("1" * 41, "formato"),
        ("1.234", "casas_decimais"),
        ("33,333", "casas_decimais"),
        ("33,333 %", "casas_decimais"),
        ("100,01", "limite"),
        ("101", "limite"),
        ("999", "limite"),
    ],
)
def test_what_is_no_percentage_is_refused_with_the_reason(text: str, motivo: str) -> None:
    with pytest.raises(PercentualInvalido) as refusal:
        parse_percentual(text)
    assert refusal.value.details["motivo"] == motivo


@pytest.mark.parametrize(
    ("percentual", "shown"),
    [(0, "0%"), (5, "0,05%"), (1000, "10%"), (1250, "12,5%"), (3333, "33,33%"), (3003, "30,03%"), (10_000, "100%")],
)
def test_a_percentage_is_shown_without_idle_zeros(percentual: int, shown: str) -> None:
    assert format_percentual(percentual) == shown


@given(percentuais)
def test_a_percentage_that_is_shown_is_read_back_as_it_was(percentual: int) -> None:
    assert parse_percentual(format_percentual(percentual)) == percentual


@pytest.mark.parametrize("percentual", [-1, CEM_POR_CENTO + 1])
def test_a_share_outside_the_whole_is_refused(percentual: int) -> None:
    with pytest.raises(PercentualInvalido):
        calculate_comissao(10_000, percentual)
    with pytest.raises(PercentualInvalido):
        format_percentual(percentual)


@pytest.mark.parametrize(
    ("valor", "percentual", "comissao", "rest"),
    [
        ("99,99", "75", "R$ 74,99", "R$ 25,00"),
        ("100,01", "33,33", "R$ 33,33", "R$ 66,68"),
        ("0,05", "50", "R$ 0,03", "R$ 0,02"),
        ("0,03", "50", "R$ 0,02", "R$ 0,01"),
        ("0,01", "49,99", "R$ 0,00", "R$ 0,01"),
        ("500", "40", "R$ 200,00", "R$ 300,00"),
        ("600", "35", "R$ 210,00", "R$ 390,00"),
        ("100", "30", "R$ 30,00", "R$ 70,00"),
        ("200", "0", "R$ 0,00", "R$ 200,00"),
        ("9.999.999,99", "100", "R$ 9.999.999,99", "R$ 0,00"),
    ],
)
def test_the_share_is_rounded_once_and_the_studio_keeps_the_rest(
    valor: str, percentual: str, comissao: str, rest: str
) -> None:
    centavos = to_centavos(parse_dinheiro(valor))
    share = calculate_comissao(centavos, parse_percentual(percentual))
    assert format_dinheiro(from_centavos(share)) == comissao
    assert format_dinheiro(from_centavos(centavos - share)) == rest


def test_half_a_centavo_goes_up_where_bankers_would_go_to_the_even_one() -> None:
    exact = Decimal("0.05") * 50 / 100
    assert exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN) == Decimal("0.02")
    assert from_centavos(calculate_comissao(5, 5000)) == Decimal("0.03")


@given(signed_amounts, percentuais)
def test_the_share_is_the_nearest_centavo_and_never_more_than_the_whole(centavos: int, percentual: int) -> None:
    share = calculate_comissao(centavos, percentual)
    assert 2 * abs(share * CEM_POR_CENTO - centavos * percentual) <= CEM_POR_CENTO
    assert abs(share) <= abs(centavos)
    assert share * centavos >= 0


@given(signed_amounts, percentuais)
def test_an_estorno_takes_back_exactly_the_share(centavos: int, percentual: int) -> None:
    assert calculate_comissao(centavos, percentual) + calculate_comissao(-centavos, percentual) == 0


@given(amounts, percentuais)
def test_the_two_parts_are_a_centavo_apart_from_both_rounded_at_most(centavos: int, percentual: int) -> None:
    share = calculate_comissao(centavos, percentual)
    rest = centavos - share
    assert share + rest == centavos
    assert 0 <= calculate_comissao(centavos, CEM_POR_CENTO - percentual) - rest <= 1
