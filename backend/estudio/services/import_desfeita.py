"""Taking an import back: its rows go, unless somebody has worked upon them since.

What another import did to a row (it linked a sessão of an earlier file, or gave a payment the comissão that it lacked)
is not somebody's work: it raised the row's version, and is subtracted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, LiteralString

import structlog
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.db import Connection
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro, from_centavos
from estudio.domain.errors import CompetenciaFechada, EmAndamento, ImportacaoPresa, NaoEncontrado
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.import_travas import lock_imports, lock_meses

log = structlog.get_logger(__name__)

MOSTRADOS: Final = 10

_CHANGED: Final[LiteralString] = """
    select 'o pagamento', id, data, valor_centavos, versao from estudio.pagamentos
    where importacao_id = %(id)s and versao > 1
    union all
    select 'a sessão', id, data, valor_centavos, versao from estudio.sessoes where importacao_id = %(id)s and versao > 1
    union all
    select 'o gasto', id, data, valor_centavos, versao from estudio.gastos where importacao_id = %(id)s and versao > 1
    union all
    select 'o acerto', id, data, valor_centavos, versao from estudio.acertos where importacao_id = %(id)s and versao > 1
    union all
    select 'a comissão', c.id, p.data, c.valor_centavos, c.versao
    from estudio.comissoes c join estudio.pagamentos p on p.id = c.pagamento_id
    where c.importacao_id = %(id)s and c.versao > 1
    order by 3, 1, 2"""

_REFERRING: Final[LiteralString] = """
    select 'o estorno nº ' || e.id, p.id, p.data, p.valor_centavos
    from estudio.pagamentos e join estudio.pagamentos p on p.id = e.estorno_de
    where p.importacao_id = %(id)s and e.importacao_id is distinct from %(id)s
    union all
    select 'a comissão nº ' || c.id, p.id, p.data, p.valor_centavos
    from estudio.comissoes c join estudio.pagamentos p on p.id = c.pagamento_id
    where p.importacao_id = %(id)s and c.importacao_id is distinct from %(id)s
    union all
    select 'o acerto nº ' || a.id, p.id, p.data, p.valor_centavos
    from estudio.acertos a join estudio.pagamentos p on p.id = a.pagamento_id
    where p.importacao_id = %(id)s and a.importacao_id is distinct from %(id)s
    union all
    select 'a sessão nº ' || s.id, p.id, p.data, p.valor_centavos
    from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
    where p.importacao_id = %(id)s and s.importacao_id is distinct from %(id)s and s.id <> all (%(vinculadas)s)
    order by 3, 1, 2"""

_MONTHS: Final[LiteralString] = """
    select mes from estudio.pagamentos where importacao_id = %(id)s
    union select mes from estudio.gastos where importacao_id = %(id)s
    union select mes from estudio.acertos where importacao_id = %(id)s
    union select mes from estudio.comissoes where importacao_id = %(id)s
    union select payment_mes from estudio.sessoes where importacao_id = %(id)s and payment_mes is not null"""

# Comissões go with their payments; those of payments that stay go by themselves. Sessões are freed by the key.
_DELETES: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("acerto", "delete from estudio.acertos where importacao_id = %s"),
    ("comissao", "delete from estudio.comissoes where importacao_id = %s"),
    ("sessao", "delete from estudio.sessoes where importacao_id = %s"),
    ("pagamento", "delete from estudio.pagamentos where importacao_id = %s"),
    ("gasto", "delete from estudio.gastos where importacao_id = %s"),
)

# Somebody is taken along when nobody has written anything about them or for them since.
_PEOPLE: Final[dict[str, LiteralString]] = {
    "clientes": """
        delete from estudio.clientes c where id = any(%s) and versao = 1
            and not exists (select from estudio.pagamentos where cliente_id = c.id)
            and not exists (select from estudio.sessoes where cliente_id = c.id)
            and not exists (select from estudio.clientes where fundido_em = c.id)""",
    "artistas": """
        delete from estudio.artistas a where id = any(%s) and versao = 1
            and not exists (select from estudio.pagamentos where artista_id = a.id)
            and not exists (select from estudio.comissoes where artista_id = a.id)
            and not exists (select from estudio.sessoes where artista_id = a.id)
            and not exists (select from estudio.acertos where artista_id = a.id)
            and not exists (select from estudio.usuarios where artista_id = a.id)""",
}


@dataclass(frozen=True)
class Desfeita:
    """What was taken back. `desfeita_em` is an earlier instant when there was nothing left to do."""

    importacao_id: int
    desfeita_em: datetime
    removidos: dict[str, int] = field(default_factory=dict)
    pessoas_que_ficam: int = 0
    is_repetida: bool = False


def undo_import(session: Session, importacao_id: int, *, quem: Quem) -> Desfeita:
    """Remove what an import brought, and the people whom it registered and nobody uses.

    Refused while a closing runs (EmAndamento), when one of its months is not open (CompetenciaFechada), and when a row
    was changed since or something else refers to it (ImportacaoPresa, by name). Undone already: says so, does nothing.
    """
    quem.ensure_dono()
    connection = db.raw(session)
    row = connection.execute("select pg_try_advisory_xact_lock(6, 0)").fetchone()
    if row is None or not row[0]:
        raise EmAndamento
    lock_imports(connection)
    found = connection.execute(
        "select contagens, desfeita_em from estudio.importacoes where id = %s for update", [importacao_id]
    ).fetchone()
    if found is None:
        raise NaoEncontrado(coisa="a importação", id=importacao_id)
    contagens, desfeita_em = found
    if desfeita_em is not None:
        return Desfeita(importacao_id, desfeita_em, is_repetida=True)
    act_as(session, quem, motivo=f"importação {importacao_id} desfeita")
    _ensure_meses_abertos(connection, importacao_id)
    _ensure_untouched(connection, importacao_id, contagens)
    undone = _undo(connection, importacao_id, contagens, quem)
    log.info("importacao_desfeita", importacao=importacao_id, removidos=undone.removidos)
    return undone


def _undo(connection: Connection, importacao_id: int, contagens: dict[str, Any], quem: Quem) -> Desfeita:
    removidos = {}
    for tipo, query in _DELETES:
        removidos[tipo] = connection.execute(query, [importacao_id]).rowcount
    for pagamento_id, antes, _ in contagens.get("percentuais", ()):
        connection.execute("update estudio.pagamentos set percentual = %s where id = %s", [antes, pagamento_id])
    connection.execute("delete from estudio.importacao_linhas where importacao_id = %s", [importacao_id])
    staying = 0
    for tabela, query in _PEOPLE.items():
        ids = contagens.get(tabela, [])
        gone = connection.execute(query, [ids]).rowcount
        removidos[tabela] = gone
        staying += len(ids) - gone
    agora = clock.now()
    connection.execute(
        "update estudio.importacoes set desfeita_em = %s, desfeita_por = %s where id = %s",
        [agora, quem.usuario_id, importacao_id],
    )
    return Desfeita(importacao_id, agora, removidos, staying)


def _ensure_meses_abertos(connection: Connection, importacao_id: int) -> None:
    meses: list[date] = sorted(row[0] for row in connection.execute(_MONTHS, {"id": importacao_id}))
    lock_meses(connection, meses)
    shut = connection.execute(
        "select mes, estado from estudio.competencias where mes = any(%s) and estado <> 'aberta' order by mes", [meses]
    ).fetchone()
    if shut is not None:
        raise CompetenciaFechada(Competencia.of(shut[0]), clock.today(), estado=shut[1])


def _ensure_untouched(connection: Connection, importacao_id: int, contagens: dict[str, Any]) -> None:
    expected = _count_touches(connection)
    vinculadas = [sessao for sessao, _ in contagens.get("vinculos", ())]
    impedimentos = [
        f"{what} nº {id_} ({_show(data, valor)}) foi alterad{what[0]} depois de importad{what[0]}"
        for what, id_, data, valor, versao in connection.execute(_CHANGED, {"id": importacao_id})
        if versao > 1 + expected.get((what, id_), 0)
    ]
    impedimentos += [
        f"{what} depende do pagamento nº {id_} ({_show(data, valor)})"
        for what, id_, data, valor in connection.execute(_REFERRING, {"id": importacao_id, "vinculadas": vinculadas})
    ]
    if impedimentos:
        shown = "; ".join(impedimentos[:MOSTRADOS])
        rest = f"; e mais {len(impedimentos) - MOSTRADOS}" if len(impedimentos) > MOSTRADOS else ""
        raise ImportacaoPresa(
            id=importacao_id,
            resumo=f"{shown}{rest}. Desfaça isso antes, ou apague os registros um a um.",
            impedimentos=impedimentos,
            total=len(impedimentos),
        )


def _count_touches(connection: Connection) -> dict[tuple[str, int], int]:
    """How often imports themselves changed a row: once when they linked it, once more when they were undone."""
    touches: dict[tuple[str, int], int] = {}
    for what, id_, times in _list_touches(connection):
        touches[what, id_] = touches.get((what, id_), 0) + times
    return touches


def _list_touches(connection: Connection) -> Iterator[tuple[str, int, int]]:
    rows = connection.execute(
        """select contagens -> 'vinculos', contagens -> 'percentuais', desfeita_em is not null
           from estudio.importacoes where contagens -> 'vinculos' <> '[]' or contagens -> 'percentuais' <> '[]'"""
    )
    for vinculos, percentuais, is_undone in rows:
        times = 2 if is_undone else 1
        yield from (("a sessão", sessao, times) for sessao, _ in vinculos or ())
        yield from (("o pagamento", pagamento, times) for pagamento, *_ in percentuais or ())


def _show(data: date, valor: int) -> str:
    return f"{data:%d/%m/%Y}, {format_dinheiro(from_centavos(valor))}"
