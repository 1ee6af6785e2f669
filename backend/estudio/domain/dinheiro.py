"""Money and percentages: how people type them, how they are kept, how they are shown, how a share is rounded.

Kept as whole numbers (centavos, and hundredths of a percent), handled as `Decimal` with two places, shown as
`R$ 1.234,56`. Nothing here looks at the locale or at the decimal context of the thread, so the same input gives the
same bytes everywhere. Imports neither Flask nor SQLAlchemy: the column type that uses it lives with the columns.
"""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final

from estudio.domain.errors import PercentualInvalido, ValorInvalido

LIMITE: Final = 999_999_999
"""The largest single amount, in centavos: R$ 9.999.999,99. Totals may be larger."""

CEM_POR_CENTO: Final = 10_000
"""100 % in hundredths of a percent."""

# What `bigint` holds. No total gets near; what is beyond it (`Decimal("1E+999999")`) would cost minutes to expand.
_BIGINT: Final = 2**63 - 1
_CASAS_DO_BIGINT: Final = 16
# A context of our own, that never rounds: the thread's may have been given less precision and rounds without a word.
_EXATO: Final = Context(prec=40, traps=[Inexact, InvalidOperation])

_MAIOR_TEXTO: Final = 40
_ESPACO: Final = r"[ \u00a0\u202f]"  # browsers and spreadsheets put the non-breaking ones between R$ and the number
_EM_VOLTA: Final = " \t\r\n\u00a0\u202f"
# ASCII digits only: `int` and `Decimal` also read fullwidth and Arabic ones, underscores, exponents and NaN.
# A group of thousands never begins with 0, so that 0.123 is not read as cento e vinte e três.
_VALOR: Final = re.compile(
    rf"""
    (-{_ESPACO}*(?:[Rr]\$)? | (?:[Rr]\$)?{_ESPACO}*- | [Rr]\$)?            # 1 sign, R$, or both in either order
    {_ESPACO}*
    (?:
        ([0-9]+ | [1-9][0-9]{{0,2}}(?:(?:\.[0-9]{{3}})+ | (?:{_ESPACO}[0-9]{{3}})+))  # 2 reais: plain, 1.234 or 1 234
        (?:,([0-9]{{1,2}}))?                                               # 3 centavos after a comma
      |
        ([0-9]+ | [1-9][0-9]{{0,2}}(?:{_ESPACO}[0-9]{{3}})+)               # 4 reais without points…
        \.([0-9]{{1,2}})                                                   # 5 …leave the point to the centavos
    )
    """,
    re.VERBOSE,
)
_SEM_MILHAR: Final = str.maketrans("", "", ". \u00a0\u202f")
_PERCENTUAL: Final = re.compile(rf"([0-9]{{1,3}})(?:[.,]([0-9]{{1,2}}))?{_ESPACO}*%?")
_CASAS_DEMAIS: Final = re.compile(rf"(?:[^.,]*[0-9]\.|.*[0-9],)[0-9]{{3,}}{_ESPACO}*%?")


def parse_dinheiro(text: str, *, signed: bool = False) -> Decimal:
    """Read an amount as people type it; two places, from 0.01 to 9999999.99.

    A point before exactly three digits groups thousands (`1.234` is 1234.00), before one or two it is the decimal
    point (`1234.5` is 1234.50). `signed` reads what the books hold besides what people may type: zero and the
    negatives of an estorno, so that it undoes `format_dinheiro`. Raises ValorInvalido with the reason.
    """
    found = _VALOR.fullmatch(text.strip(_EM_VOLTA)) if len(text) <= _MAIOR_TEXTO else None
    if found is None:
        raise _explain_valor(text)
    antes, reais, cents, reais_com_ponto, cents_do_ponto = found.groups()
    centavos = int((reais or reais_com_ponto).translate(_SEM_MILHAR)) * 100
    centavos += int((cents or cents_do_ponto or "00").ljust(2, "0"))
    if centavos > LIMITE:
        raise _explain_limite()
    negative = antes is not None and "-" in antes
    if not signed:
        _ensure_positive(centavos, negative=negative)
    return from_centavos(-centavos if negative else centavos)


def format_dinheiro(valor: Decimal) -> str:
    """Show an amount or a total: `R$ 1.234,56`, negative `-R$ 250,00`, never minus zero. Never rounds (to_centavos)."""
    centavos = to_centavos(valor)
    reais, cents = divmod(abs(centavos), 100)
    return f"{'-' if centavos < 0 else ''}R$ {f'{reais:,}'.replace(',', '.')},{cents:02d}"


def to_centavos(valor: Decimal) -> int:
    """Turn an amount or a total into centavos, exactly.

    Raises ValorInvalido for NaN, infinity, more than two places and what `bigint` cannot hold. A third place is refused
    even when it is a zero: it is the trace of a multiplication that nobody rounded.
    """
    if not valor.is_finite():
        raise ValorInvalido("O valor não é um número.", motivo="formato")
    if valor.adjusted() > _CASAS_DO_BIGINT:
        raise ValorInvalido("O valor é grande demais para ser guardado.", motivo="limite")
    exponent = valor.as_tuple().exponent
    assert isinstance(exponent, int), "a finite Decimal has a number as its exponent"
    if exponent < -2:
        raise ValorInvalido("O valor tem mais de duas casas decimais.", motivo="casas_decimais")
    centavos = int(valor.scaleb(2, context=_EXATO))
    if abs(centavos) > _BIGINT:
        raise ValorInvalido("O valor é grande demais para ser guardado.", motivo="limite")
    return centavos


def ensure_valor(valor: Decimal, *, zero: bool = False) -> Decimal:
    """Return an amount that may be registered, with two places: above zero (or zero too) and within LIMITE.

    Raises ValorInvalido with the reason.
    """
    centavos = to_centavos(valor)
    if centavos > LIMITE:
        raise _explain_limite()
    if centavos < 0 or not zero:
        _ensure_positive(centavos, negative=centavos < 0)
    return from_centavos(centavos)


def from_centavos(centavos: int) -> Decimal:
    """Turn centavos into a Decimal that always has two places and is never minus zero."""
    return Decimal(centavos).scaleb(-2, context=_EXATO)


def parse_percentual(text: str) -> int:
    """Read a percentage from 0 to 100 in hundredths: `33,33` and `33.33 %` are 3333. Raises PercentualInvalido."""
    found = _PERCENTUAL.fullmatch(text.strip(_EM_VOLTA)) if len(text) <= _MAIOR_TEXTO else None
    if found is None:
        raise _explain_percentual(text)
    inteiros, decimos = found.groups(default="")
    return ensure_percentual(int(inteiros) * 100 + int(decimos.ljust(2, "0")))


def format_percentual(percentual: int) -> str:
    """Show hundredths as people write them: `30%`, `12,5%`, `33,33%`. Raises PercentualInvalido outside 0 to 100."""
    inteiros, decimos = divmod(ensure_percentual(percentual), 100)
    return f"{inteiros},{decimos:02d}".rstrip("0").rstrip(",") + "%" if decimos else f"{inteiros}%"


def ensure_percentual(percentual: int) -> int:
    """Return the hundredths of a percent (33.33 % is 3333). Raises PercentualInvalido outside 0 to 100 %."""
    if not 0 <= percentual <= CEM_POR_CENTO:
        raise PercentualInvalido("A porcentagem precisa estar entre 0 e 100.", motivo="limite")
    return percentual


def calculate_comissao(valor_centavos: int, percentual: int) -> int:
    """Return the artist's share in centavos, rounded half up once; the studio keeps `valor_centavos` minus it.

    Half goes away from zero, so that the whole estorno of a payment takes back exactly the share that was paid. The
    same in SQL, for bigint: `sign(v) * ((abs(v) * p + 5000) / 10000)`. Raises PercentualInvalido outside 0 to 100.
    """
    share = (abs(valor_centavos) * ensure_percentual(percentual) + CEM_POR_CENTO // 2) // CEM_POR_CENTO
    return -share if valor_centavos < 0 else share


def _ensure_positive(centavos: int, *, negative: bool) -> None:
    if centavos == 0:
        raise ValorInvalido("O valor precisa ser maior que zero.", motivo="zero")
    if negative:
        raise ValorInvalido(
            "O valor não pode ser negativo. Para devolver um pagamento, registre um estorno.", motivo="negativo"
        )


def _explain_limite() -> ValorInvalido:
    return ValorInvalido("O valor passa do limite de R$ 9.999.999,99. Confira os números digitados.", motivo="limite")


def _explain_valor(text: str) -> ValorInvalido:
    """Say why the text is no amount. The text itself is not repeated: it may be a name typed into the wrong field."""
    stripped = text.strip(_EM_VOLTA)
    if not stripped:
        return ValorInvalido("Informe o valor. Escreva assim: 300 ou 12,50 ou 1.234,56.", motivo="vazio")
    if len(text) > _MAIOR_TEXTO:
        return ValorInvalido(
            "O valor tem caracteres demais. Escreva assim: 300 ou 12,50 ou 1.234,56.", motivo="formato"
        )
    if _CASAS_DEMAIS.fullmatch(stripped):
        return ValorInvalido(
            "O valor tem mais de duas casas decimais. Escreva assim: 300 ou 12,50 ou 1.234,56.", motivo="casas_decimais"
        )
    return ValorInvalido("O valor não foi entendido. Escreva assim: 300 ou 12,50 ou 1.234,56.", motivo="formato")


def _explain_percentual(text: str) -> PercentualInvalido:
    stripped = text.strip(_EM_VOLTA)
    if not stripped:
        return PercentualInvalido("Informe a porcentagem (use 0 para nenhuma comissão).", motivo="vazio")
    if len(text) <= _MAIOR_TEXTO and _CASAS_DEMAIS.fullmatch(stripped):
        return PercentualInvalido(
            "A porcentagem tem mais de duas casas decimais. Escreva assim: 33,33.", motivo="casas_decimais"
        )
    return PercentualInvalido(
        "A porcentagem não foi entendida. Escreva um número de 0 a 100, assim: 33,33.", motivo="formato"
    )
