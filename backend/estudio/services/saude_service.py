"""What a program that watches asks: are the pages able to work, is the last month closed and its backup proven."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, schema
from estudio.domain.competencia import Competencia
from estudio.domain.errors import EstudioError
from estudio.services.mes_devido import find_oldest_finished, is_late


@dataclass(frozen=True, slots=True)
class Preparo:
    """Whether pages can work: the database answers, and has every table of this program."""

    banco: bool
    faltam: list[str]
    """Revisions that `estudio db migrate` would apply."""

    @property
    def is_pronto(self) -> bool:
        return self.banco and not self.faltam

    @property
    def situacao(self) -> str:
        return "pronto" if self.is_pronto else "despreparado"

    def as_json(self) -> dict[str, Any]:
        return {"situacao": self.situacao, "banco": self.banco, "faltam": self.faltam}


@dataclass(frozen=True, slots=True)
class SaudeDoExtrato:
    """`espera` is the oldest month that is over, open and not empty; `provado_em` is of the newest closed month."""

    ultimo_fechado: Competencia | None
    com_backup: bool
    """Whether a backup with that month's very content is there and was read back whole; True where none was closed."""
    provado_em: datetime | None
    espera: Competencia | None
    is_atrasado: bool

    @property
    def is_ok(self) -> bool:
        return self.com_backup and not self.is_atrasado

    def as_json(self) -> dict[str, Any]:
        return {
            "situacao": "ok" if self.is_ok else "atrasado" if self.is_atrasado else "sem_prova",
            "ultimo_fechado": self.ultimo_fechado and self.ultimo_fechado.slug,
            "com_backup": self.com_backup,
            "provado_em": self.provado_em and self.provado_em.isoformat(),
            "espera": self.espera and self.espera.slug,
            "atrasado": self.is_atrasado,
        }


def check_preparo() -> Preparo:
    """Asks the database; one that does not answer is not an error here."""
    try:
        return Preparo(banco=True, faltam=schema.list_pending())
    except EstudioError:
        return Preparo(banco=False, faltam=[])


def find_saude(session: Session) -> SaudeDoExtrato:
    fechado = session.execute(
        text(
            """select x.mes, (select max(b.verificado_em) from estudio.backups b
                              where b.mes = x.mes and b.apagado_em is null
                                and b.conteudo_sha256 = x.conteudo_sha256) as provado_em
               from estudio.extratos x where x.estado = 'vigente' order by x.mes desc limit 1"""
        )
    ).first()
    agora = clock.now()
    espera = find_oldest_finished(session, clock.business_day(agora))
    return SaudeDoExtrato(
        ultimo_fechado=Competencia.of(fechado.mes) if fechado else None,
        com_backup=fechado is None or fechado.provado_em is not None,
        provado_em=fechado.provado_em if fechado else None,
        espera=espera,
        is_atrasado=espera is not None and is_late(session, espera, agora),
    )
