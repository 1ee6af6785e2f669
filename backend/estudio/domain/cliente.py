"""The cliente: a customer of the studio, found again by a name that people spell in many ways.

Two entries of one person are merged by a pointer: the lesser points to the other and nothing that it paid is rewritten,
or a closed month would change.
"""

from collections.abc import Sequence

from sqlalchemy import Computed, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from estudio.domain.colunas import Base, Chave, Instante, Versao
from estudio.domain.errors import NaoEncontrado

NAO_INFORMADO = "Não informado"
"""What is shown where a payment has no cliente."""


class Cliente(Base):
    """`nome_busca` is the key of the name (domain.nomes); `fundido_em` the cliente that this one turned out to be."""

    __tablename__ = "clientes"

    id: Mapped[Chave]
    nome: Mapped[str]
    nome_busca: Mapped[str]
    telefone: Mapped[str | None]
    telefone_digitos: Mapped[str | None] = mapped_column(Computed("…"), deferred=True)
    email: Mapped[str | None]
    observacoes: Mapped[str | None]
    fundido_em: Mapped[int | None] = mapped_column(ForeignKey("estudio.clientes.id"))
    criado_em: Mapped[Instante]
    versao: Mapped[Versao]


def get_cliente(session: Session, cliente_id: int) -> Cliente:
    """Raises NaoEncontrado."""
    found = session.get(Cliente, cliente_id)
    if found is None:
        raise NaoEncontrado(coisa="o cliente", id=cliente_id)
    return found


def resolve_cliente(session: Session, cliente: Cliente) -> Cliente:
    """Return who a merged cliente is now: the end of its pointers, which never go in a circle."""
    while cliente.fundido_em is not None:
        cliente = session.get_one(Cliente, cliente.fundido_em, populate_existing=True)
    return cliente


def resolve_clientes(session: Session, clientes: Sequence[Cliente]) -> list[Cliente]:
    """Like `resolve_cliente` of each, in order and each person once, by one statement more however many were merged."""
    merged = [cliente.id for cliente in clientes if cliente.fundido_em is not None]
    now: dict[int, Cliente] = {}
    if merged:
        caminho = select(Cliente.id.label("origem"), Cliente.fundido_em.label("em")).where(Cliente.id.in_(merged))
        way = caminho.cte("caminho", recursive=True)
        next_ = aliased(Cliente)
        way = way.union(select(way.c.origem, next_.fundido_em).select_from(way).join(next_, next_.id == way.c.em))
        ends = (
            select(way.c.origem, Cliente)
            .join(Cliente, Cliente.id == way.c.em)
            .where(Cliente.fundido_em.is_(None))
            .execution_options(populate_existing=True)
        )
        now = dict(session.execute(ends).all())
    found = [now.get(cliente.id, cliente) for cliente in clientes]
    return list({cliente.id: cliente for cliente in found}.values())


def select_familia(cliente_id: int) -> Select[tuple[int]]:
    """The ids of a cliente and of all that were merged into it, also through others: what one person's history is."""
    familia = select(Cliente.id).where(Cliente.id == cliente_id).cte("familia", recursive=True)
    menor = aliased(Cliente)
    familia = familia.union(select(menor.id).join(familia, menor.fundido_em == familia.c.id))
    return select(familia.c.id)
