"""The rows of a closed month as its documents tell them: the sealed columns, under the names that were sealed.

The rows stand in the books, where no path changes them while the month is closed. They are counted once more on their
way: what does not give the sealed content is handed to nobody.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import Tipo, name_acerto
from estudio.domain.backup_planilha import SELADAS
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.codigos import OUTROS
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador
from estudio.domain.contagem_linhas import Linha as Selada
from estudio.domain.errors import IntegrityBroken, NaoFechado
from estudio.domain.extrato import Extrato, find_vigente
from estudio.domain.usuario import Quem
from estudio.services.backup_lote import as_faixa, stream_rows
from estudio.services.batch_processing import get_batch_size, process_records_in_batches

TIPOS: Final = {
    "pagamento": "pagamentos", "comissao": "comissoes", "sessao": "sessoes", "gasto": "gastos", "acerto": "acertos",
}  # fmt: skip
"""Type of a row → the statement that reads them (`backup_…`), in the order in which documents are given them."""

_DESCRICAO: Final = {"gasto": 7, "acerto": 7}
"""The place of a gasto's description, and of an acerto's reason, in its row; of the other kinds no free text leaves the
books."""


class Linha(NamedTuple):
    """One row of any kind, None where its kind has no such thing. `dia` is the day that counts, `valor` centavos.

    `percentual` is hundredths. `data` is a sessão's own day. `selada` is what `Contador` counts of it.
    """

    tipo: str
    id: int
    dia: date
    valor: int
    selada: Selada
    percentual: int | None = None
    cliente_id: int | None = None
    cliente: str | None = None
    artista_id: int | None = None
    artista: str | None = None
    forma: str | None = None
    forma_rotulo: str | None = None
    categoria: str | None = None
    categoria_rotulo: str | None = None
    descricao: str | None = None
    pagamento_id: int | None = None
    data: date | None = None
    estorno_de: int | None = None


class Documento(Protocol):
    """A file that is being made of a month: it takes rows in batches of one kind, in the order of `TIPOS`."""

    def add(self, linhas: list[Linha]) -> None: ...


@dataclass
class MesFechado:
    """A month whose version stands, and the names beside its seal."""

    extrato: Extrato
    nomes: dict[tuple[str, str], str]
    _cliente_de: dict[int, int | None] = field(default_factory=dict)

    @property
    def competencia(self) -> Competencia:
        return self.extrato.competencia

    def name(self, tipo: str, chave: object) -> str:
        """The sealed name; of what was sealed without one its code, or kind and number, never the name of today."""
        unnamed = f"{tipo.capitalize()} {chave}" if tipo in ("artista", "cliente") else str(chave)
        return self.nomes.get((tipo, str(chave)), unnamed)

    def tell(self, tipo: str, row: tuple[Any, ...]) -> Linha:
        """A row of `backup_…` under sealed names. A comissão's cliente is that of its pagamento, told before it."""
        selada = SELADAS[tipo](row)
        id_, dia, valor, *rest = selada
        tells: dict[str, Callable[[int, list[Any]], dict[str, Any]]] = {
            "pagamento": self._tell_pagamento,
            "comissao": self._tell_comissao,
            "sessao": self._tell_sessao,
            "gasto": self._tell_gasto,
            "acerto": lambda _id, rest: self._tell_acerto(valor, rest),
        }
        descricao = row[_DESCRICAO[tipo]] if tipo in _DESCRICAO else None
        return Linha(tipo, id_, dia, valor, selada, descricao=descricao, **tells[tipo](id_, rest))

    def _tell_pagamento(self, id_: int, rest: list[Any]) -> dict[str, Any]:
        forma, artista_id, cliente_id, percentual, estorno_de = rest
        self._cliente_de[id_] = cliente_id
        pessoas = self._tell_pessoas(artista_id, cliente_id)
        return {**pessoas, **self._tell_forma(forma), "percentual": percentual, "estorno_de": estorno_de}

    def _tell_comissao(self, _id: int, rest: list[Any]) -> dict[str, Any]:
        pagamento_id, artista_id, percentual = rest
        pessoas = self._tell_pessoas(artista_id, self._cliente_de[pagamento_id])
        return {**pessoas, "pagamento_id": pagamento_id, "percentual": percentual}

    def _tell_sessao(self, _id: int, rest: list[Any]) -> dict[str, Any]:
        pagamento_id, data, artista_id, cliente_id = rest
        return {**self._tell_pessoas(artista_id, cliente_id), "pagamento_id": pagamento_id, "data": data}

    def _tell_gasto(self, _id: int, rest: list[Any]) -> dict[str, Any]:
        forma, categoria = rest
        counted = categoria or OUTROS
        return {
            **self._tell_forma(forma),
            "categoria": counted,
            "categoria_rotulo": self.name("categoria", counted),
        }

    def _tell_acerto(self, valor: int, rest: list[Any]) -> dict[str, Any]:
        artista_id, de_que_tipo, forma, pagamento_id = rest
        return {
            **({} if forma is None else self._tell_forma(forma)),
            "artista_id": artista_id,
            "artista": self.name("artista", artista_id),
            "categoria": de_que_tipo,
            "categoria_rotulo": name_acerto(Tipo(de_que_tipo), valor),
            "pagamento_id": pagamento_id,
        }

    def _tell_pessoas(self, artista_id: int, cliente_id: int | None) -> dict[str, Any]:
        return {
            "artista_id": artista_id,
            "artista": self.name("artista", artista_id),
            "cliente_id": cliente_id,
            "cliente": NAO_INFORMADO if cliente_id is None else self.name("cliente", cliente_id),
        }

    def _tell_forma(self, forma: str) -> dict[str, Any]:
        return {"forma": forma, "forma_rotulo": self.name("forma", forma)}


def find_mes_fechado(session: Session, competencia: Competencia, *, quem: Quem) -> MesFechado:
    """The version of a month that stands. Raises NaoFechado."""
    quem.ensure_ve_resultado()
    extrato = find_vigente(session, competencia)
    if extrato is None:
        raise NaoFechado(mes=competencia.label)
    return MesFechado(extrato, extrato.nomes_por_chave)


def write_linhas(session: Session, mes: MesFechado, documentos: list[Documento]) -> None:
    """Hand each document all rows of the month, in one pass; memory does not grow with them.

    Raises IntegrityBroken when the rows do not give the sealed content, NaoFechado when it was reopened meanwhile.
    """
    contador = Contador(mes.competencia)

    def hand_out(batch: list[Any], tipo: str) -> None:
        linhas = [mes.tell(tipo, row) for row in batch]
        contador.add(tipo, [linha.selada for linha in linhas])
        for documento in documentos:
            documento.add(linhas)

    for tipo, kind in TIPOS.items():
        with closing(_stream(session, mes.competencia, kind)) as rows:
            for _ in process_records_in_batches(rows, get_batch_size(), hand_out, tipo):
                pass
    if contador.finish().conteudo_sha256 != mes.extrato.conteudo_sha256:
        _refuse(session, mes)


def _stream(session: Session, competencia: Competencia, kind: str) -> Generator[Any, None, None]:
    return stream_rows(db.raw(session), kind, as_faixa(competencia))


def _refuse(session: Session, mes: MesFechado) -> None:
    # Each statement sees its own moment: a reopening may have come between the extrato and its rows.
    estado = session.scalars(select(Extrato.estado).where(Extrato.id == mes.extrato.id)).one()
    if estado != "vigente":
        raise NaoFechado(mes=mes.competencia.label)
    raise IntegrityBroken(
        f"Os registros de {mes.competencia.label} não dão o que foi selado. Rode `estudio extrato verify`: ele diz o "
        "que difere."
    )
