"""Which signs the typefaces of our papers have: the others are left out, and the paper says so.

The compiler brings Libertinus Serif and DejaVu Sans Mono with it, and every machine sets the same bytes with them. They
have Latin, Greek, Cyrillic and Hebrew, and neither emoji nor, say, Arabic or Japanese. A run of signs that they lack
becomes `[…]`, never an empty box; the sheets, the CSV and the JSON have them all.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

FALTA: Final = "[…]"
"""What stands for signs that no typeface of ours has."""

MAIOR: Final = 240
"""Characters of a text in a table: a note may have twenty thousand, which is pages."""

TEM: Final = (
    "\u0020-\u007e\u00a0-\u00ac\u00ae-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff"
    "\u05d0-\u05ea\u1e00-\u1eff\u2010-\u2027\u202f-\u2040\u2044-\u205f\u2070\u2071\u2074-\u208e\u20a0-\u20c0"
    "\u2190-\u23ff\u25a0-\u262f\u2638-\u268b\ufb00-\ufb06"
)
"""Ranges, as a regular expression writes them; a test sets every sign of them."""

QUEBRA: Final = "\u200b"
"""Where a line may be broken within a word that no column holds."""

# A fingerprint is copied from the paper, and stays in one piece.
_COMPRIDA: Final = re.compile(r"\S{20}(?=\S{5})")
_DIGITAL: Final = re.compile(r"[0-9a-f]{64}")
_SEPARA: Final = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_NAO_TEM: Final = re.compile(f"[^{TEM}]+")


def fit_letras(payload: Mapping[str, object]) -> tuple[dict[str, object], int]:
    """The same data in signs that can be set, and how many texts lack something of theirs."""
    count = 0

    def fit(value: object) -> object:
        nonlocal count
        if isinstance(value, str):
            fitted = fit_texto(value)
            count += FALTA in fitted
            return fitted
        if isinstance(value, Mapping):
            return {str(key): fit(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [fit(inner) for inner in value]
        return value

    return {key: fit(value) for key, value in payload.items()}, count


def shorten_texto(text: str) -> str:
    """What a cell holds of a text of any length, and that there was more."""
    return text if len(text) <= MAIOR else f"{text[:MAIOR].rstrip()} {FALTA}"


def fit_texto(text: str) -> str:
    """One text in signs that can be set. Marks that only turn the direction of reading are gone without a trace."""
    if _DIGITAL.fullmatch(text):
        return text
    plain = _SEPARA.sub(" ", unicodedata.normalize("NFC", text))
    seen = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc", "Cs"))
    return _COMPRIDA.sub(lambda found: found[0] + QUEBRA, _NAO_TEM.sub(FALTA, seen))
