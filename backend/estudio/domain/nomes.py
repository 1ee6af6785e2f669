"""Text that people type: what is accepted, and the key by which two spellings of a name are the same name."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

from estudio.domain.errors import TextoInvalido

_IMPOSSIVEL: Final = re.compile(r"[\x00\ud800-\udfff]")
_CURTO: Final = 1_000
_MAIOR_BUSCA: Final = 100
_MAX_PALAVRAS: Final = 8
_MAIOR_EMAIL: Final = 254
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def normalise_nome(nome: str) -> str:
    """Return the key of a name: no accents, case, invisible marks or doubled spaces (`JOÃO  Silva` → `joao silva`).

    Equal keys are one name when a client is looked for; the key is also what searches run over (`nome_busca`). It is
    empty only for a blank name. It can be several times as long as the name (one Arabic ligature becomes eighteen
    characters), so its column has no tighter limit.
    """
    if nome.isascii():
        return " ".join(nome.lower().split())
    # A name made of nothing but accents and invisible marks stands for itself.
    return " ".join("".join(map(_fold, nome)).split()) or " ".join(_compose(nome).split())


def split_palavras(texto: str) -> list[str]:
    """Return the words to search for, as keys of names hold them; not more than anybody types."""
    return normalise_nome(texto[:_MAIOR_BUSCA]).split()[:_MAX_PALAVRAS]


def escape_like(palavra: str) -> str:
    """Return the text as SQL's LIKE reads it when `%` and `_` stand for themselves."""
    return palavra.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def validate_texto(texto: str, campo: str, *, maximo: int) -> str:
    """Return the text as it is kept: every character that was entered, composed (NFC), at most `maximo` of them.

    `campo` is the field's name as the sentence calls it ("Observações"). Raises TextoInvalido for NUL and lone
    surrogates, which PostgreSQL and UTF-8 cannot hold, and for more than `maximo` characters.
    """
    if _IMPOSSIVEL.search(texto):
        raise TextoInvalido(
            sentence="{campo}: há um caractere inválido. Apague o texto e digite de novo.",
            motivo="caractere",
            campo=campo,
        )
    # No composition makes a text shorter than a quarter: beyond that it is not worth composing.
    composed = texto if len(texto) > 4 * maximo else _compose(texto)
    if len(composed) > maximo:
        raise TextoInvalido(
            sentence="{campo}: o texto tem {tem} caracteres e o limite é {maximo}. Escreva um texto mais curto.",
            tem=len(composed),
            maximo=maximo,
            motivo="tamanho",
            campo=campo,
        )
    return composed


def validate_opcional(texto: str | None, campo: str, *, maximo: int) -> str | None:
    """Like `validate_texto`, for a field that may be left empty: nothing entered is None, never an empty text."""
    return validate_texto(texto, campo, maximo=maximo) or None if texto else None


def validate_email(texto: str | None) -> str | None:
    """An address of somebody who does not log in, as it is kept; nothing typed is none. Raises TextoInvalido."""
    email = validate_opcional((texto or "").strip(), "E-mail", maximo=_MAIOR_EMAIL)
    if email is not None and not _EMAIL.fullmatch(email):
        raise TextoInvalido("E-mail: confira o endereço, como nome@exemplo.com.", motivo="email", campo="email")
    return email


def validate_nome(nome: str, campo: str = "Nome", *, maximo: int) -> str:
    """Like `validate_texto`, for a name: blank is refused (TextoInvalido)."""
    if not normalise_nome(nome):
        raise TextoInvalido(sentence="{campo}: preencha este campo.", motivo="vazio", campo=campo)
    return validate_texto(nome, campo, maximo=maximo)


# One character at a time: the accents of a whole text would first be sorted, only to be dropped. The cache holds any
# studio's alphabet; its limit keeps a hostile text from filling the memory.
@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    return _strip(_strip(character).casefold())


def _strip(text: str) -> str:
    """Decompose, then drop the accents and what nobody sees (zero-width spaces, marks of direction)."""
    return "".join(
        part
        for part in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(part) and unicodedata.category(part) != "Cf"
    )


def _compose(texto: str) -> str:
    """Return the NFC; a long text's accents are put in order first: unicodedata takes seconds over 80 000 in a row."""
    if len(texto) <= _CURTO:
        return unicodedata.normalize("NFC", texto)
    ordered: list[str] = []
    decomposed = "".join(unicodedata.normalize("NFD", character) for character in texto)
    for _, run in groupby(decomposed, key=lambda part: unicodedata.combining(part) > 0):
        ordered.extend(sorted(run, key=unicodedata.combining))  # letters are all 0 and stay as they are
    return unicodedata.normalize("NFC", "".join(ordered))
