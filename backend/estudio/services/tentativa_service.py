"""What was tried in vain at the door, and how long whoever tries has to wait.

Counted by account and by address, each with its own patience; in a browser that this person has logged in with before,
by that browser alone: whoever hammers at an account from elsewhere never keeps its owner out.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio.domain.acesso import Tentativa, calculate_espera, fold_email
from estudio.domain.errors import MuitasTentativas

# A studio is one address: its people share the patience of one.
_LIVRES: Final = {
    "conta": 5,
    "endereco": 30,
    "aparelho": 10,
    "carta": 3,
    "pedido": 10,
    "ficha": 30,
    "fator": 5,
    "pin": 20,
}

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
            _name("conta", fold_email(email)),
            _name("endereco", endereco),
            None if aparelho is None else _name("aparelho", aparelho),
        )

    @classmethod
    def of_recuperacao(cls, *, email: str, endereco: str) -> "Balcao":
        """Where a link is asked for by e-mail: with counters of its own, so that no asking locks a door."""
        return cls(_name("carta", fold_email(email)), _name("pedido", endereco))

    @classmethod
    def of_fator(cls, usuario_id: int) -> "Balcao":
        """Where who is logged in says a code besides the password, which being right forgives no wrong code."""
        return cls("", "", _name("fator", str(usuario_id)))

    @classmethod
    def of_pin(cls, aparelho: str) -> "Balcao":
        """Where a browser says PINs that count for nobody: looking at one takes as long as at somebody's."""
        return cls("", "", _name("pin", aparelho))

    @property
    def chaves(self) -> list[str]:
        """In one order, so that two attempts never wait for each other."""
        return [self.aparelho] if self.aparelho else sorted((self.conta, self.endereco))


def reserve_tentativa(session: Session, balcao: Balcao, agora: datetime) -> None:
    """Count an attempt as one in vain, until it proves to be none. Raises MuitasTentativas, and then counts nothing."""
    for chave in balcao.chaves:
        _reserve(session, chave, agora)


def count_ficha_errada(session: Session, endereco: str, agora: datetime) -> None:
    """Count a wrong key at the API by the address it came from. Raises MuitasTentativas, and then counts nothing."""
    _reserve(session, _name("ficha", endereco), agora)


def forget_tentativas(session: Session, balcao: Balcao) -> None:
    """It was the right person: what failed before is forgotten; of an address that others share, this attempt alone."""
    # In the order in which they were counted; a login from a known browser says nothing of the guesses of others.
    mine = [chave for chave in balcao.chaves if chave != balcao.endereco]
    session.execute(delete(Tentativa).where(Tentativa.chave.in_(mine)))
    session.execute(
        update(Tentativa)
        .where(Tentativa.chave == balcao.endereco, Tentativa.chave.in_(balcao.chaves))
        .values(falhas=func.greatest(Tentativa.falhas - 1, 0))
    )


def forget_conta(session: Session, email: str) -> None:
    """A new password begins anew: who was kept waiting for the old one is not."""
    session.execute(delete(Tentativa).where(Tentativa.chave == _name("conta", fold_email(email))))


def _reserve(session: Session, chave: str, agora: datetime) -> None:
    session.execute(delete(Tentativa).where(Tentativa.ultima_em < agora - ESQUECE_EM))
    # Locked by the one statement that makes it: a hundred attempts at one moment are counted one after the other.
    row = insert(Tentativa).values(chave=chave, falhas=0, ultima_em=agora)
    row = row.on_conflict_do_update(index_elements=[Tentativa.chave], set_={"falhas": Tentativa.falhas})
    feitas = session.scalars(row.returning(Tentativa), execution_options={"populate_existing": True}).one()
    espera = calculate_espera(feitas.falhas, livres=_LIVRES[chave.partition(":")[0]])
    resta = feitas.ultima_em + espera - agora
    if espera and resta > timedelta(0):
        raise MuitasTentativas(segundos=max(1, round(resta / timedelta(seconds=1))))
    feitas.falhas += 1
    feitas.ultima_em = agora
    session.flush()


def _name(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
