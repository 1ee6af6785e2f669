"""Free texts that may name an erased person: found by the database as the person went, listed, decided by the dono.

A name of several words that is nobody else's goes by itself. What is left is a first name, which somebody else may
have, or a reason that a seal holds: a person reads it and says.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from estudio import sql
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos, NaoEncontrado
from estudio.domain.titular import Citacao, TitularEliminado
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as

NA_TELA: Final = 50

_CAMINHOS: Final = {
    "clientes": "/clientes/{alvo}",
    "pagamentos": "/pagamentos/{alvo}/edit",
    "comissoes": "/pagamentos/{alvo}/edit",
    "sessoes": "/sessoes/{alvo}/edit",
    "gastos": "/gastos/{alvo}/edit",
    "acertos": "/acertos/{alvo}/edit",
    "recorrentes": "/gastos/recorrentes/{alvo}/edit",
    "itens": "/estoque/{alvo}/edit",
    "movimentos": "/estoque/{alvo}/movimentos",
    "demonstrativo_respostas": "/extratos/{mes}/demonstrativos/{artista_id}",
    "selos": "/extratos/{mes}",
}
SELADA: Final = "selos"


@dataclass(frozen=True, slots=True)
class Citada:
    """One row to be read. `texto` is what it says now; `passado` what only the audit trail still says of it."""

    id: int
    tabela: str
    registro_id: int
    existe: bool
    alvo: int | None
    dia: date | None
    artista_id: int | None
    texto: str | None
    passado: str | None

    @property
    def caminho(self) -> str | None:
        """Where the row is seen and corrected, within the studio's pages; None when it was deleted."""
        if not self.existe:
            return None
        mes = "" if self.dia is None else Competencia.of(self.dia).slug
        return _CAMINHOS[self.tabela].format(alvo=self.alvo, mes=mes, artista_id=self.artista_id)

    @property
    def e_selada(self) -> bool:
        return self.tabela == SELADA


def list_citacoes(session: Session, titular_id: int, *, quem: Quem, limite: int = NA_TELA) -> list[Citada]:
    """What waits for a decision, in the order in which it was found."""
    quem.ensure_dono()
    rows = session.execute(text(sql.load("citacoes")), {"titular": titular_id, "limite": limite})
    return [Citada(*row) for row in rows]


def count_citacoes(session: Session, titular_id: int) -> int:
    """How many wait for a decision."""
    query = (
        select(func.count())
        .select_from(Citacao)
        .join(TitularEliminado, Citacao.cliente_id == TitularEliminado.cliente_id)
    )
    return session.scalars(query.where(TitularEliminado.titular_id == titular_id, Citacao.decidida_em.is_(None))).one()


def decide_citacao(session: Session, titular_id: int, citacao_id: int, *, apagar: bool, quem: Quem) -> None:
    """Take the words out of a row and of its past (`apagar`), or say that they are of somebody else or corrected.

    Decided once: again it does nothing. Raises NaoEncontrado; DadosInvalidos for what a seal holds.
    """
    quem.ensure_dono()
    found = session.get(Citacao, citacao_id)
    if found is None or session.get_one(TitularEliminado, found.cliente_id).titular_id != titular_id:
        raise NaoEncontrado(coisa="o texto", id=citacao_id)
    if apagar and found.tabela == SELADA:
        raise DadosInvalidos("Este texto está no selo do mês e não pode ser apagado.", motivo="selado")
    act_as(session, quem)
    session.execute(select(func.estudio.decidir_citacao(citacao_id, apagar, quem.usuario_id)))
    session.expire_all()
