"""What a month adds up to, and the lines that are sealed.

A month's rows become canonical lines (JSON arrays of integers, codes, ISO dates and null; kind and format first);
lines become one digest per day and kind; days and totals become one content hash. PostgreSQL computes the same bytes
in `contar_competencia`, and a reader with nothing but the standard library can compute them again. No name and no free
text is ever in a line. All money here is integer centavos, all percentages are hundredths.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from estudio.domain.competencia import Competencia

GENESIS = hashlib.sha256(b"estudio/genesis/1").hexdigest()
# Hashing line by line costs more than making the lines.
LINHAS_POR_VEZ = 256

TIPOS = ("comissao", "gasto", "pagamento", "sessao")


def format_canonical(value: object) -> str:
    """The canonical text: what `jsonb_build_array(…)::text` prints for the same integers, strings and nulls."""
    return json.dumps(value, ensure_ascii=False)


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
    """[receita, comissões, despesas, por artista, por forma, gastos por forma, gastos por categoria, contagens]."""

    @classmethod
    def from_stored(cls, competencia: Competencia, por_dia: Iterable[list[Any]], totais: list[Any]) -> "Contagem":
        """From the arrays as PostgreSQL keeps them in `extratos` and a manifest keeps them in its file."""
        return cls(competencia, [Dia(*d) for d in por_dia], totais)

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


def _compare_days(one: Dia | None, other: Dia | None) -> dict[str, Any]:
    return {
        "quantidade": [one.quantidade if one else None, other.quantidade if other else None],
        "soma_centavos": [one.soma if one else None, other.soma if other else None],
        "diferenca_centavos": (one.soma if one else 0) - (other.soma if other else 0),
        "mesmas_linhas": bool(one and other and one.sha256 == other.sha256),
    }


@dataclass
class _Artista:
    receita: int = 0
    comissao: int = 0


@dataclass
class Contador:
    """Counts a month row by row, in one pass and in any memory: rows of one kind must come in order of day and id.

    The digest of a day is kept open until the count is asked for; what is held grows with the days of a month, not with
    its rows.
    """

    competencia: Competencia
    _dias: dict[tuple[str, str], "_DiaAberto"] = field(default_factory=dict)
    _artistas: dict[int, _Artista] = field(default_factory=dict)
    _formas: dict[str, int] = field(default_factory=dict)
    _gastos_formas: dict[str, int] = field(default_factory=dict)
    _gastos_categorias: dict[str, int] = field(default_factory=dict)

    def add_pagamento(
        self,
        id_: int,
        dia: str,
        valor: int,
        forma: str,
        artista_id: int,
        cliente_id: int | None,
        percentual: int | None,
        estorno_de: int | None,
    ) -> None:
        linha = (
            f'["pagamento/1", {id_}, "{dia}", {valor}, {_quote(forma)}, {artista_id}, {_null(cliente_id)}, '
            f"{_null(percentual)}, {_null(estorno_de)}]"
        )
        self._add("pagamento", dia, id_, valor, linha)
        self._artista(artista_id).receita += valor
        self._formas[forma] = self._formas.get(forma, 0) + valor

    def add_comissao(self, id_: int, pagamento_id: int, dia: str, artista_id: int, percentual: int, valor: int) -> None:
        """`dia` is the payment's: one date decides the month."""
        linha = f'["comissao/1", {id_}, {pagamento_id}, "{dia}", {artista_id}, {percentual}, {valor}]'
        self._add("comissao", dia, id_, valor, linha)
        self._artista(artista_id).comissao += valor

    def add_sessao(
        self, id_: int, payment_id: int, dia: str, data: str, artista_id: int, cliente_id: int | None, valor: int
    ) -> None:
        """`dia` is the day of the payment that settled the sessão, `data` the sitting's own."""
        linha = f'["sessao/1", {id_}, {payment_id}, "{data}", {artista_id}, {_null(cliente_id)}, {valor}]'
        self._add("sessao", dia, id_, valor, linha)

    def add_gasto(self, id_: int, dia: str, valor: int, forma: str, categoria: str | None) -> None:
        codigo = "null" if categoria is None else _quote(categoria)
        self._add("gasto", dia, id_, valor, f'["gasto/1", {id_}, "{dia}", {valor}, {_quote(forma)}, {codigo}]')
        self._gastos_formas[forma] = self._gastos_formas.get(forma, 0) + valor
        chave = categoria or "outros"
        self._gastos_categorias[chave] = self._gastos_categorias.get(chave, 0) + valor

    def finish(self) -> Contagem:
        """The count so far. Raises ValueError when rows came out of order: their digest would mean nothing."""
        por_dia = [
            Dia(dia, tipo, sha256=aberto.finish(), quantidade=aberto.quantidade, soma=aberto.soma)
            for (dia, tipo), aberto in sorted(self._dias.items())
        ]
        somas = {tipo: sum(d.soma for d in por_dia if d.tipo == tipo) for tipo in TIPOS}
        quantos = {tipo: sum(d.quantidade for d in por_dia if d.tipo == tipo) for tipo in TIPOS}
        totais = [
            somas["pagamento"],
            somas["comissao"],
            somas["gasto"],
            [[id_, a.receita, a.comissao] for id_, a in sorted(self._artistas.items())],
            _as_pairs(self._formas),
            _as_pairs(self._gastos_formas),
            _as_pairs(self._gastos_categorias),
            [quantos["pagamento"], quantos["sessao"], quantos["comissao"], quantos["gasto"]],
        ]
        return Contagem(self.competencia, por_dia, totais)

    def _artista(self, artista_id: int) -> _Artista:
        return self._artistas.setdefault(artista_id, _Artista())

    def _add(self, tipo: str, dia: str, id_: int, valor: int, linha: str) -> None:
        aberto = self._dias.get((dia, tipo))
        if aberto is None:
            aberto = self._dias[(dia, tipo)] = _DiaAberto()
        aberto.add(id_, valor, linha)


class _DiaAberto:
    """A day whose digest is still being fed."""

    __slots__ = ("linhas", "quantidade", "sha256", "soma", "ultimo_id")

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.linhas: list[str] = []
        self.quantidade = 0
        self.soma = 0
        self.ultimo_id = -1

    def add(self, id_: int, valor: int, linha: str) -> None:
        if id_ <= self.ultimo_id:
            raise ValueError(f"row {id_} after row {self.ultimo_id}: the lines of a day are hashed in order of id")
        self.linhas.append(linha)
        self.ultimo_id = id_
        self.soma += valor
        if len(self.linhas) == LINHAS_POR_VEZ:
            self._hash()

    def finish(self) -> str:
        """The digest of the lines so far."""
        self._hash()
        return self.sha256.hexdigest()

    def _hash(self) -> None:
        if self.linhas:
            text = "\n".join(self.linhas)
            self.sha256.update((f"\n{text}" if self.quantidade else text).encode())
            self.quantidade += len(self.linhas)
            self.linhas.clear()


# A line is put together by hand because a month has a hundred thousand of them and json.dumps is six times as slow;
# test_contagem.py holds each against json.dumps.
def _null(n: int | None) -> int | str:
    return "null" if n is None else n


@lru_cache(maxsize=256)
def _quote(codigo: str) -> str:
    return format_canonical(codigo)


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
