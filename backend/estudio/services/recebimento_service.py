"""Receiving at the desk: a payment of somebody who may be new here, and a notice before an equal one."""

from datetime import date
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from estudio.domain.dinheiro import format_dinheiro
from estudio.domain.errors import PagamentoIgual
from estudio.domain.pagamento import Pagamento
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import choose_cliente
from estudio.services.pagamento_service import find_possiveis_duplicados, register_pagamento


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
    igual_visto: int | None = None,
    **campos: Unpack[CamposDoRecebimento],
) -> Pagamento:
    """Register a payment by the cliente's name as it was typed: found, or registered along with it; None is nobody.

    `escolhido` as in `choose_cliente`. Raises ClienteAmbiguo, PagamentoIgual unless the newest equal payment is the
    one that the person was told of (`igual_visto`), and what `register_pagamento` raises; whoever had no name here
    before is then not registered either.
    """
    quem.ensure_registra()
    cliente_id = choose_cliente(session, nome, quem=quem, escolhido=escolhido).id if nome else None
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
    return register_pagamento(session, quem=quem, cliente_id=cliente_id, **campos)
