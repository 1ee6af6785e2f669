"""The rows of lists, as they are answered: of a period, newest first, with the sum of all that the filter shows."""

from datetime import date
from typing import Any, Self

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import (
    Filtro,
    LinhaAcerto,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
)
from estudio.domain.usuario import Papel, Quem
from estudio.services.historico_service import ensure_dia
from estudio.web.api.tipos import (
    Busca,
    Codigo,
    Consulta,
    Dia,
    IdEscrito,
    Limite,
    Lugar,
    Mes,
    Parte,
    Proxima,
    Quantia,
    Resposta,
)

POR_PAGINA = 50


class Quando(Consulta):
    """A month (`mes`) or a day (`dia`): this month when neither is asked for, and for the recepção today."""

    mes: Mes | None = None
    dia: Dia | None = None

    def of_periodo(self, quem: Quem, **rest: Any) -> Filtro:
        """The filter of it, with what else is asked for."""
        if self.mes is not None and self.dia is not None:
            raise DadosInvalidos("Peça um mês ou um dia, e não os dois.", motivo="periodo", campo="dia")
        if self.mes is not None:
            return Filtro.of_month(self.mes, **rest)
        hoje = clock.today()
        if self.dia is not None or quem.papel == Papel.RECEPCAO:
            return Filtro.of_day(self.dia or hoje, **rest)
        return Filtro.of_month(Competencia.of(hoje), **rest)


class Periodo(Quando):
    """And of it what these say."""

    artista: IdEscrito | None = None
    forma: Codigo | None = None
    cliente: IdEscrito | None = None
    texto: Busca | None = None

    def narrow(self, quem: Quem, *, categoria: str | None = None) -> Filtro:
        """The filter of it. Of another day the recepção is told nothing that adds up to the studio's result."""
        filtro = self.find_filtro(quem, categoria=categoria)
        ensure_dia(filtro, quem)
        return filtro

    def find_filtro(self, quem: Quem, *, categoria: str | None = None) -> Filtro:
        """The same, of any day: for what is no money."""
        return self.of_periodo(
            quem,
            artista_id=self.artista,
            forma=self.forma,
            cliente_id=self.cliente,
            texto=self.texto,
            categoria=categoria,
        )


class PeriodoPaginado(Periodo):
    depois: Lugar | None = None
    limite: Limite = POR_PAGINA


class Paginado(Consulta):
    depois: Lugar | None = None
    limite: Limite = POR_PAGINA


class Pessoa(Resposta):
    id: int
    nome: str


class LinhaDePagamento(Resposta):
    id: int
    data: date
    valor: Quantia
    forma: str
    artista: Pessoa
    cliente: Pessoa | None
    percentual: Parte | None
    estorno_de: int | None

    @classmethod
    def of(cls, linha: LinhaPagamento) -> Self:
        return cls(
            id=linha.id,
            data=linha.data,
            valor=linha.valor,
            forma=linha.forma,
            artista=Pessoa(id=linha.artista_id, nome=linha.artista),
            cliente=_find_pessoa(linha.cliente_id, linha.cliente),
            percentual=linha.percentual,
            estorno_de=linha.estorno_de,
        )


class PaginaDePagamentos(Resposta):
    itens: list[LinhaDePagamento]
    soma: Quantia
    proxima: Proxima


class LinhaDeComissao(Resposta):
    id: int
    data: date
    pagamento_id: int
    artista: Pessoa
    cliente: str
    pagamento_valor: Quantia
    percentual: Parte
    valor: Quantia

    @classmethod
    def of(cls, linha: LinhaComissao) -> Self:
        return cls(
            id=linha.id,
            data=linha.data,
            pagamento_id=linha.pagamento_id,
            artista=Pessoa(id=linha.artista_id, nome=linha.artista),
            cliente=linha.cliente,
            pagamento_valor=linha.pagamento_valor,
            percentual=linha.percentual,
            valor=linha.valor,
        )


class LinhaDeSessao(Resposta):
    """`pago_em` is the day of the pagamento, which decides the month; null is a pendência."""

    id: int
    data: date
    pago_em: date | None
    pagamento_id: int | None
    cliente: Pessoa | None
    artista: Pessoa
    valor: Quantia
    status: str

    @classmethod
    def of(cls, linha: LinhaSessao) -> Self:
        return cls(
            id=linha.id,
            data=linha.data,
            pago_em=linha.pago_em,
            pagamento_id=linha.pagamento_id,
            cliente=_find_pessoa(linha.cliente_id, linha.cliente),
            artista=Pessoa(id=linha.artista_id, nome=linha.artista),
            valor=linha.valor,
            status=linha.status,
        )


class PaginaDeSessoes(Resposta):
    itens: list[LinhaDeSessao]
    proxima: Proxima

    @classmethod
    def of(cls, pagina: Pagina[LinhaSessao]) -> Self:
        return cls(itens=[LinhaDeSessao.of(linha) for linha in pagina.linhas], proxima=pagina.proxima)


class LinhaDeGasto(Resposta):
    id: int
    data: date
    valor: Quantia
    descricao: str
    categoria: str
    forma: str
    lancado_por: str | None

    @classmethod
    def of(cls, linha: LinhaGasto) -> Self:
        return cls.model_validate(linha, from_attributes=True)


class LinhaDeAcerto(Resposta):
    """`valor` is signed as the artista sees it; `pagamento_id` is of money that the artista kept."""

    id: int
    data: date
    artista: Pessoa
    tipo: str
    valor: Quantia
    forma: str | None
    motivo: str | None
    pagamento_id: int | None

    @classmethod
    def of(cls, linha: LinhaAcerto) -> Self:
        return cls(
            id=linha.id,
            data=linha.data,
            artista=Pessoa(id=linha.artista_id, nome=linha.artista),
            tipo=linha.tipo,
            valor=linha.valor,
            forma=linha.forma,
            motivo=linha.motivo,
            pagamento_id=linha.pagamento_id,
        )


class PaginaDeGastos(Resposta):
    itens: list[LinhaDeGasto]
    soma: Quantia
    proxima: Proxima


def _find_pessoa(id_: int | None, nome: str) -> Pessoa | None:
    return None if id_ is None else Pessoa(id=id_, nome=nome)
