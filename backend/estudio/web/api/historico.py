"""Histórico for programs: totals and sections of an open period, and why a number is what it is."""

from datetime import date, timedelta
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import (
    Filtro,
    Historico,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
    Parcela,
    Pendencias,
)
from estudio.domain.usuario import Quem
from estudio.services.historico_service import (
    Numero,
    calculate_totais,
    count_pendencias,
    explain,
    get_historico,
    is_de_um,
    list_comissoes,
)
from estudio.web.api.linhas import (
    LinhaDeComissao,
    LinhaDeGasto,
    LinhaDePagamento,
    LinhaDeSessao,
    Periodo,
    PeriodoPaginado,
)  # fmt: skip
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import Proxima, Quantia, Resposta
from estudio.web.rotas import TODOS

historico = Sala("historico", "/historico", _l("Histórico"))
totais = Sala("totais", "/historico/totais", _l("Totais"))
comissoes = Sala("comissoes", "/historico/comissoes", _l("Comissões"))
numeros = Sala("numeros", "/historico/numeros", _l("Por que esse valor?"))

Linha = LinhaDePagamento | LinhaDeComissao | LinhaDeSessao | LinhaDeGasto


class ConsultaDeNumero(PeriodoPaginado):
    """`chave`: whose, where the number is one of several of its kind: an artista's id, the code of a forma, a day."""

    chave: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,30}$")


class DeArtista(Resposta):
    artista_id: int
    artista: str
    receita: Quantia
    comissao: Quantia


class DeForma(Resposta):
    codigo: str
    forma: str
    total: Quantia


class DeCategoria(Resposta):
    codigo: str
    categoria: str
    total: Quantia


class Contagens(Resposta):
    pagamentos: int
    sessoes: int
    comissoes: int
    gastos: int | None = None


class Totais(Resposta):
    """The keys of version 4. What the studio spends and keeps is null for who does not see it."""

    receita_total: Quantia
    comissoes_total: Quantia
    despesas_total: Quantia | None = None
    saldo: Quantia | None = None
    receita_liquida: Quantia | None = None
    por_artista: list[DeArtista]
    por_forma_pagamento: list[DeForma]
    gastos_por_forma_pagamento: list[DeForma] | None = None
    gastos_por_categoria: list[DeCategoria] | None = None
    contagens: Contagens


class SomaDePendencias(Resposta):
    quantidade: int
    valor: Quantia


class TotaisDoPeriodo(Resposta):
    inicio: date
    ultimo_dia: date
    totais: Totais
    pendencias: SomaDePendencias

    @classmethod
    def of(cls, filtro: Filtro, totais: dict[str, Any], pendencias: Pendencias) -> Self:
        return cls(
            inicio=filtro.inicio,
            ultimo_dia=filtro.fim - timedelta(days=1),
            totais=Totais.model_validate(totais),
            pendencias=SomaDePendencias(quantidade=pendencias.quantidade, valor=pendencias.valor),
        )


class PaginaDeLinhas(Resposta):
    itens: list[Linha]
    proxima: Proxima

    @classmethod
    def of(cls, pagina: Pagina[Any]) -> Self:
        return cls(itens=[describe_linha(linha) for linha in pagina.linhas], proxima=pagina.proxima)


class PaginaDeComissoes(Resposta):
    itens: list[LinhaDeComissao]
    proxima: Proxima


class HistoricoDoPeriodo(Resposta):
    """Each section with its first page; the next ones at its own address."""

    inicio: date
    ultimo_dia: date
    totais: Totais
    pagamentos: PaginaDeLinhas
    comissoes: PaginaDeLinhas
    sessoes: PaginaDeLinhas
    gastos: PaginaDeLinhas | None
    pendencias: PaginaDeLinhas

    @classmethod
    def of(cls, historico: Historico) -> Self:
        return cls(
            inicio=historico.filtro.inicio,
            ultimo_dia=historico.filtro.fim - timedelta(days=1),
            totais=Totais.model_validate(historico.totais),
            pagamentos=PaginaDeLinhas.of(historico.pagamentos),
            comissoes=PaginaDeLinhas.of(historico.comissoes),
            sessoes=PaginaDeLinhas.of(historico.sessoes),
            gastos=None if historico.gastos is None else PaginaDeLinhas.of(historico.gastos),
            pendencias=PaginaDeLinhas.of(historico.pendencias),
        )


class ParcelaDoNumero(Resposta):
    """One sum within the number: `sinal` is how it enters."""

    nome: str
    sinal: int
    total: Quantia
    itens: list[Linha]
    proxima: Proxima

    @classmethod
    def of(cls, parcela: Parcela) -> Self:
        return cls(
            nome=parcela.nome,
            sinal=parcela.sinal,
            total=parcela.total,
            itens=[describe_linha(linha) for linha in parcela.pagina.linhas],
            proxima=parcela.pagina.proxima,
        )


class PorQue(Resposta):
    numero: str
    total: Quantia
    parcelas: list[ParcelaDoNumero]


@historico.get("", TODOS, _l("Um período aberto: totais e a primeira página de cada seção"))
def index(session: Session, quem: Quem, consulta: Periodo) -> HistoricoDoPeriodo:
    return HistoricoDoPeriodo.of(get_historico(session, consulta.narrow(quem), quem=quem))


@totais.get("", TODOS, _l("Os totais do que o filtro mostra, e as pendências"))
def index_totais(session: Session, quem: Quem, consulta: Periodo) -> TotaisDoPeriodo:
    filtro = consulta.narrow(quem)
    somas = calculate_totais(session, filtro, quem=quem)
    return TotaisDoPeriodo.of(filtro, somas, count_pendencias(session, filtro, quem=quem))


@comissoes.get("", TODOS, _l("As comissões de um mês ou dia"))
def index_comissoes(session: Session, quem: Quem, consulta: PeriodoPaginado) -> PaginaDeComissoes:
    pagina = list_comissoes(
        session, consulta.narrow(quem), quem=quem, depois_de=consulta.depois, limite=consulta.limite
    )
    return PaginaDeComissoes(itens=[LinhaDeComissao.of(linha) for linha in pagina.linhas], proxima=pagina.proxima)


@numeros.get("/<numero>", TODOS, _l("Um número, as somas que o fazem e as linhas de cada uma"))
def show_numero(session: Session, quem: Quem, numero: Numero, consulta: ConsultaDeNumero) -> PorQue:
    chave = consulta.chave
    if is_de_um(numero) != (chave is not None):
        raise DadosInvalidos(
            "Diga de quem é este número, no campo chave; os totais não têm chave.", motivo="chave", campo="chave"
        )
    if chave is not None and numero in (Numero.ARTISTA_RECEITA, Numero.ARTISTA_COMISSAO) and not _is_id(chave):
        raise DadosInvalidos("A chave deste número é o id de um artista.", motivo="chave", campo="chave")
    explicacao = explain(
        session,
        consulta.narrow(quem),
        numero,
        quem=quem,
        chave=chave,
        depois_de=consulta.depois,
        limite=consulta.limite,
    )
    parcelas = [ParcelaDoNumero.of(parcela) for parcela in explicacao.parcelas]
    return PorQue(numero=numero.value, total=explicacao.total, parcelas=parcelas)


def describe_linha(linha: LinhaPagamento | LinhaComissao | LinhaSessao | LinhaGasto) -> Linha:
    """A row of whatever section, as it is answered."""
    match linha:
        case LinhaPagamento():
            return LinhaDePagamento.of(linha)
        case LinhaComissao():
            return LinhaDeComissao.of(linha)
        case LinhaSessao():
            return LinhaDeSessao.of(linha)
        case LinhaGasto():
            return LinhaDeGasto.of(linha)


def _is_id(chave: str) -> bool:
    return chave.isdigit() and len(chave) <= 18
