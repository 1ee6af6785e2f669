"""Undoing: what was deleted comes back with its id, what was edited is as it was, from the images in the audit trail.

Undoing is a deed like any other: in open months only, audited, and refused when something was built upon since.
"""

from collections.abc import Iterable
from datetime import date, time
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio.domain.acerto import Acerto
from estudio.domain.auditoria import Evento
from estudio.domain.cliente import Cliente
from estudio.domain.comissao import Comissao
from estudio.domain.errors import AlteradoDepois, NaoDesfaz, SemPermissao
from estudio.domain.gasto import Gasto, lock_gasto
from estudio.domain.livros import ensure_open
from estudio.domain.pagamento import Pagamento, get_pagamento, lock_pagamento
from estudio.domain.recorrente import Recorrencia
from estudio.domain.sessao import Sessao, get_sessao, lock_sessao, lock_sessoes
from estudio.domain.titular import ensure_presente
from estudio.domain.usuario import Papel, Quem
from estudio.services.auditoria_service import act_as
from estudio.services.cliente_service import lock_cliente
from estudio.services.comissao_service import BaseDeCalculo
from estudio.services.desfazer_imagem import (
    Imagem,
    assign_imagem,
    find_apagado,
    find_editado,
    get_antes,
    get_imagem,
    list_mudancas,
    restore_linha,
)
from estudio.services.evento_service import ensure_eventos_livres
from estudio.services.horario_service import ensure_horario_livre
from estudio.services.pagamento_service import ensure_estornos_valem

_CAMPOS_DO_PAGAMENTO: Final = ("forma", "artista_id", "cliente_id", "percentual", "observacoes")
_CAMPOS_DO_GASTO: Final = ("descricao", "categoria", "forma")
_CAMPOS_DO_CLIENTE: Final = ("nome", "nome_busca", "telefone", "email", "observacoes")
_CAMPOS_DA_SESSAO: Final = ("cliente_id", "artista_id", "observacoes", "status")


def undo_delete_pagamento(session: Session, pagamento_id: int, *, quem: Quem) -> Pagamento:
    """Bring a deleted payment back with its comissões, and settle again the sessões that it had settled.

    Raises CompetenciaFechada; SessaoJaPaga or EventoJaPago when another payment took its place; NaoDesfaz when a sessão
    of it is gone, or when it was not deleted.
    """
    quem.ensure_dono()
    act_as(session, quem)
    apagado = find_apagado(session, Pagamento, pagamento_id)
    antes = get_antes(apagado)
    ensure_open(session, date.fromisoformat(antes["data"]))
    sessoes = _lock_libertadas(session, apagado)
    ensure_eventos_livres(session, antes["google_event_id"], sessoes)
    for sessao in sessoes:
        sessao.ensure_sem_pagamento()
    _ensure_original_igual(session, antes)
    restore_linha(session, Pagamento, antes)
    pagamento = get_pagamento(session, pagamento_id)
    for comissao in list_mudancas(session, apagado, Comissao, "delete"):
        if get_antes(comissao)["pagamento_id"] == pagamento_id:
            restore_linha(session, Comissao, get_antes(comissao))
    for acerto in list_mudancas(session, apagado, Acerto, "delete"):
        restore_linha(session, Acerto, get_antes(acerto))
    for sessao in sessoes:
        pagamento.settle(sessao)
    session.flush()
    return pagamento


def undo_edit_pagamento(session: Session, pagamento_id: int, *, quem: Quem, versao: int | None = None) -> Pagamento:
    """Take back the last edit of a payment: its fields and its comissões are as they were before it, to the centavo.

    `versao` is the one that the edit left: when it is no longer that, AlteradoDepois. Raises CompetenciaFechada, and
    NaoDesfaz when the last thing that happened to it was no edit.
    """
    quem.ensure_registra()
    act_as(session, quem)
    pagamento = lock_pagamento(session, pagamento_id)
    if versao is not None and pagamento.versao != versao:
        raise AlteradoDepois
    editado = find_editado(session, Pagamento, pagamento.id, pagamento.versao)
    antes = get_antes(editado)
    ensure_open(session, pagamento.data, date.fromisoformat(antes["data"]))
    comissoes = [e for e in list_mudancas(session, editado, Comissao) if get_imagem(e)["pagamento_id"] == pagamento_id]
    base = BaseDeCalculo.of(pagamento)
    with session.no_autoflush:
        assign_imagem(pagamento, antes, _CAMPOS_DO_PAGAMENTO)
        ensure_estornos_valem(session, pagamento, mudou=BaseDeCalculo.of(pagamento) != base)
    # First the payment: a comissão can only be in the month that it is in.
    session.flush()
    _restore_comissoes(session, comissoes)
    return pagamento


def undo_delete_gasto(session: Session, gasto_id: int, *, quem: Quem) -> Gasto:
    """Bring a deleted gasto back; one that had been a month's draft decides about that again.

    Raises CompetenciaFechada, NaoDesfaz, and RascunhoDecidido where the draft has been decided about anew.
    """
    quem.ensure_dono()
    act_as(session, quem)
    apagado = find_apagado(session, Gasto, gasto_id)
    antes = get_antes(apagado)
    ensure_open(session, date.fromisoformat(antes["data"]))
    restore_linha(session, Gasto, antes)
    if apagado.ato is not None:
        for decidida in list_mudancas(session, apagado, Recorrencia, "delete"):
            if get_antes(decidida)["gasto_id"] == gasto_id:
                restore_linha(session, Recorrencia, get_antes(decidida))
    return lock_gasto(session, gasto_id)


def undo_edit_gasto(session: Session, gasto_id: int, *, quem: Quem, versao: int | None = None) -> Gasto:
    """Take back the last edit of a gasto; `versao` is the one that it left, as with a payment.

    Raises AlteradoDepois, CompetenciaFechada, NaoDesfaz.
    """
    quem.ensure_dono()
    act_as(session, quem)
    gasto = lock_gasto(session, gasto_id)
    if versao is not None and gasto.versao != versao:
        raise AlteradoDepois
    antes = get_antes(find_editado(session, Gasto, gasto.id, gasto.versao))
    ensure_open(session, gasto.data, date.fromisoformat(antes["data"]))
    assign_imagem(gasto, antes, _CAMPOS_DO_GASTO)
    session.flush()
    return gasto


def undo_delete_sessao(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """Bring a deleted sessão back, unpaid as it was. Raises NaoDesfaz, HorarioOcupado."""
    quem.ensure_dono()
    act_as(session, quem)
    restore_linha(session, Sessao, get_antes(find_apagado(session, Sessao, sessao_id)))
    return get_sessao(session, sessao_id)


def undo_register_sessao(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """Take back a booking that nobody has touched since: the dono any, everybody else what they booked themselves.

    Returns what it was. Raises AlteradoDepois, SessaoJaPaga.
    """
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    act_as(session, quem)
    sessao = lock_sessao(session, sessao_id)
    quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
    if quem.papel != Papel.DONO and sessao.criado_por != quem.usuario_id:
        raise SemPermissao("Quem marcou foi outra pessoa. Cancele a sessão em vez de apagar.", papel=quem.papel)
    sessao.ensure_sem_pagamento()
    if sessao.versao != 1:
        raise AlteradoDepois
    session.delete(sessao)
    session.flush()
    return sessao


def undo_edit_sessao(session: Session, sessao_id: int, *, quem: Quem, versao: int | None = None) -> Sessao:
    """Take back the last edit of a sessão, an artista of an own one; paying or freeing it is not one.

    `versao` is the one that the edit left: when it is no longer that, AlteradoDepois. Raises CompetenciaFechada,
    NaoDesfaz, and HorarioOcupado when its hour went to another meanwhile.
    """
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    act_as(session, quem)
    sessao = lock_sessao(session, sessao_id)
    quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
    if versao is not None and sessao.versao != versao:
        raise AlteradoDepois
    editado = find_editado(session, Sessao, sessao.id, sessao.versao)
    antes = get_antes(editado)
    if antes["payment_id"] != sessao.payment_id:
        raise NaoDesfaz("A última mudança desta sessão foi o seu pagamento. Mude o pagamento.", sessao_id=sessao_id)
    if sessao.payment_mes is not None:
        ensure_open(session, sessao.payment_mes)
    with session.no_autoflush:
        assign_imagem(sessao, antes, _CAMPOS_DA_SESSAO)
        # What was there before hours were kept has none.
        hora = antes.get("hora")
        sessao.hora, sessao.duracao = hora and time.fromisoformat(hora), antes.get("duracao_minutos")
        quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
        ensure_horario_livre(session, sessao)
    session.flush()
    return sessao


def undo_edit_cliente(session: Session, cliente_id: int, *, quem: Quem, versao: int | None = None) -> Cliente:
    """Take back the last edit of a cliente; a merge is not one. Raises AlteradoDepois, NaoDesfaz."""
    quem.ensure_registra()
    act_as(session, quem)
    cliente = lock_cliente(session, cliente_id)
    ensure_presente(session, cliente)
    if versao is not None and cliente.versao != versao:
        raise AlteradoDepois
    antes = get_antes(find_editado(session, Cliente, cliente.id, cliente.versao))
    if antes["fundido_em"] != cliente.fundido_em:
        raise NaoDesfaz("A última mudança deste cliente foi uma união. Use Separar.", cliente_id=cliente_id)
    assign_imagem(cliente, antes, _CAMPOS_DO_CLIENTE)
    session.flush()
    return cliente


def _lock_libertadas(session: Session, apagado: Evento) -> list[Sessao]:
    freed = {
        get_antes(evento)["id"]
        for evento in list_mudancas(session, apagado, Sessao, "update")
        if get_antes(evento)["payment_id"] == apagado.registro_id and get_imagem(evento)["payment_id"] is None
    }
    existing = set(session.scalars(select(Sessao.id).where(Sessao.id.in_(freed))))
    if gone := sorted(freed - existing):
        raise NaoDesfaz(
            sentence="A sessão {sessao_id} deste pagamento foi apagada depois. Desfaça isso antes.", sessao_id=gone[0]
        )
    return lock_sessoes(session, existing)


def _ensure_original_igual(session: Session, antes: Imagem) -> None:
    """An estorno gave back at the rate that its payment had then."""
    if antes["estorno_de"] is None:
        return
    original = lock_pagamento(session, antes["estorno_de"])
    if (original.artista_id, original.percentual) != (antes["artista_id"], antes["percentual"]):
        raise NaoDesfaz("O pagamento mudou depois que este estorno foi apagado. Registre o estorno de novo.")


def _restore_comissoes(session: Session, eventos: Iterable[Evento]) -> None:
    # Of several events of one row, the first tells what it was before the deed.
    antes = {evento.registro_id: evento.antes for evento in reversed(list(eventos))}
    now = {id_: session.get(Comissao, id_, populate_existing=True) for id_ in antes}
    # An artista has one comissão of a payment: those that the deed wrote make room first.
    for id_, comissao in now.items():
        if comissao is not None and antes[id_] is None:
            session.delete(comissao)
    session.flush()
    for id_, comissao in now.items():
        imagem = antes[id_]
        if imagem is not None and comissao is not None:
            assign_imagem(comissao, imagem, ("artista_id", "percentual"))
    session.flush()
    for id_, comissao in now.items():
        imagem = antes[id_]
        if imagem is not None and comissao is None:
            restore_linha(session, Comissao, imagem)
