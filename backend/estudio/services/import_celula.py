"""One cell of version 4's sheet, or of a spreadsheet with its columns, as a typed value.

Everything raises DadosInvalidos with the column, the cell and what is wrong with it: the person looks for it in a file
of thousands of lines. Money is read by the file's own form, because `1.234` is a thousand in pt-BR and one and a bit in
version 4's: there it is refused instead of being guessed.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO
from estudio.domain.dinheiro import LIMITE, parse_dinheiro, parse_percentual, to_centavos
from estudio.domain.errors import DadosInvalidos
from estudio.domain.nomes import validate_nome, validate_texto

MAIOR_TEXTO: Final = 20_000
MAIOR_NOME: Final = 10_000
MAIOR_EVENTO: Final = 1_024

_PONTO: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?").fullmatch
_PONTO_DEMAIS: Final = re.compile(r"-?[0-9]+\.[0-9]{3,}").fullmatch
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?").fullmatch
_PT_BR: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: 00:00(?::00)?)?").fullmatch
_HORA_PT_BR: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)").fullmatch
# A spreadsheet that met an empty cell in the column writes the others as 4.0 or 4,0.
_ID: Final = re.compile(r"([0-9]{1,18})(?:[.,]0{1,6})?").fullmatch


def parse_id(celula: str, coluna: str) -> int:
    """A number that the record has in its origin; `04` and `4.0` are 4."""
    if not celula:
        raise DadosInvalidos(
            f"falta {coluna}: sem esse número, a mesma linha importada de novo entraria duas vezes.", campo=coluna
        )
    found = _ID(celula)
    if found is None:
        raise DadosInvalidos(f"{coluna} {_quote(celula)} não é um número inteiro.", campo=coluna)
    return int(found[1])


def find_id(celula: str, coluna: str) -> int | None:
    """Like `parse_id`, for a link that may be empty."""
    return parse_id(celula, coluna) if celula else None


@lru_cache(maxsize=4096)
def parse_data(celula: str) -> date:
    """`2025-09-05` or `05/09/2025`, from 2000 to 2099."""
    if not celula:
        raise DadosInvalidos("falta a data.", campo="data")
    iso, pt_br = _ISO(celula), _PT_BR(celula)
    try:
        if iso:
            found = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif pt_br:
            found = date(int(pt_br[3]), int(pt_br[2]), int(pt_br[1]))
        else:
            raise DadosInvalidos(
                f"data {_quote(celula)} não foi entendida. Escreva 2025-09-05 ou 05/09/2025.", campo="data"
            )
    except ValueError:
        raise DadosInvalidos(f"data {_quote(celula)} não existe no calendário.", campo="data") from None
    if not PRIMEIRO_ANO <= found.year <= ULTIMO_ANO:
        raise DadosInvalidos(
            f"data {_quote(celula)} está fora dos livros, que vão de {PRIMEIRO_ANO} a {ULTIMO_ANO}.", campo="data"
        )
    return found


def parse_valor(celula: str, *, ponto: bool, zero: bool = False) -> int:
    """Centavos, never negative. `ponto`: the file writes money with a decimal point, as version 4 does."""
    centavos = _read_centavos(celula, ponto=ponto)
    if centavos < 0:
        raise DadosInvalidos(
            f"valor {_quote(celula)} é negativo. O que foi devolvido entra como estorno, depois da importação.",
            campo="valor",
        )
    if centavos == 0 and not zero:
        raise DadosInvalidos(f"valor {_quote(celula)}: precisa ser maior que zero.", campo="valor")
    return centavos


def parse_percentual_da_comissao(celula: str) -> int:
    """Hundredths of a percent."""
    try:
        return parse_percentual(celula)
    except DadosInvalidos as invalid:
        raise DadosInvalidos(f"percentual {_quote(celula)}: {_lower(invalid.message)}", campo="percentual") from None


def find_texto(celula: str, coluna: str, *, maximo: int = MAIOR_TEXTO) -> str | None:
    """A text as it was entered; an empty cell is none."""
    if not celula:
        return None
    try:
        return validate_texto(celula, coluna, maximo=maximo) or None
    except DadosInvalidos as invalid:
        raise DadosInvalidos(invalid.message, campo=coluna) from None


def parse_nome(celula: str, coluna: str) -> str:
    """A name without the blanks around it."""
    if not celula.strip():
        raise DadosInvalidos(f"falta {coluna}.", campo=coluna)
    return validate_nome(celula.strip(), coluna, maximo=MAIOR_NOME)


def find_instante(celula: str) -> datetime | None:
    """When it was entered, if that can be read: it decides nothing, so it is no reason to refuse a line."""
    pt_br = _HORA_PT_BR(celula)
    text = f"{pt_br[3]}-{int(pt_br[2]):02d}-{int(pt_br[1]):02d}T{pt_br[4]:0>5}" if pt_br else celula
    try:
        found = datetime.fromisoformat(text)
        # Without an offset it is version 4's, which wrote UTC.
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if PRIMEIRO_ANO <= found.year <= ULTIMO_ANO else None


def _read_centavos(celula: str, *, ponto: bool) -> int:
    if not celula:
        raise DadosInvalidos("falta o valor.", campo="valor")
    if ponto and (found := _PONTO(celula)):
        centavos = int(found[1]) * 100 + int((found[2] or "00").ljust(2, "0"))
        if centavos > LIMITE:
            raise DadosInvalidos(f"valor {_quote(celula)} passa do limite de R$ 9.999.999,99.", campo="valor")
        return centavos
    if ponto and _PONTO_DEMAIS(celula):
        raise DadosInvalidos(
            f"valor {_quote(celula)} tem mais de duas casas decimais (neste arquivo o ponto separa os centavos). "
            "Escreva 1234.00 ou 1.234,00.",
            campo="valor",
        )
    try:
        return to_centavos(parse_dinheiro(celula, signed=True))
    except DadosInvalidos as invalid:
        raise DadosInvalidos(f"valor {_quote(celula)}: {_lower(invalid.message)}", campo="valor") from None


def _quote(celula: str) -> str:
    return f"“{celula if len(celula) <= 40 else celula[:40] + '…'}”"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
