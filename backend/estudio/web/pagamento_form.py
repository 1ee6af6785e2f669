"""The forms of a payment, new and corrected: their fields, what they offer to choose from, what they tell the deeds."""

from typing import Any, Final

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.cliente import resolve_cliente
from estudio.domain.errors import PagamentoIgual, Refusal
from estudio.domain.historico import Filtro
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao, get_sessao
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import LIMITE_NOME, LIMITE_TELEFONE, choose_cliente
from estudio.services.historico_service import list_pendencias
from estudio.services.pagamento_service import CamposDoPagamento, find_ultima_forma
from estudio.web.campos import (
    OBRIGATORIA,
    DataField,
    DinheiroField,
    EscolhaField,
    NomeField,
    NumeroField,
    PercentualField,
    VariasField,
    parse_codigo,
    parse_numero,
)
from estudio.web.escolhas import FormularioComCliente, offer_artistas, offer_formas
from estudio.web.filters import format_cliente, format_dia, format_dinheiro
from estudio.web.language import gettext as _

MAIS_SESSOES: Final = 200


class PagamentoForm(FormularioComCliente):
    """What a payment has."""

    dia = DataField(_l("Data"))
    cliente = NomeField(_l("Cliente"), maximo=LIMITE_NOME)
    cliente_id = NumeroField()
    artista_id = EscolhaField(_l("Artista"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_numero)
    valor = DinheiroField(_l("Valor"))
    forma = EscolhaField(_l("Forma de pagamento"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    percentual = PercentualField(_l("Comissão %"))
    observacoes = TextAreaField(_l("Observações"))

    def offer(self, session: Session) -> None:
        offer_formas(session, self.forma)
        if "artista_id" in self:
            offer_artistas(session, self.artista_id, nada=_("Escolha"))


class NovoPagamentoForm(PagamentoForm):
    """`igual_visto` is the equal payment that the person was told of; of any other they are told anew."""

    telefone = NomeField(_l("Telefone"), maximo=LIMITE_TELEFONE)
    sessao_id = VariasField(_l("Sessões"), coerce=parse_numero)
    com_sessao = BooleanField(_l("Registrar também a sessão"))
    igual_visto = NumeroField()

    @classmethod
    def of_sessao(cls, session: Session, sessao_id: int | None, *, avulsa: bool = False) -> "NovoPagamentoForm":
        """The form as it is opened, for a sessão with all that is known of it; `avulsa`: one that nobody booked.

        Raises NaoEncontrado, SessaoJaPaga.
        """
        given: dict[str, Any] = {"dia": clock.today(), "forma": find_ultima_forma(session), "com_sessao": avulsa}
        if sessao_id is not None:
            sessao = get_sessao(session, sessao_id)
            sessao.ensure_sem_pagamento()
            cliente = resolve_cliente(session, sessao.cliente) if sessao.cliente else None
            given |= {
                "sessao_id": [sessao.id],
                "artista_id": sessao.artista_id,
                # A sessão may be agreed upon at nothing, and nothing is no payment.
                "valor": sessao.valor or None,
                "cliente": cliente and cliente.nome,
                "cliente_id": cliente and cliente.id,
                "telefone": cliente and cliente.telefone,
            }
        return cls(data=given)

    def refuse(self, refusal: Refusal) -> None:
        """Of an equal payment they are told once: who presses again means it."""
        if isinstance(refusal, PagamentoIgual):
            self.igual_visto.data = refusal.details["pagamento_id"]
        super().refuse(refusal)

    def offer_sessoes(self, session: Session, *, quem: Quem) -> None:
        """The sessões of the day that nobody has paid, and those that were chosen; none where a new one is paid."""
        if self.com_sessao.data and not self.sessao_id.data:
            return
        filtro = Filtro.of_day(self.dia.data or clock.today())
        dia = {linha.id: linha for linha in list_pendencias(session, filtro, quem=quem, limite=MAIS_SESSOES).linhas}
        offered = {
            id_: f"{linha.artista} · {format_cliente(linha.cliente)} · {format_dinheiro(linha.valor)}"
            for id_, linha in dia.items()
        }
        others = {id_ for id_ in self.sessao_id.data or [] if id_ is not None} - set(dia)
        query = select(Sessao).where(Sessao.id.in_(others), Sessao.payment_id.is_(None)).order_by(Sessao.id)
        for sessao in session.scalars(query) if others else ():
            parts = (sessao.artista.nome, format_dinheiro(sessao.valor), format_dia(sessao.data))
            offered[sessao.id] = " · ".join(parts)
        self.sessao_id.choices = list(offered.items())


class EdicaoForm(PagamentoForm):
    """`versao` is the one that the person saw."""

    versao = NumeroField(validators=[DataRequired()])

    @classmethod
    def of(cls, pagamento: Pagamento) -> "EdicaoForm":
        return cls(
            data={
                "dia": pagamento.data,
                "cliente": pagamento.cliente and pagamento.cliente.nome,
                "cliente_id": pagamento.cliente_id,
                "artista_id": pagamento.artista_id,
                "valor": pagamento.valor,
                "forma": pagamento.forma,
                "percentual": pagamento.percentual,
                "observacoes": pagamento.observacoes,
                "versao": pagamento.versao,
            }
        )

    def narrow_to_estorno(self) -> None:
        """What an estorno gave back does not change: it has no such fields."""
        del self.valor
        del self.artista_id
        del self.percentual

    def list_mudancas(self, session: Session, pagamento: Pagamento, *, quem: Quem) -> CamposDoPagamento:
        """What the person changed, and nothing else: a percentual that is named is decided anew."""
        campos: CamposDoPagamento = {}
        assert self.dia.data is not None, "the form was validated"
        if self.dia.data != pagamento.data:
            campos["data"] = self.dia.data
        if self.forma.data != pagamento.forma:
            campos["forma"] = str(self.forma.data)
        if self.cliente.data != (pagamento.cliente and pagamento.cliente.nome):
            nome = self.cliente.data
            escolhido = self.cliente_id.data
            campos["cliente_id"] = choose_cliente(session, nome, quem=quem, escolhido=escolhido).id if nome else None
        if (self.observacoes.data or None) != pagamento.observacoes:
            campos["observacoes"] = self.observacoes.data
        if "valor" in self:
            if self.artista_id.data != pagamento.artista_id:
                campos["artista_id"] = self.artista_id.data
            if self.valor.data != pagamento.valor:
                campos["valor"] = self.valor.data
            if self.percentual.data not in (None, pagamento.percentual):
                campos["percentual"] = self.percentual.data
        return campos
