"""How much is measured: the sizes of the whole benchmark, and a share of it that takes some minutes."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Escala:
    """Sizes are payments in the month that is closed; every other number says what it counts."""

    sizes: tuple[int, ...] = (1_000, 10_000, 50_000, 200_000, 1_000_000)
    runs: int = 3
    months: int = 120
    """Closed months behind the measured one."""
    per_month: int = 1_000
    """Payments in each of those."""
    clientes: int = 5_000
    clientes_searched: int = 50_000
    pages: int = 300
    """Pages of the Histórico in each run, at a random depth each."""
    searches: int = 300
    views: int = 100
    """How often each page of the site is asked for in a run."""
    writes: int = 400
    """Payments registered in each run while nothing else goes on, and as many again while closings go on."""

    load_s: int = 30
    """Seconds for which the pages are asked with nothing else going on."""

    soak_s: int = 300
    """Seconds for which it is watched whether something only grows."""

    def __post_init__(self) -> None:
        assert self.runs >= 1, "a figure needs a run"
        assert self.sizes, "a closing has a size"

    def nearest(self, wanted: int) -> int:
        """Return the size that a part of its own asks for, or the largest there is below it."""
        return min(wanted, max(self.sizes))


QUICK = replace(
    Escala(),
    sizes=(500, 5_000),
    months=12,
    per_month=200,
    clientes_searched=5_000,
    pages=100,
    searches=100,
    views=5,
    writes=50,
    load_s=4,
    soak_s=25,
)


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read `1k,50k,1M` or `1000,50000`. Raises ValueError."""
    units = {"k": 1_000, "M": 1_000_000}
    sizes = [int(word.rstrip("kM")) * units.get(word[-1:], 1) for word in text.replace(" ", "").split(",")]
    if min(sizes) < 10:
        raise ValueError(f"a month of fewer than ten payments has no gasto: {text}")
    return tuple(sorted(set(sizes)))
