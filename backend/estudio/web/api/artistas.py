"""Artistas for programs. An artista sees their own entry alone."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista, get_artista
from estudio.domain.usuario import Papel, Quem
from estudio.services.artista_service import (
    deactivate_artista,
    edit_artista,
    list_artistas,
    reactivate_artista,
    register_artista,
)
from estudio.web.api.clientes import Contato
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import NADA, Consulta, Corpo, Instante, Mudanca, Nome, Parte, Percentual, Resposta, Sim
from estudio.web.rotas import DONO, TODOS

artistas = Sala("artistas", "/artistas", _l("Artistas"))


class ConsultaDeArtistas(Consulta):
    """`todos=true` tells of those too who left."""

    todos: Sim = False


class NovoArtista(Corpo):
    nome: Nome
    percentual: Percentual = 0
    email: Contato | None = None
    telefone: Contato | None = None


class MudancaDeArtista(Mudanca):
    """`ativo` false: they left. Nobody who earned here is deleted."""

    nome: Nome = NADA
    percentual: Percentual = NADA
    email: Contato | None = None
    telefone: Contato | None = None
    ativo: bool = NADA


class UmArtista(Resposta):
    id: int
    nome: str
    email: str | None
    telefone: str | None
    percentual: Parte
    ativo: bool
    criado_em: Instante
    versao: int


class ListaDeArtistas(Resposta):
    itens: list[UmArtista]


@artistas.get("", TODOS, _l("Os artistas"))
def index(session: Session, quem: Quem, consulta: ConsultaDeArtistas) -> ListaDeArtistas:
    listed = list_artistas(session, ativos=not consulta.todos)
    if quem.papel == Papel.ARTISTA:
        listed = [artista for artista in listed if artista.id == quem.artista_id]
    return ListaDeArtistas(itens=[UmArtista.model_validate(artista) for artista in listed])


@artistas.get("/<id:artista_id>", TODOS, _l("Um artista"))
def show(session: Session, quem: Quem, artista_id: int) -> UmArtista:
    quem.ensure_e_de(artista_id, "o artista", artista_id)
    return UmArtista.model_validate(get_artista(session, artista_id))


@artistas.post("", DONO, _l("Cadastrar um artista"))
def create(session: Session, quem: Quem, corpo: NovoArtista) -> UmArtista:
    made = register_artista(session, quem=quem, **corpo.model_dump())
    return UmArtista.model_validate(made)


@artistas.patch("/<id:artista_id>", DONO, _l("Mudar um artista, também se ele saiu ou voltou"))
def update(session: Session, quem: Quem, artista_id: int, corpo: MudancaDeArtista, versao: int) -> UmArtista:
    campos = corpo.campos
    ativo = campos.pop("ativo", None)
    artista: Artista = edit_artista(session, artista_id, quem=quem, versao=versao, **campos)
    if ativo is not None and ativo != artista.ativo:
        turn = reactivate_artista if ativo else deactivate_artista
        turn(session, artista_id, quem=quem)
    session.flush()
    session.refresh(artista)
    return UmArtista.model_validate(artista)
