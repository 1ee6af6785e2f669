"""What a month adds up to, and the lines that are sealed.

A month's rows become canonical lines (JSON arrays of integers, codes, ISO dates and null; kind and format first);
lines become one digest per day and kind; days and totals become one content hash. PostgreSQL computes the same bytes
in `contar_competencia`, and a reader with nothing but the standard library can compute them again. No name and no free
text is ever in a line. All money here is integer centavos, all percentages are hundredths.
"""

import hashlib
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from estudio.domain.competencia import Competencia
from estudio.domain.contagem_linhas import LINHAS, Linha, format_canonical

GENESIS = hashlib.sha256(b"estudio/genesis/1").hexdigest()
# Hashing line by line costs more than making the lines.
LINHAS_POR_VEZ = 256

CONTAGENS, ACERTOS = 7, 8
"""Places in `Contagem.totais`."""

TIPOS = ("acerto", "comissao", "gasto", "pagamento", "sessao")


def calculate_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Dia:
    """One day of one kind: how many rows, their sum in centavos, the sha256 of their lines in order of id."""

    dia: str
    tipo: str
    quantidade: int
    soma: int
    sha256: str

    def as_canonical(self) -> list[str | int]:
        return [self.dia, self.tipo, self.quantidade, self.soma, self.sha256]


@dataclass(frozen=True)
class Contagem:
    """A month counted: per day, in total, and the hash of both. Two counts of the same rows are equal."""

    competencia: Competencia
    por_dia: list[Dia]
    totais: list[Any]
    """[receita, comissões, despesas, por artista, por forma, gastos por forma, gastos por categoria, contagens], and
    only where the month has acertos one element more: [how many, [[artista_id, tipo, total]…]]."""

    @classmethod
    def from_stored(cls, competencia: Competencia, por_dia: Iterable[list[Any]], totais: list[Any]) -> "Contagem":
        """From the arrays as PostgreSQL keeps them in `extratos` and a manifest keeps them in its file."""
        return cls(competencia, [Dia(*d) for d in por_dia], totais)

    @property
    def registros(self) -> int:
        """How many rows of any kind."""
        return count_registros(self.totais)

    @property
    def por_dia_canonical(self) -> list[list[str | int]]:
        return [d.as_canonical() for d in self.por_dia]

    @property
    def conteudo_sha256(self) -> str:
        """sha256 of ["conteudo/1", mês, por dia, totais]."""
        return calculate_sha256(
            format_canonical(["conteudo/1", self.competencia.slug, self.por_dia_canonical, self.totais])
        )

    def list_differences(self, other: "Contagem") -> list[dict[str, Any]]:
        """Where two counts differ: day, kind, rows and centavos of each (None: that day is not in that count)."""
        ours, theirs = ({(d.dia, d.tipo): d for d in c.por_dia} for c in (self, other))
        return [
            {"dia": key[0], "tipo": key[1], **_compare_days(ours.get(key), theirs.get(key))}
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key) != theirs.get(key)
        ]


def split_acertos(totais: list[Any]) -> tuple[int, list[list[Any]]]:
    """How many acertos sealed totals count, and [artista_id, tipo, centavos] of each artista and kind."""
    if len(totais) <= ACERTOS:
        return 0, []
    quantos, somas = totais[ACERTOS]
    return quantos, somas


def describe_contagens(totais: list[Any]) -> dict[str, int]:
    """How many rows of each kind; acertos only where there are any: a month without reads as it always did."""
    quantos, _ = split_acertos(totais)
    contagens = dict(zip(("pagamentos", "sessoes", "comissoes", "gastos"), totais[CONTAGENS], strict=True))
    return contagens | ({"acertos": quantos} if quantos else {})


def count_registros(totais: list[Any]) -> int:
    """How many rows of any kind sealed totals count."""
    return sum(describe_contagens(totais).values())


def _compare_days(one: Dia | None, other: Dia | None) -> dict[str, Any]:
    return {
        "quantidade": [one.quantidade if one else None, other.quantidade if other else None],
        "soma_centavos": [one.soma if one else None, other.soma if other else None],
        "diferenca_centavos": (one.soma if one else 0) - (other.soma if other else 0),
        "mesmas_linhas": bool(one and other and one.sha256 == other.sha256),
    }


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


@dataclass
class Contador:
    """Counts a month batch by batch, in one pass: rows of one kind must come in order of day and id.

    The digest of a day is kept open until the count is asked for; what is held grows with the days of a month, not with
    its rows, and how the rows are cut into batches changes nothing.
    """

    competencia: Competencia
    _dias: dict[tuple[str, str], "_DiaAberto"] = field(default_factory=dict)
    _somas: Somas = field(default_factory=Somas)

    def add(self, tipo: str, linhas: Iterable[Linha]) -> None:
        """Count rows of one of `TIPOS`. Raises ValueError when they are out of order: a digest would mean nothing."""
        write = LINHAS[tipo]
        for data, grupo in groupby(linhas, key=_DIA):
            dia, do_dia = data.isoformat(), list(grupo)
            aberto = self._dias.get((dia, tipo))
            if aberto is None:
                aberto = self._dias[dia, tipo] = _DiaAberto()
            aberto.add(do_dia, write(dia, do_dia))
            self._total(tipo, do_dia)

    def finish(self) -> Contagem:
        """The count so far."""
        por_dia = [
            Dia(dia, tipo, sha256=aberto.finish(), quantidade=aberto.quantidade, soma=aberto.soma)
            for (dia, tipo), aberto in sorted(self._dias.items())
        ]
        return Contagem(self.competencia, por_dia, self._somas.as_totais())

    def _total(self, tipo: str, linhas: list[Linha]) -> None:
        somas = self._somas
        somas.quantos[tipo] += len(linhas)
        if tipo == "pagamento":
            receita, formas = somas.receita, somas.formas
            for _, _, valor, forma, artista_id, _, _, _ in linhas:
                receita[artista_id] += valor
                formas[forma] += valor
        elif tipo == "comissao":
            comissao = somas.comissao
            for _, _, valor, _, artista_id, _ in linhas:
                comissao[artista_id] += valor
        elif tipo == "gasto":
            for _, _, valor, forma, categoria in linhas:
                somas.gastos_formas[forma] += valor
                somas.gastos_categorias[categoria or "outros"] += valor
        elif tipo == "acerto":
            for _, _, valor, artista_id, de_que_tipo, _, _ in linhas:
                somas.acertos[artista_id, de_que_tipo] += valor
        # A sessão is never revenue.


class _DiaAberto:
    """A day whose digest is still being fed."""

    __slots__ = ("_sha256", "_ultimo_id", "_waiting", "quantidade", "soma")

    def __init__(self) -> None:
        self.quantidade = 0
        self.soma = 0
        self._sha256 = hashlib.sha256()
        self._waiting: list[str] = []
        self._ultimo_id = -1

    def add(self, linhas: list[Linha], lines: list[str]) -> None:
        ids = [self._ultimo_id, *map(_ID, linhas)]
        if any(map(operator.ge, ids, ids[1:])):
            raise ValueError(f"row {ids[1]} and its batch after row {ids[0]}: a day is hashed in order of id")
        self._ultimo_id = ids[-1]
        self.soma += sum(map(_VALOR, linhas))
        self._waiting += lines
        if len(self._waiting) >= LINHAS_POR_VEZ:
            self._hash()

    def finish(self) -> str:
        """The digest of the lines so far."""
        self._hash()
        return self._sha256.hexdigest()

    def _hash(self) -> None:
        if self._waiting:
            text = "\n".join(self._waiting)
            self._sha256.update((f"\n{text}" if self.quantidade else text).encode())
            self.quantidade += len(self._waiting)
            self._waiting.clear()


def _as_pairs(totals: Mapping[str, int]) -> list[list[str | int]]:
    # Code point order is PostgreSQL's "C" for codes of a-z, 0-9 and _.
    return [[code, total] for code, total in sorted(totals.items())]


def calculate_selo(
    *,
    seq: int,
    tipo: str,
    mes: str,
    versao: int,
    conteudo: str,
    backup: str | None,
    em: str,
    quem: int | None,
    anterior: str,
) -> str:
    """One link of the chain: sha256 of ["selo/1", seq, tipo, mês, versão, conteúdo, backup, em, quem, anterior]."""
    return calculate_sha256(format_canonical(["selo/1", seq, tipo, mes, versao, conteudo, backup, em, quem, anterior]))
