"""The studio's colour: any that it likes, made darker on light pages and lighter on dark ones until it can be read.

Contrast is WCAG's (2.2, 1.4.3): (L1 + 0.05) / (L2 + 0.05), of relative luminances. In Decimal, so that the same colour
gives the same stylesheet, and the same digest, on every machine.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from estudio.domain.errors import DadosInvalidos

AA: Final = Decimal("4.5")
"""What WCAG asks of text."""

Rgb = tuple[int, int, int]

_HEX: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", re.ASCII)
_BRANCO: Final = (255, 255, 255)
_PRETO: Final = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tema:
    """What the colour has to be read on. As in estudio.css, which a test holds against these."""

    papel: str
    folha: str
    tinta: str
    tinta_2: str
    erro: str
    realce: int
    """Percent of the colour in what it highlights."""


CLARO: Final = Tema("#faf9f6", "#ffffff", "#1d1b18", "#57534b", "#a11c1c", 8)
ESCURO: Final = Tema("#131518", "#1a1d21", "#ece9e2", "#b0aba1", "#f4a8a0", 10)


@dataclass(frozen=True, slots=True)
class Tons:
    """The colour in one theme: as text and on buttons, pressed, what is written upon it, and what it highlights."""

    acento: str
    acento_2: str
    sobre_acento: str
    realce: str

    def list_contrastes(self, tema: Tema) -> dict[str, Decimal]:
        """Every pair that is read, by its name; each is AA or more."""
        return {
            "acento/papel": calculate_contraste(self.acento, tema.papel),
            "acento/folha": calculate_contraste(self.acento, tema.folha),
            "acento/realce": calculate_contraste(self.acento, self.realce),
            "sobre/acento": calculate_contraste(self.sobre_acento, self.acento),
            "sobre/acento_2": calculate_contraste(self.sobre_acento, self.acento_2),
            "acento_2/papel": calculate_contraste(self.acento_2, tema.papel),
            "acento_2/folha": calculate_contraste(self.acento_2, tema.folha),
            "acento_2/realce": calculate_contraste(self.acento_2, self.realce),
            "tinta/realce": calculate_contraste(tema.tinta, self.realce),
            "tinta_2/realce": calculate_contraste(tema.tinta_2, self.realce),
            "erro/realce": calculate_contraste(tema.erro, self.realce),
        }


def parse_cor(text: str) -> str:
    """Read `#1F3A5F`. Raises DadosInvalidos."""
    if not _HEX.fullmatch(text):
        raise DadosInvalidos(
            "A cor não foi entendida. Escolha uma da lista ou outra no quadro.", motivo="cor", campo="cor"
        )
    return text.lower()


@lru_cache(maxsize=256)
def derive_tons(cor: str, tema: Tema) -> Tons:
    """The colour as near to what was chosen as can be read in this theme: in steps of a hundredth towards the ink."""
    chosen = _split(cor)
    towards, upon = (_PRETO, _BRANCO) if tema is CLARO else (_BRANCO, (16, 18, 22))
    for step in range(101):
        acento = _mix(chosen, towards, step)
        tons = Tons(
            _join(acento),
            _join(_mix(acento, towards, 20)),
            _join(upon),
            _join(_mix(_split(tema.folha), acento, tema.realce)),
        )
        if min(tons.list_contrastes(tema).values()) >= AA:
            return tons
    raise AssertionError("black on paper and white on night can be read")


def calculate_contraste(uma: str, outra: str) -> Decimal:
    """Between 1 (the same) and 21 (black on white)."""
    light, dark = sorted((_calculate_luminancia(uma), _calculate_luminancia(outra)), reverse=True)
    return (light + Decimal("0.05")) / (dark + Decimal("0.05"))


def _calculate_luminancia(cor: str) -> Decimal:
    red, green, blue = (_linearise(channel) for channel in _split(cor))
    return Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue


@cache
def _linearise(channel: int) -> Decimal:
    share = Decimal(channel) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")


def _mix(uma: Rgb, outra: Rgb, cento: int) -> Rgb:
    """`cento` hundredths of the other."""
    red, green, blue = ((a * (100 - cento) + b * cento + 50) // 100 for a, b in zip(uma, outra, strict=True))
    return red, green, blue


def _split(cor: str) -> Rgb:
    return int(cor[1:3], 16), int(cor[3:5], 16), int(cor[5:7], 16)


def _join(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
