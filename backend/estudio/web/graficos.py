"""Charts as values: where each bar, line and label of a drawing stands, so that templates only write it down.

Coordinates are percentages of the drawing, as text: it grows with the page, its letters do not, and no style is
needed. Money comes in as Decimal and is measured in whole centavos.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from estudio.domain.dinheiro import from_centavos, to_centavos

TOPO: Final = 500
FUNDO: Final = 8700
"""Where the plot begins and ends, in hundredths of a percent from above; below it stand the names."""

MARGEM: Final = 1300
"""What is left of the plot, for the amounts."""

LARGURA: Final = 10_000 - MARGEM
MAIS_LARGA: Final = 600
"""Of a bar, where there are few of them."""

MARCAS: Final = 5
"""How many steps of the scale there are at most, from the least to the greatest."""


class Barra(NamedTuple):
    """`serie` says which class colours it; a negative one hangs below the line of nothing."""

    serie: int
    x: str
    y: str
    largura: str
    altura: str


class Marca(NamedTuple):
    """A line across, and its amount."""

    y: str
    valor: Decimal


class Nome(NamedTuple):
    """What a group of bars is called, below its middle."""

    x: str
    texto: str


@dataclass(frozen=True, slots=True)
class Grafico:
    barras: Sequence[Barra]
    marcas: Sequence[Marca]
    nomes: Sequence[Nome]
    zero: str
    """Where the line of nothing is."""


class Fita(NamedTuple):
    """One bar beside its number, lying: from `x`, `largura` long; `zero` is where nothing is."""

    x: str
    largura: str
    zero: str


def draw_barras(grupos: Sequence[tuple[str, Sequence[Decimal]]]) -> Grafico:
    """Bars that stand side by side, a group for each name; the scale has round amounts and always holds zero.

    A group may go without its name, where there is no room for every one.
    """
    values = [to_centavos(valor) for _, valores in grupos for valor in valores]
    step = _choose_step(max([*values, 0]) - min([*values, 0]))
    highest, lowest = -(-max([*values, 0]) // step) * step, min([*values, 0]) // step * step
    highest = max(highest, lowest + step)

    def height(centavos: int) -> int:
        return TOPO + (highest - centavos) * (FUNDO - TOPO) // (highest - lowest)

    zero = height(0)
    slot = LARGURA // max(len(grupos), 1)
    barras = []
    for at, (_, valores) in enumerate(grupos):
        width = min(slot * 7 // 10 // len(valores), MAIS_LARGA)
        left = MARGEM + at * slot + (slot - width * len(valores)) // 2
        for serie, valor in enumerate(valores):
            end = height(to_centavos(valor))
            x, y = left + serie * width, min(end, zero)
            barras.append(Barra(serie, _percent(x), _percent(y), _percent(width), _percent(abs(end - zero))))
    marcas = [Marca(_percent(height(v)), from_centavos(v)) for v in range(lowest, highest + 1, step)]
    nomes = [Nome(_percent(MARGEM + at * slot + slot // 2), nome) for at, (nome, _) in enumerate(grupos) if nome]
    return Grafico(barras, marcas, nomes, _percent(zero))


def draw_fitas(totais: Sequence[Decimal]) -> list[Fita]:
    """One lying bar for each amount, all on one scale: the greatest is as long as there is room."""
    values = [to_centavos(total) for total in totais]
    highest, lowest = max([*values, 0]), min([*values, 0])
    span = max(highest - lowest, 1)
    zero = -lowest * 10_000 // span
    return [
        Fita(_percent(zero + min(v, 0) * 10_000 // span), _percent(abs(v) * 10_000 // span), _percent(zero))
        for v in values
    ]


def _choose_step(span: int) -> int:
    """The roundest amount that cuts the span into MARCAS at most: 1, 2 or 5 and zeros, whole reais at least."""
    size = 100
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * MARCAS >= span:
                return step
        size *= 10


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths).scaleb(-2)}%"
