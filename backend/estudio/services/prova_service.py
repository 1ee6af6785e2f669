"""Proving once more that one is who is logged in here, before something dangerous: by the password, or by a passkey."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import Acesso, create_chave, digest_chave
from estudio.domain.errors import AcessoRecusado, ProvaPeloPin, SenhaErrada
from estudio.domain.fator import PROVA_VALE, Prova
from estudio.domain.senha import hash_senha, is_senha
from estudio.domain.usuario import Usuario
from estudio.services.etapa_service import has_fator
from estudio.services.tentativa_service import Balcao, forget_tentativas, reserve_tentativa


def is_provado(session: Session, chave: str) -> bool:
    """Whether who sits at the browser of this key proved it within the last minutes."""
    query = (
        select(Prova.em)
        .join(Acesso, Acesso.id == Prova.acesso_id)
        .where(Acesso.chave_sha256 == digest_chave(chave), Prova.em > clock.now() - PROVA_VALE)
    )
    return session.scalar(query) is not None


def prove_senha_in_own_transactions(*, usuario_id: int, senha: str, balcao: Balcao, chave: str | None) -> None:
    """See the password of a person once more. `chave`: the browser that it is noted for, if it is.

    Counted before it is looked at, as at the door. Raises SenhaErrada, MuitasTentativas, ProvaPeloPin.
    """
    db.run(lambda session: reserve_tentativa(session, balcao, clock.now()))
    with db.transaction(read_only=True) as session:
        usuario = session.get(Usuario, usuario_id)
    if usuario is None or not is_senha(senha, usuario.senha_hash or hash_senha(create_chave())):
        raise SenhaErrada(campo="senha")

    def note(session: Session) -> None:
        forget_tentativas(session, balcao)
        if chave is not None:
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
