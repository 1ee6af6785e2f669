"""Copies outside: which files of BACKUP_DIR have one, how both are called, and the label that says what a copy is of.

`COPY_DIR/2025_09/backup_2025_09.<sha12>.csv.age` is the file, encrypted to the key of the printed sheet; beside it lies
its label, `….csv.age.json`. The label is put in place last: a copy without one is nobody's.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from estudio.domain.backup_completo import NAME as DUMP
from estudio.domain.backup_completo import PASTA
from estudio.domain.errors import CopiaDanificada

MARCA: Final = "copias-do-estudio.json"
"""Only in a folder that was prepared: where the disk is not mounted there is none."""

EXT: Final = ".age"
ETIQUETA: Final = ".age.json"

MAX_ETIQUETA: Final = 64 * 1024

_MES: Final = r"(20[0-9]{2}_(?:0[1-9]|1[0-2]))"
_CONTEUDO: Final = re.compile(rf"{_MES}/backup_\1\.([0-9a-f]{{12}})\.(csv|csv\.gz|json)")
_VIGENTE: Final = re.compile(rf"{_MES}/backup_\1\.json")
_COMPLETO: Final = re.compile(rf"{PASTA}/(?:{DUMP.pattern}|{DUMP.pattern.removesuffix('dump')}json)")
_LOG: Final = re.compile(r"(selos|eliminacoes)(_antes_[0-9A-Za-z_-]{1,40})?\.log")


def is_copiavel(caminho: str) -> bool:
    """Whether a path relative to BACKUP_DIR is one of those that are copied. No other is ever written or read."""
    return is_vivo(caminho) or bool(_CONTEUDO.fullmatch(caminho) or _COMPLETO.fullmatch(caminho))


def is_vivo(caminho: str) -> bool:
    """Whether its bytes change under one name; all others say in their name what they hold, and never change."""
    return bool(_VIGENTE.fullmatch(caminho) or _LOG.fullmatch(caminho))


def find_log(caminho: str) -> str | None:
    """`selos` or `eliminacoes`, of the log itself and of one that was put aside: such a file is only appended to."""
    found = _LOG.fullmatch(caminho)
    return found[1] if found else None


def find_sha12(caminho: str) -> str | None:
    """The beginning of the sha256 of these very bytes, where the name says it."""
    if caminho.endswith(".csv") and (found := _CONTEUDO.fullmatch(caminho)):
        return found[2]
    return caminho.split(".")[-2] if caminho.endswith(".dump") and _COMPLETO.fullmatch(caminho) else None


def order_of(caminho: str) -> tuple[int, str]:
    """What is copied, and brought back, first: at no moment is there a manifest without what it speaks of."""
    if _VIGENTE.fullmatch(caminho):
        return 2, caminho
    # A log that was begun anew comes after the one that was put aside: its copy takes the place of that one's.
    log = _LOG.fullmatch(caminho)
    return int(caminho.endswith(".json") or (log is not None and log[2] is None)), caminho


@dataclass(frozen=True, slots=True)
class Marca:
    """What a prepared folder says of itself."""

    estudio_id: str
    estudio: str
    destinatario: str

    def as_bytes(self) -> bytes:
        return _dump({"formato": "copias/1", "estudio_id": self.estudio_id, "estudio": self.estudio,
                      "destinatario": self.destinatario})  # fmt: skip

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Raises ValueError."""
        corpo = _load(payload)
        return cls(_text(corpo, "estudio_id"), _text(corpo, "estudio"), _text(corpo, "destinatario"))


@dataclass(frozen=True, slots=True)
class Etiqueta:
    """What one copy is of, and what was read back of it."""

    caminho: str
    tamanho: int
    sha256: str
    cifrado_bytes: int
    cifrado_sha256: str
    destinatario: str
    enviada_em: datetime
    conferida_em: datetime

    @property
    def aside(self) -> str:
        """What the copy of a log is called that no longer continues it; the same each time, and like no other."""
        return f"{find_log(self.caminho)}_antes_{self.enviada_em:%Y%m%d%H%M%S}_{self.sha256[:12]}.log"

    def as_bytes(self) -> bytes:
        return _dump(
            {
                "formato": "copia/1",
                "caminho": self.caminho,
                "bytes": self.tamanho,
                "sha256": self.sha256,
                "cifrado_bytes": self.cifrado_bytes,
                "cifrado_sha256": self.cifrado_sha256,
                "destinatario": self.destinatario,
                "enviada_em": self.enviada_em.isoformat(timespec="seconds"),
                "conferida_em": self.conferida_em.isoformat(timespec="seconds"),
            }
        )

    @classmethod
    def parse(cls, payload: bytes, *, caminho: str) -> Self:
        """The label that lies beside the copy of `caminho`. Raises CopiaDanificada."""
        try:
            corpo = _load(payload)
            if corpo["caminho"] != caminho:
                raise ValueError("caminho")
            instants = [datetime.fromisoformat(_text(corpo, name)) for name in ("enviada_em", "conferida_em")]
            if any(instant.tzinfo is None for instant in instants):
                raise ValueError("instante")
            return cls(
                caminho,
                _whole(corpo, "bytes"),
                _sha256(corpo, "sha256"),
                _whole(corpo, "cifrado_bytes"),
                _sha256(corpo, "cifrado_sha256"),
                _text(corpo, "destinatario"),
                *instants,
            )
        except (ValueError, KeyError) as error:
            raise CopiaDanificada(arquivo=caminho + ETIQUETA, motivo="a etiqueta não pode ser lida") from error


def _dump(corpo: dict[str, object]) -> bytes:
    return json.dumps(corpo, ensure_ascii=False, indent=1).encode() + b"\n"


def _load(payload: bytes) -> dict[str, Any]:
    try:
        corpo = json.loads(payload)
    except RecursionError as error:
        raise ValueError("fundo") from error
    if not isinstance(corpo, dict):
        raise ValueError("objeto")
    return corpo


def _text(corpo: dict[str, Any], name: str) -> str:
    if not isinstance(corpo.get(name), str):
        raise ValueError(name)
    return str(corpo[name])


def _whole(corpo: dict[str, Any], name: str) -> int:
    if type(found := corpo.get(name)) is not int:
        raise ValueError(name)
    return found


def _sha256(corpo: dict[str, Any], name: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", found := _text(corpo, name)):
        raise ValueError(name)
    return found
