"""Erasing a person (LGPD, art. 18): who they were goes from the books, the audit trail and the names beside the seals.

What was paid stays, under a number, as the law asks; no seal is broken. The sheets on disk are another deed
(`backup_reescrita`), because a file cannot be rolled back.
"""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from estudio.domain.cliente import get_cliente
from estudio.domain.errors import DadosInvalidos
from estudio.domain.nomes import normalise_nome
from estudio.domain.titular import Motivo, ensure_presente
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.cliente_historia import find_atual


def erase_titular(session: Session, cliente_id: int, *, quem: Quem, motivo: str, confirmacao: str) -> list[int]:
    """Erase one person with every entry that was merged into theirs; returns the numbers of the entries.

    It cannot be undone, so `confirmacao` is the name as it stands. Raises NaoEncontrado, ClienteEliminado,
    DadosInvalidos.
    """
    quem.ensure_dono()
    cliente = find_atual(session, cliente_id, quem=quem)
    ensure_presente(session, cliente)
    if motivo not in set(Motivo):
        raise DadosInvalidos("Escolha um dos motivos da lista.", motivo="motivo", campo="motivo")
    if normalise_nome(confirmacao) != normalise_nome(cliente.nome):
        raise DadosInvalidos(
            sentence="Para eliminar, escreva o nome como ele está: {nome}",
            nome=cliente.nome,
            motivo="confirmacao",
            campo="confirmacao",
        )
    act_as(session, quem)
    erased = func.estudio.eliminar_titular(cliente.id, motivo, quem.usuario_id, type_=ARRAY(BigInteger))
    ids = session.scalars(select(erased)).one()
    # Whatever was read before still says who they were.
    session.expire_all()
    assert get_cliente(session, cliente.id).telefone is None, "nothing of them is left"
    return list(ids)
