"""How a deed becomes an address: one declaration says who may, what goes in and what comes out, and nothing else does.

The route, the guard and the document are all made of it. What goes in and out is read off the function's own types.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar, get_type_hints

from flask import Blueprint, Response, abort, g, request
from flask_babel import LazyString
from pydantic import BaseModel
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.ficha import Escopo
from estudio.domain.usuario import Papel, Quem
from estudio.services.ficha_service import Entrada
from estudio.services.idempotencia_service import once
from estudio.web.api.pedidos import JSON, ensure_sem_consulta, find_versao, parse_consulta, parse_corpo, read_json
from estudio.web.api.tipos import Consulta, Corpo, Resposta
from estudio.web.transactions import reading, writing

Deed = TypeVar("Deed", bound=Callable[..., Any])

CHAVE: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """One address with one method: the door, the deed and its types."""

    endpoint: str
    metodo: str
    caminho: str
    escopo: Escopo
    papeis: frozenset[Papel]
    resumo: LazyString
    deed: Callable[..., Any]
    status: int
    partes: Mapping[str, type]
    """The variable parts of the address, by name: a number, a month or one of a list."""
    consulta: type[Consulta] | None
    corpo: type[Corpo] | None
    resposta: type[Resposta] | None
    com_versao: bool
    dados: frozenset[str]
    """What the deed asks for by name."""

    @property
    def is_leitura(self) -> bool:
        return self.metodo == "GET"


class Sala:
    """The addresses of one thing: a Blueprint, and the declarations that it is made of."""

    def __init__(self, nome: str, caminho: str, titulo: LazyString) -> None:
        self.nome, self.caminho, self.titulo = nome, caminho, titulo
        self.blueprint = Blueprint(nome, __name__, url_prefix=caminho)
        self.rotas: list[Rota] = []

    def get(self, caminho: str, papeis: frozenset[Papel], resumo: LazyString) -> Callable[[Deed], Deed]:
        return self._declare("GET", caminho, papeis, Escopo.LEITURA, 200, resumo)

    def post(
        self, caminho: str, papeis: frozenset[Papel], resumo: LazyString, *, status: int = 201
    ) -> Callable[[Deed], Deed]:
        return self._declare("POST", caminho, papeis, Escopo.REGISTRO, status, resumo)

    def patch(self, caminho: str, papeis: frozenset[Papel], resumo: LazyString) -> Callable[[Deed], Deed]:
        return self._declare("PATCH", caminho, papeis, Escopo.REGISTRO, 200, resumo)

    def put(self, caminho: str, papeis: frozenset[Papel], resumo: LazyString) -> Callable[[Deed], Deed]:
        return self._declare("PUT", caminho, papeis, Escopo.REGISTRO, 200, resumo)

    def delete(
        self,
        caminho: str,
        papeis: frozenset[Papel],
        resumo: LazyString,
        *,
        escopo: Escopo = Escopo.EXCLUSAO,
    ) -> Callable[[Deed], Deed]:
        """What takes away asks for a scope of its own, unless it is undone as simply as it was done."""
        return self._declare("DELETE", caminho, papeis, escopo, 204, resumo)

    def _declare(
        self, metodo: str, caminho: str, papeis: frozenset[Papel], escopo: Escopo, status: int, resumo: LazyString
    ) -> Callable[[Deed], Deed]:
        def declare(deed: Deed) -> Deed:
            # Two things in one module have two `create`: `create_estorno` is the one of estornos.
            nome = deed.__name__.partition("_")[0]
            hints = get_type_hints(deed)
            answered = hints.pop("return")
            resposta = None if answered is type(None) else answered
            partes = {name: hints[name] for name in hints if name not in _DADOS}
            rota = Rota(
                endpoint=f"api.{self.nome}.{nome}",
                metodo=metodo,
                caminho=self.caminho + caminho,
                escopo=escopo,
                papeis=papeis,
                resumo=resumo,
                deed=deed,
                status=200 if status == 204 and resposta is not None else status,
                partes=partes,
                consulta=hints.get("consulta"),
                corpo=hints.get("corpo"),
                resposta=resposta,
                com_versao="versao" in hints,
                dados=frozenset(hints),
            )
            self.rotas.append(rota)
            self.blueprint.add_url_rule(caminho, nome, lambda **partes: _answer(rota, partes), methods=[metodo])
            return deed

        return declare


_DADOS: Final = frozenset({"session", "quem", "consulta", "corpo", "versao"})


def get_entrada() -> Entrada:
    """Who is at the door; behind the guard there always is somebody."""
    entrada: Entrada = g.entrada
    return entrada


def _answer(rota: Rota, partes: dict[str, Any]) -> Response:
    quem = get_entrada().as_quem()
    dados: dict[str, Any] = {name: _parse_parte(rota.partes[name], part) for name, part in partes.items()}
    if rota.consulta is not None:
        dados["consulta"] = parse_consulta(rota.consulta)
    else:
        ensure_sem_consulta()
    if rota.is_leitura:
        with reading() as session:
            return _respond(rota, _dump(_call(rota, session, quem, dados)))
    payload = read_json()
    # An address that takes nothing refuses whatever comes along, as the others refuse what they do not know.
    corpo = parse_corpo(rota.corpo or Corpo, payload)
    if rota.corpo is not None:
        dados["corpo"] = corpo
    if rota.com_versao:
        dados["versao"] = find_versao(getattr(corpo, "versao", None))
    return _respond(rota, writing(lambda session: _do(session, rota, quem, dados, payload)))


def _do(
    session: Session, rota: Rota, quem: Quem, dados: dict[str, Any], payload: dict[str, Any]
) -> dict[str, Any] | None:
    """Do it; with a key once, and tell the second time what was told the first."""
    chave = request.headers.get(CHAVE) if rota.metodo == "POST" else None
    if chave is None:
        return _dump(_call(rota, session, quem, dados))

    def deed() -> dict[str, Any]:
        return {"corpo": _dump(_call(rota, session, quem, dados))}

    asked = f"{rota.metodo} {request.path}"
    feito = once(session, quem=quem, chave=chave, rota=asked, corpo=payload, deed=deed)
    told: dict[str, Any] | None = feito.resultado["corpo"]
    return told


def _call(rota: Rota, session: Session, quem: Quem, dados: dict[str, Any]) -> BaseModel | None:
    given = {"session": session, "quem": quem} | dados
    answer: BaseModel | None = rota.deed(**{name: value for name, value in given.items() if name in rota.dados})
    return answer


def _parse_parte(kind: type, text: Any) -> Any:
    if kind is Competencia:
        return Competencia.parse(text)
    if issubclass(kind, StrEnum):
        if text not in set(kind):
            abort(404)
        return kind(text)
    return text


def _dump(answer: BaseModel | None) -> dict[str, Any] | None:
    return None if answer is None else answer.model_dump(mode="json")


def _respond(rota: Rota, corpo: dict[str, Any] | None) -> Response:
    if corpo is None:
        return Response(status=204)
    written = json.dumps(corpo, ensure_ascii=False, separators=(",", ":")) + "\n"
    response = Response(written, rota.status, content_type=JSON)
    if isinstance(versao := corpo.get("versao"), int):
        response.headers["ETag"] = f'"{versao}"'
    return response
