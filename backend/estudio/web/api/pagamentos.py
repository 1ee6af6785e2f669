"""Pagamentos for programs: registered, listed with their sum, corrected, given back, deleted and undone."""

from datetime import date
from enum import StrEnum
from typing import Final, Self

from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.cliente import get_cliente
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import LinhaPagamento, Pagina
from estudio.domain.pagamento import Pagamento, get_pagamento
from estudio.domain.usuario import Papel, Quem
from estudio.services.desfazer_service import undo_delete_pagamento, undo_edit_pagamento
from estudio.services.historico_service import Numero, explain
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento, reverse_pagamento
from estudio.services.recebimento_service import register_recebimento
from estudio.web.api.linhas import LinhaDePagamento, PaginaDePagamentos, PeriodoPaginado, Pessoa
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import (
    NADA,
    Codigo,
    Corpo,
    Dia,
    Escolha,
    Id,
    Instante,
    Mudanca,
    Nome,
    Parte,
    Percentual,
    Quantia,
    Resposta,
    Texto,
    Valor,
)  # fmt: skip
from estudio.web.rotas import DONO, REGISTRAM, TODOS

MAIS_SESSOES: Final = 50

pagamentos = Sala("pagamentos", "/pagamentos", _l("Pagamentos"))
estornos = Sala("estornos", "/pagamentos/<id:pagamento_id>/estorno", _l("Estornos"))
desfeitas = Sala("desfeitas", "/pagamentos/<id:pagamento_id>/desfeita", _l("Desfazer"))


class NovoPagamento(Corpo):
    """`cliente` is a name: found, or registered along; `cliente_id` alone is somebody who is known. With both, which
    of several of one name is meant (0: one more person). `igual_visto` is the equal payment that a refusal told of."""

    data: Dia | None = None
    valor: Valor
    forma: Codigo
    artista_id: Id
    cliente: Nome | None = None
    cliente_id: Escolha | None = None
    sessoes: list[Id] = Field(default=[], max_length=MAIS_SESSOES)
    percentual: Percentual | None = None
    observacoes: Texto | None = None
    google_event_id: Texto | None = None
    igual_visto: Id | None = None


class MudancaDePagamento(Mudanca):
    data: Dia = NADA
    valor: Valor = NADA
    forma: Codigo = NADA
    artista_id: Id = NADA
    cliente_id: Id | None = None
    percentual: Percentual = NADA
    observacoes: Texto | None = None


class NovoEstorno(Corpo):
    """Without `valor` all that remains is given back, without `forma` as it came."""

    data: Dia | None = None
    valor: Valor | None = None
    forma: Codigo | None = None
    observacoes: Texto | None = None


class Ato(StrEnum):
    EDICAO = "edicao"
    EXCLUSAO = "exclusao"


class Desfeita(Corpo):
    """`versao` is the one that the edit left."""

    ato: Ato = Field(strict=False)
    versao: Id | None = None

    def ensure_alcanca(self) -> None:
        """Raises DadosInvalidos for a deletion: it left no version."""
        if self.versao is not None and self.ato == Ato.EXCLUSAO:
            raise DadosInvalidos("A versão é só para desfazer uma edição.", motivo="versao", campo="versao")


class Comissao(Resposta):
    id: int
    artista_id: int
    percentual: Parte
    valor: Quantia


class PagamentoInteiro(Resposta):
    id: int
    data: date
    competencia: str
    valor: Quantia
    forma: str
    artista: Pessoa
    cliente: Pessoa | None
    percentual: Parte | None
    comissoes: list[Comissao]
    sessoes: list[int]
    observacoes: str | None
    google_event_id: str | None
    estorno_de: int | None
    criado_em: Instante
    versao: int

    @classmethod
    def of(cls, pagamento: Pagamento, quem: Quem) -> Self:
        comissoes = [c for c in pagamento.comissoes if quem.papel != Papel.ARTISTA or c.artista_id == quem.artista_id]
        cliente = pagamento.cliente
        return cls(
            id=pagamento.id,
            data=pagamento.data,
            competencia=pagamento.competencia.slug,
            valor=pagamento.valor,
            forma=pagamento.forma,
            artista=Pessoa(id=pagamento.artista_id, nome=pagamento.artista.nome),
            cliente=cliente and Pessoa(id=cliente.id, nome=cliente.nome),
            percentual=pagamento.percentual,
            comissoes=[Comissao.model_validate(comissao) for comissao in comissoes],
            sessoes=[sessao.id for sessao in pagamento.sessoes],
            observacoes=pagamento.observacoes,
            google_event_id=pagamento.google_event_id,
            estorno_de=pagamento.estorno_de,
            criado_em=pagamento.criado_em,
            versao=pagamento.versao,
        )


@pagamentos.get("", TODOS, _l("Os pagamentos de um mês ou dia, com a soma"))
def index(session: Session, quem: Quem, consulta: PeriodoPaginado) -> PaginaDePagamentos:
    receita = explain(
        session,
        consulta.narrow(quem),
        Numero.RECEITA,
        quem=quem,
        depois_de=consulta.depois,
        limite=consulta.limite,
    )
    pagina: Pagina[LinhaPagamento] = receita.parcelas[0].pagina
    return PaginaDePagamentos(
        itens=[LinhaDePagamento.of(linha) for linha in pagina.linhas], soma=receita.total, proxima=pagina.proxima
    )


@pagamentos.get("/<id:pagamento_id>", TODOS, _l("Um pagamento, com comissões e sessões"))
def show(session: Session, quem: Quem, pagamento_id: int) -> PagamentoInteiro:
    pagamento = get_pagamento(session, pagamento_id)
    quem.ensure_e_de(pagamento.artista_id, "o pagamento", pagamento_id)
    return PagamentoInteiro.of(pagamento, quem)


@pagamentos.post("", REGISTRAM, _l("Registrar um pagamento, também de cliente novo"))
def create(session: Session, quem: Quem, corpo: NovoPagamento) -> PagamentoInteiro:
    nome = corpo.cliente
    if nome is None and corpo.cliente_id is not None:
        nome = get_cliente(session, corpo.cliente_id).nome
    made = register_recebimento(
        session,
        quem=quem,
        nome=nome,
        escolhido=corpo.cliente_id,
        igual_visto=corpo.igual_visto,
        data=corpo.data or clock.today(),
        artista_id=corpo.artista_id,
        valor=corpo.valor,
        forma=corpo.forma,
        sessoes=corpo.sessoes,
        percentual=corpo.percentual,
        observacoes=corpo.observacoes,
        google_event_id=corpo.google_event_id,
    )
    return _tell(session, made, quem)


@pagamentos.patch("/<id:pagamento_id>", REGISTRAM, _l("Corrigir um pagamento"))
def update(session: Session, quem: Quem, pagamento_id: int, corpo: MudancaDePagamento, versao: int) -> PagamentoInteiro:
    changed = edit_pagamento(session, pagamento_id, quem=quem, versao=versao, **corpo.campos)
    return _tell(session, changed, quem)


@pagamentos.delete("/<id:pagamento_id>", DONO, _l("Apagar um pagamento de um mês aberto"))
def destroy(session: Session, quem: Quem, pagamento_id: int) -> None:
    delete_pagamento(session, pagamento_id, quem=quem)


@estornos.post("", REGISTRAM, _l("Devolver um pagamento, inteiro ou em parte"))
def create_estorno(session: Session, quem: Quem, pagamento_id: int, corpo: NovoEstorno) -> PagamentoInteiro:
    estorno = reverse_pagamento(
        session,
        pagamento_id,
        quem=quem,
        data=corpo.data or clock.today(),
        valor=corpo.valor,
        forma=corpo.forma,
        observacoes=corpo.observacoes,
    )
    return _tell(session, estorno, quem)


@desfeitas.post("", REGISTRAM, _l("Desfazer a última edição, ou trazer de volta um pagamento apagado"), status=200)
def create_desfeita(session: Session, quem: Quem, pagamento_id: int, corpo: Desfeita) -> PagamentoInteiro:
    corpo.ensure_alcanca()
    if corpo.ato == Ato.EDICAO:
        pagamento = undo_edit_pagamento(session, pagamento_id, quem=quem, versao=corpo.versao)
    else:
        pagamento = undo_delete_pagamento(session, pagamento_id, quem=quem)
    return _tell(session, pagamento, quem)


def _tell(session: Session, pagamento: Pagamento, quem: Quem) -> PagamentoInteiro:
    """The payment as it is now: names follow their ids, and the database wrote its version."""
    session.flush()
    session.expire(pagamento)
    return PagamentoInteiro.of(pagamento, quem)
