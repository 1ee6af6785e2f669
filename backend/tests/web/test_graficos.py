"""Where bars stand: within the drawing, as long as their amounts, below the line where they are below zero."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from estudio.web.graficos import draw_barras, draw_fitas

amounts = st.integers(-(10**9), 10**9).map(lambda centavos: Decimal(centavos).scaleb(-2))


def number(percent: str) -> Decimal:
    return Decimal(percent.removesuffix("%"))


def test_a_bar_below_zero_hangs_from_the_line() -> None:
    grafico = draw_barras([("mai", (Decimal("100.00"),)), ("jun", (Decimal("-50.00"),))])
    up, down = grafico.barras
    assert number(up.y) + number(up.altura) == number(grafico.zero) == number(down.y)
    assert abs(number(up.altura) - 2 * number(down.altura)) <= Decimal("0.02")
    assert [str(marca.valor) for marca in grafico.marcas] == ["-50.00", "0.00", "50.00", "100.00"]


@given(st.lists(st.tuples(amounts, amounts), max_size=13))
def test_everything_stands_within_the_drawing(valores: list[tuple[Decimal, Decimal]]) -> None:
    grafico = draw_barras([("x", pair) for pair in valores])
    for barra in grafico.barras:
        assert 0 <= number(barra.x) <= number(barra.x) + number(barra.largura) <= 100
        assert 0 <= number(barra.y) <= number(barra.y) + number(barra.altura) <= 100
    assert 2 <= len(grafico.marcas) <= 8
    assert all(0 <= number(marca.y) <= 100 for marca in grafico.marcas)


@given(st.lists(amounts, min_size=1, max_size=9))
def test_ribbons_are_on_one_scale(totais: list[Decimal]) -> None:
    fitas = draw_fitas(totais)
    assert all(number(fita.x) >= -1 and number(fita.x) + number(fita.largura) <= 101 for fita in fitas)
    longest = max(range(len(totais)), key=lambda at: abs(totais[at]))
    assert number(fitas[longest].largura) == max(number(fita.largura) for fita in fitas)
