"""One form, one deed: a key that comes twice does nothing the second time and gets the first answer."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio.domain.errors import ChaveRepetida, DadosInvalidos
from estudio.domain.idempotencia import Chave
from estudio.domain.usuario import Quem

# usuario_id of the key when nobody is logged in: the command line.
NINGUEM = 0

Resultado = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resposta:
    """What the deed answered; `repetida` when it was done before and is only told again."""

    resultado: Resultado
    repetida: bool


def once(
    session: Session,
    *,
    quem: Quem,
    chave: str,
    rota: str,
    corpo: Mapping[str, object],
    deed: Callable[[], Resultado],
) -> Resposta:
    """Do a deed unless this key did it already; key, effect and answer are one transaction.

    The same person, door (`rota`) and contents (`corpo`: what JSON can say, and whatever `str` can) get the first
    answer. Other contents: ChaveRepetida, with the first answer. A deed that is refused leaves its key free. Whoever
    comes second waits until the first has committed.
    """
    if not 8 <= len(chave) <= 200 or "\x00" in chave:
        raise DadosInvalidos("A chave do formulário precisa ter de 8 a 200 caracteres.", motivo="chave")
    quando = {"usuario_id": quem.usuario_id or NINGUEM, "chave": chave}
    sha256 = _digest(corpo)
    taken = session.execute(
        insert(Chave).values(**quando, rota=rota, corpo_sha256=sha256).on_conflict_do_nothing().returning(Chave.chave)
    ).first()
    if taken is None:
        return _repeat(session.execute(select(Chave).filter_by(**quando)).scalar_one(), rota, sha256)
    resultado = deed()
    session.flush()
    session.execute(update(Chave).filter_by(**quando).values(resultado=resultado))
    return Resposta(resultado, repetida=False)


def prune_chaves(session: Session, *, dias: int = 30) -> int:
    """Forget keys older than `dias`; returns how many. No form stays open that long."""
    velha = Chave.criado_em < func.clock_timestamp() - timedelta(days=dias)
    return len(session.execute(delete(Chave).where(velha).returning(Chave.chave)).all())


def _repeat(chave: Chave, rota: str, sha256: str) -> Resposta:
    if (chave.rota, chave.corpo_sha256) != (rota, sha256):
        raise ChaveRepetida(resultado=chave.resultado)
    assert chave.resultado is not None, "a key is committed together with its answer"
    return Resposta(chave.resultado, repetida=True)


def _digest(corpo: Mapping[str, object]) -> str:
    text = json.dumps(corpo, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
