"""The words of a file for formas and categorias, as codes of the studio's two lists.

A word that is in neither list becomes an entry of its own, out of use: "Cartão" is neither crédito nor débito, and what
a month earned by it must still be told. Nothing is offered for new payments that the studio did not choose to offer.
"""

import re
from dataclasses import dataclass, field
from typing import Final, LiteralString

from estudio.db import Connection
from estudio.domain.errors import DadosInvalidos
from estudio.domain.nomes import normalise_nome
from estudio.services.import_registros import Rotulo

NOVOS: Final = 20
"""More unknown words than this are not words of a studio: the wrong column was taken for them."""

_MAIOR_CODIGO: Final = 30

# As version 4's pages and people wrote them. A word that is a code (Pix, Crédito, Débito) needs no line.
_APELIDOS: Final = {
    "formas": {
        "cartao credito": "credito",
        "cartao debito": "debito",
        "transferencia bancaria": "transferencia",
        "ted": "transferencia",
        "doc": "transferencia",
        "especie": "dinheiro",
        "outro": "outros",
        "outra": "outros",
    },
    "categorias": {"outro": "outros", "outra": "outros"},
}
_LISTS: Final[dict[str, LiteralString]] = {
    "formas": "select codigo, rotulo from estudio.formas",
    "categorias": "select codigo, rotulo from estudio.categorias",
}


@dataclass
class Codigos:
    """One of the two lists, and what a file adds to it (`novos`: code → words)."""

    lista: str
    codigos: set[str]
    por_rotulo: dict[str, str]
    novos: dict[str, str] = field(default_factory=dict)
    _found: dict[Rotulo, str] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection, lista: str) -> "Codigos":
        rows = connection.execute(_LISTS[lista]).fetchall()
        return cls(lista, {codigo for codigo, _ in rows}, {normalise_nome(rotulo): codigo for codigo, rotulo in rows})

    def get(self, rotulo: Rotulo) -> str:
        """The code of these words, a new one where nothing means them. Raises DadosInvalidos for too many new ones."""
        if rotulo not in self._found:
            self._found[rotulo] = self._resolve(rotulo)
        return self._found[rotulo]

    def _resolve(self, rotulo: Rotulo) -> str:
        if rotulo.codigo is not None and rotulo.codigo in self.codigos:
            return rotulo.codigo
        words = normalise_nome(rotulo.rotulo)
        known = self.por_rotulo.get(words) or _APELIDOS[self.lista].get(words)
        slug = re.sub("[^a-z0-9]+", "_", words).strip("_")[:_MAIOR_CODIGO].strip("_")
        if known is None and rotulo.codigo is None and slug in self.codigos - self.novos.keys():
            known = slug
        if known is not None and known in self.codigos:
            return known
        if len(self.novos) == NOVOS:
            raise DadosInvalidos(
                f"“{rotulo.rotulo[:40]}” não está na lista de {self.lista}, e outros {NOVOS} do arquivo também não. "
                "Confira se a coluna é essa mesma."
            )
        codigo = rotulo.codigo or self._free(slug or self.lista)
        self.codigos.add(codigo)
        self.por_rotulo[words] = codigo
        self.novos[codigo] = rotulo.rotulo
        return codigo

    def _free(self, slug: str) -> str:
        """Two words may give one slug (`Pix!`, `Pix?`): the second is numbered."""
        codigo, number = slug, 1
        while codigo in self.codigos:
            number += 1
            codigo = f"{slug[: _MAIOR_CODIGO - 3]}_{number}"
        return codigo
