"""The script of the sample studio: which sittings, payments, reversals, expenses and movements, on which day.

The same constant and the same day give the same script. It is only a list: demo_service does the deeds.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.services.demo_textos import (
    ARTISTAS,
    AVULSOS,
    CLIENTES_DIFICEIS,
    GASTOS_AVULSOS,
    GASTOS_DO_MES,
    ITENS,
    NOMES,
    SOBRENOMES,
    TATUAGENS,
)

SEMENTE: Final = 20_190_417
MESES: Final = 14
CLIENTES: Final = 60

# How full a day is: closed on Sundays, slow on Mondays, busiest on Saturdays; full before the summer, empty after it.
POR_DIA_DA_SEMANA: Final = (2.2, 4.0, 4.6, 5.0, 6.2, 8.4, 0.0)
POR_MES: Final = (0.95, 0.7, 0.85, 0.9, 1.0, 0.85, 0.9, 0.95, 1.0, 1.1, 1.2, 1.45)
POR_ARTISTA: Final = (30, 34, 26, 10)
HORAS: Final = (time(10), time(13, 30), time(16), time(18, 30))
FORMAS: Final = {"pix": 46, "credito": 24, "debito": 11, "dinheiro": 15, "transferencia": 3, "outros": 1}


@dataclass
class SessaoPlanejada:
    """A sitting; `numero` is how payments of the script speak of it."""

    numero: int
    data: date
    artista: int
    cliente: int | None
    valor: Decimal
    status: str
    observacoes: str | None
    hora: time | None = None


@dataclass
class PagamentoPlanejado:
    """Money received; `sessoes` are the numbers of the sittings that it settles."""

    numero: int
    data: date
    artista: int
    cliente: int | None
    valor: Decimal
    forma: str
    observacoes: str | None
    percentual: int | None = None
    sessoes: list[int] = field(default_factory=list)


@dataclass
class EstornoPlanejado:
    """Money given back of a payment, by its number; `valor` None is all that remains."""

    data: date
    pagamento: int
    valor: Decimal | None


@dataclass
class GastoPlanejado:
    """Money spent."""

    data: date
    valor: Decimal
    descricao: str
    categoria: str | None
    forma: str


@dataclass
class MovimentoPlanejado:
    """Something taken from the shelf or put there."""

    data: date
    item: int
    delta: int
    motivo: str


@dataclass
class Roteiro:
    """Everything that happens, months in order. Numbers of people and items are places in their lists."""

    hoje: date
    clientes: list[str] = field(default_factory=list)
    sessoes: list[SessaoPlanejada] = field(default_factory=list)
    pagamentos: list[PagamentoPlanejado] = field(default_factory=list)
    estornos: list[EstornoPlanejado] = field(default_factory=list)
    gastos: list[GastoPlanejado] = field(default_factory=list)
    movimentos: list[MovimentoPlanejado] = field(default_factory=list)

    @property
    def meses(self) -> list[Competencia]:
        """The months of the script, oldest first; the last one is running."""
        months = [Competencia.of(self.hoje)]
        while len(months) < MESES:
            months.append(months[-1].previous)
        return months[::-1]


def write_roteiro(hoje: date) -> Roteiro:
    """The script up to this business day."""
    return _Autor(hoje).write()


class _Autor:
    """Draws the script, day by day. One source of chance, asked in one order."""

    def __init__(self, hoje: date) -> None:
        self.chance = random.Random(SEMENTE)
        self.roteiro = Roteiro(hoje)
        self.estoque = [quantidade for _, quantidade, _ in ITENS]

    def write(self) -> Roteiro:
        self._draw_clientes()
        for month in self.roteiro.meses:
            for day in self._list_days(month):
                self._draw_day(day)
            self._draw_gastos(month)
        self._draw_agenda()
        self._set_horas()
        return self.roteiro

    def _draw_clientes(self) -> None:
        names = [f"{nome} {sobrenome}" for nome in NOMES for sobrenome in SOBRENOMES]
        others = self.chance.sample(names, CLIENTES - len(CLIENTES_DIFICEIS))
        self.roteiro.clientes = [*others, *CLIENTES_DIFICEIS]
        self.chance.shuffle(self.roteiro.clientes)

    def _list_days(self, month: Competencia) -> Iterator[date]:
        day = month.first_day
        while day < month.next_first_day and day <= self.roteiro.hoje:
            yield day
            day += timedelta(days=1)

    def _draw_day(self, day: date) -> None:
        expected = POR_DIA_DA_SEMANA[day.weekday()] * POR_MES[day.month - 1]
        # Never rounded at once: an expectation of 2,2 is two people, and sometimes three.
        visits = int(expected * self.chance.uniform(0.55, 1.45) + self.chance.random())
        for _ in range(visits):
            chosen = self.chance.random()
            if chosen < 0.13:
                self._draw_walk_in(day)
            elif chosen < 0.19:
                self._draw_unpaid(day)
            else:
                self._draw_sitting(day)
        if visits and self.chance.random() < 0.4:
            self._draw_movement(day)

    def _draw_walk_in(self, day: date) -> None:
        """Nobody asked for a name, and nothing was booked."""
        valor = from_centavos(self.chance.choice((4000, 6000, 8000, 9990, 12000, 15000)))
        self._receive(day, self._artista(), None, valor, self.chance.choice(AVULSOS))

    def _draw_unpaid(self, day: date) -> None:
        status = self.chance.choices(("cancelada", "faltou", "realizada"), (55, 35, 10))[0]
        self._book(day, status)

    def _draw_sitting(self, day: date) -> None:
        sessao = self._book(day, "realizada")
        paid = day + timedelta(days=self.chance.choices((0, 1, 3, 8), (90, 5, 3, 2))[0])
        if paid > self.roteiro.hoje:
            return
        pagamento = self._receive(paid, sessao.artista, sessao.cliente, sessao.valor, sessao.observacoes)
        pagamento.sessoes.append(sessao.numero)
        if self.chance.random() < 0.04:
            # Two sittings settled at once; the second one was of the week before.
            before = max(day - timedelta(days=7), self.roteiro.meses[0].first_day)
            other = self._book(before, "realizada", sessao=sessao)
            pagamento.sessoes.append(other.numero)
            pagamento.valor += other.valor
        _, share = ARTISTAS[pagamento.artista]
        if share and self.chance.random() < 0.06:
            # Agreed for this one piece.
            pagamento.percentual = self.chance.choice((0, 2500, 3333, 5000))
        self._draw_estorno(pagamento)

    def _draw_estorno(self, pagamento: PagamentoPlanejado) -> None:
        chosen = self.chance.random()
        day = pagamento.data + timedelta(days=self.chance.choice((1, 2, 5, 12)))
        if chosen >= 0.02 or day > self.roteiro.hoje:
            return
        whole = chosen >= 0.012
        part = None if whole else (pagamento.valor / 3).quantize(Decimal("0.01"))
        self.roteiro.estornos.append(EstornoPlanejado(day, pagamento.numero, part))
        if chosen < 0.004:
            later = min(day + timedelta(days=4), self.roteiro.hoje)
            self.roteiro.estornos.append(EstornoPlanejado(later, pagamento.numero, None))

    def _book(self, day: date, status: str, *, sessao: SessaoPlanejada | None = None) -> SessaoPlanejada:
        booked = SessaoPlanejada(
            numero=len(self.roteiro.sessoes),
            data=day,
            artista=sessao.artista if sessao else self._artista(),
            cliente=sessao.cliente if sessao else self._cliente(),
            valor=from_centavos(self._price()),
            status=status,
            observacoes=self.chance.choice((*TATUAGENS, None)),
        )
        self.roteiro.sessoes.append(booked)
        return booked

    def _draw_agenda(self) -> None:
        """What is booked for the coming two weeks; today somebody is always still to come."""
        for ahead in range(15):
            day = self.roteiro.hoje + timedelta(days=ahead)
            expected = int(POR_DIA_DA_SEMANA[day.weekday()] / 3)
            for _ in range(max(expected, 3) if ahead == 0 else expected):
                self._book(day, self.chance.choice(("agendada", "confirmada")))

    def _set_horas(self) -> None:
        """Hours for this week and what is to come; of what is older nobody remembers them, as in version 4."""
        used: dict[tuple[int, date], int] = {}
        for sessao in self.roteiro.sessoes:
            place = (sessao.artista, sessao.data)
            if sessao.data > self.roteiro.hoje - timedelta(days=7) and used.get(place, 0) < len(HORAS):
                sessao.hora = HORAS[used.get(place, 0)]
                used[place] = used.get(place, 0) + 1

    def _draw_gastos(self, month: Competencia) -> None:
        for number, descricao, categoria, forma, (lowest, highest) in GASTOS_DO_MES:
            self._spend(month.first_day + timedelta(days=number - 1), descricao, categoria, forma, lowest, highest)
        for once, usual, (lowest, highest) in self.chance.sample(GASTOS_AVULSOS, self.chance.randint(3, 6)):
            day = month.first_day + timedelta(days=self.chance.randint(0, 27))
            self._spend(day, once, usual, self._forma(), lowest, highest)

    def _spend(self, day: date, descricao: str, categoria: str | None, forma: str, lowest: int, highest: int) -> None:
        valor = from_centavos(self.chance.randint(lowest, highest))
        if day <= self.roteiro.hoje:
            self.roteiro.gastos.append(GastoPlanejado(day, valor, descricao, categoria, forma))

    def _draw_movement(self, day: date) -> None:
        item = self.chance.randrange(len(ITENS))
        _, usual, low = ITENS[item]
        if self.estoque[item] <= low // 2:
            delta, motivo = usual, "Compra"
        else:
            delta, motivo = -self.chance.randint(1, min(3, self.estoque[item])), "Uso na semana"
        self.estoque[item] += delta
        self.roteiro.movimentos.append(MovimentoPlanejado(day, item, delta, motivo))

    def _receive(
        self, day: date, artista: int, cliente: int | None, valor: Decimal, observacoes: str | None
    ) -> PagamentoPlanejado:
        number = len(self.roteiro.pagamentos)
        planned = PagamentoPlanejado(number, day, artista, cliente, valor, self._forma(), observacoes)
        self.roteiro.pagamentos.append(planned)
        return planned

    def _price(self) -> int:
        reais = self.chance.choices((150, 250, 380, 520, 750, 1100, 1800), (14, 24, 22, 18, 12, 7, 3))[0]
        return reais * 100 + self.chance.choice((0, 0, 0, 0, 3000, 4990, 5050))

    def _artista(self) -> int:
        return self.chance.choices(range(len(ARTISTAS)), POR_ARTISTA)[0]

    def _cliente(self) -> int:
        # Some come again and again.
        return min(self.chance.randrange(CLIENTES), self.chance.randrange(CLIENTES))

    def _forma(self) -> str:
        return self.chance.choices(tuple(FORMAS), tuple(FORMAS.values()))[0]
