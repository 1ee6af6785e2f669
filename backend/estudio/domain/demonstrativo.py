"""The demonstrativo: what a closed month was for one artista, line by line, and what the artista says to it.

It belongs to one version of the month. What is kept of it is what the seal holds, numbers and codes; names stand beside
the seal. Money here is a Decimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.acerto import EM_DINHEIRO, Tipo
from estudio.domain.colunas import Base, Chave, Instante
from estudio.domain.comissao import calculate_valor
from estudio.domain.extrato import Extrato

LINK_VALE: Final = timedelta(days=30)

MAIOR_TEXTO: Final = 2_000

MAIS_CONTESTACOES: Final = 50
"""Of one statement: whoever holds its link cannot fill the studio's disk."""


class TipoDeResposta(StrEnum):
    DE_ACORDO = "de_acordo"
    CONTESTACAO = "contestacao"
    RESOLUCAO = "resolucao"
    """The studio's sentence to a contest."""


class Via(StrEnum):
    LINK = "link"
    CONTA = "conta"


class Andamento(StrEnum):
    """How a statement stands with its artista."""

    SEM_LINK = "sem_link"
    ENVIADO = "enviado"
    """There is a link that works, and no answer yet."""
    CONTESTADO = "contestado"
    RESOLVIDO = "resolvido"
    """Every contest has its sentence, and the artista has not agreed since."""
    DE_ACORDO = "de_acordo"


class Demonstrativo(Base):
    """One version as one artista was shown it (`linhas`, as `demonstrativo_leitura` writes it). Never changed."""

    __tablename__ = "demonstrativos"

    id: Mapped[Chave]
    extrato_id: Mapped[int]
    artista_id: Mapped[int]
    linhas: Mapped[dict[str, Any]] = mapped_column(JSONB)
    criado_em: Mapped[Instante]


class DemonstrativoLink(Base):
    """The secret address of one statement; of its key the digest."""

    __tablename__ = "demonstrativo_links"

    id: Mapped[Chave]
    demonstrativo_id: Mapped[int]
    chave_sha256: Mapped[str]
    criado_em: Mapped[Instante]
    expira_em: Mapped[datetime]


class Resposta(Base):
    """What was said to a statement, kept for good; `quem` None came by a link."""

    __tablename__ = "demonstrativo_respostas"

    id: Mapped[Chave]
    demonstrativo_id: Mapped[int]
    tipo: Mapped[str]
    linha_tipo: Mapped[str | None]
    linha_id: Mapped[int | None]
    texto: Mapped[str | None]
    responde_a: Mapped[int | None]
    via: Mapped[str]
    quem: Mapped[int | None]
    em: Mapped[Instante]


class LinhaPaga(NamedTuple):
    """A pagamento of the statement, and the share of it. `propria`: it counts in the artista's receita.

    `percentual` (hundredths) is None where there is no comissão.
    """

    id: int
    dia: date
    cliente: str
    forma: str
    valor: Decimal
    percentual: int | None
    comissao: Decimal
    estorno_de: int | None
    propria: bool

    @property
    def ref(self) -> str:
        return f"pagamento-{self.id}"

    @property
    def e_produto(self) -> bool:
        """Whether the comissão is valor × percentual: the estorno that completes a reversal takes what remains."""
        return self.percentual is not None and calculate_valor(self.valor, self.percentual) == self.comissao

    @property
    def exata(self) -> Decimal | None:
        """The product before it was rounded, where there was something to round."""
        if self.percentual is None or not self.e_produto:
            return None
        exact = (self.valor * self.percentual).scaleb(-4)
        return None if exact == self.comissao else exact


class LinhaDeSessao(NamedTuple):
    """A sessão that was settled in the month. `valor` is what was agreed, and in no sum."""

    id: int
    data: date
    pago_em: date
    pagamento_id: int
    cliente: str
    valor: Decimal

    @property
    def ref(self) -> str:
        return f"sessao-{self.id}"


class LinhaDeAcerto(NamedTuple):
    """What passed between studio and artista besides the comissões, `valor` signed as the artista sees it.

    `motivo` is no part of the seal: it is told while the version stands.
    """

    id: int
    data: date
    tipo: Tipo
    valor: Decimal
    forma: str | None
    pagamento_id: int | None
    motivo: str | None

    @property
    def ref(self) -> str:
        return f"acerto-{self.id}"


LinhaDaFolha = LinhaPaga | LinhaDeSessao | LinhaDeAcerto


@dataclass(frozen=True, slots=True)
class Conta:
    """What is owed, what was paid: the artista's account in the month, after what was left of the months before."""

    saldo_anterior: Decimal
    comissao: Decimal
    acertos: Sequence[LinhaDeAcerto]

    @property
    def outros(self) -> Decimal:
        """Owed besides the comissões, with its sign."""
        return sum((a.valor for a in self.acertos if a.tipo not in EM_DINHEIRO), Decimal("0.00"))

    @property
    def pago(self) -> Decimal:
        """Handed over to the artista, less what was handed back."""
        return -sum((a.valor for a in self.acertos if a.tipo in EM_DINHEIRO), Decimal("0.00"))

    @property
    def saldo(self) -> Decimal:
        """Above zero the studio owes the artista; below, the artista owes the studio."""
        return self.saldo_anterior + self.comissao + self.outros - self.pago


@dataclass(frozen=True, slots=True)
class Folha:
    """The statement itself: one version of a month for one artista, under the names of the day it was sealed."""

    extrato: Extrato
    artista_id: int
    artista: str
    pagamentos: Sequence[LinhaPaga]
    sessoes: Sequence[LinhaDeSessao]
    receita: Decimal
    """What was paid for the artista's work, estornos taken away: the artista's row of the Extrato."""
    comissao: Decimal
    conta: Conta
    demonstrativo_id: int | None
    """None while nobody was handed it, and nobody answered."""

    @property
    def estornos(self) -> Decimal:
        return sum((linha.valor for linha in self.pagamentos if linha.propria and linha.estorno_de), Decimal("0.00"))

    @property
    def recebido(self) -> Decimal:
        return self.receita - self.estornos

    @property
    def comissao_dos_estornos(self) -> Decimal:
        return sum((linha.comissao for linha in self.pagamentos if linha.estorno_de), Decimal("0.00"))

    @property
    def comissao_antes(self) -> Decimal:
        return self.comissao - self.comissao_dos_estornos

    @property
    def vale(self) -> bool:
        return self.extrato.estado == "vigente"

    @property
    def linhas(self) -> list[LinhaDaFolha]:
        return [*self.pagamentos, *self.conta.acertos, *self.sessoes]

    def find_linha(self, ref: str | None) -> LinhaDaFolha | None:
        return next((linha for linha in self.linhas if linha.ref == ref), None)


class Dita(NamedTuple):
    """An answer as it is shown: who said it, about which line, and the studio's sentence to it."""

    id: int
    tipo: str
    ref: str | None
    texto: str | None
    via: str
    por: str | None
    em: datetime
    resolucao: str | None
    resolvida_em: datetime | None


@dataclass(frozen=True, slots=True)
class Palavra:
    """What an artista says: agreed, or contested and why; `ref` names the line, None that something is missing."""

    tipo: TipoDeResposta
    ref: str | None = None
    texto: str | None = None


def judge_andamento(ditas: Sequence[Dita], *, has_link: bool) -> Andamento:
    """How a statement stands, from what was said to it in its order: the last word counts, and nothing is forgotten."""
    if not ditas:
        return Andamento.ENVIADO if has_link else Andamento.SEM_LINK
    if ditas[-1].tipo == TipoDeResposta.DE_ACORDO:
        return Andamento.DE_ACORDO
    agreed = max((place for place, dita in enumerate(ditas) if dita.tipo == TipoDeResposta.DE_ACORDO), default=-1)
    waits = any(dita.resolucao is None for dita in ditas[agreed + 1 :])
    return Andamento.CONTESTADO if waits else Andamento.RESOLVIDO
