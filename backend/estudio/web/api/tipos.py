"""What goes in and out: money and percentages as strings, days in ISO, and nothing that the document does not name."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError

from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor
from estudio.services.historico_consulta import MAIOR_PAGINA

MAIOR_ID: Final = 10**18 - 1

NADA: Final[Any] = None
"""Stands for a field that an edit does not name; nobody can send it."""

_VALOR: Final = r"[0-9]{1,12}(\.[0-9]{1,2})?"
_PERCENTUAL: Final = r"[0-9]{1,3}(\.[0-9]{1,2})?"
_DIA: Final = r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HORA: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_MES: Final = r"20[0-9]{2}-(0[1-9]|1[0-2])"
_CURSOR: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9]{1,18}\.[0-9]{1,18}"
_INTEIRO: Final = r"[0-9]{1,18}"


class Corpo(BaseModel):
    """What is sent: each field of its own type, a name that is not known is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Consulta(BaseModel):
    """What an address asks for; everything in it is text."""

    model_config = ConfigDict(extra="forbid")


class Resposta(BaseModel):
    """What is answered. `null` stands for what is not there, or not for this papel."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


# --- in -------------------------------------------------------------------------------------------------------------


def _read(tipo: str, parse: Callable[[str], Any]) -> BeforeValidator:
    def validate(value: object) -> Any:
        if not isinstance(value, str):
            raise PydanticCustomError("texto_" + tipo, "não é texto")
        try:
            return parse(value)
        except DadosInvalidos as refusal:
            raise PydanticCustomError("recusado", "{mensagem}", {"mensagem": refusal.message}) from None
        except ValueError:
            raise PydanticCustomError(tipo, "não tem a forma") from None

    return BeforeValidator(validate)


def _fullmatch(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text


def _parse_valor(text: str) -> Decimal:
    return Decimal(_fullmatch("-?" + _VALOR, text))


def _parse_percentual(text: str) -> int:
    return int(Decimal(_fullmatch(_PERCENTUAL, text)) * 100)


def _parse_dia(text: str) -> date:
    return date.fromisoformat(_fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text))


def _parse_hora(text: str) -> time:
    return time.fromisoformat(_fullmatch(_HORA, text))


def ensure_texto(text: str) -> str:
    """Refuse what no text of the books can hold."""
    # PostgreSQL keeps no NUL, and UTF-8 no half of a pair.
    if re.search("[\x00\ud800-\udfff]", text):
        raise PydanticCustomError("caractere", "tem o que texto nenhum guarda")
    return text


def _ensure_de_uma_linha(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("caractere", "tem o que não se imprime")
    return text


def _schema(pattern: str, example: str, **rest: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [example], **rest})


Id = Annotated[int, Field(ge=1, le=MAIOR_ID)]
Escolha = Annotated[int, Field(ge=0, le=MAIOR_ID)]
"""The number of a thing, or 0 for none of those that there are."""
Inteiro = Annotated[int, Field(ge=0, le=1_000_000_000)]
Valor = Annotated[Decimal, _read("valor", _parse_valor), _schema(_VALOR, "1234.56")]
"""Whether it is too small or too large the deed says, in its own words."""
Saldo = Annotated[Decimal, _read("valor", _parse_valor), _schema("-?" + _VALOR, "-1234.56")]
Percentual = Annotated[int, _read("percentual", _parse_percentual), _schema(_PERCENTUAL, "33.33")]
Dia = Annotated[date, _read("dia", _parse_dia), _schema(_DIA, "2026-10-15", format="date")]
Hora = Annotated[time, _read("hora", _parse_hora), _schema(_HORA, "14:30")]
Codigo = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,30}$", examples=["pix"])]
Texto = Annotated[str, AfterValidator(ensure_texto), Field(max_length=20_000)]
Nome = Annotated[str, AfterValidator(ensure_texto), Field(min_length=1, max_length=10_000)]


class Mudanca(Corpo):
    """An edit: what is not named stays as it is; `versao` is the one that was read (or the header If-Match)."""

    versao: Id | None = None

    @property
    def campos(self) -> dict[str, Any]:
        """What the edit names."""
        return {name: getattr(self, name) for name in self.model_fields_set if name != "versao"}


IdEscrito = Annotated[
    int,
    _read("inteiro", lambda text: int(_fullmatch(_INTEIRO, text))),
    Field(ge=1, le=MAIOR_ID),
]
Busca = Annotated[str, AfterValidator(_ensure_de_uma_linha), Field(min_length=1, max_length=100)]
Limite = Annotated[
    int,
    _read("inteiro", lambda text: int(_fullmatch(_INTEIRO, text))),
    Field(ge=1, le=MAIOR_PAGINA),
]
Lugar = Annotated[Cursor, _read("lugar", Cursor.parse), _schema(_CURSOR, "2026-10-15.42.0")]
Sim = Annotated[
    bool,
    _read("sim", lambda text: {"true": True, "false": False}.get(text) if text in ("true", "false") else int(text)),
    WithJsonSchema({"type": "string", "enum": ["true", "false"]}),
]


class _Mes:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(Competencia)


Mes = Annotated[Competencia, _Mes, _read("mes", Competencia.parse), _schema(_MES, "2026-10")]


# --- out ------------------------------------------------------------------------------------------------------------


def _write_percentual(percentual: int) -> str:
    inteiros, decimos = divmod(percentual, 100)
    return f"{inteiros}.{decimos:02d}"


def _write_instante(instante: datetime) -> str:
    return instante.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


Quantia = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["1234.56"]}),
]
Parte = Annotated[
    int,
    PlainSerializer(_write_percentual, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}\.[0-9]{2}$", "examples": ["33.33"]}),
]
Horario = Annotated[time, PlainSerializer(lambda hora: f"{hora:%H:%M}", return_type=str), _schema(_HORA, "14:30")]
Instante = Annotated[
    datetime,
    PlainSerializer(_write_instante, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Proxima = Annotated[
    str | None,
    Field(description="depois=", json_schema_extra={"examples": ["2026-10-15.42.0"]}),
    BeforeValidator(lambda cursor: None if cursor is None else str(cursor)),
]
"""Where the next page begins; null after the last one."""
