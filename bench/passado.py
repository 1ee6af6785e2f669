"""The past of a month, measured: the time machine and the versions beside each other, with their memory."""

from escala import Escala
from fechamento import BASE, forget_backups, prepare_month
from livro import MES, count_rows
from medidas import Grupo, format_size, repeat
from processo import run_filho
from servidor import Servidor
from sqlalchemy import text

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import reopen_extrato

SIZES = (10_000, 50_000)
"""Payments: what the memory must not grow with."""

VIEWS = {
    "momento_s": "the month as it stood at its first closing, and all that changed since",
    "secao_s": "a page of its pagamentos, from the middle of the month",
    "numero_s": "why its receita was what it was",
    "versoes_s": "the first version beside the second, line by line",
    "versao_s": "the first version, each section with its first page",
}

_CHANGES = (
    "update estudio.pagamentos set valor_centavos = valor_centavos + 100 where mes = :mes",
    """update estudio.comissoes c set valor_centavos = (p.valor_centavos * c.percentual + 5000) / 10000
       from estudio.pagamentos p where p.id = c.pagamento_id and c.mes = :mes""",
    "update estudio.sessoes set valor_centavos = valor_centavos + 100 where payment_mes = :mes",
    "update estudio.gastos set valor_centavos = valor_centavos + 100 where mes = :mes",
)


def measure_passado(servidor: Servidor, escala: Escala) -> Grupo:
    """A month closed, reopened, changed in every row, closed and reopened once more, looked at in each way."""
    sizes = sorted({escala.nearest(size) for size in SIZES})
    grupo = Grupo("past", "The past of a month of which every row was changed since")
    for size in sizes:
        _prepare(servidor, size)
        where = format_size(size)
        with servidor.connect("medido") as connection:
            grupo.add("rows of the month", where, "", [sum(count_rows(connection, MES).values())])
        imports = [run_filho("import", MES.slug)["memory_kib"] / 1024 for _ in range(escala.runs)]
        found = repeat(escala.runs, lambda: run_filho("past", MES.slug))
        for name, view in VIEWS.items():
            grupo.add(view, where, "s", found[name])
        grupo.add(
            "peak memory of a process that shows all of them", where, "MiB", [k / 1024 for k in found["memory_kib"]]
        )
        grupo.add(
            "the same less the imports", where, "MiB",
            [k / 1024 - alone for k, alone in zip(found["memory_kib"], imports, strict=True)],
        )  # fmt: skip
        servidor.drop_database("medido")
    largest = format_size(sizes[-1])
    slowest = max(grupo.find_median(view, largest) or 0 for view in VIEWS.values())
    grupo.aim(f"the slowest view of {largest} payments", slowest, 5, "s")
    grupo.aim(
        f"memory less the imports, {largest} payments",
        grupo.find_median("the same less the imports", largest),
        32,
        "MiB",
    )
    return grupo


def _prepare(servidor: Servidor, size: int) -> None:
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    # The heads that lie beside them are of the closings of another part.
    forget_backups(servidor)
    run_filho("close", MES.slug)
    reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medir o passado")
    # With the guards awake: each change leaves its event.
    with db.transaction() as session:
        for statement in _CHANGES:
            session.execute(text(statement), {"mes": MES.first_day})
    run_filho("close", MES.slug)
    reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medir o passado")
