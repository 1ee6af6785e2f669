"""A backup: a file and its proof. How both are named, and the manifest that says what the file must be.

`BACKUP_DIR/2025_09/` holds the bytes under the name of their content (`backup_2025_09.<sha12>.csv`, never rewritten),
the manifest beside them, and both once more under the familiar name of version 4. The manifest under its familiar name
is the last to be put in place: that is the commit of the pair. The rows of the sheet are in `backup_planilha`.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem, describe_contagens, split_acertos
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import CompetenciaInvalida, ManifestoDanificado, ManifestoDeOutroMes

FORMATO: Final = "backup/1"
COM_ACERTOS: Final = "backup/2"
"""What a program of before acertos cannot count: it says so instead of counting wrong. A month without has none."""


def folder_name(competencia: Competencia) -> str:
    """`2025_09`."""
    return f"{competencia.ano:04d}_{competencia.mes:02d}"


def familiar_name(competencia: Competencia, ext: str) -> str:
    """`backup_2025_09.csv`, as version 4 named it."""
    return f"backup_{folder_name(competencia)}.{ext}"


def content_name(competencia: Competencia, sha256: str, ext: str) -> str:
    """`backup_2025_09.0123456789ab.csv`."""
    return f"backup_{folder_name(competencia)}.{sha256[:12]}.{ext}"


CONTENT_NAME: Final = re.compile(r"backup_(20[0-9]{2})_(0[1-9]|1[0-2])\.([0-9a-f]{12})\.(csv|csv\.gz|json)")


@dataclass(frozen=True, slots=True)
class Conteudo:
    """Bytes on disk: the name, how many, their sha256."""

    arquivo: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Origem:
    """Which database the rows came from, and by what they were written."""

    estudio_id: str
    estudio: str
    banco: str
    sistema: str
    servidor: str
    programa: str
    esquema: str | None


@dataclass(frozen=True)
class Manifesto:
    """What the file must be: its bytes, what they add up to per day and in total, where and when they came from."""

    contagem: Contagem
    csv: Conteudo
    gz: Conteudo | None
    criado_em: str
    run_id: str
    origem: Origem
    rotulos: dict[str, dict[str, str]]
    """The labels of codes as they stood: {"formas": {"pix": "Pix"…}, "categorias": {…}}."""

    @property
    def competencia(self) -> Competencia:
        return self.contagem.competencia

    def as_bytes(self) -> bytes:
        """The file of the manifest."""
        return render_sealed(self._as_dict())

    @classmethod
    def parse(cls, payload: bytes, *, arquivo: str, competencia: Competencia | None = None) -> "Manifesto":
        """Raises ManifestoDanificado when one byte is not as `as_bytes` writes it, ManifestoDeOutroMes."""
        try:
            corpo = parse_sealed(payload)
            if corpo["formato"] not in (FORMATO, COM_ACERTOS):
                raise ManifestoDanificado(arquivo=arquivo, motivo=f"o formato não é {FORMATO} nem {COM_ACERTOS}")
            manifesto = cls._from_dict(corpo)
            # What it says twice (totals and days, counts and totals) agrees.
            coherent = manifesto.as_bytes() == payload
        except _NOT_OURS as error:
            raise ManifestoDanificado(arquivo=arquivo, motivo="não é o manifesto que foi gravado") from error
        if not coherent:
            raise ManifestoDanificado(arquivo=arquivo, motivo="os seus números não concordam entre si")
        if competencia is not None and manifesto.competencia != competencia:
            found = manifesto.competencia.label
            raise ManifestoDeOutroMes(arquivo=arquivo, esperado=competencia.label, encontrado=found)
        return manifesto

    def _as_dict(self) -> dict[str, Any]:
        receita, comissoes, despesas = (self.contagem.totais[i] for i in range(3))
        return {
            "formato": COM_ACERTOS if split_acertos(self.contagem.totais)[0] else FORMATO,
            "mes": self.competencia.slug,
            **_as_dict(self.csv),
            "gz": _as_dict(self.gz) if self.gz else None,
            "contagens": describe_contagens(self.contagem.totais),
            "totais": {
                "receita_total": str(from_centavos(receita)),
                "comissoes_total": str(from_centavos(comissoes)),
                "despesas_total": str(from_centavos(despesas)),
                "saldo": str(from_centavos(receita - despesas)),
                "receita_liquida": str(from_centavos(receita - comissoes - despesas)),
            },
            "conteudo_sha256": self.contagem.conteudo_sha256,
            "criado_em": self.criado_em,
            "run_id": self.run_id,
            "origem": {campo: getattr(self.origem, campo) for campo in Origem.__slots__},
            "rotulos": self.rotulos,
            "totais_canonicos": self.contagem.totais,
            "por_dia": self.contagem.por_dia_canonical,
        }

    @classmethod
    def _from_dict(cls, corpo: dict[str, Any]) -> "Manifesto":
        gz, competencia = corpo["gz"], Competencia.parse(corpo["mes"])
        return cls(
            Contagem.from_stored(competencia, corpo["por_dia"], corpo["totais_canonicos"]),
            _parse_conteudo(corpo, content_name(competencia, corpo["sha256"], "csv")),
            _parse_conteudo(gz, content_name(competencia, corpo["sha256"], "csv.gz")) if gz is not None else None,
            str(corpo["criado_em"]),
            str(corpo["run_id"]),
            Origem(**{campo: corpo["origem"][campo] for campo in Origem.__slots__}),
            {tipo: {str(c): str(r) for c, r in corpo["rotulos"][tipo].items()} for tipo in ("formas", "categorias")},
        )


# What a JSON document of any other shape runs into.
_NOT_OURS: Final = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError, CompetenciaInvalida,
)  # fmt: skip


@dataclass(frozen=True)
class Guardado:
    """A backup as it lies on disk: the bytes' path and what its manifest claims. Believed only once it was read."""

    caminho: Path
    manifesto: Manifesto

    @property
    def competencia(self) -> Competencia:
        return self.manifesto.competencia


@dataclass(frozen=True)
class Prova:
    """A backup that was read from disk, whole: `contagem` was computed from its rows and is the manifest's."""

    guardado: Guardado
    contagem: Contagem

    def as_sealed(self) -> dict[str, str]:
        """What a closing keeps of its backup."""
        csv = self.guardado.manifesto.csv
        return {"conteudo_sha256": self.contagem.conteudo_sha256, "arquivo": csv.arquivo, "sha256": csv.sha256}


def _as_dict(conteudo: Conteudo) -> dict[str, Any]:
    return {"arquivo": conteudo.arquivo, "bytes": conteudo.bytes, "sha256": conteudo.sha256}


def _parse_conteudo(corpo: dict[str, Any], name: str) -> Conteudo:
    # The name is opened in the manifest's own folder: it is the one that we would give, and no path.
    if corpo["arquivo"] != name or not re.fullmatch("[0-9a-f]{64}", corpo["sha256"]):
        raise ValueError(corpo["arquivo"])
    return Conteudo(name, int(corpo["bytes"]), corpo["sha256"])


def render_sealed(corpo: dict[str, Any]) -> bytes:
    """A JSON file that names its own sha256, so that an edited one is found."""
    return _render({**corpo, "manifesto_sha256": hashlib.sha256(_render(corpo)).hexdigest()})


def parse_sealed(payload: bytes) -> dict[str, Any]:
    """Undoes `render_sealed`. Raises ValueError when one byte is not as that wrote it."""
    corpo = json.loads(payload)
    if not isinstance(corpo, dict) or corpo.pop("manifesto_sha256", None) is None or render_sealed(corpo) != payload:
        raise ValueError("not as it was written")
    return corpo


def _render(corpo: dict[str, Any]) -> bytes:
    return (json.dumps(corpo, ensure_ascii=False, indent=1) + "\n").encode()
