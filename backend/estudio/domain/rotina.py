"""A rotina: what the studio does by itself, when it is due, and what may become of one run of it (a rodada)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from estudio.log_files import Parte


class Desfecho(StrEnum):
    """What became of a rodada. NADA: there was nothing to do. RECUSADA: something stood in the way, and nothing was
    changed. INTERROMPIDA: its process is gone."""

    FEITA = "feita"
    NADA = "nada"
    RECUSADA = "recusada"
    FALHOU = "falhou"
    INTERROMPIDA = "interrompida"


@dataclass(frozen=True, slots=True)
class Rotina:
    """One thing that the studio does by itself; each is a few lines over a service that a person can call as well."""

    nome: str
    titulo: str
    find_alvos: Callable[[Session, datetime], list[str]]
    """What is due at an instant, told from the books and from what was done before: [""] where it is about nothing in
    particular, a month's slug where it is about that month; [] when nothing is due. Cheap: it is asked every minute."""
    work: Callable[[str], str | None]
    """Do it for one alvo, and say in a sentence what was done; None: there was nothing to do. Safe to be killed in the
    middle and to be done twice. Raises refusals."""
    trava: str | None
    """Of rotinas with the same one, one runs at a time, whichever machine works it; None: any number at once."""
    prioridade: int = 0
    find_proxima: Callable[[Session, datetime], datetime | None] = lambda _session, _agora: None
    """When its schedule comes next; None where it follows what happens, or never comes."""
    espera: timedelta = timedelta(hours=1)
    """After a refusal it is tried again when so much has passed."""
    parte: Parte = Parte.TAREFAS
    """Whose log its lines go to."""
