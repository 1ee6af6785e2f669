"""Figures: the values of several runs of one measurement, what they are measured against, and what they should reach.

A figure is the median of its runs with the least and the greatest. A percentile is taken within a run, and is then a
value of that run like any other.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Medida:
    """One measurement at one place (a size, a batch size, a kind of page): a value for each run."""

    nome: str
    onde: str
    unidade: str
    valores: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure."""
        return statistics.median(self.valores)

    def __str__(self) -> str:
        """Say `0.483 (0.477–0.632)`; runs that all gave the same are said once."""
        least, greatest = format_number(min(self.valores)), format_number(max(self.valores))
        middle = format_number(self.median)
        return middle if least == greatest else f"{middle} ({least}–{greatest})"


@dataclass(frozen=True)
class Alvo:
    """What a figure should reach, and what was found. `medido` is None where this run did not measure it."""

    texto: str
    medido: float | None
    limite: float
    unidade: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether it is; None where it was not measured."""
        return None if self.medido is None else self.medido <= self.limite

    def __str__(self) -> str:
        """Say ok, NOT or – for what was not measured."""
        return {None: "–", True: "ok", False: "NOT"}[self.is_reached]


@dataclass
class Grupo:
    """The figures of one part of the benchmark, and its targets."""

    nome: str
    titulo: str
    medidas: list[Medida] = field(default_factory=list)
    alvos: list[Alvo] = field(default_factory=list)
    nota: str = ""

    def add(self, nome: str, onde: str, unidade: str, valores: Iterable[float]) -> Medida:
        """Keep the values of one measurement."""
        medida = Medida(nome, onde, unidade, tuple(valores))
        self.medidas.append(medida)
        return medida

    def aim(self, texto: str, medido: float | None, limite: float, unidade: str = "") -> None:
        """Say what a figure should reach at most."""
        self.alvos.append(Alvo(texto, medido, limite, unidade))

    def find(self, nome: str, onde: str) -> Medida | None:
        """Return a measurement that was made, or None."""
        return next((m for m in self.medidas if (m.nome, m.onde) == (nome, onde)), None)

    def find_median(self, nome: str, onde: str) -> float | None:
        """Return the figure of a measurement, or None when it was not made."""
        medida = self.find(nome, onde)
        return None if medida is None else medida.median

    def as_json(self) -> dict[str, Any]:
        """Return all of it, for programs."""
        return {
            "group": self.nome,
            "figures": [
                {"name": m.nome, "at": m.onde, "unit": m.unidade, "median": m.median, "values": list(m.valores)}
                for m in self.medidas
            ],
            "targets": [
                {"target": a.texto, "found": a.medido, "limit": a.limite, "unit": a.unidade, "reached": a.is_reached}
                for a in self.alvos
            ],
        }


def divide(values: Sequence[float], by: Sequence[float]) -> list[float]:
    """Return the ratio of each run: both were measured in it, on a machine in the same mood."""
    return [value / base for value, base in zip(values, by, strict=True)]


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of a hundred do not exceed (nearest rank: always one that was measured)."""
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def repeat(runs: int, measure: Callable[[], dict[str, Any]]) -> dict[str, list[Any]]:
    """Measure `runs` times; the values of one name become a list, one for each run."""
    collected: dict[str, list[Any]] = {}
    for _ in range(runs):
        for name, value in measure().items():
            collected.setdefault(name, []).append(value)
    return collected


def format_number(value: float) -> str:
    """Say three digits that count, and no more zeros than are read."""
    if isinstance(value, int) and abs(value) < 1000:
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    if abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.{digits}f}"


def format_size(payments: int) -> str:
    """Say 1k, 50k, 1M."""
    if payments >= 1_000_000 and payments % 1_000_000 == 0:
        return f"{payments // 1_000_000}M"
    return f"{payments // 1000}k" if payments >= 1000 and payments % 1000 == 0 else str(payments)
