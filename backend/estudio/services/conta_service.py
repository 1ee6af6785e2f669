"""A person's own account: a new password, a PIN, the browsers in which she is logged in.

What is proven by a password asks for it, and counts what was tried in vain as the login does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import Acesso, create_chave, digest_chave
from estudio.domain.conta import Pin, ensure_pin
from estudio.domain.errors import SenhaErrada
from estudio.domain.senha import hash_senha
from estudio.domain.usuario import Quem, Usuario
from estudio.services.auditoria_service import act_as
from estudio.services.prova_service import confirm_senha_in_own_transactions
from estudio.services.tentativa_service import Balcao
from estudio.services.turno_service import begin_turno, end_turnos
from estudio.services.usuario_service import change_senha

# A new key and a new row for the browser in which the password was changed; all else of its Acesso stays as it was.
_DA_LINHA: Final = frozenset({"id", "chave_sha256"})


@dataclass(frozen=True, slots=True)
class Navegador:
    """One browser in which a person is logged in; `este` is the one that asks."""

    id: int
    navegador: str
    aberto_em: datetime
    por_pin: bool
    este: bool


def change_own_senha_in_own_transactions(
    *, quem: Quem, chave: str, atual: str, nova: str, balcao: Balcao, aparelho: str
) -> str:
    """Give oneself another password, by the one of before; every other browser, link and PIN of one's own ends.

    Returns the new key of the browser that asks, whose old one is `chave`. Raises SenhaErrada, MuitasTentativas,
    SenhaInvalida.
    """
    usuario_id, conferido = _confirm_senha(quem, atual, balcao)

    def change(session: Session) -> str:
        _ensure_still(session, usuario_id, conferido)
        acesso = session.scalars(select(Acesso).where(Acesso.chave_sha256 == digest_chave(chave))).one_or_none()
        if acesso is None:
            raise SenhaErrada
        kept = {c.key: getattr(acesso, c.key) for c in Acesso.__mapper__.column_attrs if c.key not in _DA_LINHA}
        change_senha(session, usuario_id, quem=quem, senha=nova)
        nova_chave = create_chave()
        session.add(Acesso(**kept, chave_sha256=digest_chave(nova_chave)))
        session.flush()
        begin_turno(session, usuario_id, aparelho)
        return nova_chave

    return db.run(change)


def change_own_pin_in_own_transactions(*, quem: Quem, atual: str, pin: str, balcao: Balcao, aparelho: str) -> None:
    """Give oneself a PIN, or another one, by the password; it counts in this browser at once. Raises PinInvalido,
    SenhaErrada, MuitasTentativas."""
    ensure_pin(pin)
    usuario_id, conferido = _confirm_senha(quem, atual, balcao)
    hashed = hash_senha(pin)

    def change(session: Session) -> None:
        _ensure_still(session, usuario_id, conferido)
        act_as(session, quem, motivo="PIN trocado")
        row = insert(Pin).values(usuario_id=usuario_id, senha_hash=hashed)
        session.execute(row.on_conflict_do_update(constraint="pins_um_por_pessoa", set_={"senha_hash": hashed}))
        # Whoever knew the old one has nothing of the new one at another browser until the password was given there.
        end_turnos(session, usuario_id)
        begin_turno(session, usuario_id, aparelho)

    db.run(change)


def delete_own_pin(session: Session, *, quem: Quem) -> None:
    """Have no PIN any more: one's browsers are taken over by the password alone. Twice is no error."""
    act_as(session, quem, motivo="PIN apagado")
    session.execute(delete(Pin).where(Pin.usuario_id == quem.usuario_id))


def has_pin(session: Session, usuario_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Pin.usuario_id == usuario_id))))


def list_navegadores(session: Session, usuario_id: int, *, quem: Quem, chave: str | None = None) -> list[Navegador]:
    """The browsers in which a person is logged in, the newest first: one's own, or the dono asks. `chave` is of the
    browser that asks."""
    if quem.usuario_id != usuario_id:
        quem.ensure_dono()
    query = (
        select(Acesso).where(Acesso.usuario_id == usuario_id, Acesso.expira_em > clock.now()).order_by(Acesso.id.desc())
    )
    own = None if chave is None else digest_chave(chave)
    return [Navegador(a.id, a.navegador, a.aberto_em, a.por_pin, a.chave_sha256 == own) for a in session.scalars(query)]


def count_navegadores(session: Session, *, quem: Quem) -> dict[int, int]:
    """How many browsers each person is logged in with, by usuario_id."""
    quem.ensure_dono()
    query = select(Acesso.usuario_id, func.count()).where(Acesso.expira_em > clock.now()).group_by(Acesso.usuario_id)
    return dict(session.execute(query).all())


def close_navegadores(
    session: Session, usuario_id: int, *, quem: Quem, acesso_id: int | None, exceto: str | None = None
) -> int:
    """Log a person out of one browser, or of all of hers but the one whose key is `exceto`; returns of how many.

    Her PIN brings her back at none of them before she gave her password there. Twice is no error, and another
    person's browser is as if it were not there.
    """
    if quem.usuario_id != usuario_id:
        quem.ensure_dono()
    act_as(session, quem, motivo="Navegador encerrado")
    query = delete(Acesso).where(Acesso.usuario_id == usuario_id)
    if acesso_id is not None:
        query = query.where(Acesso.id == acesso_id)
    elif exceto is not None:
        query = query.where(Acesso.chave_sha256 != digest_chave(exceto))
    closed = len(session.execute(query.returning(Acesso.id)).all())
    end_turnos(session, usuario_id)
    return closed


def _confirm_senha(quem: Quem, senha: str, balcao: Balcao) -> tuple[int, str]:
    """Whose password was confirmed, and the hash it was held against."""
    assert quem.usuario_id is not None, "who confirms her password is logged in"
    return quem.usuario_id, confirm_senha_in_own_transactions(
        usuario_id=quem.usuario_id, senha=senha, balcao=balcao, campo="atual"
    )


def _ensure_still(session: Session, usuario_id: int, conferido: str) -> None:
    """Changed or deactivated while it was looked at: what was proven is no longer so."""
    usuario = session.get(Usuario, usuario_id, with_for_update=True, populate_existing=True)
    if usuario is None or not usuario.ativo or usuario.senha_hash != conferido:
        raise SenhaErrada(campo="atual")
