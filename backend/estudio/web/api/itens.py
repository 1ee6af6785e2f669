"""Estoque for programs: items, their order, and movements, which alone change a quantity."""

from typing import Annotated, Final

from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from estudio.domain.estoque import Item, get_item
from estudio.domain.usuario import Quem
from estudio.services.estoque_service import (
    deactivate_item,
    edit_item,
    list_itens,
    list_movimentos,
    move_item,
    reactivate_item,
    register_item,
    set_ordem,
)
from estudio.web.access import REGISTRAM
from estudio.web.api.linhas import POR_PAGINA
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import (
    NADA,
    Consulta,
    Corpo,
    Id,
    IdEscrito,
    Instante,
    Inteiro,
    Limite,
    Mudanca,
    Resposta,
    Sim,
    Texto,
    ensure_texto,
)  # fmt: skip

MAIS_ITENS: Final = 5_000

itens = Sala("itens", "/itens", _l("Estoque"))
movimentos = Sala("movimentos", "/itens/<id:item_id>/movimentos", _l("Movimentos"))
ordem = Sala("ordem", "/itens/ordem", _l("Ordem"))

Curto = Annotated[str, AfterValidator(ensure_texto), Field(min_length=1, max_length=200)]


class ConsultaDeItens(Consulta):
    todos: Sim = False


class NovoItem(Corpo):
    nome: Curto
    quantidade: Inteiro = 0
    minimo: Inteiro = 6
    observacoes: Texto | None = None


class MudancaDeItem(Mudanca):
    nome: Curto = NADA
    minimo: Inteiro = NADA
    observacoes: Texto | None = None
    ativo: bool = NADA


class NovoMovimento(Corpo):
    """What is put on the shelf, or taken when it is negative."""

    delta: Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
    motivo: Annotated[str, AfterValidator(ensure_texto), Field(max_length=2_000)] | None = None


class NovaOrdem(Corpo):
    ids: list[Id] = Field(max_length=MAIS_ITENS)


class ConsultaDeMovimentos(Consulta):
    """`depois` is the number of the last one that was read."""

    depois: IdEscrito | None = None
    limite: Limite = POR_PAGINA


class UmItem(Resposta):
    id: int
    nome: str
    quantidade: int
    minimo: int
    ordem: int
    observacoes: str | None
    ativo: bool
    versao: int


class ListaDeItens(Resposta):
    itens: list[UmItem]


class UmMovimento(Resposta):
    """`saldo` is what was there after it."""

    id: int
    item_id: int
    delta: int
    saldo: int
    motivo: str | None
    em: Instante


class PaginaDeMovimentos(Resposta):
    itens: list[UmMovimento]
    proxima: str | None


@itens.get("", REGISTRAM, _l("Os itens, na ordem do estúdio"))
def index(session: Session, quem: Quem, consulta: ConsultaDeItens) -> ListaDeItens:
    quem.ensure_registra()
    return _list(session, todos=consulta.todos)


@itens.get("/<id:item_id>", REGISTRAM, _l("Um item"))
def show(session: Session, quem: Quem, item_id: int) -> UmItem:
    quem.ensure_registra()
    return UmItem.model_validate(get_item(session, item_id))


@itens.post("", REGISTRAM, _l("Cadastrar um item, com o que já há dele"))
def create(session: Session, quem: Quem, corpo: NovoItem) -> UmItem:
    return _tell(session, register_item(session, quem=quem, **corpo.model_dump()))


@itens.patch("/<id:item_id>", REGISTRAM, _l("Mudar um item, ou tirá-lo da lista"))
def update(session: Session, quem: Quem, item_id: int, corpo: MudancaDeItem, versao: int) -> UmItem:
    campos = corpo.campos
    ativo = campos.pop("ativo", None)
    item = edit_item(session, item_id, quem=quem, versao=versao, **campos)
    if ativo is not None and ativo != item.ativo:
        turn = reactivate_item if ativo else deactivate_item
        turn(session, item_id, quem=quem)
    return _tell(session, item)


@movimentos.get("", REGISTRAM, _l("Os movimentos de um item, o mais novo primeiro"))
def index_movimentos(session: Session, quem: Quem, item_id: int, consulta: ConsultaDeMovimentos) -> PaginaDeMovimentos:
    quem.ensure_registra()
    get_item(session, item_id)
    listed = list_movimentos(session, item_id, antes_de=consulta.depois, limite=consulta.limite + 1)
    page = listed[: consulta.limite]
    return PaginaDeMovimentos(
        itens=[UmMovimento.model_validate(movimento) for movimento in page],
        proxima=str(page[-1].id) if len(listed) > consulta.limite else None,
    )


@movimentos.post("", REGISTRAM, _l("Pôr ou tirar do estoque"))
def create_movimento(session: Session, quem: Quem, item_id: int, corpo: NovoMovimento) -> UmMovimento:
    return UmMovimento.model_validate(move_item(session, item_id, quem=quem, delta=corpo.delta, motivo=corpo.motivo))


@ordem.put("", REGISTRAM, _l("Pôr os itens nesta ordem; os outros vêm depois"))
def update_ordem(session: Session, quem: Quem, corpo: NovaOrdem) -> ListaDeItens:
    set_ordem(session, quem=quem, ids=corpo.ids)
    session.flush()
    return _list(session, todos=False)


def _list(session: Session, *, todos: bool) -> ListaDeItens:
    return ListaDeItens(itens=[UmItem.model_validate(item) for item in list_itens(session, ativos=not todos)])


def _tell(session: Session, item: Item) -> UmItem:
    session.flush()
    session.refresh(item)
    return UmItem.model_validate(item)
