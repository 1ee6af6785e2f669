"""Pictures that people send: looked at before they are unpacked, drawn anew, and never kept as they came.

What is kept is a small PNG of our own making: no byte of the file that was sent is in it, so neither is what hides
there (a place, a script, a second file). A picture that would fill the memory is refused by its measures.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from estudio.domain.errors import ImagemRecusada

MAIOR_ARQUIVO: Final = 1_000_000
"""Bytes of what is sent."""

MAIOR_AREA: Final = 16_000_000
"""Pixels of what is sent: 64 MB when unpacked."""

LARGURA: Final = 640
ALTURA: Final = 192

MAIOR_PNG: Final = 40_000
"""Bytes of what is kept: it is part of the first load of every page."""

_FORMATOS: Final = ("PNG", "JPEG", "WEBP")

_DAMAGED: Final = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises over a file that was cut or bent, by whichever of its readers."""

FRASES: Final = {
    "vazia": "Escolha o arquivo de uma imagem.",
    "tamanho": "A imagem passa de 1 MB. Envie uma menor.",
    "formato": "O arquivo não é uma imagem PNG, JPEG ou WebP. Envie uma dessas.",
    "dimensoes": "A imagem tem pontos demais. Envie uma com até 4.000 por 4.000.",
    "danificada": "A imagem está danificada ou incompleta. Abra-a, salve de novo e envie.",
}


@dataclass(frozen=True, slots=True)
class Imagem:
    """A PNG of ours."""

    png: bytes
    largura: int
    altura: int


def read_imagem(corpo: bytes) -> Imagem:
    """Draw a picture anew within LARGURA × ALTURA. Raises ImagemRecusada."""
    if not corpo:
        raise _refuse("vazia")
    if len(corpo) > MAIOR_ARQUIVO:
        raise _refuse("tamanho")
    try:
        with Image.open(io.BytesIO(corpo), formats=_FORMATOS) as sent:
            width, height = sent.size
            if width * height > MAIOR_AREA:
                raise _refuse("dimensoes")
            # A photograph is unpacked at the size that is needed, where its format can do that.
            sent.draft("RGB", (2 * LARGURA, 2 * ALTURA))
            upright = ImageOps.exif_transpose(sent)
            drawn = upright.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refuse("dimensoes") from error
    except UnidentifiedImageError as error:
        raise _refuse("formato") from error
    except _DAMAGED as error:
        raise _refuse("danificada") from error
    drawn.thumbnail((LARGURA, ALTURA), Image.Resampling.LANCZOS)
    return _write(drawn)


def _write(drawn: Image.Image) -> Imagem:
    """As it is, or with fewer colours, or smaller, until it is small enough for every page."""
    while True:
        for picture in (drawn, drawn.quantize(256, method=Image.Quantize.FASTOCTREE)):
            png = io.BytesIO()
            picture.save(png, "PNG", optimize=True, icc_profile=None)
            if len(png.getvalue()) <= MAIOR_PNG:
                return Imagem(png.getvalue(), drawn.width, drawn.height)
        drawn = drawn.resize((max(drawn.width * 2 // 3, 1), max(drawn.height * 2 // 3, 1)), Image.Resampling.LANCZOS)


def _refuse(motivo: str) -> ImagemRecusada:
    return ImagemRecusada(FRASES[motivo], motivo=motivo, campo="arquivo")
