"""Sessões for programs: booked, listed by whether they are paid, changed, cancelled, deleted, tied to a pagamento."""

from datetime import date
from enum import StrEnum
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from estudio.domain.ficha import Escopo
from estudio.domain.sessao import Sessao, Status, get_sessao
from estudio.domain.usuario import Quem
from estudio.services.desfazer_service import undo_delete_sessao, undo_edit_sessao
from estudio.services.historico_service import list_pendencias, list_sessoes
from estudio.services.sessao_service import (
    cancel_sessao,
    delete_sessao,
    edit_sessao,
    ensure_atende,
    link_sessao,
    register_sessao,
    unlink_sessao,
)
from estudio.web.api.linhas import PaginaDeSessoes, PeriodoPaginado, Pessoa
from estudio.web.api.pagamentos import Ato, Desfeita
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import (
    NADA,
    Corpo,
    Dia,
    Hora,
    Horario,
    Id,
    Instante,
    Inteiro,
    Mudanca,
    Quantia,
    Resposta,
    Texto,
    Valor,
)
from estudio.web.rotas import DONO, MARCAM, REGISTRAM, TODOS

sessoes = Sala("sessoes", "/sessoes", _l("Sessões"))
cancelamentos = Sala("cancelamentos", "/sessoes/<id:sessao_id>/cancelamento", _l("Cancelamentos"))
vinculos = Sala("vinculos", "/sessoes/<id:sessao_id>/pagamento", _l("Vínculos"))
desfeitas = Sala("desfeitas_de_sessao", "/sessoes/<id:sessao_id>/desfeita", _l("Desfazer"))


class Situacao(StrEnum):
    PENDENTES = "pendentes"
    PAGAS = "pagas"


class ConsultaDeSessoes(PeriodoPaginado):
    """`pagas` are of the month of their pagamento, `pendentes` of their own day's."""

    situacao: Situacao = Situacao.PENDENTES


class NovaSessao(Corpo):
    data: Dia
    artista_id: Id
    valor: Valor
    cliente_id: Id | None = None
    status: Status = Field(default=Status.AGENDADA, strict=False)
    observacoes: Texto | None = None
    google_event_id: Texto | None = None
    hora: Hora | None = None
    duracao: Inteiro | None = None


class MudancaDeSessao(Mudanca):
    data: Dia = NADA
    artista_id: Id = NADA
    valor: Valor = NADA
    cliente_id: Id | None = None
    status: Status = Field(default=NADA, strict=False)
    observacoes: Texto | None = None
    hora: Hora | None = None
    duracao: Inteiro = NADA


class NovoVinculo(Corpo):
    pagamento_id: Id


class SessaoInteira(Resposta):
    """`hora` is by the studio's clock, before 04:00 of the night that ends the day; `duracao` in minutes."""

    id: int
    data: date
    hora: Horario | None
    duracao: int | None
    artista: Pessoa
    cliente: Pessoa | None
    valor: Quantia
    status: str
    pagamento_id: int | None
    observacoes: str | None
    google_event_id: str | None
    criado_em: Instante
    versao: int

    @classmethod
    def of(cls, sessao: Sessao) -> Self:
        cliente = sessao.cliente
        return cls(
            id=sessao.id,
            data=sessao.data,
            hora=sessao.hora,
            duracao=sessao.duracao,
            artista=Pessoa(id=sessao.artista_id, nome=sessao.artista.nome),
            cliente=cliente and Pessoa(id=cliente.id, nome=cliente.nome),
            valor=sessao.valor,
            status=sessao.status,
            pagamento_id=sessao.payment_id,
            observacoes=sessao.observacoes,
            google_event_id=sessao.google_event_id,
            criado_em=sessao.criado_em,
            versao=sessao.versao,
        )


@sessoes.get("", TODOS, _l("As sessões pendentes, ou as pagas, de um mês ou dia"))
def index(session: Session, quem: Quem, consulta: ConsultaDeSessoes) -> PaginaDeSessoes:
    pages: dict[str, Any] = {"quem": quem, "depois_de": consulta.depois, "limite": consulta.limite}
    if consulta.situacao == Situacao.PENDENTES:
        return PaginaDeSessoes.of(list_pendencias(session, consulta.find_filtro(quem), **pages))
    return PaginaDeSessoes.of(list_sessoes(session, consulta.narrow(quem), **pages))


@sessoes.get("/<id:sessao_id>", TODOS, _l("Uma sessão"))
def show(session: Session, quem: Quem, sessao_id: int) -> SessaoInteira:
    sessao = get_sessao(session, sessao_id)
    quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
    return SessaoInteira.of(sessao)


@sessoes.post("", MARCAM, _l("Registrar uma sessão; um artista registra as suas"))
def create(session: Session, quem: Quem, corpo: NovaSessao) -> SessaoInteira:
    ensure_atende(session, corpo.cliente_id, quem=quem)
    return _tell(session, register_sessao(session, quem=quem, **corpo.model_dump()))


@sessoes.patch("/<id:sessao_id>", MARCAM, _l("Mudar uma sessão"))
def update(session: Session, quem: Quem, sessao_id: int, corpo: MudancaDeSessao, versao: int) -> SessaoInteira:
    ensure_atende(session, corpo.cliente_id, quem=quem)
    return _tell(session, edit_sessao(session, sessao_id, quem=quem, versao=versao, **corpo.campos))


@sessoes.delete("/<id:sessao_id>", DONO, _l("Apagar uma sessão que não foi paga"))
def destroy(session: Session, quem: Quem, sessao_id: int) -> None:
    delete_sessao(session, sessao_id, quem=quem)


@cancelamentos.post("", MARCAM, _l("Cancelar uma sessão"), status=200)
def create_cancelamento(session: Session, quem: Quem, sessao_id: int) -> SessaoInteira:
    return _tell(session, cancel_sessao(session, sessao_id, quem=quem))


@vinculos.post("", REGISTRAM, _l("Dizer qual pagamento pagou a sessão"), status=200)
def create_vinculo(session: Session, quem: Quem, sessao_id: int, corpo: NovoVinculo) -> SessaoInteira:
    return _tell(session, link_sessao(session, sessao_id, quem=quem, pagamento_id=corpo.pagamento_id))


@vinculos.delete("", REGISTRAM, _l("Soltar a sessão do pagamento"), escopo=Escopo.REGISTRO)
def destroy_vinculo(session: Session, quem: Quem, sessao_id: int) -> SessaoInteira:
    return _tell(session, unlink_sessao(session, sessao_id, quem=quem))


@desfeitas.post("", REGISTRAM, _l("Desfazer a última edição, ou trazer de volta uma sessão apagada"), status=200)
def create_desfeita(session: Session, quem: Quem, sessao_id: int, corpo: Desfeita) -> SessaoInteira:
    corpo.ensure_alcanca()
    if corpo.ato == Ato.EDICAO:
        return _tell(session, undo_edit_sessao(session, sessao_id, quem=quem, versao=corpo.versao))
    return _tell(session, undo_delete_sessao(session, sessao_id, quem=quem))


def _tell(session: Session, sessao: Sessao) -> SessaoInteira:
    session.flush()
    session.expire(sessao)
    return SessaoInteira.of(sessao)
