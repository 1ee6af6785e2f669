"""Sessões: registered, edited, their label changed, deleted, and tied to the pagamento that settles them."""

import uuid
from datetime import date, time
from decimal import Decimal
from typing import TypedDict, Unpack

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from estudio.domain.agenda import ensure_duracao, ensure_hora
from estudio.domain.artista import get_artista
from estudio.domain.cliente import Cliente, get_cliente, resolve_cliente
from estudio.domain.dinheiro import ensure_valor
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, JaExiste, NaoEncontrado
from estudio.domain.livros import ensure_data, ensure_open
from estudio.domain.nomes import validate_opcional
from estudio.domain.pagamento import Pagamento, lock_pagamento
from estudio.domain.sessao import Sessao, Status, lock_sessao
from estudio.domain.usuario import Papel, Quem
from estudio.services.auditoria_service import act_as
from estudio.services.evento_service import LIMITE_EVENTO
from estudio.services.horario_service import ensure_horario_livre

LIMITE_OBSERVACOES = 20_000


class CamposDaSessao(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is."""

    data: date
    artista_id: int
    valor: Decimal
    cliente_id: int | None
    observacoes: str | None
    status: str
    hora: time | None
    duracao: int | None


def register_sessao(
    session: Session,
    *,
    quem: Quem,
    data: date,
    artista_id: int,
    valor: Decimal,
    cliente_id: int | None = None,
    status: str = Status.AGENDADA,
    observacoes: str | None = None,
    google_event_id: str | None = None,
    hora: time | None = None,
    duracao: int | None = None,
) -> Sessao:
    """Register a sitting, done or to come; it is a pendência until a pagamento settles it. An artista enters own ones.

    `hora` is by the clock on the studio's wall, `duracao` in minutes (left out: DURACAO). Raises JaExiste when the
    agenda event has its sessão already, HorarioOcupado when the artista has another one then.
    """
    _ensure_escreve(quem)
    quem.ensure_e_de(artista_id, "o artista", artista_id)
    act_as(session, quem)
    google_event_id = validate_opcional(google_event_id, "Evento da agenda", maximo=LIMITE_EVENTO)
    if google_event_id is not None:
        _ensure_evento_novo(session, google_event_id)
    sessao = Sessao(
        data=ensure_data(data),
        artista_id=get_artista(session, artista_id).id,
        valor=ensure_valor(valor, zero=True),
        cliente_id=_resolve_cliente_id(session, cliente_id),
        status=_ensure_status(status),
        observacoes=validate_opcional(observacoes, "Observações", maximo=LIMITE_OBSERVACOES),
        google_event_id=google_event_id,
        criado_por=quem.usuario_id,
        hora=ensure_hora(hora),
        duracao=ensure_duracao(hora, duracao),
    )
    ensure_horario_livre(session, sessao)
    session.add(sessao)
    session.flush()
    return sessao


def edit_sessao(
    session: Session,
    sessao_id: int,
    *,
    quem: Quem,
    versao: int | None = None,
    **campos: Unpack[CamposDaSessao],
) -> Sessao:
    """Change a sessão. One that is paid changes only while its pagamento's month is open.

    Raises AlteradoDepois, HorarioOcupado.
    """
    sessao = _lock_para_mudar(session, sessao_id, quem)
    if versao is not None and sessao.versao != versao:
        raise AlteradoDepois
    with session.no_autoflush:
        _assign(session, sessao, campos)
        quem.ensure_e_de(sessao.artista_id, "o artista", sessao.artista_id)
        ensure_horario_livre(session, sessao)
    session.flush()
    return sessao


def cancel_sessao(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """It will not take place."""
    return edit_sessao(session, sessao_id, quem=quem, status=Status.CANCELADA)


def finish_sessao(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """It took place. That pays nothing: a pagamento does."""
    return edit_sessao(session, sessao_id, quem=quem, status=Status.REALIZADA)


def delete_sessao(session: Session, sessao_id: int, *, quem: Quem, motivo: str | None = None) -> uuid.UUID:
    """Delete a sessão that is not paid (otherwise SessaoJaPaga); undoable. Returns the deed's id."""
    quem.ensure_dono()
    ato = act_as(session, quem, motivo=motivo)
    sessao = lock_sessao(session, sessao_id)
    sessao.ensure_sem_pagamento()
    session.delete(sessao)
    session.flush()
    return ato


def link_sessao(session: Session, sessao_id: int, *, quem: Quem, pagamento_id: int) -> Sessao:
    """Say that a pagamento, already registered in an open month, settled this sessão. Raises SessaoJaPaga."""
    quem.ensure_registra()
    act_as(session, quem)
    pagamento = lock_pagamento(session, pagamento_id)
    if pagamento.is_estorno:
        raise DadosInvalidos("Um estorno não paga sessão. Escolha o pagamento original.", motivo="estorno")
    sessao = lock_sessao(session, sessao_id)
    sessao.ensure_sem_pagamento()
    ensure_open(session, pagamento.data)
    pagamento.settle(sessao)
    session.flush()
    return sessao


def unlink_sessao(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """Free a sessão of its pagamento, in an open month: it is a pendência again. The pagamento stays as it is."""
    quem.ensure_registra()
    sessao = _lock_para_mudar(session, sessao_id, quem)
    if not sessao.is_paga:
        raise DadosInvalidos("Esta sessão não tem pagamento.", motivo="sem_pagamento", sessao_id=sessao_id)
    sessao.release()
    session.flush()
    return sessao


def ensure_atende(session: Session, cliente_id: int | None, *, quem: Quem) -> None:
    """An artista says by number only whom they had or have an entry with: the next number would tell them somebody
    else's name. Anybody else's cliente is as if there were none. Raises NaoEncontrado."""
    if quem.papel != Papel.ARTISTA or cliente_id is None:
        return
    entries = select(Cliente.id).where(or_(Cliente.id == cliente_id, Cliente.fundido_em == cliente_id))
    theirs = [
        exists().where(table.artista_id == quem.artista_id, table.cliente_id.in_(entries))
        for table in (Sessao, Pagamento)
    ]
    if not session.scalar(select(or_(*theirs))):
        raise NaoEncontrado(coisa="o cliente", id=cliente_id)


def _ensure_escreve(quem: Quem) -> None:
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)


def _lock_para_mudar(session: Session, sessao_id: int, quem: Quem) -> Sessao:
    _ensure_escreve(quem)
    act_as(session, quem)
    sessao = lock_sessao(session, sessao_id)
    quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
    if sessao.payment_mes is not None:
        ensure_open(session, sessao.payment_mes)
    return sessao


def _ensure_evento_novo(session: Session, google_event_id: str) -> None:
    found = session.scalar(select(Sessao.id).where(Sessao.google_event_id == google_event_id))
    if found is not None:
        raise JaExiste(sentence="Este evento da agenda já tem a sessão {sessao_id}.", sessao_id=found)


def _assign(session: Session, sessao: Sessao, campos: CamposDaSessao) -> None:
    if "data" in campos:
        sessao.data = ensure_data(campos["data"])
    if "artista_id" in campos:
        sessao.artista_id = get_artista(session, campos["artista_id"]).id
    if "valor" in campos:
        sessao.valor = ensure_valor(campos["valor"], zero=True)
    if "cliente_id" in campos and campos["cliente_id"] != sessao.cliente_id:
        sessao.cliente_id = _resolve_cliente_id(session, campos["cliente_id"])
    if "observacoes" in campos:
        sessao.observacoes = validate_opcional(campos["observacoes"], "Observações", maximo=LIMITE_OBSERVACOES)
    if "status" in campos:
        sessao.status = _ensure_status(campos["status"])
    if "hora" in campos:
        sessao.hora = ensure_hora(campos["hora"])
    if "hora" in campos or "duracao" in campos:
        sessao.duracao = ensure_duracao(sessao.hora, campos.get("duracao", sessao.duracao))


def _resolve_cliente_id(session: Session, cliente_id: int | None) -> int | None:
    return None if cliente_id is None else resolve_cliente(session, get_cliente(session, cliente_id)).id


def _ensure_status(status: str) -> str:
    if status not in set(Status):
        raise DadosInvalidos(
            sentence="O status precisa ser um destes: {situacoes}.",
            situacoes=", ".join(Status),
            motivo="status",
            campo="status",
        )
    return status
