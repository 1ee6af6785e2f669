"""The ids that the rows of a plan will have, drawn before they are written.

A row and the rows that point to it then go in together, a whole table in one COPY. In the studio that wrote a backup
its rows come back under the ids that they had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import sql

from estudio.db import Connection
from estudio.domain.errors import ImportacaoRecusada
from estudio.services.import_pessoas import PLURAL
from estudio.services.import_plano import Plano
from estudio.services.import_registros import TIPOS

TABELAS: Final = {
    "pagamento": "pagamentos", "sessao": "sessoes", "comissao": "comissoes", "gasto": "gastos",
    "acerto": "acertos",
    "artista": "artistas", "cliente": "clientes",
}  # fmt: skip

SALTO: Final = 10_000_000
"""How far a backup's ids may be beyond this database's own (an older dump was restored, a later month comes in)."""


@dataclass
class Numeracao:
    """`registros`: per kind, id in the file → id here. `pessoas`: reference of somebody new → id here."""

    registros: dict[str, dict[int, int]] = field(default_factory=dict)
    pessoas: dict[int, int] = field(default_factory=dict)

    def pessoa(self, reference: int) -> int:
        return reference if reference > 0 else self.pessoas[reference]

    def find_pessoa(self, reference: int | None) -> int | None:
        return None if reference is None else self.pessoa(reference)


def draw_numeracao(connection: Connection, plano: Plano) -> Numeracao:
    """Take the ids from the sequences. Raises ImportacaoRecusada for ids that are out of all proportion."""
    numeracao = Numeracao()
    keeps_ids = plano.situacao.is_propria
    for tipo in TIPOS:
        externos = list(plano.to_create(tipo))
        ids = _keep(connection, plano, tipo, externos) if keeps_ids else _draw(connection, tipo, len(externos))
        numeracao.registros[tipo] = dict(zip(externos, ids, strict=True))
    for tipo in PLURAL:
        novas = {-n: nova.id for n, nova in enumerate(plano.pessoas.novas, 1) if nova.tipo == tipo}
        own = [id_ for id_ in novas.values() if id_ is not None]
        ids = _keep(connection, plano, tipo, own) if keeps_ids else _draw(connection, tipo, len(novas))
        numeracao.pessoas |= dict(zip(novas, ids, strict=True))
    return numeracao


def _draw(connection: Connection, tipo: str, count: int) -> list[int]:
    if count == 0:
        return []
    sequence = sql.Literal(f"estudio.{TABELAS[tipo]}_id_seq")
    query = sql.SQL("select nextval({}) from generate_series(1, %s)").format(sequence)
    return [row[0] for row in connection.execute(query, [count])]


def _keep(connection: Connection, plano: Plano, tipo: str, own: Sequence[int]) -> Sequence[int]:
    """The sequence has to be beyond the ids that come back, or it would give one of them again."""
    if own:
        sequence = sql.Identifier("estudio", f"{TABELAS[tipo]}_id_seq")
        query = sql.SQL("select last_value from {}").format(sequence)
        row = connection.execute(query).fetchone()
        assert row is not None, "a sequence is a table of one row"
        ahead = max(own) - int(row[0])
        if ahead > SALTO:
            raise ImportacaoRecusada(
                arquivo=plano.leitura.arquivo,
                resumo=f"o {tipo} {max(own)} está muito além da numeração deste banco. Restaure antes um backup "
                "completo mais novo.",
            )
        # One more than needed at most: an unused sequence gives its last_value first.
        sequel = sql.Literal(f"estudio.{TABELAS[tipo]}_id_seq")
        skip = sql.SQL("select count(nextval({})) from generate_series(1, %s)").format(sequel)
        connection.execute(skip, [max(ahead + 1, 0)])
    return own
