"""What became of rows, as a page says it: which came in, went out or changed, and each field before and after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from werkzeug.datastructures import MultiDict

from estudio.domain.acerto import Tipo
from estudio.domain.codigos import OUTROS
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import DadosInvalidos
from estudio.domain.passado import Campo, Marco, Mudanca, Mudancas, Sentido
from estudio.services.extrato_leitura import Nomes
from estudio.services.passado_especies import TIPOS
from estudio.services.passado_leitura import name_artista, name_cliente
from estudio.web.acerto_form import NOMES as ACERTOS
from estudio.web.acerto_form import name_tipo
from estudio.web.filters import format_cliente, format_dia, format_dinheiro, format_percentual
from estudio.web.language import gettext as _
from estudio.web.sessao_texto import SITUACOES


class CampoMudado(NamedTuple):
    nome: str
    antes: str
    depois: str


class LinhaMudada(NamedTuple):
    """One row. `titulo` is whose it is, or what was bought; `alvo` the number of what is opened to see it."""

    sentido: str
    tipo: str
    id: int
    alvo: int
    titulo: str
    dia: date
    artista: str | None
    valor: Decimal
    campos: Sequence[CampoMudado]


@dataclass(frozen=True, slots=True)
class FolhaDeMudancas:
    """A page of the changes, how many there are of each sense, and where the next page begins."""

    linhas: Sequence[LinhaMudada]
    contagens: Mapping[Sentido, int]
    proxima: Marco | None
    primeira: bool


def parse_marco(args: MultiDict[str, str]) -> Marco | None:
    """After which change the page that is asked for begins; None for the first. Raises ValueError."""
    depois = args.get("depois")
    if not depois:
        return None
    try:
        marco = Marco.parse(depois)
    except DadosInvalidos:
        raise ValueError(depois) from None
    if marco.tipo not in TIPOS:
        raise ValueError(depois)
    return marco


def prepare_mudancas(mudancas: Mudancas, nomes: Nomes, *, primeira: bool) -> FolhaDeMudancas:
    return FolhaDeMudancas(
        [_prepare(mudanca, nomes) for mudanca in mudancas.linhas], mudancas.contagens, mudancas.proxima, primeira
    )


def _prepare(mudanca: Mudanca, nomes: Nomes) -> LinhaMudada:
    registro = mudanca.registro
    campos, contexto = registro.campos, registro.contexto
    artista = name_artista(campos["artista_id"], nomes) if "artista_id" in campos else None
    de_quem = {**contexto, **campos}
    if "cliente_id" in de_quem:
        titulo = format_cliente(name_cliente(de_quem["cliente_id"], nomes))
    elif registro.tipo == "acerto":
        titulo = name_tipo(Tipo(campos["tipo"]), from_centavos(registro.valor))
    else:
        titulo = registro.notas.get("descricao") or artista or ""
    return LinhaMudada(
        mudanca.sentido,
        registro.tipo,
        registro.id,
        campos["pagamento_id"] if registro.tipo == "comissao" else registro.id,
        titulo,
        registro.dia,
        artista,
        from_centavos(registro.valor),
        [_tell(campo, nomes) for campo in mudanca.campos],
    )


def _tell(campo: Campo, nomes: Nomes) -> CampoMudado:
    write = _VALORES.get(campo.nome, _write_text)
    antes, depois = (
        "–" if valor is None and campo.nome not in _SEM_VALOR else write(valor, nomes)
        for valor in (campo.antes, campo.depois)
    )
    return CampoMudado(campo.nome, antes, depois)


def _name_codigo(tipo: str) -> Callable[[Any, Nomes], str]:
    return lambda codigo, nomes: nomes.get((tipo, codigo or OUTROS), codigo or OUTROS)


def _write_text(valor: Any, _nomes: Nomes) -> str:
    return str(valor)


def _number_pagamento(id_: Any, _nomes: Nomes) -> str:
    return _("pagamento %(numero)s", numero=id_)


_SEM_VALOR: Final = frozenset({"cliente_id", "categoria"})
"""Fields in which nothing has a name of its own."""

_VALORES: Final[Mapping[str, Callable[[Any, Nomes], str]]] = {
    "dia": lambda dia, _nomes: format_dia(dia),
    "data": lambda dia, _nomes: format_dia(dia),
    "valor": lambda centavos, _nomes: format_dinheiro(from_centavos(centavos)),
    "percentual": lambda percentual, _nomes: format_percentual(percentual),
    "artista_id": name_artista,
    "cliente_id": lambda id_, nomes: format_cliente(name_cliente(id_, nomes)),
    "forma": _name_codigo("forma"),
    "categoria": _name_codigo("categoria"),
    "pagamento_id": _number_pagamento,
    "payment_id": _number_pagamento,
    "estorno_de": _number_pagamento,
    "tipo": lambda tipo, _nomes: str(ACERTOS[Tipo(tipo)]),
    # Free text may speak of anybody's health: that it changed is told, and not what it says.
    "observacoes": lambda _texto, _nomes: _("um texto"),
    "motivo": lambda _texto, _nomes: _("um texto"),
    "status": lambda status, _nomes: str(SITUACOES.get(status, status)),
}
