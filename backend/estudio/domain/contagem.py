"""What a month adds up to, and the lines that are sealed.

A month's rows become canonical lines (JSON arrays of integers, codes, ISO dates and null; kind and format first);
lines become one digest per day and kind; days and totals become one content hash. PostgreSQL computes the same bytes
in `contar_competencia`, and a reader with nothing but the standard library can compute them again. No name and no free
text is ever in a line. All money here is integer centavos, all percentages are hundredths.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from estudio.domain.competencia import Competencia
from estudio.domain.contagem_linhas import Linha, format_canonical
from estudio.domain.contagem_trecho import Grupo, Somas, Trecho, group_linhas

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
        for grupo in group_linhas(tipo, linhas, self._somas):
            self._join(grupo)

    def join(self, trecho: Trecho) -> None:
        """Count rows that were counted by themselves. Raises ValueError when they are out of order."""
        for grupo in trecho.grupos:
            self._join(grupo)
        self._somas.join(trecho.somas)

    def finish(self) -> Contagem:
        """The count so far."""
        por_dia = [
            Dia(dia, tipo, sha256=aberto.finish(), quantidade=aberto.quantidade, soma=aberto.soma)
            for (dia, tipo), aberto in sorted(self._dias.items())
        ]
        return Contagem(self.competencia, por_dia, self._somas.as_totais())

    def _join(self, grupo: Grupo) -> None:
        aberto = self._dias.get((grupo.dia, grupo.tipo))
        if aberto is None:
            aberto = self._dias[grupo.dia, grupo.tipo] = _DiaAberto()
        aberto.join(grupo)


class _DiaAberto:
    """A day whose digest is still being fed."""

    __slots__ = ("_hashed", "_sha256", "_ultimo_id", "_waiting", "quantidade", "soma")

    def __init__(self) -> None:
        self.quantidade = 0
        self.soma = 0
        self._sha256 = hashlib.sha256()
        self._hashed = 0
        self._waiting: list[str] = []
        self._ultimo_id = -1

    def join(self, grupo: Grupo) -> None:
        if grupo.primeiro_id <= self._ultimo_id:
            raise ValueError(f"row {grupo.primeiro_id} after row {self._ultimo_id}: a day is hashed in order of id")
        self._ultimo_id = grupo.ultimo_id
        self.quantidade += grupo.quantidade
        self.soma += grupo.soma
        self._waiting.append(grupo.linhas)
        if self.quantidade - self._hashed >= LINHAS_POR_VEZ:
            self._hash()

    def finish(self) -> str:
        """The digest of the lines so far."""
        self._hash()
        return self._sha256.hexdigest()

    def _hash(self) -> None:
        if self._waiting:
            text = "\n".join(self._waiting)
            self._sha256.update((f"\n{text}" if self._hashed else text).encode())
            self._hashed = self.quantidade
            self._waiting.clear()


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
