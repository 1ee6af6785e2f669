"""The doctor: goes through everything that can be asked of a running studio and says what to do about what is not well.

Nothing is repaired and nothing is written. What is checked is in the doctor_ modules beside this one, by subject.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import psycopg
from sqlalchemy.exc import DBAPIError

from estudio.domain.errors import EstudioError
from estudio.services import (
    doctor_ajustes,
    doctor_avisos,
    doctor_backups,
    doctor_cadastros,
    doctor_cadeia,
    doctor_copias,
    doctor_discos,
    doctor_esquema,
    doctor_livros,
    doctor_meses,
    doctor_rotinas,
    doctor_servidor,
)
from estudio.services.doctor_laudo import Check, Laudo, Situacao, falha

# Without a server that answers these cannot be asked.
ON_THE_SERVER: Final[dict[str, tuple[Check, ...]]] = {
    "Servidor": doctor_servidor.CHECKS,
    "Guarda": doctor_esquema.CHECKS,
    "Livros": doctor_livros.CHECKS,
    "Cadastros": doctor_cadastros.CHECKS,
    "Meses": doctor_meses.CHECKS,
    "Selos": doctor_cadeia.CHECKS,
    "Backups": (*doctor_backups.CHECKS, *doctor_copias.CHECKS),
    "Tarefas": doctor_rotinas.CHECKS,
    "Avisos": doctor_avisos.CHECKS,
}
ON_THE_MACHINE: Final[dict[str, tuple[Check, ...]]] = {
    "Discos": doctor_discos.CHECKS,
    "Ajustes": doctor_ajustes.CHECKS,
}

SEM_RESPOSTA: Final = "Não deu para conferir."
"""How a check begins that could not be made."""


@dataclass(frozen=True, slots=True)
class Diagnostico:
    """What one check found. `codigo` is its name, `assunto` the heading it stands under."""

    codigo: str
    assunto: str
    situacao: Situacao
    mensagem: str

    def as_json(self) -> dict[str, Any]:
        """`situacao` is ok, aviso or falha; a falha of the books themselves has `integridade` true."""
        broken = self.situacao is Situacao.QUEBRA
        return {
            "codigo": self.codigo,
            "assunto": self.assunto,
            "situacao": str(Situacao.FALHA if broken else self.situacao),
            "integridade": broken,
            "mensagem": self.mensagem,
        }


def count_checks() -> int:
    """How many `examine` gives when there is a server."""
    return len(list_codigos())


def list_codigos() -> list[str]:
    """The `codigo` of each of those."""
    groups = [checks for group in (ON_THE_SERVER, ON_THE_MACHINE) for checks in group.values()]
    return [_name(check) for check in (doctor_servidor.check_servidor, *chain.from_iterable(groups))]


def examine() -> Iterator[Diagnostico]:
    """Every check, one after the other, as it is answered."""
    server = run_check("Servidor", doctor_servidor.check_servidor)
    yield server
    groups = (ON_THE_SERVER if server.situacao is Situacao.OK else {}) | ON_THE_MACHINE
    for subject, checks in groups.items():
        for check in checks:
            yield run_check(subject, check)


def run_check(subject: str, check: Check) -> Diagnostico:
    """A check that cannot be made is a falha of its own: what it would have found is not known."""
    try:
        situacao, mensagem = check()
    except EstudioError as refusal:
        situacao, mensagem = _unanswered(refusal.message)
    except (psycopg.Error, DBAPIError, OSError) as error:
        situacao, mensagem = _unanswered(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}.")
    return Diagnostico(_name(check), subject, situacao, mensagem)


def _name(check: Check) -> str:
    return check.__name__.removeprefix("check_")


def _unanswered(reason: str) -> Laudo:
    return falha(f"{SEM_RESPOSTA} {reason}")
