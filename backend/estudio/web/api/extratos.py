"""Extratos for programs: the months and their state, one closed month as it was sealed, and its rows."""

from enum import StrEnum
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.errors import NaoEncontrado, NaoFechado
from estudio.domain.extrato import Extrato, find_vigente, get_extrato
from estudio.domain.historico import Filtro
from estudio.domain.usuario import Quem
from estudio.services.extrato_consulta import describe_extrato, list_meses
from estudio.services.historico_service import list_comissoes, list_gastos, list_pagamentos, list_sessoes
from estudio.web.api.gastos import VEEM
from estudio.web.api.historico import DeArtista, PaginaDeLinhas
from estudio.web.api.linhas import Paginado
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import Consulta, IdEscrito, Quantia, Resposta

extratos = Sala("extratos", "/extratos", _l("Extratos"))
linhas = Sala("linhas", "/extratos/<mes>/linhas", _l("Linhas de um extrato"))


class Secao(StrEnum):
    PAGAMENTOS = "pagamentos"
    COMISSOES = "comissoes"
    SESSOES = "sessoes"
    GASTOS = "gastos"


class ConsultaDeExtrato(Consulta):
    """One version; without it the newest."""

    versao: IdEscrito | None = None


class MesDaLista(Resposta):
    competencia: str
    estado: str
    versao: int | None
    selo_sha256: str | None
    fechado_em: str | None
    receita_total: Quantia | None

    @classmethod
    def of(cls, mes: dict[str, Any]) -> Self:
        return cls.model_validate({name: mes[name] for name in cls.model_fields})


class ListaDeMeses(Resposta):
    itens: list[MesDaLista]


class SeladoDeForma(Resposta):
    forma: str
    total: Quantia


class SeladoDeCategoria(Resposta):
    categoria: str
    total: Quantia


class AcertoSelado(Resposta):
    """What one kind of acertos did to what an artista is owed; above zero the studio owes it.

    A `recebido` above zero is money of estornos that the artista gave back to clientes.
    """

    artista_id: int
    artista: str
    tipo: str
    total: Quantia


class TotaisSelados(Resposta):
    receita_total: Quantia
    comissoes_total: Quantia
    despesas_total: Quantia
    saldo: Quantia
    receita_liquida: Quantia
    por_artista: list[DeArtista]
    por_forma_pagamento: list[SeladoDeForma]
    gastos_por_forma_pagamento: list[SeladoDeForma]
    gastos_por_categoria: list[SeladoDeCategoria]
    acertos: list[AcertoSelado] | None = None


class ContagensSeladas(Resposta):
    pagamentos: int
    sessoes: int
    comissoes: int
    gastos: int
    acertos: int = 0


class UmExtrato(Resposta):
    """As it was sealed. `estado`: fechada, selada, or substituido by a later version."""

    competencia: str
    versao: int
    estado: str
    totais: TotaisSelados
    contagens: ContagensSeladas
    conteudo_sha256: str
    selo_sha256: str
    anterior_sha256: str
    seq: int
    backup_sha256: str | None
    fechado_em: str
    fechado_por: str | None


@extratos.get("", VEEM, _l("Os meses que têm lançamentos ou já foram fechados, com o estado"))
def index(session: Session, quem: Quem) -> ListaDeMeses:
    quem.ensure_ve_resultado()
    return ListaDeMeses(itens=[MesDaLista.of(mes) for mes in list_meses(session)])


@extratos.get("/<mes>", VEEM, _l("Um mês fechado, como foi selado"))
def show(session: Session, quem: Quem, mes: Competencia, consulta: ConsultaDeExtrato) -> UmExtrato:
    quem.ensure_ve_resultado()
    described = describe_extrato(session, _get(session, mes, consulta.versao))
    return UmExtrato.model_validate({name: described[name] for name in UmExtrato.model_fields})


@linhas.get("/<secao>", VEEM, _l("As linhas de um mês fechado"))
def index_linhas(session: Session, quem: Quem, mes: Competencia, secao: Secao, consulta: Paginado) -> PaginaDeLinhas:
    quem.ensure_ve_resultado()
    if find_vigente(session, mes) is None:
        raise _not_there(mes)
    pages: dict[str, Any] = {"quem": quem, "depois_de": consulta.depois, "limite": consulta.limite}
    filtro = Filtro.of_month(mes)
    match secao:
        case Secao.PAGAMENTOS:
            return PaginaDeLinhas.of(list_pagamentos(session, filtro, **pages))
        case Secao.COMISSOES:
            return PaginaDeLinhas.of(list_comissoes(session, filtro, **pages))
        case Secao.SESSOES:
            return PaginaDeLinhas.of(list_sessoes(session, filtro, **pages))
        case Secao.GASTOS:
            return PaginaDeLinhas.of(list_gastos(session, filtro, **pages))


def _get(session: Session, mes: Competencia, versao: int | None) -> Extrato:
    try:
        return get_extrato(session, mes, versao)
    except NaoFechado:
        raise _not_there(mes) from None


def _not_there(mes: Competencia) -> NaoEncontrado:
    return NaoEncontrado(coisa="o extrato de", id=mes.label)
