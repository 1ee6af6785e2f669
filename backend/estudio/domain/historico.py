"""The Histórico as it is read: what is asked for, the rows of each section, and a page of them.

Rows are values, not models: a page of fifty is one statement, and nothing in it can be written by mistake.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, NamedTuple, Self, TypeVar

from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos

Linha = TypeVar("Linha")

Totais = dict[str, Any]
"""The totals of a month, keys as in version 4; money as Decimal. Entries of lists carry their `codigo` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtro:
    """From `inicio` until before `fim`, and only what the other fields say; None asks for all.

    A gasto has no artista and no cliente: asked for one of them, there are none. `categoria` is about gastos alone,
    `tipo` about acertos alone, of which only it, `artista_id` and `forma` are asked.
    `dias` are the only days of the period; `valor` is an amount in or out, an estorno's included.
    """

    inicio: date
    fim: date
    artista_id: int | None = None
    forma: str | None = None
    cliente_id: int | None = None
    texto: str | None = None
    categoria: str | None = None
    tipo: Tipo | None = None
    dias: tuple[date, ...] | None = None
    valor: Decimal | None = None

    @classmethod
    def of_month(cls, competencia: Competencia, **rest: Any) -> Self:
        return cls(inicio=competencia.first_day, fim=competencia.next_first_day, **rest)

    @classmethod
    def of_day(cls, dia: date, **rest: Any) -> Self:
        return cls(inicio=dia, fim=dia + timedelta(days=1), **rest)

    @property
    def has_gastos(self) -> bool:
        return self.artista_id is None and self.cliente_id is None


class Cursor(NamedTuple):
    """Where a page ended: day and number of the pagamento (or gasto), and number of the row that hangs on it."""

    data: date
    id: int
    filho: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gives: `2026-10-15.42.0`. Raises DadosInvalidos."""
        try:
            dia, *numbers = text.split(".")
            # Plain digits that fit: int() reads other alphabets' as well, and the database has no number beyond these.
            if len(numbers) != 2 or not all(re.fullmatch(r"[0-9]{1,18}", number) for number in numbers):
                raise ValueError(text)
            return cls(date.fromisoformat(dia), int(numbers[0]), int(numbers[1]))
        except ValueError:
            raise DadosInvalidos("A página pedida não existe. Volte ao começo da lista.", motivo="cursor") from None

    def __str__(self) -> str:
        return f"{self.data.isoformat()}.{self.id}.{self.filho}"


@dataclass(frozen=True, slots=True)
class Pagina(Generic[Linha]):
    """Some rows, newest first, and where the next page begins when there is one."""

    linhas: list[Linha]
    proxima: Cursor | None = None


class LinhaPagamento(NamedTuple):
    id: int
    data: date
    cliente_id: int | None
    cliente: str
    artista_id: int
    artista: str
    valor: Decimal
    forma: str
    forma_rotulo: str
    percentual: int | None
    estorno_de: int | None

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)


class LinhaComissao(NamedTuple):
    """`data` is the pagamento's."""

    id: int
    data: date
    pagamento_id: int
    artista_id: int
    artista: str
    cliente_id: int | None
    cliente: str
    pagamento_valor: Decimal
    percentual: int
    valor: Decimal

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.pagamento_id, self.id)


class LinhaSessao(NamedTuple):
    """`data` is the sessão's own, `pago_em` the day of its pagamento, which decides the month; None is a pendência."""

    id: int
    data: date
    pago_em: date | None
    pagamento_id: int | None
    cliente_id: int | None
    cliente: str
    artista_id: int
    artista: str
    valor: Decimal
    status: str

    @property
    def cursor(self) -> Cursor:
        if self.pago_em is None or self.pagamento_id is None:
            return Cursor(self.data, self.id)
        return Cursor(self.pago_em, self.pagamento_id, self.id)


class LinhaGasto(NamedTuple):
    id: int
    data: date
    valor: Decimal
    descricao: str
    categoria: str
    categoria_rotulo: str
    forma: str
    forma_rotulo: str
    lancado_por: str | None

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)


class LinhaAcerto(NamedTuple):
    """`valor` is signed as the artista sees it; `aberta` says whether its month may still change."""

    id: int
    data: date
    artista_id: int
    artista: str
    tipo: str
    valor: Decimal
    forma: str | None
    forma_rotulo: str | None
    motivo: str | None
    pagamento_id: int | None
    aberta: bool

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)


class Pendencias(NamedTuple):
    """Sessões without a pagamento. `valor` is what was agreed: no money, and in no total."""

    quantidade: int
    valor: Decimal


@dataclass(frozen=True, slots=True)
class Historico:
    """The sections in their order; totals by artista, forma and categoria are within `totais`.

    `gastos` is None for whoever does not see what the studio spends. Pendências are apart and in no total.
    """

    filtro: Filtro
    pagamentos: Pagina[LinhaPagamento]
    comissoes: Pagina[LinhaComissao]
    sessoes: Pagina[LinhaSessao]
    gastos: Pagina[LinhaGasto] | None
    totais: Totais
    pendencias: Pagina[LinhaSessao]


@dataclass(frozen=True, slots=True)
class Parcela:
    """One sum within a number: its rows, and `sinal` 1 or -1 for how it enters."""

    nome: str
    sinal: int
    total: Decimal
    pagina: Pagina[Any]


@dataclass(frozen=True, slots=True)
class Explicacao:
    """Why a number is what it is: the sums that make it, each down to its rows."""

    numero: str
    total: Decimal
    parcelas: list[Parcela]
