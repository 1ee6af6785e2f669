"""Proving once more that one is who is logged in here, before something dangerous: by the password, or by a passkey."""

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import Acesso, digest_chave
from estudio.domain.errors import AcessoRecusado, ProvaPeloPin, SenhaErrada
from estudio.domain.fator import PROVA_VALE, Prova
from estudio.domain.senha import get_hash_of_nobody, is_senha
from estudio.domain.usuario import Usuario
from estudio.services.etapa_service import has_fator
from estudio.services.tentativa_service import Balcao, forget_tentativas, reserve_tentativa

log = structlog.get_logger(__name__)


def is_provado(session: Session, chave: str) -> bool:
    """Whether who sits at the browser of this key proved it within the last minutes."""
    query = (
        select(Prova.em)
        .join(Acesso, Acesso.id == Prova.acesso_id)
        .where(Acesso.chave_sha256 == digest_chave(chave), Prova.em > clock.now() - PROVA_VALE)
    )
    return session.scalar(query) is not None


def confirm_senha_in_own_transactions(*, usuario_id: int, senha: str, balcao: Balcao, campo: str) -> str:
    """See the password of a person once more; returns the hash that it was held against.

    Counted before it is looked at, as at the door, and no transaction is open meanwhile: who goes on to change
    something compares the hash once more. Raises SenhaErrada (beside `campo`), MuitasTentativas.
    """
    db.run(lambda session: reserve_tentativa(session, balcao, clock.now()))
    with db.transaction(read_only=True) as session:
        guardado = session.scalar(select(Usuario.senha_hash).where(Usuario.id == usuario_id))
    if not is_senha(senha, guardado or get_hash_of_nobody()) or guardado is None:
        log.warning("senha_errada", usuario=usuario_id)
        raise SenhaErrada(campo=campo)
    db.run(lambda session: forget_tentativas(session, balcao))
    return guardado


def prove_senha_in_own_transactions(*, usuario_id: int, senha: str, balcao: Balcao, chave: str | None) -> None:
    """As `confirm_senha_in_own_transactions`, and noted for the browser of this `chave`, if there is one.

    Raises ProvaPeloPin as well.
    """
    confirm_senha_in_own_transactions(usuario_id=usuario_id, senha=senha, balcao=balcao, campo="senha")
    if chave is None:
        return

    def note(session: Session) -> None:
        _ensure_alem_do_pin(session, usuario_id, chave)
        note_prova(session, chave)

    db.run(note)


def note_prova(session: Session, chave: str) -> None:
    """The person in the browser of this key proved it now."""
    acesso_id = session.scalar(select(Acesso.id).where(Acesso.chave_sha256 == digest_chave(chave)))
    if acesso_id is None:
        raise AcessoRecusado
    row = insert(Prova).values(acesso_id=acesso_id, em=clock.now())
    session.execute(row.on_conflict_do_update(index_elements=[Prova.acesso_id], set_={"em": row.excluded.em}))


def _ensure_alem_do_pin(session: Session, usuario_id: int, chave: str) -> None:
    """Whoever saw the PIN and the password being typed at a shared desk has not seen the code: new codes and passkeys
    are not for them. A passkey, which is both factors, proves it in any browser."""
    por_pin = session.scalar(select(Acesso.por_pin).where(Acesso.chave_sha256 == digest_chave(chave)))
    if por_pin and has_fator(session, usuario_id):
        raise ProvaPeloPin
