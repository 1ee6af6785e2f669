"""Gastos: registered, edited, deleted in an open month. Undoing: desfazer_service."""

import uuid
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio.domain.codigos import ensure_categoria, ensure_forma
from estudio.domain.dinheiro import ensure_valor
from estudio.domain.errors import AlteradoDepois
from estudio.domain.gasto import Gasto, lock_gasto
from estudio.domain.historico import Filtro
from estudio.domain.livros import ensure_open
from estudio.domain.nomes import validate_nome
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.historico_consulta import is_gasto

LIMITE_DESCRICAO = 20_000


class CamposDoGasto(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is."""

    data: date
    valor: Decimal
    descricao: str
    forma: str
    categoria: str | None


def register_gasto(
    session: Session,
    *,
    quem: Quem,
    data: date,
    valor: Decimal,
    descricao: str,
    forma: str,
    categoria: str | None = None,
) -> Gasto:
    """Register money spent. Raises CompetenciaFechada and refusals of what was entered."""
    quem.ensure_dono()
    act_as(session, quem)
    ensure_open(session, data)
    gasto = Gasto(
        data=data,
        valor=ensure_valor(valor),
        descricao=validate_nome(descricao, "Descrição", maximo=LIMITE_DESCRICAO),
        forma=ensure_forma(session, forma),
        categoria=ensure_categoria(session, categoria or None),
        criado_por=quem.usuario_id,
    )
    session.add(gasto)
    session.flush()
    return gasto


def edit_gasto(
    session: Session,
    gasto_id: int,
    *,
    quem: Quem,
    versao: int | None = None,
    **campos: Unpack[CamposDoGasto],
) -> Gasto:
    """Change a gasto; its old and its new month must be open. Raises AlteradoDepois when `versao` is not the newest."""
    quem.ensure_dono()
    act_as(session, quem)
    gasto = lock_gasto(session, gasto_id)
    if versao is not None and gasto.versao != versao:
        raise AlteradoDepois
    ensure_open(session, gasto.data, campos.get("data", gasto.data))
    with session.no_autoflush:
        _assign(session, gasto, campos)
    session.flush()
    return gasto


def delete_gasto(session: Session, gasto_id: int, *, quem: Quem, motivo: str | None = None) -> uuid.UUID:
    """Delete a gasto of an open month; undoable. Returns the deed's id."""
    quem.ensure_dono()
    ato = act_as(session, quem, motivo=motivo)
    gasto = lock_gasto(session, gasto_id)
    ensure_open(session, gasto.data)
    session.delete(gasto)
    session.flush()
    return ato


def find_ultima_forma(session: Session) -> str | None:
    """How the last gasto was paid: what the next form offers first."""
    return session.scalar(select(Gasto.forma).order_by(Gasto.id.desc()).limit(1))


def find_ultima_categoria(session: Session, descricao: str) -> str | None:
    """The categoria of the last gasto that was described in the same words; None where there is none."""
    same = func.lower(Gasto.descricao) == func.lower(descricao)
    return session.scalar(select(Gasto.categoria).where(same).order_by(Gasto.id.desc()).limit(1))


def count_gastos(session: Session, filtro: Filtro, *, quem: Quem) -> int:
    """How many gastos a filter shows."""
    quem.ensure_ve_resultado()
    return session.scalars(select(func.count()).select_from(Gasto).where(is_gasto(filtro))).one()


def _assign(session: Session, gasto: Gasto, campos: CamposDoGasto) -> None:
    if "data" in campos:
        gasto.data = campos["data"]
    if "valor" in campos:
        gasto.valor = ensure_valor(campos["valor"])
    if "descricao" in campos:
        gasto.descricao = validate_nome(campos["descricao"], "Descrição", maximo=LIMITE_DESCRICAO)
    if "forma" in campos:
        gasto.forma = ensure_forma(session, campos["forma"])
    if "categoria" in campos:
        gasto.categoria = ensure_categoria(session, campos["categoria"] or None)
