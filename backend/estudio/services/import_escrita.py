"""A plan into the database: copied in, linked, and counted again before anybody calls it done.

A handful of COPYs, whatever the size of the file: each guard and each audit trigger runs once per statement.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from estudio import clock
from estudio.db import Connection
from estudio.domain.usuario import Quem
from estudio.services.import_numeracao import TABELAS, Numeracao, draw_numeracao
from estudio.services.import_pessoas import PLURAL
from estudio.services.import_plano import Plano
from estudio.services.import_registros import TIPOS, Pessoa

_NEW_IMPORT: Final = """
    insert into estudio.importacoes (origem, arquivo, sha256, contagens, feita_por)
    values (%s, %s, %s, %s, %s) returning id"""

_NEW_CODES: Final[dict[str, LiteralString]] = {
    # Words of the past: kept for the totals, not offered for new entries.
    "formas": "insert into estudio.formas (codigo, rotulo, ordem, ativa) values (%s, %s, 200, false)",
    "categorias": "insert into estudio.categorias (codigo, rotulo, ordem, ativa) values (%s, %s, 200, false)",
}

_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "artista": ("id", "nome", "nome_busca"),
    "cliente": ("id", "nome", "nome_busca"),
    "pagamento": (
        "id", "data", "valor_centavos", "forma", "artista_id", "cliente_id", "percentual", "observacoes",
        "google_event_id", "estorno_de", "importacao_id", "criado_em", "criado_por",
    ),
    "comissao": (
        "id", "pagamento_id", "mes", "artista_id", "percentual", "valor_centavos", "observacoes", "importacao_id",
        "criado_em",
    ),
    "sessao": (
        "id", "data", "valor_centavos", "artista_id", "cliente_id", "status", "observacoes", "payment_id",
        "payment_mes", "google_event_id", "importacao_id", "criado_em", "criado_por",
    ),
    "gasto": (
        "id", "data", "valor_centavos", "descricao", "categoria", "forma", "importacao_id", "criado_em", "criado_por",
    ),
    "acerto": (
        "id", "data", "valor_centavos", "artista_id", "tipo", "forma", "motivo", "pagamento_id", "pago_centavos",
        "importacao_id", "criado_em", "criado_por",
    ),
}  # fmt: skip

_WRITTEN: Final[dict[str, LiteralString]] = {
    "pagamento": "select count(*), sum(valor_centavos) from estudio.pagamentos where importacao_id = %s",
    "sessao": "select count(*), sum(valor_centavos) from estudio.sessoes where importacao_id = %s",
    "comissao": "select count(*), sum(valor_centavos) from estudio.comissoes where importacao_id = %s",
    "gasto": "select count(*), sum(valor_centavos) from estudio.gastos where importacao_id = %s",
    "acerto": "select count(*), sum(valor_centavos) from estudio.acertos where importacao_id = %s",
}


def write_plano(connection: Connection, plano: Plano, *, quem: Quem) -> int:
    """Carry out a plan that has no refusals; returns the id of the import."""
    assert not plano.recusas, "all or nothing: a plan with refusals is not carried out"
    return _Escrita(connection, plano, draw_numeracao(connection, plano)).write(quem)


class _Escrita:
    def __init__(self, connection: Connection, plano: Plano, numeracao: Numeracao) -> None:
        self._connection = connection
        self._plano = plano
        self._numeracao = numeracao
        self._agora = clock.now()
        self._id = 0

    def write(self, quem: Quem) -> int:
        for codigos in (self._plano.formas, self._plano.categorias):
            for codigo, rotulo in codigos.novos.items():
                self._connection.execute(_NEW_CODES[codigos.lista], [codigo, rotulo])
        leitura = self._plano.leitura
        values = [leitura.origem, leitura.arquivo, leitura.sha256, Jsonb(self._describe()), quem.usuario_id]
        row = self._connection.execute(_NEW_IMPORT, values).fetchone()
        assert row is not None, "insert … returning gives its row"
        self._id = int(row[0])
        for tipo in PLURAL:
            self._copy(TABELAS[tipo], _COLUMNS[tipo], self._pessoas(tipo))
        # Those who are pointed at first: the keys are tested at the end of each statement.
        for tipo, rows in (
            ("pagamento", self._pagamentos()),
            ("comissao", self._comissoes()),
            ("sessao", self._sessoes()),
            ("gasto", self._gastos()),
            ("acerto", self._acertos()),
        ):
            self._copy(TABELAS[tipo], _COLUMNS[tipo], rows)
        self._remember()
        self._link_and_adjust()
        self._ensure_written()
        return self._id

    def _describe(self) -> dict[str, Any]:
        """What is needed to undo it and to link what comes later; ids and numbers only, nobody's name."""
        plano, novas = self._plano, list(enumerate(self._plano.pessoas.novas, 1))
        return {
            "criados": {tipo: len(plano.to_create(tipo)) for tipo in plano.leitura.tipos},
            "existentes": plano.existentes,
            "vinculos": [[sessao, self._numeracao.registros["pagamento"][p]] for sessao, p in plano.vinculos],
            "percentuais": [list(ajuste) for ajuste in plano.ajustes],
            "pendentes": [list(pendente) for pendente in plano.pendentes],
            **{PLURAL[tipo]: [self._numeracao.pessoa(-n) for n, nova in novas if nova.tipo == tipo] for tipo in PLURAL},
            "formas": list(plano.formas.novos),
            "categorias": list(plano.categorias.novos),
        }

    def _pessoas(self, tipo: str) -> Iterator[Sequence[object]]:
        for number, nova in enumerate(self._plano.pessoas.novas, 1):
            if nova.tipo == tipo:
                yield self._numeracao.pessoa(-number), nova.nome, nova.nome_busca

    def _pagamentos(self) -> Iterator[Sequence[object]]:
        plano, ids = self._plano, self._numeracao.registros["pagamento"]
        for p in plano.pagamentos.values():
            yield (
                ids[p.id], p.data, p.valor, plano.formas.get(p.forma), self._pessoa("artista", p.artista),
                self._find_pessoa("cliente", p.cliente), plano.percentuais.get(p.id, p.percentual), p.observacoes,
                p.google_event_id, None if p.estorno_de is None else self._pagamento(p.estorno_de), self._id,
                p.criado_em or self._agora, self._find_criador(p.criador),
            )  # fmt: skip

    def _comissoes(self) -> Iterator[Sequence[object]]:
        plano, ids = self._plano, self._numeracao.registros["comissao"]
        for c in plano.comissoes.values():
            yield (
                ids[c.id], self._pagamento(c.pagamento_id), plano.find_mes(c.pagamento_id),
                self._artista_of(c.pagamento_id) if c.artista is None else self._pessoa("artista", c.artista),
                c.percentual, c.valor, c.observacoes, self._id, c.criado_em or self._agora,
            )  # fmt: skip

    def _sessoes(self) -> Iterator[Sequence[object]]:
        plano, ids = self._plano, self._numeracao.registros["sessao"]
        for s in plano.sessoes.values():
            payment = plano.pagas_por.get(s.id)
            yield (
                ids[s.id], s.data, s.valor, self._pessoa("artista", s.artista), self._find_pessoa("cliente", s.cliente),
                s.status, s.observacoes, None if payment is None else self._pagamento(payment),
                None if payment is None else plano.find_mes(payment), s.google_event_id, self._id,
                s.criado_em or self._agora, self._find_criador(s.criador),
            )  # fmt: skip

    def _gastos(self) -> Iterator[Sequence[object]]:
        plano, ids = self._plano, self._numeracao.registros["gasto"]
        for g in plano.gastos.values():
            categoria = None if g.categoria is None else plano.categorias.get(g.categoria)
            yield (
                ids[g.id], g.data, g.valor, g.descricao, categoria, plano.formas.get(g.forma), self._id,
                g.criado_em or self._agora, self._find_criador(g.criador),
            )  # fmt: skip

    def _acertos(self) -> Iterator[Sequence[object]]:
        plano, ids = self._plano, self._numeracao.registros["acerto"]
        for a in plano.acertos.values():
            pagamento = None if a.pagamento_id is None else self._pagamento(a.pagamento_id)
            yield (
                ids[a.id], a.data, a.valor, self._pessoa("artista", a.artista), a.tipo,
                None if a.forma is None else plano.formas.get(a.forma), a.motivo, pagamento,
                None if pagamento is None else -a.valor, self._id, a.criado_em or self._agora,
                self._find_criador(a.criador),
            )  # fmt: skip

    def _remember(self) -> None:
        """Who each row was in the place it came from: the same file again brings nothing."""
        origem = self._plano.leitura.origem
        lines: list[Sequence[object]] = []
        for tipo in TIPOS:
            ids = self._numeracao.registros[tipo]
            lines += [(origem, tipo, str(externo), id_, self._id) for externo, id_ in ids.items()]
            if self._plano.situacao.is_propria:
                # A row that was brought back before, and deleted again.
                self._connection.execute(
                    "delete from estudio.importacao_linhas where origem = %s and tipo = %s and id_externo = any(%s)",
                    [origem, tipo, [str(externo) for externo in ids]],
                )
        if not self._plano.situacao.is_propria:
            for tipo, chave, reference in self._plano.pessoas.vistas:
                lines.append((origem, tipo, chave, self._numeracao.pessoa(reference), self._id))
            self._forget_absent_people(origem)
        self._copy("importacao_linhas", ("origem", "tipo", "id_externo", "id_interno", "importacao_id"), lines)

    def _forget_absent_people(self, origem: str) -> None:
        """Somebody who was known and is here no more (their row was deleted) is somebody new."""
        for tipo, chave, _ in self._plano.pessoas.vistas:
            if (tipo, chave) in self._plano.situacao.pessoas:
                self._connection.execute(
                    "delete from estudio.importacao_linhas where origem = %s and tipo = %s and id_externo = %s",
                    [origem, tipo, chave],
                )

    def _link_and_adjust(self) -> None:
        for sessao, pagamento in self._plano.vinculos:
            self._connection.execute(
                "update estudio.sessoes set payment_id = %s, payment_mes = %s where id = %s",
                [self._pagamento(pagamento), self._plano.find_mes(pagamento), sessao],
            )
        for ajuste in self._plano.ajustes:
            self._connection.execute(
                "update estudio.pagamentos set percentual = %s where id = %s", [ajuste.depois, ajuste.pagamento_id]
            )

    def _ensure_written(self) -> None:
        """What is in the tables now is what the plan said, to the centavo."""
        for tipo in TIPOS:
            records = self._plano.to_create(tipo).values()
            planned = (len(records), sum(record.valor for record in records))
            row = self._connection.execute(_WRITTEN[tipo], [self._id]).fetchone()
            assert row is not None, "an aggregate always has its row"
            if (row[0], int(row[1] or 0)) != planned:
                raise RuntimeError(f"{tipo}: {planned} were planned, {row} are in the table")

    def _copy(self, tabela: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier("estudio", tabela), names)
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            for row in rows:
                copy.write_row(row)

    def _pagamento(self, externo: int) -> int:
        """The id here of a payment, new or not."""
        drawn = self._numeracao.registros["pagamento"].get(externo)
        return drawn or int(self._plano.situacao.find("pagamento", externo).id)

    def _artista_of(self, pagamento: int) -> int:
        found = self._plano.pagamentos.get(pagamento)
        if found is None:
            return int(self._plano.situacao.find("pagamento", pagamento).artista_id)
        return self._pessoa("artista", found.artista)

    def _pessoa(self, tipo: str, pessoa: Pessoa) -> int:
        return self._numeracao.pessoa(self._plano.pessoas.get(tipo, pessoa))

    def _find_pessoa(self, tipo: str, pessoa: Pessoa | None) -> int | None:
        return None if pessoa is None else self._pessoa(tipo, pessoa)

    def _find_criador(self, pessoa: Pessoa | None) -> int | None:
        return None if pessoa is None else self._plano.criadores.get(pessoa)
