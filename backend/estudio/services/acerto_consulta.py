"""The account of an artista: what she earned, what passed besides, what was handed over, and what is still owed.

One formula: saldo = comissões + the sum of her acertos, each with its sign. What was handed over (repasses, vales,
devoluções) is `pago`, and all the rest `devido`: saldo = devido - pago. Above zero the studio owes the artista; below,
she owes the studio.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from estudio.domain.acerto import EM_DINHEIRO, Acerto, Tipo
from estudio.domain.artista import Artista, get_artista
from estudio.domain.codigos import Forma
from estudio.domain.comissao import Comissao
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import MesContabil
from estudio.domain.usuario import Papel, Quem

ZERO: Final = Decimal("0.00")


class Lancado(NamedTuple):
    """One acerto, its `valor` signed as the artista sees it."""

    id: int
    data: date
    tipo: Tipo
    valor: Decimal
    forma: str | None
    motivo: str | None
    pagamento_id: int | None


@dataclass
class MesDaConta:
    """One month of an account. `saldo` is what was owed when it ended, with everything before."""

    competencia: Competencia
    estado: str
    comissoes: Decimal = ZERO
    acertos: list[Lancado] = field(default_factory=list)
    saldo: Decimal = ZERO

    @property
    def por_tipo(self) -> dict[Tipo, Decimal]:
        """Signed sums of the kinds that there are, in the order of `Tipo`."""
        sums = {tipo: [each.valor for each in self.acertos if each.tipo == tipo] for tipo in Tipo}
        return {tipo: sum(values, ZERO) for tipo, values in sums.items() if values}

    @property
    def devido(self) -> Decimal:
        """Comissões, and every acerto that hands nothing over."""
        return self.comissoes + sum((v for tipo, v in self.por_tipo.items() if tipo not in EM_DINHEIRO), ZERO)

    @property
    def pago(self) -> Decimal:
        """Handed over to the artista, less what she handed back."""
        return -sum((v for tipo, v in self.por_tipo.items() if tipo in EM_DINHEIRO), ZERO)

    @property
    def mudanca(self) -> Decimal:
        """What the month did to the saldo."""
        return self.devido - self.pago

    @property
    def outros(self) -> Decimal:
        """What is owed besides the comissões, with its sign."""
        return self.devido - self.comissoes


@dataclass
class Conta:
    """Every month of an artista's account that holds anything, oldest first, up to `ate`."""

    artista_id: int
    artista: str
    ate: Competencia
    meses: list[MesDaConta]

    @property
    def devido(self) -> Decimal:
        return sum((mes.devido for mes in self.meses), ZERO)

    @property
    def pago(self) -> Decimal:
        return sum((mes.pago for mes in self.meses), ZERO)

    @property
    def saldo(self) -> Decimal:
        return self.devido - self.pago

    @property
    def por_tipo(self) -> dict[Tipo, Decimal]:
        """Signed sums of the kinds that there are, of all months."""
        sums = {tipo: [mes.por_tipo[tipo] for mes in self.meses if tipo in mes.por_tipo] for tipo in Tipo}
        return {tipo: sum(values, ZERO) for tipo, values in sums.items() if values}

    @property
    def comissoes(self) -> Decimal:
        return sum((mes.comissoes for mes in self.meses), ZERO)

    def find_mes(self, competencia: Competencia) -> MesDaConta | None:
        return next((mes for mes in self.meses if mes.competencia == competencia), None)


class Resumo(NamedTuple):
    """An artista in the list of accounts: all there ever was, and what the month in view did."""

    artista_id: int
    artista: str
    ativo: bool
    devido: Decimal
    pago: Decimal
    devido_no_mes: Decimal
    pago_no_mes: Decimal

    @property
    def saldo(self) -> Decimal:
        return self.devido - self.pago


def read_conta(session: Session, artista_id: int, *, ate: Competencia, quem: Quem) -> Conta:
    """`find_conta` for a person: the dono and the contador see each, an artista the own one. Raises NaoEncontrado."""
    ensure_ve_conta(quem, artista_id)
    return find_conta(session, artista_id, ate=ate)


def ensure_ve_conta(quem: Quem, artista_id: int) -> None:
    """Raises SemPermissao for the desk; an artista meets another's account as if it did not exist (NaoEncontrado)."""
    quem.ensure_papel(Papel.DONO, Papel.CONTADOR, Papel.ARTISTA)
    quem.ensure_e_de(artista_id, "o artista", artista_id)


def find_conta(session: Session, artista_id: int, *, ate: Competencia) -> Conta:
    """The account up to the end of a month, whoever asks: the caller knows who may see it. Raises NaoEncontrado."""
    artista = get_artista(session, artista_id)
    meses: dict[date, MesDaConta] = {}
    for mes, total in _sum_comissoes(session, artista_id, ate):
        meses[mes] = MesDaConta(Competencia.of(mes), "", comissoes=total)
    for row in _list_acertos(session, artista_id, ate):
        mes = row.data.replace(day=1)
        meses.setdefault(mes, MesDaConta(Competencia.of(mes), "")).acertos.append(row)
    conta = Conta(artista.id, artista.nome, ate, [meses[mes] for mes in sorted(meses)])
    _tell_estados(session, conta.meses)
    saldo = ZERO
    for each in conta.meses:
        saldo += each.mudanca
        each.saldo = saldo
    return conta


def find_saldo(session: Session, artista_id: int) -> Decimal:
    """What the studio owes an artista with everything that was entered; below zero, what she owes."""
    comissoes = session.scalar(select(func.sum(Comissao.valor)).where(Comissao.artista_id == artista_id))
    acertos = session.scalar(select(func.sum(Acerto.valor)).where(Acerto.artista_id == artista_id))
    return (comissoes or ZERO) + (acertos or ZERO)


def find_recebido(session: Session, pagamento_id: int) -> Acerto | None:
    """What says of a pagamento that its artista kept the money."""
    return session.scalar(select(Acerto).where(Acerto.pagamento_id == pagamento_id))


def find_ultima_forma(session: Session) -> str | None:
    """How money was handed over last: what the next acerto offers first."""
    return session.scalar(select(Acerto.forma).where(Acerto.forma.is_not(None)).order_by(Acerto.id.desc()).limit(1))


def list_resumos(session: Session, competencia: Competencia, *, quem: Quem) -> list[Resumo]:
    """Each artista who is active or has an account, by name. Two statements, whatever their number."""
    quem.ensure_ve_resultado()
    no_mes = Comissao.mes == competencia.first_day
    comissoes = {
        id_: (total, of_month or ZERO)
        for id_, total, of_month in session.execute(
            select(Comissao.artista_id, func.sum(Comissao.valor), func.sum(_only(no_mes, Comissao.valor))).group_by(
                Comissao.artista_id
            )
        )
    }
    acertos: dict[tuple[int, bool], tuple[Decimal, Decimal]] = {
        (id_, em_dinheiro): (total, of_month or ZERO)
        for id_, em_dinheiro, total, of_month in session.execute(
            select(
                Acerto.artista_id,
                _E_EM_DINHEIRO,
                func.sum(Acerto.valor),
                func.sum(_only(Acerto.mes == competencia.first_day, Acerto.valor)),
            ).group_by(Acerto.artista_id, _E_EM_DINHEIRO)
        )
    }
    artistas = session.execute(select(Artista.id, Artista.nome, Artista.ativo).order_by(Artista.nome_busca, Artista.id))
    nothing = (ZERO, ZERO)
    found = []
    for id_, nome, ativo in artistas:
        earned = comissoes.get(id_, nothing)
        other, handed = acertos.get((id_, False), nothing), acertos.get((id_, True), nothing)
        if ativo or any((*earned, *other, *handed)):
            found.append(Resumo(id_, nome, ativo, earned[0] + other[0], -handed[0], earned[1] + other[1], -handed[1]))
    return found


_E_EM_DINHEIRO: Final[ColumnElement[bool]] = Acerto.tipo.in_(sorted(EM_DINHEIRO))


def _only(condition: ColumnElement[bool], valor: InstrumentedAttribute[Decimal]) -> ColumnElement[Decimal]:
    return case((condition, valor))


def _sum_comissoes(session: Session, artista_id: int, ate: Competencia) -> Iterable[tuple[date, Decimal]]:
    query = (
        select(Comissao.mes, func.sum(Comissao.valor))
        .where(Comissao.artista_id == artista_id, Comissao.mes <= ate.first_day)
        .group_by(Comissao.mes)
    )
    return [(mes, total) for mes, total in session.execute(query)]


def _list_acertos(session: Session, artista_id: int, ate: Competencia) -> Iterable[Lancado]:
    query = (
        select(Acerto.id, Acerto.data, Acerto.tipo, Acerto.valor, Forma.rotulo, Acerto.motivo, Acerto.pagamento_id)
        .outerjoin(Forma, Forma.codigo == Acerto.forma)
        .where(Acerto.artista_id == artista_id, Acerto.data < ate.next_first_day)
        .order_by(Acerto.data, Acerto.id)
    )
    for id_, data, tipo, valor, forma, motivo, pagamento_id in session.execute(query):
        yield Lancado(id_, data, Tipo(tipo), valor, forma, motivo, pagamento_id)


def _tell_estados(session: Session, meses: list[MesDaConta]) -> None:
    if not meses:
        return
    first, last = meses[0].competencia.first_day, meses[-1].competencia.first_day
    query = select(MesContabil.mes, MesContabil.estado).where(MesContabil.mes.between(first, last))
    estados = dict(session.execute(query).all())
    for each in meses:
        each.estado = estados[each.competencia.first_day]
