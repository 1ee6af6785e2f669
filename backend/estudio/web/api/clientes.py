"""Clientes for programs: searched, listed, registered, changed, and merged when two entries are one person."""

from typing import Annotated

from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from estudio.domain.cliente import Cliente, get_cliente
from estudio.domain.ficha import Escopo
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import edit_cliente, list_clientes, register_cliente, search_clientes
from estudio.services.fusao_service import merge_clientes, unmerge_cliente
from estudio.web.access import REGISTRAM
from estudio.web.api.linhas import POR_PAGINA
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import (
    NADA,
    Busca,
    Consulta,
    Corpo,
    Id,
    IdEscrito,
    Instante,
    Limite,
    Mudanca,
    Nome,
    Resposta,
    Texto,
    ensure_texto,
)

clientes = Sala("clientes", "/clientes", _l("Clientes"))
fusoes = Sala("fusoes", "/clientes/<id:cliente_id>/fusao", _l("Fusões"))

Contato = Annotated[str, AfterValidator(ensure_texto), Field(max_length=254)]


class ConsultaDeClientes(Consulta):
    """With `texto` the best matches, without pages; without it everybody, in order of name. `depois` is a number."""

    texto: Busca | None = None
    depois: IdEscrito | None = None
    limite: Limite = POR_PAGINA


class NovoCliente(Corpo):
    nome: Nome
    telefone: Contato | None = None
    email: Contato | None = None
    observacoes: Texto | None = None


class MudancaDeCliente(Mudanca):
    nome: Nome = NADA
    telefone: Contato | None = None
    email: Contato | None = None
    observacoes: Texto | None = None


class NovaFusao(Corpo):
    """`em` is the one that stays."""

    em: Id
    motivo: Texto | None = None


class UmCliente(Resposta):
    """`fundido_em` is who this one turned out to be."""

    id: int
    nome: str
    telefone: str | None
    email: str | None
    observacoes: str | None
    fundido_em: int | None
    criado_em: Instante
    versao: int


class PaginaDeClientes(Resposta):
    itens: list[UmCliente]
    proxima: str | None


@clientes.get("", REGISTRAM, _l("Procurar clientes por nome ou telefone, ou listar todos"))
def index(session: Session, quem: Quem, consulta: ConsultaDeClientes) -> PaginaDeClientes:
    if consulta.texto is not None:
        found = search_clientes(session, consulta.texto, quem=quem, limite=consulta.limite)
        return PaginaDeClientes(itens=[UmCliente.model_validate(cliente) for cliente in found], proxima=None)
    depois_de = None if consulta.depois is None else _locate(get_cliente(session, consulta.depois))
    # One more than is shown tells whether there is a next page.
    listed = list_clientes(session, quem=quem, depois_de=depois_de, limite=consulta.limite + 1)
    page = listed[: consulta.limite]
    more = len(listed) > consulta.limite
    return PaginaDeClientes(
        itens=[UmCliente.model_validate(cliente) for cliente in page], proxima=str(page[-1].id) if more else None
    )


@clientes.get("/<id:cliente_id>", REGISTRAM, _l("Um cliente"))
def show(session: Session, quem: Quem, cliente_id: int) -> UmCliente:
    quem.ensure_registra()
    return UmCliente.model_validate(get_cliente(session, cliente_id))


@clientes.post("", REGISTRAM, _l("Cadastrar um cliente, também de nome que já existe"))
def create(session: Session, quem: Quem, corpo: NovoCliente) -> UmCliente:
    return UmCliente.model_validate(register_cliente(session, quem=quem, **corpo.model_dump()))


@clientes.patch("/<id:cliente_id>", REGISTRAM, _l("Mudar um cliente"))
def update(session: Session, quem: Quem, cliente_id: int, corpo: MudancaDeCliente, versao: int) -> UmCliente:
    return _tell(session, edit_cliente(session, cliente_id, quem=quem, versao=versao, **corpo.campos))


@fusoes.post("", REGISTRAM, _l("Unir este cliente a outro, que fica"), status=200)
def create_fusao(session: Session, quem: Quem, cliente_id: int, corpo: NovaFusao) -> UmCliente:
    return _tell(session, merge_clientes(session, cliente_id, quem=quem, em=corpo.em, motivo=corpo.motivo))


@fusoes.delete("", REGISTRAM, _l("Desfazer a união"), escopo=Escopo.REGISTRO)
def destroy_fusao(session: Session, quem: Quem, cliente_id: int) -> UmCliente:
    return _tell(session, unmerge_cliente(session, cliente_id, quem=quem))


def _locate(cliente: Cliente) -> tuple[str, int]:
    return cliente.nome_busca[:100], cliente.id


def _tell(session: Session, cliente: Cliente) -> UmCliente:
    session.flush()
    session.refresh(cliente)
    return UmCliente.model_validate(cliente)
