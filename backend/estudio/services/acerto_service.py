"""Acertos: registered, edited, deleted in an open month; undone from the audit trail.

Whoever registers says a kind and an amount; the sign is the kind's. A recebido is made of its pagamento and follows it:
it can be deleted, and is otherwise edited where the pagamento is.
"""

import uuid
from datetime import date
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio.domain.acerto import COM_MOTIVO, EM_DINHEIRO, SINAL, Acerto, Tipo, lock_acerto
from estudio.domain.artista import Artista, get_artista
from estudio.domain.codigos import ensure_forma
from estudio.domain.dinheiro import ensure_valor, format_dinheiro
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, SaldoMudou, TextoInvalido
from estudio.domain.livros import ensure_open
from estudio.domain.nomes import normalise_nome, validate_opcional
from estudio.domain.pagamento import lock_pagamento
from estudio.domain.usuario import Quem
from estudio.services.acerto_consulta import find_saldo
from estudio.services.auditoria_service import act_as
from estudio.services.desfazer_imagem import assign_imagem, find_apagado, find_editado, get_antes, restore_linha

LIMITE_MOTIVO: Final = 2_000

_CAMPOS: Final = ("artista_id", "tipo", "forma", "motivo")


class CamposDoAcerto(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is. `valor` is the amount, without its sign."""

    data: date
    tipo: Tipo
    valor: Decimal
    forma: str | None
    motivo: str | None


def register_acerto(
    session: Session,
    *,
    quem: Quem,
    data: date,
    artista_id: int,
    tipo: Tipo,
    valor: Decimal,
    forma: str | None = None,
    motivo: str | None = None,
    saldo_visto: Decimal | None = None,
) -> Acerto:
    """Register one row of an artista's account. Raises CompetenciaFechada and refusals of what was entered.

    `saldo_visto` is the saldo that it was to settle: when it is no longer that, SaldoMudou. Two at once queue.
    """
    quem.ensure_dono()
    act_as(session, quem)
    ensure_open(session, data)
    if saldo_visto is not None:
        _ensure_saldo(session, artista_id, saldo_visto)
    acerto = Acerto(
        data=data,
        artista_id=get_artista(session, artista_id).id,
        tipo=_ensure_tipo(tipo).value,
        valor=ensure_valor(valor) * SINAL[tipo],
        forma=_ensure_forma(session, tipo, forma),
        motivo=_ensure_motivo(tipo, motivo),
        criado_por=quem.usuario_id,
    )
    session.add(acerto)
    session.flush()
    return acerto


def register_recebido(session: Session, pagamento_id: int, *, quem: Quem) -> Acerto:
    """The artista kept the money of a pagamento: she holds all of it, and the studio owes her the comissão.

    On the pagamento's own day, which must be of an open month. Raises CompetenciaFechada; JaExiste where it was told.
    """
    quem.ensure_dono()
    act_as(session, quem)
    pagamento = lock_pagamento(session, pagamento_id)
    ensure_open(session, pagamento.data)
    acerto = Acerto(
        data=pagamento.data,
        artista_id=pagamento.artista_id,
        tipo=Tipo.RECEBIDO.value,
        valor=-pagamento.valor,
        pago=pagamento.valor,
        pagamento_id=pagamento.id,
        criado_por=quem.usuario_id,
    )
    session.add(acerto)
    session.flush()
    return acerto


def edit_acerto(
    session: Session, acerto_id: int, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDoAcerto]
) -> Acerto:
    """Change an acerto; its old and its new month must be open. Raises AlteradoDepois for an old `versao`."""
    quem.ensure_dono()
    act_as(session, quem)
    acerto = lock_acerto(session, acerto_id)
    if versao is not None and acerto.versao != versao:
        raise AlteradoDepois
    if acerto.pagamento_id is not None:
        raise DadosInvalidos("Este acerto segue o seu pagamento. Edite o pagamento.", motivo="recebido")
    ensure_open(session, acerto.data, campos.get("data", acerto.data))
    tipo = _ensure_tipo(campos.get("tipo", Tipo(acerto.tipo)))
    valor = ensure_valor(campos.get("valor", acerto.quantia)) * SINAL[tipo]
    forma = _ensure_forma(session, tipo, campos.get("forma", acerto.forma))
    motivo = _ensure_motivo(tipo, campos.get("motivo", acerto.motivo))
    acerto.data = campos.get("data", acerto.data)
    acerto.tipo, acerto.valor, acerto.forma, acerto.motivo = tipo.value, valor, forma, motivo
    session.flush()
    return acerto


def delete_acerto(session: Session, acerto_id: int, *, quem: Quem, motivo: str | None = None) -> uuid.UUID:
    """Delete an acerto of an open month; undoable. Returns the deed's id."""
    quem.ensure_dono()
    ato = act_as(session, quem, motivo=motivo)
    acerto = lock_acerto(session, acerto_id)
    ensure_open(session, acerto.data)
    session.delete(acerto)
    session.flush()
    return ato


def undo_delete_acerto(session: Session, acerto_id: int, *, quem: Quem) -> Acerto:
    """Bring a deleted acerto back. Raises CompetenciaFechada, NaoDesfaz; of a recebido when its pagamento changed."""
    quem.ensure_dono()
    act_as(session, quem)
    antes = get_antes(find_apagado(session, Acerto, acerto_id))
    ensure_open(session, date.fromisoformat(antes["data"]))
    restore_linha(session, Acerto, antes)
    return lock_acerto(session, acerto_id)


def undo_edit_acerto(session: Session, acerto_id: int, *, quem: Quem, versao: int | None = None) -> Acerto:
    """Take back the last edit of an acerto; `versao` is the one that it left.

    Raises AlteradoDepois, CompetenciaFechada, NaoDesfaz.
    """
    quem.ensure_dono()
    act_as(session, quem)
    acerto = lock_acerto(session, acerto_id)
    if versao is not None and acerto.versao != versao:
        raise AlteradoDepois
    if acerto.pagamento_id is not None:
        raise DadosInvalidos("Este acerto segue o seu pagamento. Edite o pagamento.", motivo="recebido")
    antes = get_antes(find_editado(session, Acerto, acerto.id, acerto.versao))
    ensure_open(session, acerto.data, date.fromisoformat(antes["data"]))
    with session.no_autoflush:
        assign_imagem(acerto, antes, _CAMPOS)
    session.flush()
    return acerto


def _ensure_saldo(session: Session, artista_id: int, visto: Decimal) -> None:
    session.execute(select(Artista.id).where(Artista.id == artista_id).with_for_update(key_share=True))
    saldo = find_saldo(session, artista_id)
    if saldo != visto:
        raise SaldoMudou(saldo=format_dinheiro(saldo), campo="valor")


def _ensure_tipo(tipo: Tipo) -> Tipo:
    if tipo not in SINAL:
        raise DadosInvalidos(
            "O que o artista recebeu do cliente se anota no pagamento.", motivo="recebido", campo="tipo"
        )
    return tipo


def _ensure_forma(session: Session, tipo: Tipo, forma: str | None) -> str | None:
    """How money was handed over; where none was, there is no forma, whatever a form still held."""
    return ensure_forma(session, forma or "") if tipo in EM_DINHEIRO else None


def _ensure_motivo(tipo: Tipo, motivo: str | None) -> str | None:
    if tipo in COM_MOTIVO and not normalise_nome(motivo or ""):
        raise TextoInvalido(
            "Escreva o motivo: sem ele ninguém entende esta linha depois.", motivo="vazio", campo="motivo"
        )
    return validate_opcional(motivo, "Motivo", maximo=LIMITE_MOTIVO)
