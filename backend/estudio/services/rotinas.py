"""What the studio does by itself: the list of the rotinas, what of it is due, and how one is worked.

To add one: a module `rotina_<what>.py` whose `list_rotinas` gives it, and that module in MODULOS below. What is due of
it is told from its own tables, as documents are by the closed months that lack them, and avisos by the outbox. Work
that a deed leaves behind may also be put into the queue at once, by its own transaction: `register_rotina`.
"""

import uuid
from datetime import datetime
from itertools import islice
from types import ModuleType
from typing import Final

import structlog
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.errors import BancoIndisponivel, EstudioError, Refusal
from estudio.domain.rotina import Desfecho, Rotina
from estudio.services import rotina_avisos, rotina_copias, rotina_documentos, rotina_lembretes, rotina_meses
from estudio.services.fila import Tarefa, register_tarefa
from estudio.services.rodada_service import finish_rodada, is_waiting, open_rodada

MODULOS: Final[tuple[ModuleType, ...]] = (
    rotina_meses,
    rotina_documentos,
    rotina_copias,
    rotina_lembretes,
    rotina_avisos,
)

DE_UMA_VEZ: Final = 100
"""Of each rotina so many are put into the queue by one look; the next look those after them."""

log = structlog.get_logger(__name__)


def list_rotinas() -> list[Rotina]:
    """All of them, in the order in which they are looked at."""
    return [rotina for modulo in MODULOS for rotina in modulo.list_rotinas()]


def get_rotina(nome: str) -> Rotina:
    return next(rotina for rotina in list_rotinas() if rotina.nome == nome)


def list_due(session: Session, agora: datetime) -> list[tuple[Rotina, str]]:
    """What is to be done at an instant, and of each what it is about; not what failed a moment ago. Counted after that:
    months that fail again and again keep no later one waiting."""
    found = []
    for rotina in list_rotinas():
        due = (alvo for alvo in rotina.find_alvos(session, agora) if not is_waiting(session, rotina, alvo, agora))
        found += [(rotina, alvo) for alvo in islice(due, DE_UMA_VEZ)]
    return found


def register_rotina(session: Session, rotina: Rotina, alvo: str = "") -> bool:
    """Put one into the queue with the transaction; False when it waits there or runs already."""
    return register_tarefa(session, Tarefa(rotina.nome, alvo, trava=rotina.trava, prioridade=rotina.prioridade))


def register_due() -> int:
    """Put into the queue what is due; returns how many were put in. Any number of machines may look at once."""
    with db.transaction() as session:
        registered = [
            (rotina, alvo) for rotina, alvo in list_due(session, clock.now()) if register_rotina(session, rotina, alvo)
        ]
    for rotina, alvo in registered:
        log.info("rotina_devida", rotina=rotina.nome, alvo=alvo)
    return len(registered)


def work_rotina(nome: str, alvo: str, *, tarefa_id: int | None = None) -> Desfecho:
    """Do it if it is still due, and remember what became of it. Raises only where that could not be remembered."""
    rotina, run_id = get_rotina(nome), uuid.uuid4()
    with structlog.contextvars.bound_contextvars(run_id=str(run_id), rotina=nome, parte=rotina.parte):
        with db.transaction(read_only=True) as session:
            agora = clock.now()
            # Another machine may have done it between the look and now, or tried it in vain.
            if alvo not in rotina.find_alvos(session, agora) or is_waiting(session, rotina, alvo, agora):
                return Desfecho.NADA
        rodada_id = open_rodada(rotina, alvo, run_id=run_id, tarefa_id=tarefa_id)
        log.info("rodada", rotina=nome, alvo=alvo)
        desfecho, codigo, mensagem = _try_work(rotina, alvo)
        finish_rodada(rodada_id, desfecho, codigo=codigo, mensagem=mensagem)
        log.info("rodada_terminada", rotina=nome, alvo=alvo, desfecho=str(desfecho), codigo=codigo)
        return desfecho


def _try_work(rotina: Rotina, alvo: str) -> tuple[Desfecho, str | None, str | None]:
    """The edge of a job: whatever happens within, the worker goes on, and the rodada says what it was."""
    try:
        said = rotina.work(alvo)
    except EstudioError as error:
        refused = isinstance(error, Refusal) and not isinstance(error, BancoIndisponivel)
        tell = log.warning if refused else log.error
        tell("rotina_" + ("recusada" if refused else "falhou"), rotina=rotina.nome, alvo=alvo, codigo=error.codigo)
        return (Desfecho.RECUSADA if refused else Desfecho.FALHOU), error.codigo, error.message
    except Exception as error:
        log.exception("rotina_falhou", rotina=rotina.nome, alvo=alvo)
        return Desfecho.FALHOU, "falha", f"{type(error).__name__}; os detalhes estão no registro."
    return (Desfecho.FEITA if said else Desfecho.NADA), None, said
