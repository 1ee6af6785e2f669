"""What a setting about the books may be; the settings themselves, and their reader, are `config`'s."""

from decimal import Decimal

from estudio.domain.dinheiro import parse_dinheiro
from estudio.domain.errors import ValorInvalido


def parse_limite(value: object) -> Decimal:
    """An amount as people write it, zero included. Raises ValueError with what to write."""
    try:
        limite = parse_dinheiro(str(value), signed=True)
    except ValorInvalido as error:
        raise ValueError("escreva um valor em reais, como 81000.00, ou 0 para não mostrar") from error
    if limite < 0:
        raise ValueError("o limite não pode ser negativo; escreva um valor em reais, ou 0 para não mostrar")
    return limite
