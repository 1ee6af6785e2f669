"""The Relatório: months side by side, what they add up to, and how each went against the one before.

Values, not models: figures come from the seal of a closed month and from the books of an open one, and every total here
is the sum of the months that stand beside it. Shares and changes are whole tenths of a percent: nothing is divided but
centavos, and rounded once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from estudio.domain.competencia import PRIMEIRO_ANO, Competencia
from estudio.domain.dinheiro import to_centavos

ZERO: Final = Decimal("0.00")

MESES_LADO_A_LADO: Final = 12


class Somas(NamedTuple):
    """What came in, what the artistas earned of it, what was spent."""

    receita: Decimal = ZERO
    comissoes: Decimal = ZERO
    despesas: Decimal = ZERO

    @property
    def liquida(self) -> Decimal:
        return self.receita - self.comissoes - self.despesas


NADA: Final = Somas()


class Variacoes(NamedTuple):
    """The same four against the month before, in tenths of a percent; None where there is nothing to compare with."""

    receita: int | None = None
    comissoes: int | None = None
    despesas: int | None = None
    liquida: int | None = None


@dataclass(frozen=True, slots=True)
class MesNoRelatorio:
    """One month. `versao` is the closing whose sealed figures these are; None says that they are the living ones.

    `por_artista` has receita and comissão of each id; an artista without either is not in it.
    """

    competencia: Competencia
    estado: str
    versao: int | None = None
    somas: Somas = NADA
    por_artista: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    por_forma: Mapping[str, Decimal] = field(default_factory=dict)
    por_categoria: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_vivido(self) -> bool:
        """Whether anything ever was in it: an empty month of before the studio, or of the future, is no news."""
        return self.versao is not None or bool(self.por_artista or self.por_categoria)


class LinhaDoMes(NamedTuple):
    """A month as it stands beside the others. `corre` says that it is not over yet."""

    mes: MesNoRelatorio
    variacoes: Variacoes
    corre: bool


class Parte(NamedTuple):
    """One artista, forma, categoria or weekday: its sum, and what that is of the whole in tenths of a percent."""

    chave: str
    nome: str
    total: Decimal
    fatia: int | None
    comissao: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Relatorio:
    """The months of a period, oldest first, and the period itself seen from four sides."""

    linhas: Sequence[LinhaDoMes]
    somas: Somas
    por_artista: Sequence[Parte]
    por_forma: Sequence[Parte]
    por_categoria: Sequence[Parte]
    por_dia_da_semana: Sequence[Parte]
    """Monday first, `chave` "1" to "7"; empty where nothing came in."""

    @property
    def fechados(self) -> int:
        return sum(linha.mes.versao is not None for linha in self.linhas)


def list_competencias(hoje: date, ano: int | None = None) -> list[Competencia]:
    """The twelve months up to today's, or those of a year, oldest first. Raises CompetenciaInvalida."""
    if ano is not None:
        return [Competencia(ano, mes) for mes in range(1, 13)]
    last = Competencia.of(hoje)
    number = last.ano * 12 + last.mes - 1
    first = max(number - MESES_LADO_A_LADO + 1, PRIMEIRO_ANO * 12)
    return [Competencia(each // 12, each % 12 + 1) for each in range(first, number + 1)]


def place_side_by_side(
    meses: Sequence[MesNoRelatorio], anterior: MesNoRelatorio | None, hoje: date
) -> list[LinhaDoMes]:
    """Each month against the one before it, without the empty ones of before the first and of after today's.

    A month that is not over yet is compared with nothing: some days are no fall against a whole month.
    """
    corrente = Competencia.of(hoje)
    lived = [mes.competencia for mes in meses if mes.is_vivido]
    if not lived:
        return []
    first = lived[0] if anterior is None or not anterior.is_vivido else meses[0].competencia
    last = max(lived[-1], corrente)
    linhas = []
    before = anterior
    for mes in meses:
        if first <= mes.competencia <= last:
            corre = mes.competencia >= corrente
            known = before is not None and before.is_vivido and not corre
            variacoes = compare(mes.somas, before.somas) if before is not None and known else Variacoes()
            linhas.append(LinhaDoMes(mes, variacoes, corre))
        before = mes
    return linhas


def compare(agora: Somas, antes: Somas) -> Variacoes:
    pairs = zip((*agora, agora.liquida), (*antes, antes.liquida), strict=True)
    return Variacoes(*(calculate_variacao(*pair) for pair in pairs))


def calculate_variacao(agora: Decimal, antes: Decimal) -> int | None:
    """(agora − antes) / antes in tenths of a percent; None from zero or below, where a percentage says nothing."""
    return calculate_fatia(agora - antes, antes)


def calculate_fatia(parte: Decimal, todo: Decimal) -> int | None:
    """parte / todo in tenths of a percent, half away from zero; None where the whole is nothing, or less."""
    part, whole = to_centavos(parte), to_centavos(todo)
    if whole <= 0:
        return None
    share = divide_half_up(abs(part) * 1000, whole)
    return -share if part < 0 else share


def divide_half_up(dividend: int, divisor: int) -> int:
    """Both not negative, the divisor not zero: the quotient as a whole number, half goes up."""
    assert dividend >= 0, "half up is half away from zero only for what is not negative"
    return (2 * dividend + divisor) // (2 * divisor)


def sum_somas(meses: Iterable[MesNoRelatorio]) -> Somas:
    columns = list(zip(*(mes.somas for mes in meses), strict=True))
    return Somas(*(sum(column, ZERO) for column in columns))


def list_partes(totais: Mapping[str, Decimal], nomes: Mapping[str, str]) -> list[Parte]:
    """The greatest first, equals by name; each with its share of the sum of all."""
    todo = sum(totais.values(), ZERO)
    partes = [Parte(k, nomes.get(k, k), total, calculate_fatia(total, todo)) for k, total in totais.items()]
    return sorted(partes, key=lambda parte: (-parte.total, parte.nome, parte.chave))
