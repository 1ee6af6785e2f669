"""`estudio update`: the books brought to this program's age, or left as they were."""

import click
import psycopg

from estudio import schema
from estudio.cli.backup_texto import describe_completo
from estudio.cli.commands import Command
from estudio.cli.output import Bar, Output, pass_output
from estudio.domain.errors import EstudioError, OutcomeUnknown
from estudio.services.atualizacao_service import Atualizacao, renew_books
from estudio.services.migracao_service import prepare_books

PASSOS = 7


@click.command(cls=Command)
@pass_output
def update(output: Output) -> None:
    """Passa os livros para esta versão do programa. Com o programa parado em todas as máquinas.

    Faz uma cópia do estúdio inteiro e a lê de novo, atualiza as tabelas em um banco novo, confere tudo nele e só então
    o põe no lugar do antigo. Se algo falhar, em qualquer ponto, nada muda e a versão anterior continua a funcionar.
    """
    if not schema.has_revision():
        output.result({"aplicadas": prepare_books()})
        output.success("O estúdio é novo: as tabelas foram criadas.")
    elif not schema.list_pending():
        output.result({"aplicadas": []})
        output.success("Os livros já são desta versão do programa. Não há o que atualizar.")
    else:
        with output.progress() as bar:
            done = _update(output, bar)
        _conclude(output, done)


def _update(output: Output, bar: Bar) -> Atualizacao:
    steps: list[str] = []

    def tell(step: str) -> None:
        steps.append(step)
        output.say(f"{step}…")
        bar.show(step, done=len(steps) - 1, total=PASSOS)

    try:
        return renew_books(tell=tell)
    except OutcomeUnknown:
        raise
    except BaseException:
        output.warn(_describe_stop(steps))
        raise


def _describe_stop(steps: list[str]) -> str:
    """What is true of the books now. Only the last step puts others in their place, and it may be over already."""
    where = f" no passo “{steps[-1]}”" if steps else ""
    is_done = _find_done() if len(steps) == PASSOS else False
    if is_done is None:
        return (
            f"A atualização parou{where}, e não se sabe se ele foi feito. Rode `estudio update` de novo: ele descobre."
        )
    if is_done:
        return f"A atualização parou{where}, quando os livros já eram desta versão do programa. Não há o que refazer."
    return (
        f"A atualização parou{where}. Nada mudou: os livros estão como antes, e a versão anterior do programa continua "
        "a funcionar com eles."
    )


def _find_done() -> bool | None:
    """Whether the books in their place are of this program's age; None where nobody answers."""
    try:
        return not schema.list_pending()
    except (EstudioError, psycopg.Error):
        return None


def _conclude(output: Output, done: Atualizacao) -> None:
    output.result(
        {
            "aplicadas": done.aplicadas,
            "copia": describe_completo(done.copia),
            "banco_anterior": done.anterior,
            "falhas": [diagnostico.as_json() for diagnostico in done.falhas],
        }
    )
    for falha in done.falhas:
        output.warn(f"Não é da atualização, mas precisa de atenção ({falha.codigo}): {falha.mensagem}")
    output.success(
        f"Os livros são desta versão. A cópia de antes está em {done.copia.caminho}; o banco de antes se chama "
        f"{done.anterior} e é apagado na próxima atualização."
    )
