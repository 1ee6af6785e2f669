"""A month's backup brought into a database, under its own ids: first who it speaks of, then its rows by COPY."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from psycopg import Copy

from estudio.domain.backup import Guardado
from estudio.domain.backup_planilha import Linha, LinhaAcerto, LinhaComissao, LinhaGasto, LinhaPagamento, LinhaSessao
from estudio.domain.competencia import Competencia
from estudio.services.backup_leitura import open_rows
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import Connection

# PostgreSQL's infinity is the one instant that has no digits.
_NO_INSTANT: Final = "infinity"

_COPIES: Final[dict[type[Linha], str]] = {
    LinhaPagamento: """copy estudio.pagamentos (id, data, valor_centavos, forma, artista_id, cliente_id, percentual,
        observacoes, google_event_id, estorno_de, criado_em, criado_por) from stdin""",
    LinhaComissao: """copy estudio.comissoes (id, pagamento_id, mes, artista_id, percentual, valor_centavos,
        observacoes, criado_em) from stdin""",
    LinhaSessao: """copy estudio.sessoes (id, data, cliente_id, artista_id, valor_centavos, observacoes, status,
        payment_id, payment_mes, google_event_id, criado_em, criado_por) from stdin""",
    LinhaGasto: """copy estudio.gastos (id, data, valor_centavos, descricao, categoria, forma, criado_em, criado_por)
        from stdin""",
    LinhaAcerto: """copy estudio.acertos (id, data, artista_id, tipo, valor_centavos, forma, motivo, pagamento_id,
        pago_centavos, criado_em, criado_por) from stdin""",
}

TABLES: Final[dict[type[Linha], str]] = {
    LinhaPagamento: "pagamentos",
    LinhaComissao: "comissoes",
    LinhaSessao: "sessoes",
    LinhaGasto: "gastos",
    LinhaAcerto: "acertos",
}


@dataclass
class Citados:
    """Whom and what a month's rows speak of: names by id, the largest id of each table, payments reversed elsewhere."""

    artistas: dict[int, str] = field(default_factory=dict)
    clientes: dict[int, str] = field(default_factory=dict)
    usuarios: dict[int, str] = field(default_factory=dict)
    maiores: dict[str, int] = field(default_factory=dict)
    originais: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By id of a payment that is not of this month: its artist, and how much of it these rows take back."""

    def note(self, linha: Linha) -> None:
        table = TABLES[type(linha)]
        self.maiores[table] = max(self.maiores.get(table, 0), linha.id)
        if not isinstance(linha, LinhaGasto):
            self.artistas[linha.artista_id] = linha.artista_nome
        if isinstance(linha, LinhaPagamento | LinhaSessao) and linha.cliente_id is not None:
            self.clientes[linha.cliente_id] = linha.cliente_nome or f"Cliente {linha.cliente_id}"
        if not isinstance(linha, LinhaComissao) and linha.criado_por is not None:
            self.usuarios[linha.criado_por] = linha.criador_nome or f"Usuário {linha.criado_por}"
        if isinstance(linha, LinhaPagamento) and linha.estorno_de is not None:
            _, taken = self.originais.get(linha.estorno_de, (0, 0))
            self.originais[linha.estorno_de] = (linha.artista_id, taken - linha.valor)


def collect_citados(guardado: Guardado) -> Citados:
    """Read the file once, for what its rows need before they can stand."""
    citados = Citados()
    with open_rows(guardado) as rows:
        for linha in rows:
            citados.note(linha)
    if citados.originais:
        with open_rows(guardado) as rows:
            for linha in rows:
                if isinstance(linha, LinhaPagamento):
                    citados.originais.pop(linha.id, None)
    return citados


def copy_rows(connection: Connection, guardado: Guardado, *, known_users: frozenset[int] | None = None) -> None:
    """Write every row of the file under its id; `known_users` are those who may stand as who entered it (None: all)."""
    competencia, batch_size = guardado.competencia, get_batch_size()
    with open_rows(guardado) as rows, connection.cursor() as cursor:
        # The file holds one kind after the other, parents first.
        for kind, group in groupby(rows, type):
            with cursor.copy(_COPIES[kind]) as copy:
                for _ in process_records_in_batches(
                    group, batch_size, _copy_batch, copy, competencia=competencia, known_users=known_users
                ):
                    pass


def raise_sequences(connection: Connection, largest: dict[str, int]) -> None:
    """The next id of each table is beyond the largest one given (never lowered). Needs the owner's login."""
    for table, last in largest.items():
        connection.execute(
            """select setval(sequencia, %(last)s)
               from (select pg_get_serial_sequence(%(table)s, 'id')::regclass as sequencia) s
               where coalesce(pg_sequence_last_value(sequencia), 0) < %(last)s""",
            {"table": f"estudio.{table}", "last": last},
        )


def _copy_batch(
    batch: list[Linha], copy: Copy, *, competencia: Competencia, known_users: frozenset[int] | None
) -> None:
    for linha in batch:
        copy.write_row(_as_row(linha, competencia, known_users))


def _as_row(linha: Linha, competencia: Competencia, known: frozenset[int] | None) -> tuple[Any, ...]:
    em = linha.criado_em or _NO_INSTANT
    if isinstance(linha, LinhaComissao):
        return (linha.id, linha.pagamento_id, competencia.first_day, linha.artista_id, linha.percentual, linha.valor,
                linha.observacoes, em)  # fmt: skip
    por = linha.criado_por if known is None or linha.criado_por in known else None
    if isinstance(linha, LinhaPagamento):
        return (linha.id, linha.data, linha.valor, linha.forma, linha.artista_id, linha.cliente_id, linha.percentual,
                linha.observacoes, linha.google_event_id, linha.estorno_de, em, por)  # fmt: skip
    if isinstance(linha, LinhaSessao):
        return (linha.id, linha.data, linha.cliente_id, linha.artista_id, linha.valor, linha.observacoes, linha.status,
                linha.payment_id, competencia.first_day, linha.google_event_id, em, por)  # fmt: skip
    if isinstance(linha, LinhaAcerto):
        pago = None if linha.pagamento_id is None else -linha.valor
        return (linha.id, linha.data, linha.artista_id, linha.tipo, linha.valor, linha.forma, linha.motivo,
                linha.pagamento_id, pago, em, por)  # fmt: skip
    return (linha.id, linha.data, linha.valor, linha.descricao, linha.categoria, linha.forma, em, por)
