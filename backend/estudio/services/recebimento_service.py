"""Receiving at the desk: a payment of somebody who may be new here, and a notice before an equal one."""

from datetime import date
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from estudio.domain.cliente import resolve_cliente
from estudio.domain.dinheiro import format_dinheiro
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, PagamentoIgual
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Status, lock_sessao
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import choose_cliente
from estudio.services.pagamento_service import find_possiveis_duplicados, register_pagamento
from estudio.services.sessao_service import register_sessao


class CamposDoRecebimento(TypedDict):
    """What the desk enters besides the cliente; `percentual` in hundredths, None for the artista's."""

    data: date
    artista_id: int
    valor: Decimal
    forma: str
    sessoes: list[int]
    percentual: int | None
    observacoes: str | None
    google_event_id: NotRequired[str | None]


def register_recebimento(
    session: Session,
    *,
    quem: Quem,
    nome: str | None,
    escolhido: int | None = None,
    telefone: str | None = None,
    igual_visto: int | None = None,
    com_sessao: bool = False,
    **campos: Unpack[CamposDoRecebimento],
) -> Pagamento:
    """Register a payment by the cliente's name as it was typed: found, or registered along with it; None is nobody.

    `escolhido` and `telefone` as in `choose_cliente`. `com_sessao` registers the sessão that is paid as well, done that
    day at that amount. Raises ClienteAmbiguo, PagamentoIgual unless the newest equal payment is the one that the person
    was told of (`igual_visto`), and what `register_pagamento` raises; whoever had no name here before is then not
    registered either.
    """
    quem.ensure_registra()
    if com_sessao and campos["sessoes"]:
        raise DadosInvalidos(
            "Escolha as sessões da lista ou registre uma nova, não as duas coisas.", motivo="sessao", campo="sessao_id"
        )
    if telefone is not None and not nome:
        raise DadosInvalidos("Informe o nome de quem tem este telefone.", motivo="nome", campo="cliente")
    cliente_id = choose_cliente(session, nome, quem=quem, escolhido=escolhido, telefone=telefone).id if nome else None
    _ensure_sem_igual(session, cliente_id, igual_visto, campos)
    if com_sessao:
        sessao = register_sessao(
            session,
            quem=quem,
            data=campos["data"],
            artista_id=campos["artista_id"],
            valor=campos["valor"],
            cliente_id=cliente_id,
            status=Status.REALIZADA,
        )
        campos["sessoes"] = [sessao.id]
    return register_pagamento(session, quem=quem, cliente_id=cliente_id, **campos)


def receive_sessao(
    session: Session, sessao_id: int, *, quem: Quem, data: date, valor: Decimal, forma: str
) -> Pagamento:
    """Register what a sessão costs, as it was agreed: its cliente, its artista, its full price.

    `valor` is the price that the person saw. Raises AlteradoDepois when it is another by now, SessaoJaPaga,
    PagamentoIgual: of an equal one people are told where they can answer.
    """
    quem.ensure_registra()
    sessao = lock_sessao(session, sessao_id)
    sessao.ensure_sem_pagamento()
    if sessao.valor != valor:
        raise AlteradoDepois
    cliente_id = resolve_cliente(session, sessao.cliente).id if sessao.cliente else None
    campos: CamposDoRecebimento = {
        "data": data,
        "artista_id": sessao.artista_id,
        "valor": valor,
        "forma": forma,
        "sessoes": [sessao.id],
        "percentual": None,
        "observacoes": None,
    }
    _ensure_sem_igual(session, cliente_id, None, campos)
    return register_pagamento(session, quem=quem, cliente_id=cliente_id, **campos)


def _ensure_sem_igual(
    session: Session, cliente_id: int | None, igual_visto: int | None, campos: CamposDoRecebimento
) -> None:
    iguais = find_possiveis_duplicados(
        session,
        data=campos["data"],
        valor=campos["valor"],
        forma=campos["forma"],
        artista_id=campos["artista_id"],
        cliente_id=cliente_id,
    )
    # An agenda event says for itself whether it is another one.
    if iguais and iguais[-1].id != igual_visto and campos.get("google_event_id") is None:
        igual = iguais[-1]
        parts = (
            format_dinheiro(igual.valor),
            igual.rotulo_da_forma.rotulo,
            igual.nome_do_cliente,
            igual.artista.nome,
            f"{igual.data:%d/%m/%Y}",
        )
        raise PagamentoIgual(pagamento=" · ".join(parts), pagamento_id=igual.id)
