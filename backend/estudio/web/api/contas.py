"""The accounts of the artistas for programs: what was owed, what was paid, what is still to be, month by month."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import Quem
from estudio.services.acerto_consulta import FIM, Conta, MesDaConta, Resumo, list_resumos, read_conta
from estudio.web.api.linhas import Pessoa
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import Consulta, Mes, Quantia, Resposta
from estudio.web.rotas import VEEM_CONTAS, VEEM_RESULTADO

contas = Sala("contas", "/contas", _l("Contas dos artistas"))


class ConsultaDeContas(Consulta):
    """`mes`: of which the sums of one month are told; this one unless told."""

    mes: Mes | None = None


class ConsultaDeConta(Consulta):
    """`ate`: the account as it stood when that month ended, with what is entered by now; whole unless told."""

    ate: Mes | None = None


class ResumoDaConta(Resposta):
    """`saldo` is devido less pago, of all months; above zero the studio owes the artista."""

    artista: Pessoa
    ativo: bool
    devido: Quantia
    pago: Quantia
    saldo: Quantia
    devido_no_mes: Quantia
    pago_no_mes: Quantia

    @classmethod
    def of(cls, resumo: Resumo) -> Self:
        return cls(
            artista=Pessoa(id=resumo.artista_id, nome=resumo.artista),
            ativo=resumo.ativo,
            devido=resumo.devido,
            pago=resumo.pago,
            saldo=resumo.saldo,
            devido_no_mes=resumo.devido_no_mes,
            pago_no_mes=resumo.pago_no_mes,
        )


class ListaDeContas(Resposta):
    competencia: str
    itens: list[ResumoDaConta]


class SomaDeTipo(Resposta):
    tipo: str
    total: Quantia


class MesDeConta(Resposta):
    """`saldo`: as it stood when the month ended."""

    competencia: str
    estado: str
    comissoes: Quantia
    acertos: list[SomaDeTipo]
    devido: Quantia
    pago: Quantia
    saldo: Quantia

    @classmethod
    def of(cls, mes: MesDaConta) -> Self:
        return cls(
            competencia=mes.competencia.slug,
            estado=mes.estado,
            comissoes=mes.comissoes,
            acertos=_list_somas(mes.por_tipo),
            devido=mes.devido,
            pago=mes.pago,
            saldo=mes.saldo,
        )


class UmaConta(Resposta):
    """Comissões and acertos, each with its sign; the months that have any, oldest first."""

    artista: Pessoa
    comissoes: Quantia
    acertos: list[SomaDeTipo]
    devido: Quantia
    pago: Quantia
    saldo: Quantia
    meses: list[MesDeConta]

    @classmethod
    def of(cls, conta: Conta) -> Self:
        return cls(
            artista=Pessoa(id=conta.artista_id, nome=conta.artista),
            comissoes=conta.comissoes,
            acertos=_list_somas(conta.por_tipo),
            devido=conta.devido,
            pago=conta.pago,
            saldo=conta.saldo,
            meses=[MesDeConta.of(mes) for mes in conta.meses],
        )


@contas.get("", VEEM_RESULTADO, _l("O que cada artista tem a receber, de todos os meses e de um"))
def index(session: Session, quem: Quem, consulta: ConsultaDeContas) -> ListaDeContas:
    competencia = consulta.mes or Competencia.of(clock.today())
    resumos = list_resumos(session, competencia, quem=quem)
    return ListaDeContas(competencia=competencia.slug, itens=[ResumoDaConta.of(resumo) for resumo in resumos])


@contas.get("/<id:artista_id>", VEEM_CONTAS, _l("A conta de um artista, mês a mês"))
def show(session: Session, quem: Quem, artista_id: int, consulta: ConsultaDeConta) -> UmaConta:
    return UmaConta.of(read_conta(session, artista_id, ate=consulta.ate or FIM, quem=quem))


def _list_somas(por_tipo: Mapping[Tipo, Decimal]) -> list[SomaDeTipo]:
    return [SomaDeTipo(tipo=tipo.value, total=total) for tipo, total in por_tipo.items()]
