"""The estoque: items registered, moved and put in order. A quantity changes by a movement and in no other way."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from estudio import sql
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, EstoqueInsuficiente, ValorInvalido
from estudio.domain.estoque import Item, Movimento, get_item
from estudio.domain.nomes import validate_nome, validate_opcional
from estudio.domain.usuario import Quem, Usuario
from estudio.services.auditoria_service import act_as

LIMITE = 1_000_000_000


class CamposDoItem(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is. Not the quantity: that is a movement."""

    nome: str
    minimo: int
    observacoes: str | None


def register_item(
    session: Session,
    *,
    quem: Quem,
    nome: str,
    quantidade: int = 0,
    minimo: int = 6,
    observacoes: str | None = None,
) -> Item:
    """Register an item at the end of the list; what is there already is its first movement."""
    quem.ensure_registra()
    act_as(session, quem)
    item = Item(ordem=session.scalars(select(func.coalesce(func.max(Item.ordem), 0) + 1)).one())
    _assign(item, {"nome": nome, "minimo": minimo, "observacoes": observacoes})
    session.add(item)
    session.flush()
    if quantidade:
        move_item(session, item.id, quem=quem, delta=quantidade, motivo="Quantidade inicial")
    return item


def edit_item(
    session: Session, item_id: int, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDoItem]
) -> Item:
    """Change what an item is called and when it is low. Raises AlteradoDepois when `versao` is not the newest."""
    quem.ensure_registra()
    act_as(session, quem)
    item = get_item(session, item_id)
    if versao is not None and item.versao != versao:
        raise AlteradoDepois
    _assign(item, campos)
    session.flush()
    return item


def move_item(session: Session, item_id: int, *, quem: Quem, delta: int, motivo: str | None = None) -> Movimento:
    """Put `delta` on the shelf, or take it when negative: never below zero (EstoqueInsuficiente)."""
    quem.ensure_registra()
    act_as(session, quem, motivo=motivo)
    if delta == 0 or abs(delta) > LIMITE:
        raise ValorInvalido("A quantidade precisa ser um número inteiro, diferente de zero.", motivo="delta")
    moved = session.execute(
        text(sql.load("mover_item")),
        {
            "item_id": item_id,
            "delta": delta,
            "motivo": validate_opcional(motivo, "Motivo", maximo=2000),
            "por": quem.usuario_id,
        },
    ).scalar_one_or_none()
    item = get_item(session, item_id)
    if moved is None:
        raise EstoqueInsuficiente(
            sentence="" if delta < 0 else "O estoque de {nome} passaria de {limite}. Confira a quantidade.",
            limite=LIMITE,
            item_id=item_id,
            nome=item.nome,
            quantidade=item.quantidade,
            pedido=-delta,
        )
    return session.get_one(Movimento, moved)


def set_ordem(session: Session, *, quem: Quem, ids: Sequence[int]) -> None:
    """Put the items in this order; those that are not named come after them, as they were."""
    quem.ensure_registra()
    act_as(session, quem)
    if len(set(ids)) != len(ids):
        raise DadosInvalidos("Um item aparece duas vezes na ordem. Atualize a lista e tente de novo.", motivo="ordem")
    items = {item.id: item for item in list_itens(session, ativos=False)}
    rest = [id_ for id_ in items if id_ not in set(ids)]
    for place, id_ in enumerate([*ids, *rest], start=1):
        if id_ in items and items[id_].ordem != place:
            items[id_].ordem = place
    session.flush()


def deactivate_item(session: Session, item_id: int, *, quem: Quem) -> Item:
    """No longer kept: off the list, its movements stay."""
    return _set_ativo(session, item_id, quem, ativo=False)


def reactivate_item(session: Session, item_id: int, *, quem: Quem) -> Item:
    """On the list again."""
    return _set_ativo(session, item_id, quem, ativo=True)


def list_itens(session: Session, *, ativos: bool = True) -> list[Item]:
    """The list in the studio's own order; with `ativos` false also what is no longer kept."""
    query = select(Item).order_by(Item.ordem, Item.id)
    return list(session.scalars(query.where(Item.ativo) if ativos else query))


def list_movimentos(
    session: Session, item_id: int, *, antes_de: int | None = None, limite: int = 50
) -> list[Movimento]:
    """The movements of an item, newest first; `antes_de` is the last id of a page."""
    query = select(Movimento).where(Movimento.item_id == item_id).order_by(Movimento.id.desc()).limit(limite)
    return list(session.scalars(query if antes_de is None else query.where(Movimento.id < antes_de)))


def list_quem_moveu(session: Session, movimentos: Sequence[Movimento]) -> dict[int, str]:
    """The names of those who moved these, by their number; what a command moved is nobody's."""
    ids = {movimento.por for movimento in movimentos if movimento.por is not None}
    query = select(Usuario.id, Usuario.nome).where(Usuario.id.in_(ids)).order_by(Usuario.id)
    return {row.id: row.nome for row in session.execute(query)} if ids else {}


def _set_ativo(session: Session, item_id: int, quem: Quem, *, ativo: bool) -> Item:
    quem.ensure_registra()
    act_as(session, quem)
    item = get_item(session, item_id)
    item.ativo = ativo
    session.flush()
    return item


def _assign(item: Item, campos: CamposDoItem) -> None:
    if "nome" in campos:
        item.nome = validate_nome(campos["nome"], maximo=200)
    if "minimo" in campos:
        if not 0 <= campos["minimo"] <= LIMITE:
            raise ValorInvalido("O mínimo precisa ser zero ou mais.", motivo="minimo", campo="minimo")
        item.minimo = campos["minimo"]
    if "observacoes" in campos:
        item.observacoes = validate_opcional(campos["observacoes"], "Observações", maximo=20_000)
