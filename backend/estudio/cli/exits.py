"""How a run ends: the one place that turns an exception into an exit code and a sentence.

0 done or nothing to do · 1 refused · 2 usage or settings · 3 crashed · 4 integrity broken · 5 outcome unknown
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import click
import structlog

from estudio import logs
from estudio.cli.output import Output
from estudio.cli.usage import explain_usage
from estudio.domain.errors import EstudioError, IntegrityBroken, OperacaoFalhou, OutcomeUnknown, Refusal, UsageRefusal

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
CRASHED: Final = 3
BROKEN: Final = 4
UNKNOWN: Final = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ending:
    """How it ended, for the shell (`code`), for programs (`codigo`, `details`) and for people (`message`)."""

    code: int
    codigo: str
    message: str
    details: dict[str, object] = field(default_factory=dict)


def run_to_exit(deed: Callable[[], object], output: Output) -> int:
    """Run a command, say how it ended, and return the exit code."""
    try:
        outcome = deed()
        # click answers --help and `ctx.exit(n)` with a number; a command that is done returns nothing.
        code = outcome if isinstance(outcome, int) else DONE
        output.finish(code)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):
        # Who read our output is gone (`| head`); click and rich answer that with an exit of their own. Nobody is left
        # to be told, and the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CRASHED
    except (click.ClickException, EstudioError) as error:
        return _end(explain(error), output)
    except (click.Abort, KeyboardInterrupt):
        ending = Ending(CRASHED, "interrompido", "Interrompido. Confira o que ficou feito antes de tentar de novo.")
        return _end(ending, output)
    except Exception as error:
        log.exception("falhou", tela=False)
        return _end(explain(error), output)


def explain(error: BaseException) -> Ending:
    """Tell what an error means to whoever ran the command."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return Ending(USAGE, "ajuda", error.format_message())
    if isinstance(error, click.ClickException):
        return Ending(USAGE, "uso", explain_usage(error))
    if isinstance(error, EstudioError):
        return Ending(_code_of(error), error.codigo, error.message, error.details)
    return Ending(
        CRASHED,
        "falha",
        f"O programa falhou ({type(error).__name__}). Os detalhes estão no registro, com o número {logs.run_id()}.",
    )


def _code_of(error: EstudioError) -> int:
    if isinstance(error, UsageRefusal):
        return USAGE
    if isinstance(error, IntegrityBroken):
        return BROKEN
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if isinstance(error, OperacaoFalhou):
        return CRASHED
    assert isinstance(error, Refusal), f"{type(error).__name__} belongs to no family"
    return REFUSED


def _end(ending: Ending, output: Output) -> int:
    log.info("fim", codigo=ending.codigo, saida=ending.code)
    tell = output.say if ending.codigo == "ajuda" else output.fail
    tell(ending.message)
    document: dict[str, Any] = {"ok": False, "codigo": ending.codigo, "mensagem": ending.message}
    if ending.details:
        document["detalhes"] = ending.details
    output.finish(ending.code, document)
    return ending.code
