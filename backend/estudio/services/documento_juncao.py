"""Several PDFs that our compiler set become one, with one tree of tags; and each becomes a fraction of its size.

The compiler keeps a whole document in memory and writes each tag of it as plain text: ten thousand lines would take a
gigabyte, and a file of twelve megabytes. So a long document is set in parts, one after the other, and put together
here. This reads what that one compiler writes, and nothing else: a plain table of objects, flat trees, no encryption.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_POR_FLUXO: Final = 200
"""Objects in each of the compressed streams that hold them."""

# A reference, or a text that might look like one.
_REFERENCIA: Final = re.compile(rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)|<[0-9A-F]*>|\b(\d+) 0 R")
_IDENTIFICADOR: Final = re.compile(rb"\((U\d+x\d+y\d+)\)")

# What each part has once → where its list stands.
_LISTAS: Final = {
    "paginas": rb"/Type/Pages/Count \d+/Kids\[(.*?)\]",
    "elementos": rb"/S/Document/P \d+ 0 R/K\[(.*?)\]",
    "arvore": rb"/ParentTree<</Nums\[(.*?)\]>>",
    "nomes": rb"/IDTree<</Names\[(.*?)\]>>",
}


@dataclass
class _Parte:
    """The objects of one file by number, from 1: what stands in each, and the bytes of those that are streams."""

    corpos: dict[int, bytes] = field(default_factory=dict)
    fluxos: dict[int, bytes] = field(default_factory=dict)
    catalogo: int = 0
    info: int = 0

    def find(self, beginning: bytes) -> int:
        """The one object that begins so."""
        found = [number for number, corpo in self.corpos.items() if corpo.startswith(beginning)]
        assert len(found) == 1, beginning
        return found[0]

    @property
    def raizes(self) -> tuple[int, int, int]:
        """Pages, the tree of tags, and the element that all others are below."""
        return (
            self.find(b"<</Type/Pages"),
            self.find(b"<</Type/StructTreeRoot"),
            self.find(b"<</Type/StructElem/S/Document"),
        )


def join_pdfs(partes: list[bytes]) -> bytes:
    """One document of these, in their order; title, metadata and outline are the first one's. The list is emptied."""
    first = _parse(partes[0])
    raizes, moldes = first.raizes, [first.corpos[raiz] for raiz in first.raizes]
    whole, listas, paginas = _Parte(), dict.fromkeys(_LISTAS, b""), 0
    whole.catalogo, whole.info = first.catalogo, first.info
    number = 0
    while partes:
        pdf = partes.pop(0)
        _append(whole, _parse(pdf) if number else first, number, raizes, listas, paginas)
        paginas += count_paginas(pdf)
        number += 1
    whole.corpos |= dict(zip(raizes, _write_raizes(moldes, listas, paginas), strict=True))
    _tell_paginas(whole, paginas)
    return _write(whole)


def count_paginas(pdf: bytes) -> int:
    """How many pages a file of the compiler has."""
    return int(_grab(rb"/Type/Pages/Count (\d+)", pdf))


def _parse(pdf: bytes) -> _Parte:
    start = int(_grab(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf[-100:]))
    table = pdf[start:]
    offsets = [int(found) for found in re.findall(rb"(\d{10}) \d{5} n", table)]
    assert len(offsets) == int(_grab(rb"^xref\s+0 (\d+)", table)) - 1, "no object is free"
    trailer = table[table.rindex(b"trailer") :]
    parte = _Parte(catalogo=int(_grab(rb"/Root (\d+) 0 R", trailer)), info=int(_grab(rb"/Info (\d+) 0 R", trailer)))
    for number, (begin, end) in enumerate(zip(offsets, [*offsets[1:], start], strict=True), 1):
        head = b"%d 0 obj" % number
        assert pdf.startswith(head, begin), number
        corpo = pdf[begin + len(head) : end].strip().removesuffix(b"endobj").strip()
        place = corpo.find(b"stream\n")
        if place >= 0 and corpo.endswith(b"endstream"):
            length = int(_grab(rb"/Length (\d+)", corpo[:place]))
            parte.fluxos[number] = corpo[place + 7 : place + 7 + length]
            corpo = corpo[:place].strip()
        parte.corpos[number] = corpo
    return parte


def _append(
    whole: _Parte, parte: _Parte, number: int, raizes: tuple[int, int, int], listas: dict[str, bytes], paginas: int
) -> None:
    """The objects of one more part under numbers that are free; what every part has once goes into `listas`."""
    base = len(whole.corpos)
    same = dict(zip(parte.raizes, raizes, strict=True))

    def move(corpo: bytes) -> bytes:
        def point(found: re.Match[bytes]) -> bytes:
            return found[0] if found[1] is None else b"%d 0 R" % same.get(int(found[1]), base + int(found[1]))

        corpo = _REFERENCIA.sub(point, corpo)
        return _IDENTIFICADOR.sub(lambda found: b"(%04d%s)" % (number, found[1]), corpo)

    def count_on(found: re.Match[bytes]) -> bytes:
        return b"%d" % (int(found[0]) + paginas)

    once = {*same} if number == 0 else {*same, parte.catalogo, parte.info}
    for old, corpo in parte.corpos.items():
        assert b"/StructParent " not in corpo, "our papers have no links"
        whole.corpos[base + old] = b"null" if old in once else move(corpo)
        if corpo.startswith(b"<</Type/Page/"):
            whole.corpos[base + old] = re.sub(rb"(?<=/StructParents )\d+", count_on, whole.corpos[base + old])
        if old in parte.fluxos:
            whole.fluxos[base + old] = parte.fluxos[old]
    for nome, (raiz, pattern) in zip(_LISTAS, _list_places(parte), strict=True):
        found = re.search(pattern, parte.corpos[raiz], re.DOTALL)
        own = move(found[1]) if found else b""
        if nome == "arvore":
            own = re.sub(rb"(\d+) (\d+ 0 R)", lambda f: b"%d %s" % (int(f[1]) + paginas, f[2]), own)
        listas[nome] = (listas[nome] + b" " + own).strip()


def _list_places(parte: _Parte) -> list[tuple[int, bytes]]:
    pages, tree, document = parte.raizes
    return list(zip((pages, document, tree, tree), _LISTAS.values(), strict=True))


def _write_raizes(moldes: list[bytes], listas: dict[str, bytes], paginas: int) -> Iterator[bytes]:
    """What the whole has once, in the form of the first part."""
    _, tree, document = moldes
    yield b"<</Type/Pages/Count %d/Kids[%s]>>" % (paginas, listas["paginas"])
    roles, elemento = _grab(rb"/RoleMap(<<.*?>>)", tree), _grab(rb"/K(\[\d+ 0 R\])", tree)
    names = b"/IDTree<</Names[%s]>>" % listas["nomes"] if listas["nomes"] else b""
    yield b"<</Type/StructTreeRoot/RoleMap%s/K%s/ParentTree<</Nums[%s]>>%s/ParentTreeNextKey %d>>" % (
        roles, elemento, listas["arvore"], names, paginas,
    )  # fmt: skip
    yield b"<</Type/StructElem/S/Document/P %s 0 R/K[%s]>>" % (_grab(rb"/P (\d+) 0 R", document), listas["elementos"])


def _tell_paginas(whole: _Parte, paginas: int) -> None:
    """The metadata say how many pages there are."""
    number = int(_grab(rb"/Metadata (\d+) 0 R", whole.corpos[whole.catalogo]))
    fluxo = re.sub(rb"(?<=NPages>)\d+", b"%d" % paginas, whole.fluxos[number])
    whole.corpos[number] = re.sub(rb"(?<=/Length )\d+", b"%d" % len(fluxo), whole.corpos[number])
    whole.fluxos[number] = fluxo


def _write(whole: _Parte) -> bytes:
    """The file: streams as they are, everything else packed, and a table that says where each object is."""
    out, where = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {0: (0, 0, 65535)}

    def put(number: int, corpo: bytes, fluxo: bytes) -> None:
        where[number] = (1, len(out), 0)
        out.extend(b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, corpo, fluxo))

    for number, fluxo in whole.fluxos.items():
        put(number, whole.corpos[number], fluxo)
    plain = [number for number in whole.corpos if number not in whole.fluxos]
    free = len(whole.corpos) + 1
    for begin in range(0, len(plain), _POR_FLUXO):
        held = plain[begin : begin + _POR_FLUXO]
        heads, packed = [], bytearray()
        for place, number in enumerate(held):
            where[number] = (2, free, place)
            heads.append(b"%d %d" % (number, len(packed)))
            packed += whole.corpos[number] + b"\n"
        head = b" ".join(heads) + b"\n"
        data = zlib.compress(head + bytes(packed), 9)
        about = b"<</Type/ObjStm/N %d/First %d/Length %d/Filter/FlateDecode>>" % (len(held), len(head), len(data))
        put(free, about, data)
        free += 1
    start = len(out)
    where[free] = (1, start, 0)
    rows = b"".join(b"%c%s%s" % (kind, a.to_bytes(4, "big"), b.to_bytes(2, "big")) for kind, a, b in
                    (where[number] for number in range(free + 1)))  # fmt: skip
    table, mark = zlib.compress(rows, 9), hashlib.sha256(out).hexdigest()[:32].upper().encode()
    about = b"<</Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]/Length %d/Filter/FlateDecode>>" % (
        free + 1, whole.catalogo, whole.info, mark, mark, len(table),
    )  # fmt: skip
    put(free, about, table)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _grab(pattern: bytes, where: bytes) -> bytes:
    found = re.search(pattern, where, re.DOTALL)
    assert found is not None, f"the compiler writes {pattern!r} no longer"
    return found[1]
