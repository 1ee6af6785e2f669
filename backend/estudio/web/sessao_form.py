"""The forms of a sessão, booked and moved: their fields, what they offer to choose from, what they tell the deeds."""

from datetime import date, time
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.agenda import DURACAO, DURACOES
from estudio.domain.sessao import Sessao
from estudio.domain.usuario import Papel, Quem
from estudio.services.agenda_service import CamposDaMarcacao
from estudio.services.artista_service import list_artistas
from estudio.services.cliente_service import LIMITE_NOME, choose_cliente
from estudio.services.horario_service import find_proxima_vaga
from estudio.services.sessao_service import CamposDaSessao
from estudio.web.campos import (
    OBRIGATORIA,
    DataField,
    DinheiroField,
    EscolhaField,
    HoraField,
    NomeField,
    NumeroField,
    parse_numero,
)
from estudio.web.escolhas import FormularioComCliente, offer_artistas
from estudio.web.language import gettext as _
from estudio.web.sessao_texto import format_duracao

SEM_VALOR = Decimal("0.00")


class SessaoForm(FormularioComCliente):
    """What a sessão has, in the order of the page."""

    cliente = NomeField(_l("Cliente"), maximo=LIMITE_NOME)
    cliente_id = NumeroField()
    artista_id = EscolhaField(_l("Artista"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_numero)
    dia = DataField(_l("Data"))
    hora = HoraField(_l("Hora"))
    duracao = EscolhaField(_l("Duração"), coerce=parse_numero)
    valor = DinheiroField(_l("Valor"), opcional=True)
    observacoes = TextAreaField(_l("Observações"))

    def narrow_to(self, quem: Quem) -> None:
        """An artista books for nobody else: the form does not ask."""
        if quem.papel == Papel.ARTISTA:
            del self.artista_id

    def offer(self, session: Session) -> None:
        minutos = sorted({*DURACOES, self.duracao.data or DURACAO})
        self.duracao.offer(None, {minuto: format_duracao(minuto) for minuto in minutos})
        if "artista_id" in self:
            offer_artistas(session, self.artista_id, nada=_("Escolha"))

    def get_artista_id(self, quem: Quem) -> int:
        artista_id = self.artista_id.data if "artista_id" in self else quem.artista_id
        assert isinstance(artista_id, int), "the form was validated"
        return artista_id

    def get_campos(self, quem: Quem) -> CamposDaMarcacao:
        """What a booking is told; no amount is none agreed upon yet."""
        assert self.dia.data is not None, "the form was validated"
        return {
            "data": self.dia.data,
            "artista_id": self.get_artista_id(quem),
            "hora": self.hora.data,
            "duracao": self.duracao.data,
            "valor": self.valor.data or SEM_VALOR,
            "observacoes": self.observacoes.data,
        }


class NovaSessaoForm(SessaoForm):
    @classmethod
    def of_vaga(
        cls, session: Session, *, quem: Quem, dia: date | None, hora: time | None, artista_id: int | None
    ) -> "NovaSessaoForm":
        """The form as it is opened: for the slot that was pressed, or for the artista's next free one."""
        if quem.papel == Papel.ARTISTA:
            artista_id = quem.artista_id
        elif artista_id is None:
            ativos = list_artistas(session)
            # Who works alone is not asked who it is.
            artista_id = ativos[0].id if len(ativos) == 1 else None
        if hora is None and artista_id is not None and (vaga := find_proxima_vaga(session, artista_id, dia)):
            dia, hora = vaga
        given = {"dia": dia or clock.today(), "hora": hora, "artista_id": artista_id, "duracao": DURACAO}
        return cls(data=given)


class EdicaoDeSessaoForm(SessaoForm):
    """`versao` is the one that the person saw."""

    versao = NumeroField(validators=[DataRequired()])

    @classmethod
    def of(cls, sessao: Sessao) -> "EdicaoDeSessaoForm":
        return cls(
            data={
                "dia": sessao.data,
                "hora": sessao.hora,
                "duracao": sessao.duracao or DURACAO,
                "artista_id": sessao.artista_id,
                "cliente": sessao.cliente and sessao.cliente.nome,
                "cliente_id": sessao.cliente_id,
                "valor": sessao.valor or None,
                "observacoes": sessao.observacoes,
                "versao": sessao.versao,
            }
        )

    def list_mudancas(self, session: Session, sessao: Sessao, *, quem: Quem) -> CamposDaSessao:
        """What the person changed, and nothing else."""
        campos: CamposDaSessao = {}
        given = self.get_campos(quem)
        if given["data"] != sessao.data:
            campos["data"] = given["data"]
        if given["artista_id"] != sessao.artista_id:
            campos["artista_id"] = given["artista_id"]
        if given["valor"] != sessao.valor:
            campos["valor"] = given["valor"]
        if given["hora"] != sessao.hora:
            campos["hora"] = given["hora"]
        if given["hora"] is not None and given["duracao"] != sessao.duracao:
            campos["duracao"] = given["duracao"]
        if (given["observacoes"] or None) != sessao.observacoes:
            campos["observacoes"] = given["observacoes"]
        nome, escolhido = self.cliente.data, self.cliente_id.data
        if nome != (sessao.cliente and sessao.cliente.nome):
            campos["cliente_id"] = choose_cliente(session, nome, quem=quem, escolhido=escolhido).id if nome else None
        return campos
