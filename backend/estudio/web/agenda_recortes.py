"""What an address asks of the agenda and of the list of sessões: which days, whose, paid or not."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Final, Self

from flask import abort
from werkzeug.datastructures import MultiDict

from estudio import clock
from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor, Filtro
from estudio.web.campos import parse_numero
from estudio.web.language import gettext as _
from estudio.web.recortes import parse_id, parse_texto

SEMANA: Final = "semana"

_PAGA: Final = {"sim": True, "nao": False}

Args = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class RecorteDaAgenda:
    """One day, or the week that it is in (Monday to Sunday); of one artista, or of all."""

    dia: date
    semana: bool
    artista_id: int | None

    @classmethod
    def parse(cls, args: Args) -> Self:
        """Read `dia`, `visao` and `artista`. Raises DadosInvalidos."""
        dia, artista = args.get("dia"), args.get("artista")
        return cls(
            _parse_dia(dia) if dia else clock.today(),
            args.get("visao") == SEMANA,
            parse_id(artista) if artista else None,
        )

    @property
    def filtro(self) -> Filtro:
        if not self.semana:
            return Filtro.of_day(self.dia, artista_id=self.artista_id)
        inicio = self.dia - timedelta(days=self.dia.weekday())
        return Filtro(inicio=inicio, fim=inicio + timedelta(days=7), artista_id=self.artista_id)

    @property
    def dias(self) -> list[date]:
        filtro = self.filtro
        return [filtro.inicio + timedelta(days=n) for n in range((filtro.fim - filtro.inicio).days)]

    @property
    def parametros(self) -> dict[str, str]:
        return self.build_parametros(self.dia, semana=self.semana)

    @property
    def antes(self) -> dict[str, str]:
        return self.build_parametros(self.dia - timedelta(days=7 if self.semana else 1), semana=self.semana)

    @property
    def depois(self) -> dict[str, str]:
        return self.build_parametros(self.dia + timedelta(days=7 if self.semana else 1), semana=self.semana)

    @property
    def hoje(self) -> dict[str, str]:
        return self.build_parametros(clock.today(), semana=self.semana)

    def build_parametros(self, dia: date, *, semana: bool = False) -> dict[str, str]:
        """The address parameters of another day, seen the same way."""
        given = {"dia": dia.isoformat()} | ({"visao": SEMANA} if semana else {})
        return given if self.artista_id is None else given | {"artista": str(self.artista_id)}


@dataclass(frozen=True, slots=True)
class RecorteDeSessoes:
    """Sessões of a period (the month unless dates are given), and the address parameters that ask for it again."""

    filtro: Filtro
    paga: bool | None
    parametros: dict[str, str] = field(default_factory=dict)
    depois_de: Cursor | None = None

    @classmethod
    def parse(cls, args: Args) -> Self:
        """Read `de`, `ate` (both days included), `artista`, `paga`, `q` and `depois`. Raises DadosInvalidos."""
        mes = Competencia.of(clock.today())
        given = {name: value for name in ("de", "ate", "artista", "paga", "q") if (value := args.get(name, "").strip())}
        de = _parse_dia(given["de"]) if "de" in given else mes.first_day
        ate = _parse_dia(given["ate"]) if "ate" in given else Competencia.of(de).next_first_day - timedelta(days=1)
        if ate < de:
            raise DadosInvalidos("O período termina antes de começar. Troque as datas.", motivo="periodo")
        texto = parse_texto(given["q"]) if "q" in given else None
        depois = args.get("depois")
        artista_id = parse_id(given["artista"]) if "artista" in given else None
        return cls(
            Filtro(inicio=de, fim=ate + timedelta(days=1), artista_id=artista_id, texto=texto),
            _PAGA.get(given.get("paga", "")),
            given,
            Cursor.parse(depois) if depois else None,
        )

    @property
    def ate(self) -> date:
        """The last day that is shown."""
        return self.filtro.fim - timedelta(days=1)

    @property
    def is_filtrado(self) -> bool:
        return bool(self.parametros.keys() - {"de", "ate"})

    @property
    def antes(self) -> dict[str, str] | None:
        """The month before, as parameters, with what else is asked for; None before the first."""
        return self._build_mes(Competencia.of(self.filtro.inicio).first_day - timedelta(days=1))

    @property
    def depois(self) -> dict[str, str] | None:
        """The month after; None after the last."""
        return self._build_mes(Competencia.of(self.filtro.inicio).next_first_day)

    def _build_mes(self, dia: date) -> dict[str, str] | None:
        rest = {name: value for name, value in self.parametros.items() if name not in ("de", "ate")}
        is_there = PRIMEIRO_ANO <= dia.year <= ULTIMO_ANO
        return {"de": dia.replace(day=1).isoformat()} | rest if is_there else None


def parse_vaga(args: Args) -> tuple[date | None, time | None, int | None]:
    """The slot that was pressed: `dia`, `hora`, `artista`. One that cannot be is no such page."""
    dia, hora = args.get("dia"), args.get("hora")
    try:
        return (
            _parse_dia(dia) if dia else None,
            time.fromisoformat(hora).replace(second=0, microsecond=0, tzinfo=None) if hora else None,
            parse_numero(args.get("artista")),
        )
    except (ValueError, DadosInvalidos):
        abort(404)


def _parse_dia(text: str) -> date:
    try:
        dia = date.fromisoformat(text)
    except ValueError:
        dia = date.min
    # A week before the first and after the last is still a day.
    if not PRIMEIRO_ANO <= dia.year <= ULTIMO_ANO:
        raise DadosInvalidos(_("Essa data não existe na agenda. Volte para hoje."), motivo="data")
    return dia
