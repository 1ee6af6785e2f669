"""`estudio doctor`: everything that can be checked on a running studio, with what to do about it."""

from itertools import groupby

import click

from estudio.cli.commands import Command
from estudio.cli.exits import BROKEN, DONE, REFUSED
from estudio.cli.output import Output, pass_output
from estudio.services.doctor_laudo import Situacao
from estudio.services.doctor_service import Diagnostico, count_checks, examine

MARKS = {
    Situacao.OK: ("✓", "green"),
    Situacao.AVISO: ("!", "yellow"),
    Situacao.FALHA: ("✗", "red"),
    Situacao.QUEBRA: ("✗", "bold red"),
}


@click.command(cls=Command)
@click.option("--problemas", is_flag=True, help="Mostra só o que precisa de atenção.")
@pass_output
def doctor(output: Output, *, problemas: bool) -> int:
    """Confere se está tudo em ordem e diz o que fazer. Nada é escrito nem consertado.

    Sai com 0 quando nada falhou (avisos não falham), 1 quando algo falhou e 4 quando os livros não dizem mais o que foi
    selado.
    """
    found: list[Diagnostico] = []
    with output.progress() as bar:
        for diagnostico in examine():
            found.append(diagnostico)
            bar.show(f"conferindo {diagnostico.assunto.lower()}", done=len(found), total=count_checks())
    output.result({"conferencias": [d.as_json() for d in found], "resumo": _count(found)})
    _show(output, [d for d in found if not problemas or d.situacao is not Situacao.OK])
    return _conclude(output, found)


def _show(output: Output, found: list[Diagnostico]) -> None:
    for subject, group in groupby(found, key=lambda diagnostico: diagnostico.assunto):
        output.checklist(subject, [(*MARKS[d.situacao], d.codigo, d.mensagem) for d in group])


def _conclude(output: Output, found: list[Diagnostico]) -> int:
    counts = _count(found)
    words = (
        f"{len(found)} conferências: {counts['ok']} em ordem, {_many(counts['aviso'], 'aviso')}, "
        f"{_many(counts['falha'], 'falha')}."
    )
    if any(d.situacao is Situacao.QUEBRA for d in found):
        output.fail(f"{words} A integridade foi quebrada: não feche nenhum mês.")
        return BROKEN
    if counts["falha"]:
        output.fail(words)
        return REFUSED
    output.success(words)
    return DONE


def _count(found: list[Diagnostico]) -> dict[str, int]:
    told = [d.as_json()["situacao"] for d in found]
    return {situacao: told.count(situacao) for situacao in ("ok", "aviso", "falha")}


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
