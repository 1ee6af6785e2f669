"""The agenda: hours by the clock on the studio's wall, how long a sessão takes, and a day laid out for the eye.

A business day is 96 quarters of an hour, from four in the morning on (clock.VIRADA): 01:30 is near its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from estudio.clock import VIRADA
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor
from estudio.domain.sessao import NAO_ACONTECE

DURACAO: Final = 120
"""Minutes that a sessão takes unless somebody says otherwise."""

DURACOES: Final = (30, 60, 90, 120, 150, 180, 240, 300, 360, 480)
"""What a form offers."""

MENOR_DURACAO, MAIOR_DURACAO = 5, 1440

ABRE, FECHA = time(9), time(20)
"""The hours that a day shows, also where nothing is booked."""

QUARTO: Final = 15
DIA: Final = 24 * 60 // QUARTO
"""Quarters of a business day."""

# A gap shorter than this is shown and leads nowhere: nobody is booked into ten minutes by a tap.
_MENOR_VAGA: Final = 2


class LinhaDaAgenda(NamedTuple):
    """One sessão as agenda and list show it. `versao` for the buttons that change it."""

    id: int
    data: date
    hora: time | None
    duracao: int | None
    status: str
    valor: Decimal
    pagamento_id: int | None
    pago_em: date | None
    cliente_id: int | None
    cliente: str
    artista_id: int
    artista: str
    versao: int

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)

    @property
    def inicio(self) -> datetime | None:
        return None if self.hora is None else place_hora(self.data, self.hora)

    @property
    def fim(self) -> datetime | None:
        return None if self.inicio is None else self.inicio + timedelta(minutes=self.duracao or 0)

    @property
    def acontece(self) -> bool:
        """Whether it takes a place in the agenda."""
        return self.status not in NAO_ACONTECE


@dataclass(frozen=True, slots=True)
class Trecho:
    """A piece of a column, from line `de` until before line `ate` (quarters of the day): a sessão, or free time."""

    de: int
    ate: int
    hora: time
    sessao: LinhaDaAgenda | None = None
    oferece: bool = False


@dataclass(slots=True)
class Coluna:
    """What one artista has on one day: hour by hour, and what has no place among the hours."""

    artista_id: int
    nome: str
    trechos: list[Trecho] = field(default_factory=list)
    sem_hora: list[LinhaDaAgenda] = field(default_factory=list)
    canceladas: list[LinhaDaAgenda] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folha:
    """A day: the lines on which its hours begin, and a column for each artista."""

    dia: date
    horas: list[Trecho]
    colunas: list[Coluna]


def place_hora(dia: date, hora: time) -> datetime:
    """When an hour of a business day is by the wall: before four it is the next morning's."""
    return datetime.combine(dia + timedelta(days=hora.hour < VIRADA), hora)


def ensure_hora(hora: time | None) -> time | None:
    """Raises DadosInvalidos: hours are whole minutes."""
    if hora is not None and (hora.second or hora.microsecond or hora.tzinfo):
        raise DadosInvalidos("Escreva a hora com hora e minuto: 14:30.", motivo="hora", campo="hora")
    return hora


def ensure_duracao(hora: time | None, duracao: int | None) -> int | None:
    """The minutes that a sessão takes; without an hour it takes none. Raises DadosInvalidos."""
    if hora is None:
        return None
    duracao = DURACAO if duracao is None else duracao
    if not MENOR_DURACAO <= duracao <= MAIOR_DURACAO:
        raise DadosInvalidos("A sessão precisa durar de 5 minutos a 24 horas.", motivo="duracao", campo="duracao")
    return duracao


def lay_out(dia: date, artistas: Iterable[tuple[int, str]], linhas: Sequence[LinhaDaAgenda]) -> Folha:
    """Lay a day out. Every artista of a sessão has a column, also one who is not among `artistas`."""
    colunas = {id_: Coluna(id_, nome) for id_, nome in artistas}
    for linha in linhas:
        colunas.setdefault(linha.artista_id, Coluna(linha.artista_id, linha.artista))
    placed = [linha for linha in linhas if linha.acontece and linha.hora is not None]
    first = min([_quarto(ABRE), *(_line(linha) for linha in placed)]) // 4 * 4
    last = max([_quarto(FECHA), *(_end(linha) for linha in placed)])
    last = min(DIA, -(-last // 4) * 4)
    for coluna in colunas.values():
        mine = [linha for linha in linhas if linha.artista_id == coluna.artista_id]
        coluna.canceladas = [linha for linha in mine if not linha.acontece]
        coluna.sem_hora = [linha for linha in mine if linha.acontece and linha.hora is None]
        coluna.trechos = _fill(first, last, sorted((x for x in mine if x in placed), key=lambda x: (_line(x), x.id)))
    horas = [Trecho(line, line + 4, _hora(line)) for line in range(first, last, 4)]
    return Folha(dia, horas, list(colunas.values()))


def find_vaga(agora: datetime | None, dia: date, ocupados: Sequence[tuple[datetime, datetime]]) -> time | None:
    """The first half hour of a day from which DURACAO minutes are free, in opening hours and not before `agora`."""
    start, close = datetime.combine(dia, ABRE), datetime.combine(dia, FECHA)
    step, need = timedelta(minutes=30), timedelta(minutes=DURACAO)
    while start + need <= close:
        late = agora is not None and start < agora
        if not late and all(fim <= start or inicio >= start + need for inicio, fim in ocupados):
            return start.time()
        start += step
    return None


def _fill(first: int, last: int, sessoes: Sequence[LinhaDaAgenda]) -> list[Trecho]:
    trechos: list[Trecho] = []
    line = first
    for linha in sessoes:
        assert linha.hora is not None, "only what has an hour is placed"
        # Two that begin within one quarter stand one below the other.
        begin = max(line, _line(linha))
        end = min(DIA, max(begin + 1, _end(linha)))
        trechos += _list_vagas(line, begin)
        trechos.append(Trecho(begin, end, linha.hora, linha))
        line = end
    return trechos + _list_vagas(line, last)


def _list_vagas(line: int, end: int) -> list[Trecho]:
    """Free time, hour by hour."""
    vagas = []
    while line < end:
        until = min(end, line // 4 * 4 + 4)
        vagas.append(Trecho(line, until, _hora(line), oferece=until - line >= _MENOR_VAGA))
        line = until
    return vagas


def _line(linha: LinhaDaAgenda) -> int:
    assert linha.hora is not None, "only what has an hour is placed"
    return _quarto(linha.hora)


def _end(linha: LinhaDaAgenda) -> int:
    assert linha.hora is not None, "only what has an hour is placed"
    minutes = (linha.hora.hour - VIRADA) % 24 * 60 + linha.hora.minute + (linha.duracao or 0)
    return min(DIA, -(-minutes // QUARTO))


def _quarto(hora: time) -> int:
    return ((hora.hour - VIRADA) % 24 * 60 + hora.minute) // QUARTO


def _hora(line: int) -> time:
    minutes = (line * QUARTO + VIRADA * 60) % (24 * 60)
    return time(minutes // 60, minutes % 60)
