"""How many records make a batch: a number that was set, or one that fits itself to the time that a batch takes.

Imports nothing of the program: the processes that read a part of a month (`leitor`) start with this.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypeVar

R = TypeVar("R")

MAX_BATCH_SIZE: Final = 10_000

# Rows on their way to us: more of them make nothing faster, fewer slow small batches down.
IN_FLIGHT: Final = 1000

QUICK_S, SLOW_S = 0.05, 0.2
"""A batch that takes less is too small to be worth its turn; one that takes longer keeps those who watch waiting."""

MEMORY: Final = 4 << 20
"""Characters of text after which a batch that fits itself takes no more rows."""

_PORTION, _SAMPLED = 500, 10


class TamanhoAuto(int):
    """A size to begin with; `fit_size` gives the one that comes after it."""


AUTO: Final = TamanhoAuto(1000)
"""Where more rows begin to make nothing faster."""


def fit_size(size: int, seconds: float) -> int:
    """The size of the next batch, after one of `size` took so many seconds. One that was set stays as it is."""
    if not isinstance(size, TamanhoAuto) or QUICK_S <= seconds <= SLOW_S:
        return size
    return TamanhoAuto(min(size * 2, MAX_BATCH_SIZE) if seconds < QUICK_S else max(size // 2, 1))


def take_batch(records: Iterator[R], size: int) -> list[R]:
    """The next batch; nothing when there is no more. Where the size fits itself, long texts end a batch earlier."""
    if not isinstance(size, TamanhoAuto):
        return list(islice(records, size))
    batch: list[R] = []
    weight = 0
    while len(batch) < size and weight < MEMORY:
        portion = list(islice(records, min(_PORTION, size - len(batch))))
        if not portion:
            break
        batch += portion
        # A few of them stand for all: looking at each cell costs as much as writing it.
        weight += _SAMPLED * sum(map(_weigh, portion[::_SAMPLED]))
    return batch


def _weigh(record: Any) -> int:
    cells = record if isinstance(record, tuple) else ()
    return sum(len(cell) for cell in cells if isinstance(cell, str))
