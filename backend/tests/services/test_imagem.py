"""Pictures that people send: drawn anew, bounded, and refused before they fill the memory."""

import contextlib
import io
import os
import struct
import zlib

import pytest
from PIL import Image

from estudio.domain.errors import ImagemRecusada
from estudio.services.imagem_service import ALTURA, LARGURA, MAIOR_PNG, read_imagem


def draw(kind: str, size: tuple[int, int] = (300, 100), **extra: object) -> bytes:
    file = io.BytesIO()
    mode = "RGB" if kind == "JPEG" else "RGBA"
    Image.new(mode, size, (200, 30, 30) if mode == "RGB" else (200, 30, 30, 128)).save(file, kind, **extra)
    return file.getvalue()


def make_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is enormous."""

    def chunk(kind: bytes, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 9_999)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_png_of_our_own(kind: str) -> None:
    imagem = read_imagem(draw(kind, (3_000, 1_000)))
    assert (imagem.largura, imagem.altura) == (576, 192)
    with Image.open(io.BytesIO(imagem.png)) as kept:
        assert (kept.format, kept.size) == ("PNG", (576, 192))
    assert len(imagem.png) <= MAIOR_PNG


def test_what_is_small_stays_as_large_as_it_was_and_what_is_clear_stays_clear() -> None:
    imagem = read_imagem(draw("PNG", (40, 20)))
    assert (imagem.largura, imagem.altura) == (40, 20)
    with Image.open(io.BytesIO(imagem.png)) as kept:
        assert kept.convert("RGBA").getpixel((3, 3)) == (200, 30, 30, 128)


def test_a_picture_full_of_noise_is_made_smaller_until_it_fits() -> None:
    noise = Image.frombytes("RGB", (400, 150), os.urandom(400 * 150 * 3))
    file = io.BytesIO()
    noise.save(file, "PNG")
    imagem = read_imagem(file.getvalue())
    assert len(imagem.png) <= MAIOR_PNG
    assert 0 < imagem.largura <= LARGURA
    assert 0 < imagem.altura <= ALTURA


def test_nothing_that_hides_in_the_file_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "segredo"
    exif[0x0112] = 6
    sent = draw("JPEG", (300, 100), exif=exif, comment=b"segredo") + b"<script>segredo</script>"
    imagem = read_imagem(sent)
    assert b"segredo" in sent
    assert b"segredo" not in imagem.png
    # Turned as the camera said, which is then no longer said.
    assert (imagem.largura, imagem.altura) == (64, 192)


@pytest.mark.parametrize(
    ("corpo", "motivo"),
    [
        (b"", "vazia"),
        (b"x" * 1_000_001, "tamanho"),
        (b"MZ\x90\0" + b"\0" * 200, "formato"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "formato"),
        (b"GIF89a" + b"\0" * 50, "formato"),
        (make_bomb(5_000, 5_000), "dimensoes"),
        (make_bomb(12_000, 12_000), "dimensoes"),
        (make_bomb(60_000, 60_000), "dimensoes"),
        (make_bomb(200, 200), "danificada"),
        (draw("PNG")[:120], "danificada"),
        (draw("WEBP")[:60], "danificada"),
        (draw("JPEG", (900, 900))[:700], "danificada"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_refused_with_what_to_do(corpo: bytes, motivo: str) -> None:
    with pytest.raises(ImagemRecusada) as refused:
        read_imagem(corpo)
    assert refused.value.details["motivo"] == motivo


def test_a_camera_that_says_nonsense_is_refused_and_nothing_else() -> None:
    """Turned as it said, what else it said is written anew: a text where a number belongs cannot be."""
    entries = struct.pack("<HHHIHHHHII", 2, 0x0112, 3, 1, 6, 0, 0x0111, 2, 8, 38)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entries + b"\0\0\0\0abcdefgh"
    with pytest.raises(ImagemRecusada) as refused:
        read_imagem(draw("JPEG", (8, 8), exif=exif))
    assert refused.value.details["motivo"] == "danificada"


def test_a_picture_bent_anywhere_is_read_or_refused_and_nothing_else() -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = bytearray(draw(kind, (60, 30)))
        for place in range(0, len(whole), max(len(whole) // 60, 1)):
            bent = whole.copy()
            bent[place] ^= 0xFF
            with contextlib.suppress(ImagemRecusada):
                assert len(read_imagem(bytes(bent)).png) <= MAIOR_PNG
