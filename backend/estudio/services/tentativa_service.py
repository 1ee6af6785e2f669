"""What was tried in vain at the door, and how long whoever tries has to wait.

Counted by account and by address, each with its own patience; in a browser that this person has logged in with before,
by that browser alone: whoever hammers at an account from elsewhere never keeps its owner out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio.domain.acesso import Tentativa, calculate_espera
from estudio.domain.errors import MuitasTentativas

# A studio is one address: its people share the patience of one.
_LIVRES: Final = {"conta": 5, "endereco": 30, "aparelho": 10}

ESQUECE_EM: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Balcao:
    """Where somebody tries to enter: the counters that this attempt is counted in."""

    conta: str
    endereco: str
    aparelho: str | None = None

    @classmethod
    def of(cls, *, email: str, endereco: str, aparelho: str | None) -> "Balcao":
        """`aparelho` names a browser that is known to be this account's. No e-mail and no address is kept."""
        return cls(
            _name("conta", email.strip().lower()),
            _name("endereco", endereco),
            None if aparelho is None else _name("aparelho", aparelho),
        )

    @property
    def chaves(self) -> list[str]:
        """In one order, so that two attempts never wait for each other."""
        return [self.aparelho] if self.aparelho else sorted((self.conta, self.endereco))


def reserve_tentativa(session: Session, balcao: Balcao, agora: datetime) -> None:
    """Count an attempt as one in vain, until it proves to be none. Raises MuitasTentativas, and then counts nothing."""
    session.execute(delete(Tentativa).where(Tentativa.ultima_em < agora - ESQUECE_EM))
    for chave in balcao.chaves:
        session.execute(insert(Tentativa).values(chave=chave, falhas=0, ultima_em=agora).on_conflict_do_nothing())
        # Locked: a hundred attempts at one moment are counted one after the other.
        feitas = session.scalars(select(Tentativa).where(Tentativa.chave == chave).with_for_update()).one()
        espera = calculate_espera(feitas.falhas, livres=_LIVRES[chave.partition(":")[0]])
        resta = feitas.ultima_em + espera - agora
        if espera and resta > timedelta(0):
            raise MuitasTentativas(segundos=max(1, round(resta / timedelta(seconds=1))))
        feitas.falhas += 1
        feitas.ultima_em = agora
    session.flush()


def forget_tentativas(session: Session, balcao: Balcao) -> None:
    """It was the right person: what failed before is forgotten; of an address that others share, this attempt alone."""
    session.execute(
        update(Tentativa)
        .where(Tentativa.chave == balcao.endereco, Tentativa.chave.in_(balcao.chaves))
        .values(falhas=func.greatest(Tentativa.falhas - 1, 0))
    )
    mine = [chave for chave in (balcao.conta, balcao.aparelho) if chave is not None]
    session.execute(delete(Tentativa).where(Tentativa.chave.in_(mine)))


def _name(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
