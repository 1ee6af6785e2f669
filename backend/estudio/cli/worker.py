"""`estudio worker`: what the studio does by itself is done here, on as many machines as one likes."""

import click

from estudio.cli.commands import Command
from estudio.cli.exits import CRASHED, DONE, REFUSED
from estudio.cli.output import Output, pass_output
from estudio.domain.rotina import Desfecho
from estudio.prioridade import give_way
from estudio.services.migracao_service import prepare_books
from estudio.services.rotinas import get_rotina
from estudio.services.trabalhador import Trabalhador

PALAVRAS = {
    Desfecho.FEITA: "feita",
    Desfecho.NADA: "nada a fazer",
    Desfecho.RECUSADA: "recusada",
    Desfecho.FALHOU: "falhou",
    Desfecho.INTERROMPIDA: "interrompida",
}


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Faz o que está na hora de fazer e termina.")
@pass_output
def worker(output: Output, *, once: bool) -> int:
    """Faz o que o estúdio faz sozinho: fecha meses, faz, ensaia e limpa backups. Até Ctrl+C.

    Pode rodar em quantas máquinas quiser, com o mesmo banco: cada tarefa é feita uma vez. Com --once sai com 0 quando
    tudo foi feito, 1 quando algo foi recusado e 3 quando algo falhou.
    """
    for revision in prepare_books():
        output.success(f"Tabelas atualizadas: {revision}.")
    trabalhador = Trabalhador(tell=output.say)
    if not once:
        give_way()
        output.say("Trabalhando nas tarefas do estúdio (Ctrl+C encerra).")
        trabalhador.run()
        return DONE
    trabalhador.run_once()
    return _conclude(output, trabalhador)


def _conclude(output: Output, trabalhador: Trabalhador) -> int:
    done = [(nome, alvo, desfecho) for nome, alvo, desfecho in trabalhador.desfechos if desfecho != Desfecho.NADA]
    output.result(
        {
            "tarefas": [
                {"rotina": nome, "alvo": alvo or None, "desfecho": str(desfecho)} for nome, alvo, desfecho in done
            ]
        }
    )
    if done:
        rows = [(get_rotina(nome).titulo, alvo or "—", PALAVRAS[desfecho]) for nome, alvo, desfecho in done]
        output.table("Tarefas", ["Tarefa", "De", "Desfecho"], rows)
    found = {desfecho for _, _, desfecho in done}
    if Desfecho.FALHOU in found:
        output.fail("Uma tarefa falhou. Veja o registro; ela é tentada de novo sozinha.")
        return CRASHED
    if Desfecho.RECUSADA in found:
        output.fail("Uma tarefa foi recusada. Veja por quê com `estudio rotinas`; ela é tentada de novo mais tarde.")
        return REFUSED
    output.success("Feito." if done else "Não há nada a fazer agora.")
    return DONE
