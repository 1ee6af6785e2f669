"""What the database already holds of a file: the rows that came from the same place before, and what may be linked.

A row is known by (origem, tipo, id) where it came from another place, and by its own id where the file is a backup of
this very studio. Read with a few statements, whatever the size of the file.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, LiteralString, NamedTuple

from estudio.db import Connection
from estudio.services.import_registros import TIPOS, Leitura


class PagamentoAqui(NamedTuple):
    id: int
    versao: int
    data: date
    valor: int
    forma: str
    artista_id: int
    cliente_id: int | None
    percentual: int | None
    observacoes: str | None
    estorno_de: int | None
    google_event_id: str | None
    criado_por: int | None


class SessaoAqui(NamedTuple):
    id: int
    versao: int
    data: date
    valor: int
    artista_id: int
    cliente_id: int | None
    status: str
    observacoes: str | None
    payment_id: int | None
    google_event_id: str | None
    criado_por: int | None


class ComissaoAqui(NamedTuple):
    id: int
    versao: int
    pagamento_id: int
    artista_id: int
    percentual: int
    valor: int
    observacoes: str | None


class GastoAqui(NamedTuple):
    id: int
    versao: int
    data: date
    valor: int
    descricao: str
    forma: str
    categoria: str | None
    criado_por: int | None


class AcertoAqui(NamedTuple):
    id: int
    versao: int
    data: date
    valor: int
    artista_id: int
    tipo: str
    forma: str | None
    motivo: str | None
    pagamento_id: int | None
    criado_por: int | None


_ROWS: Final[dict[str, tuple[type[Any], LiteralString]]] = {
    "pagamento": (
        PagamentoAqui,
        """select id, versao, data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes, estorno_de,
                  google_event_id, criado_por from estudio.pagamentos where id = any(%s)""",
    ),
    "sessao": (
        SessaoAqui,
        """select id, versao, data, valor_centavos, artista_id, cliente_id, status, observacoes, payment_id,
                  google_event_id, criado_por from estudio.sessoes where id = any(%s)""",
    ),
    "comissao": (
        ComissaoAqui,
        """select id, versao, pagamento_id, artista_id, percentual, valor_centavos, observacoes
           from estudio.comissoes where id = any(%s)""",
    ),
    "gasto": (
        GastoAqui,
        """select id, versao, data, valor_centavos, descricao, forma, categoria, criado_por
           from estudio.gastos where id = any(%s)""",
    ),
    "acerto": (
        AcertoAqui,
        """select id, versao, data, valor_centavos, artista_id, tipo, forma, motivo, pagamento_id, criado_por
           from estudio.acertos where id = any(%s)""",
    ),
}


@dataclass
class Situacao:
    """`conhecidos`: per kind, id in the file → id here (whose row may be gone since). `aqui`: rows by id here."""

    origem: str
    is_propria: bool
    conhecidos: dict[str, dict[int, int]] = field(default_factory=dict)
    aqui: dict[str, dict[int, Any]] = field(default_factory=dict)
    pessoas: dict[tuple[str, str], int] = field(default_factory=dict)
    """(tipo, chave in the origin) → id here, of everybody whom this origin ever named."""
    pendentes: dict[int, int] = field(default_factory=dict)
    """sessão → payment that an earlier file linked it with, by their ids in the origin: one of the two was missing."""
    comissoes_de: dict[int, set[int]] = field(default_factory=dict)
    """payment's id here → artistas who have a comissão of it."""
    recebido_de: dict[int, int] = field(default_factory=dict)
    """payment's id here → the acerto that says that its artista kept the money."""
    estados: dict[date, str] = field(default_factory=dict)

    def find(self, tipo: str, externo: int | None) -> Any:
        """The row here that is this record of the file; None when there is none, or none any more."""
        id_ = self.conhecidos[tipo].get(externo) if externo is not None else None
        return None if id_ is None else self.aqui[tipo].get(id_)

    def was_deleted(self, tipo: str, externo: int) -> bool:
        """It was brought before, and somebody deleted it here."""
        return externo in self.conhecidos[tipo] and self.find(tipo, externo) is None


def get_situacao(connection: Connection, leitura: Leitura) -> Situacao:
    """Ask the database what it knows of the file's records and of those that they point to."""
    row = connection.execute("select estudio_id::text from estudio.identidade").fetchone()
    assert row is not None, "the migrations give a studio its identity"
    situacao = Situacao(leitura.origem, is_propria=leitura.estudio_id == row[0])
    if not situacao.is_propria:
        situacao.pendentes = _load_pendentes(connection, leitura.origem)
        situacao.pessoas = _load_pessoas(connection, leitura.origem)
    for tipo, externos in _list_externos(leitura, situacao.pendentes).items():
        if situacao.is_propria:
            known = {externo: externo for externo in externos}
        else:
            known = _load_conhecidos(connection, leitura.origem, tipo, externos)
        kind, query = _ROWS[tipo]
        situacao.aqui[tipo] = {row[0]: kind._make(row) for row in connection.execute(query, [list(known.values())])}
        if situacao.is_propria:
            known = {id_: id_ for id_ in situacao.aqui[tipo]}
        situacao.conhecidos[tipo] = known
    for pagamento_id, artista_id in connection.execute(
        "select pagamento_id, artista_id from estudio.comissoes where pagamento_id = any(%s)",
        [list(situacao.aqui["pagamento"])],
    ):
        situacao.comissoes_de.setdefault(pagamento_id, set()).add(artista_id)
    situacao.recebido_de = dict(
        connection.execute(
            "select pagamento_id, id from estudio.acertos where pagamento_id = any(%s)",
            [list(situacao.aqui["pagamento"])],
        ).fetchall()
    )
    situacao.estados = dict(connection.execute("select mes, estado from estudio.competencias").fetchall())
    return situacao


def _list_externos(leitura: Leitura, pendentes: dict[int, int]) -> dict[str, set[int]]:
    """The ids of the file, and those that its links name, per kind."""
    externos = {tipo: {record.id for record in leitura.of(tipo)} for tipo in TIPOS}
    links: Iterable[Collection[int | None]] = (
        [s.payment_id for s in leitura.sessoes],
        [c.pagamento_id for c in leitura.comissoes],
        [p.estorno_de for p in leitura.pagamentos],
        [a.pagamento_id for a in leitura.acertos],
        pendentes.values(),
    )
    externos["pagamento"].update(id_ for ids in links for id_ in ids if id_ is not None)
    externos["sessao"].update(p.sessao_id for p in leitura.pagamentos if p.sessao_id is not None)
    externos["sessao"].update(pendentes)
    return externos


def _load_conhecidos(connection: Connection, origem: str, tipo: str, externos: set[int]) -> dict[int, int]:
    rows = connection.execute(
        """select id_externo, id_interno from estudio.importacao_linhas
           where origem = %s and tipo = %s and id_externo = any(%s)""",
        [origem, tipo, [str(externo) for externo in externos]],
    )
    return {int(externo): interno for externo, interno in rows}


def _load_pessoas(connection: Connection, origem: str) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        """select tipo, id_externo, id_interno from estudio.importacao_linhas
           where origem = %s and tipo in ('artista', 'cliente')""",
        [origem],
    )
    return {(tipo, chave): interno for tipo, chave, interno in rows}


def _load_pendentes(connection: Connection, origem: str) -> dict[int, int]:
    rows = connection.execute(
        """select (p ->> 0)::bigint, (p ->> 1)::bigint
           from estudio.importacoes i, jsonb_array_elements(i.contagens -> 'pendentes') p
           where i.origem = %s and i.desfeita_em is null order by i.id""",
        [origem],
    )
    return dict(rows.fetchall())
