"""The part of the Histórico that an address asks for: which month, whose, paid how. What cannot be meant is refused."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from werkzeug.datastructures import MultiDict

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor, Filtro
from estudio.domain.usuario import Papel, Quem

MAIOR_TEXTO: Final = 100

_MAIOR_ID: Final = 2**63 - 1
_FORMA: Final = "Essa forma de pagamento não existe. Escolha uma da lista."


@dataclass(frozen=True, slots=True)
class Recorte:
    """A filter, and the address parameters that ask for it again. The recepção's is today's day, whatever it asks."""

    filtro: Filtro
    competencia: Competencia
    parametros: dict[str, str] = field(default_factory=dict)
    so_hoje: bool = False
    depois_de: Cursor | None = None

    @classmethod
    def parse(cls, args: MultiDict[str, str], *, quem: Quem) -> Self:
        """Read `mes`, `artista`, `forma`, `q` and `depois`. Raises DadosInvalidos, CompetenciaInvalida."""
        hoje = clock.today()
        given = {name: value for name in ("artista", "forma", "q") if (value := args.get(name, "").strip())}
        rest = {
            "artista_id": parse_id(given["artista"]) if "artista" in given else None,
            "forma": parse_codigo(given["forma"], _FORMA) if "forma" in given else None,
            "texto": parse_texto(given["q"]) if "q" in given else None,
        }
        depois = args.get("depois")
        depois_de = Cursor.parse(depois) if depois else None
        if quem.papel == Papel.RECEPCAO:
            return cls(Filtro.of_day(hoje, **rest), Competencia.of(hoje), given, so_hoje=True, depois_de=depois_de)
        mes = args.get("mes")
        competencia = Competencia.parse(mes) if mes else Competencia.of(hoje)
        return cls(
            Filtro.of_month(competencia, **rest),
            competencia,
            {"mes": competencia.slug, **given},
            depois_de=depois_de,
        )

    def continue_at(self, depois_de: Cursor | None) -> Self:
        return replace(self, depois_de=depois_de)

    def of_versao(self, versao: int) -> Self:
        """The same month as one version of it was closed."""
        return replace(self, parametros=self.parametros | {"versao": str(versao)})

    @property
    def is_filtrado(self) -> bool:
        """Whether this is less than the whole period: totals are then of what is shown, and the page says so."""
        return bool(self.parametros.keys() - {"mes", "versao", "em"})


def select_recorte(mes: str, em: datetime, *, quem: Quem) -> Recorte:
    """What a person sees of a month at an instant. Raises CompetenciaInvalida."""
    recorte = Recorte.parse(MultiDict({"mes": mes}), quem=quem)
    slug = recorte.competencia.slug if recorte.so_hoje else Competencia.parse(mes).slug
    return replace(recorte, parametros={"mes": slug, "em": clock.to_local(em).isoformat()})


def parse_id(text: str) -> int:
    """An artista's number, as an address holds it. Raises DadosInvalidos."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= _MAIOR_ID):
        raise DadosInvalidos("Esse artista não existe. Escolha um da lista.", motivo="artista")
    return int(text)


def parse_codigo(text: str, sentence: str) -> str:
    """The code of a forma or of a categoria, as an address holds it. Raises DadosInvalidos, with the sentence."""
    if not re.fullmatch("[a-z0-9_]{1,30}", text):
        raise DadosInvalidos(sentence, motivo="codigo")
    return text


def parse_texto(text: str) -> str:
    """The words that are searched, as an address holds them. Raises DadosInvalidos."""
    if len(text) > MAIOR_TEXTO or not text.isprintable():
        raise DadosInvalidos(sentence="Procure por até {limite} letras.", limite=MAIOR_TEXTO, motivo="texto")
    return text
