"""Acertos row by row: those of a period, of an artista, of a kind, newest first, and what they come to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from estudio.domain.acerto import Acerto, Tipo
from estudio.domain.artista import Artista
from estudio.domain.codigos import Forma
from estudio.domain.extrato import MesContabil
from estudio.domain.historico import Cursor, Filtro, LinhaAcerto, Pagina
from estudio.domain.usuario import Papel, Quem
from estudio.services.historico_consulta import page, until
from estudio.services.historico_service import POR_PAGINA, narrow

VEEM: Final = (Papel.DONO, Papel.CONTADOR, Papel.ARTISTA)


@dataclass(frozen=True, slots=True)
class Soma:
    """What the rows that a filter shows come to, each with its sign; kinds in the order of `Tipo`."""

    quantos: int
    por_tipo: dict[Tipo, Decimal]

    @property
    def total(self) -> Decimal:
        return sum(self.por_tipo.values(), Decimal("0.00"))


def list_acertos(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaAcerto]:
    """Newest first, of closed months too; of an artista the own ones. Raises SemPermissao for the desk."""
    shown = _narrow(filtro, quem)
    query = (
        select(
            Acerto.id,
            Acerto.data,
            Acerto.artista_id,
            Artista.nome,
            Acerto.tipo,
            Acerto.valor,
            Acerto.forma,
            Forma.rotulo,
            Acerto.motivo,
            Acerto.pagamento_id,
            MesContabil.estado == "aberta",
        )
        .join(Artista, Artista.id == Acerto.artista_id)
        .join(MesContabil, MesContabil.mes == Acerto.mes)
        .outerjoin(Forma, Forma.codigo == Acerto.forma)
        .where(_is_acerto(shown, until(shown, depois_de, Acerto.data, Acerto.id)))
    )
    return page(session, query, (Acerto.data.desc(), Acerto.id.desc()), LinhaAcerto._make, limite)


def sum_acertos(session: Session, filtro: Filtro, *, quem: Quem) -> Soma:
    """Of all that the filter shows, under the very conditions of its rows."""
    query = (
        select(Acerto.tipo, func.count(), func.sum(Acerto.valor))
        .where(_is_acerto(_narrow(filtro, quem)))
        .group_by(Acerto.tipo)
    )
    found = {tipo: (quantos, total) for tipo, quantos, total in session.execute(query)}
    return Soma(
        sum(quantos for quantos, _ in found.values()),
        {tipo: found[tipo.value][1] for tipo in Tipo if tipo.value in found},
    )


def _narrow(filtro: Filtro, quem: Quem) -> Filtro:
    quem.ensure_papel(*VEEM)
    return narrow(filtro, quem)


def _is_acerto(filtro: Filtro, ate: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    assert filtro.cliente_id is None, "an acerto is between studio and artista"
    assert filtro.texto is None, "no words are looked for in acertos"
    shown = [Acerto.data >= filtro.inicio, Acerto.data < filtro.fim if ate is None else ate]
    if filtro.artista_id is not None:
        shown.append(Acerto.artista_id == filtro.artista_id)
    if filtro.forma is not None:
        shown.append(Acerto.forma == filtro.forma)
    if filtro.tipo is not None:
        shown.append(Acerto.tipo == filtro.tipo.value)
    return and_(*shown)
