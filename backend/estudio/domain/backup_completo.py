"""A copy of the whole studio: the dump that pg_dump wrote, and the manifest that says what it must be.

The dump holds what no month's sheet does: users, settings, forms, audit, chain. Its manifest names the content of every
month at the dump's own snapshot, so that a restored database is held against it month by month.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from estudio.domain.backup import Conteudo, Origem, parse_sealed, render_sealed
from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaInvalida, ManifestoDanificado

FORMATO: Final = "completo/1"
PASTA: Final = "completo"

NAME: Final = re.compile(r"estudio_[0-9]{8}T[0-9]{6}Z\.[0-9a-f]{12}\.dump")


def dump_name(criado_em: datetime, sha256: str) -> str:
    """`estudio_20261124T050000Z.0123456789ab.dump`."""
    return f"estudio_{criado_em:%Y%m%dT%H%M%SZ}.{sha256[:12]}.dump"


def rank_dump(name: str, *, until: datetime) -> tuple[bool, str]:
    """Orders the names of dumps, the newest last; one that is dated after `until` was written while a clock was ahead,
    says nothing of its age, and comes before all others."""
    return name <= dump_name(until, "~"), name


@dataclass(frozen=True, slots=True)
class Cabeca:
    """The newest link of the chain when the dump was made."""

    seq: int
    selo_sha256: str


@dataclass(frozen=True)
class ManifestoCompleto:
    """What a dump must be."""

    dump: Conteudo
    criado_em: str
    run_id: str
    origem: Origem
    ferramenta: str
    cabeca: Cabeca | None
    meses: dict[str, str]
    """The content hash of each month that held anything, by its slug."""

    def as_bytes(self) -> bytes:
        """The file of the manifest."""
        return render_sealed(
            {
                "formato": FORMATO,
                "arquivo": self.dump.arquivo,
                "bytes": self.dump.bytes,
                "sha256": self.dump.sha256,
                "criado_em": self.criado_em,
                "run_id": self.run_id,
                "origem": {campo: getattr(self.origem, campo) for campo in Origem.__slots__},
                "ferramenta": self.ferramenta,
                "cabeca": {"seq": self.cabeca.seq, "selo_sha256": self.cabeca.selo_sha256} if self.cabeca else None,
                "meses": self.meses,
            }
        )

    @classmethod
    def parse(cls, payload: bytes, *, arquivo: str) -> "ManifestoCompleto":
        """Raises ManifestoDanificado when one byte is not as `as_bytes` writes it."""
        try:
            corpo = parse_sealed(payload)
            if corpo["formato"] != FORMATO:
                raise ManifestoDanificado(arquivo=arquivo, motivo=f"o formato não é {FORMATO}")
            return cls._from_dict(corpo)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, CompetenciaInvalida) as error:
            raise ManifestoDanificado(arquivo=arquivo, motivo="não é o manifesto que foi gravado") from error

    @classmethod
    def _from_dict(cls, corpo: dict[str, Any]) -> "ManifestoCompleto":
        if not NAME.fullmatch(corpo["arquivo"]):
            raise ValueError(corpo["arquivo"])
        return cls(
            Conteudo(corpo["arquivo"], int(corpo["bytes"]), str(corpo["sha256"])),
            str(corpo["criado_em"]),
            str(corpo["run_id"]),
            Origem(**{campo: corpo["origem"][campo] for campo in Origem.__slots__}),
            str(corpo["ferramenta"]),
            Cabeca(int(corpo["cabeca"]["seq"]), str(corpo["cabeca"]["selo_sha256"])) if corpo["cabeca"] else None,
            {Competencia.parse(mes).slug: str(sha256) for mes, sha256 in corpo["meses"].items()},
        )


@dataclass(frozen=True)
class Completo:
    """A dump as it lies on disk, and what its manifest claims."""

    caminho: Path
    manifesto: ManifestoCompleto

    @property
    def estudio_id(self) -> str:
        return self.manifesto.origem.estudio_id

    @property
    def criado_em(self) -> datetime:
        return datetime.fromisoformat(self.manifesto.criado_em)
