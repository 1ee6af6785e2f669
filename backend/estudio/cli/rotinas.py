"""`estudio rotinas`: what the studio does by itself, when it was last done, and when it comes next."""

from typing import Any

import click

from estudio import clock, db
from estudio.cli.commands import Command
from estudio.cli.output import Output, pass_output
from estudio.cli.worker import PALAVRAS
from estudio.domain.rotina import Desfecho
from estudio.services.rotina_consulta import describe_rotinas


@click.command(cls=Command)
@pass_output
def rotinas(output: Output) -> None:
    """Mostra o que o estúdio faz sozinho: a última vez, como foi, a próxima. Nada é escrito."""
    with db.transaction(read_only=True) as session:
        described = describe_rotinas(session, clock.now())
    output.result(described)
    output.table(
        "Tarefas do estúdio",
        ["Tarefa", "Última vez", "Desfecho", "Próxima", "Observação"],
        [_show(row) for row in described["rotinas"]],
    )
    workers = described["trabalhadores"]
    output.lines(
        ("Trabalhando agora", "ninguém" if not workers else f"{workers} worker{'s' if workers > 1 else ''}"),
        ("Na fila", described["fila"].get("todo", 0)),
    )


def _show(row: dict[str, Any]) -> list[object]:
    last = row["ultima"] or {}
    desfecho = last.get("desfecho")
    went = None if not last else "em andamento" if desfecho is None else PALAVRAS[Desfecho(desfecho)]
    said = last.get("mensagem") or ""
    if row["devidas"]:
        said = f"{'tentada de novo mais tarde' if row['espera'] else 'está na hora'}. {said}"
    return [row["titulo"], last.get("iniciada_em"), went, row["proxima"], said.strip()]
