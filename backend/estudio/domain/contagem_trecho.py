"""Rows of a month counted by themselves: what they come to, and per day the lines that are still to be hashed.

A digest goes over all lines of its day, so whoever sees a part of them cannot make it. A `Trecho` holds what is needed
to go on: `Contador` joins the parts of a month in their order, whoever counted them.
"""

import operator
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from estudio.domain.contagem_linhas import LINHAS, Linha

_ID, _DIA, _VALOR = itemgetter(0), itemgetter(1), itemgetter(2)


@dataclass
class Somas:
    """What rows of a month come to, by whose they are and by their codes; in centavos, in whatever order they come."""

    quantos: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    receita: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    comissao: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    formas: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gastos_formas: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gastos_categorias: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    acertos: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))

    def as_totais(self) -> list[Any]:
        """In the form that is sealed: `Contagem.totais`."""
        quantos = self.quantos
        artistas = sorted(self.receita.keys() | self.comissao.keys())
        totais: list[Any] = [
            sum(self.receita.values()),
            sum(self.comissao.values()),
            sum(self.gastos_formas.values()),
            [[id_, self.receita.get(id_, 0), self.comissao.get(id_, 0)] for id_ in artistas],
            _as_pairs(self.formas),
            _as_pairs(self.gastos_formas),
            _as_pairs(self.gastos_categorias),
            [quantos.get(tipo, 0) for tipo in ("pagamento", "sessao", "comissao", "gasto")],
        ]
        if quantos.get("acerto"):
            totais.append([quantos["acerto"], [[*key, total] for key, total in sorted(self.acertos.items())]])
        return totais

    def add(self, tipo: str, linhas: list[Linha]) -> None:
        """Take in rows of one kind."""
        self.quantos[tipo] += len(linhas)
        if tipo == "pagamento":
            receita, formas = self.receita, self.formas
            for _, _, valor, forma, artista_id, _, _, _ in linhas:
                receita[artista_id] += valor
                formas[forma] += valor
        elif tipo == "comissao":
            comissao = self.comissao
            for _, _, valor, _, artista_id, _ in linhas:
                comissao[artista_id] += valor
        elif tipo == "gasto":
            for _, _, valor, forma, categoria in linhas:
                self.gastos_formas[forma] += valor
                self.gastos_categorias[categoria or "outros"] += valor
        elif tipo == "acerto":
            for _, _, valor, artista_id, de_que_tipo, _, _ in linhas:
                self.acertos[artista_id, de_que_tipo] += valor
        # A sessão is never revenue.

    def join(self, other: "Somas") -> None:
        """Take in what other rows come to."""
        for name, values in vars(other).items():
            mine = getattr(self, name)
            for key, value in values.items():
                mine[key] += value


class Grupo(NamedTuple):
    """Rows of one kind and day, one after the other in order of id: their canonical lines, not hashed yet."""

    tipo: str
    dia: str
    primeiro_id: int
    ultimo_id: int
    quantidade: int
    soma: int
    linhas: str


class Trecho(NamedTuple):
    """Rows of a month, one after the other, in groups."""

    grupos: list[Grupo]
    somas: Somas


def count_trecho(partes: Iterable[tuple[str, Iterable[Linha]]]) -> Trecho:
    """Count rows in runs of one kind, (tipo, rows). Raises ValueError when a day's are out of order."""
    somas = Somas()
    return Trecho([grupo for tipo, linhas in partes for grupo in group_linhas(tipo, linhas, somas)], somas)


def group_linhas(tipo: str, linhas: Iterable[Linha], somas: Somas) -> Iterator[Grupo]:
    """The groups of rows of one kind, which are added to `somas`. Raises ValueError when a day's are out of order."""
    write = LINHAS[tipo]
    for data, grupo in groupby(linhas, key=_DIA):
        dia, do_dia = data.isoformat(), list(grupo)
        ids = list(map(_ID, do_dia))
        if any(map(operator.ge, ids, ids[1:])):
            raise ValueError(f"rows {ids[0]} to {ids[-1]}: a day is hashed in order of id")
        somas.add(tipo, do_dia)
        yield Grupo(tipo, dia, ids[0], ids[-1], len(ids), sum(map(_VALOR, do_dia)), "\n".join(write(dia, do_dia)))


def _as_pairs(totals: Mapping[str, int]) -> list[list[str | int]]:
    # Code point order is PostgreSQL's "C" for codes of a-z, 0-9 and _.
    return [[code, total] for code, total in sorted(totals.items())]
