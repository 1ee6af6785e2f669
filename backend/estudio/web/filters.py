"""How values are shown: money, percentages, days and months, each as the language of the page writes it.

Nothing here rounds, and no float passes: money is a Decimal with two places from the database to the screen.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal
from flask import Flask

from estudio import clock
from estudio.domain import dinheiro
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.competencia import Competencia
from estudio.services.execucao_etapas import name_etapa
from estudio.web.language import PADRAO, gettext, select_lingua

_ELIMINADO: Final = re.compile("Cliente eliminado ([0-9]+)").fullmatch

MAIOR_NO_BOTAO: Final = 60

_DIA: Final = {PADRAO: "dd/MM/yyyy", "en": "MMM d, yyyy"}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        dinheiro=format_dinheiro,
        percentual=format_percentual,
        dia=format_dia,
        mes=format_mes,
        instante=format_instante,
        segundo=format_segundo,
        numero=format_numero,
        duracao=format_duracao,
        etapa=format_etapa,
        cliente=format_cliente,
        curto=shorten,
        disca=format_discagem,
        dia_local=format_dia_local,
        fatia=format_fatia,
        variacao=format_variacao,
        mes_curto=format_mes_curto,
        resumido=format_resumido,
        tamanho=format_tamanho,
        tempo=format_tempo,
        espaco=format_espaco,
        idade=format_idade,
    )


def format_dinheiro(valor: Decimal) -> str:
    """`R$ 1.234,56`, or `R$1,234.56`; below zero with its minus."""
    # By its text: 1.00 and 1.000 are equal, and only one of them is an amount.
    return _write_dinheiro(str(valor), select_lingua())


def format_percentual(percentual: int | None) -> str:
    """Hundredths of a percent as people write them; a dash where nobody decided yet."""
    if percentual is None:
        return "–"
    text = dinheiro.format_percentual(percentual)
    return text if select_lingua() == PADRAO else text.replace(",", ".")


def format_dia(dia: date) -> str:
    return _write_dia(dia, select_lingua())


def format_dia_local(instante: datetime) -> str:
    """The day of an instant in the studio's time zone."""
    return format_dia(clock.to_local(instante).date())


def format_mes(competencia: Competencia) -> str:
    """`novembro de 2026`, `November 2026`."""
    return _write_mes(competencia, select_lingua())


def format_mes_curto(competencia: Competencia) -> str:
    """`nov/2026`, `Nov 2026`: where many months stand side by side."""
    lingua = select_lingua()
    text = format_date(competencia.first_day, "MMM/yyyy" if lingua == PADRAO else "MMM yyyy", locale=lingua)
    return text.replace(".", "")


def format_resumido(valor: Decimal) -> str:
    """A round amount beside a line of a chart, `12 mil`, `12K`: what it stands for is in the table."""
    return format_compact_decimal(valor, locale=select_lingua(), fraction_digits=1)


def format_fatia(decimos: int | None) -> str:
    """Tenths of a percent of a whole, `12,5%`; a dash where there is no whole."""
    return _write_decimos(decimos, "#,##0.0")


def format_variacao(decimos: int | None) -> str:
    """Tenths of a percent against before, `+12,5%`, always with its sign; a dash where there is nothing before."""
    return _write_decimos(decimos, "+#,##0.0;-#,##0.0") if decimos else _write_decimos(decimos, "#,##0.0")


def format_instante(instante: datetime | str) -> str:
    """When something was done, by the studio's wall clock; a seal's own text is read as it is written."""
    aware = datetime.fromisoformat(instante) if isinstance(instante, str) else instante
    lingua = select_lingua()
    pattern = f"{_DIA[lingua]} HH:mm"
    return format_datetime(clock.to_local(aware).replace(tzinfo=None), pattern, locale=lingua)


def format_segundo(instante: datetime) -> str:
    """The same to the second: two changes of one minute are two."""
    lingua = select_lingua()
    return format_datetime(clock.to_local(instante).replace(tzinfo=None), f"{_DIA[lingua]} HH:mm:ss", locale=lingua)


def format_cliente(nome: str) -> str:
    """A name as it is; whoever gave none, or was erased, is that in every language."""
    if nome == NAO_INFORMADO:
        return gettext("Não informado")
    eliminado = _ELIMINADO(nome)
    return gettext("Cliente eliminado %(numero)s", numero=eliminado[1]) if eliminado else nome


def shorten(nome: str) -> str:
    """A name as a button or a message says it: neither is a page long, and a message travels in a cookie."""
    return nome if len(nome) <= MAIOR_NO_BOTAO else nome[: MAIOR_NO_BOTAO - 1].rstrip() + "…"


def format_discagem(telefone: str) -> str:
    """The digits that a phone dials, with the + of another country."""
    return re.sub("[^0-9+]", "", telefone)


def format_etapa(etapa: str) -> str:
    """What goes on in a stage of a closing."""
    return gettext(name_etapa(etapa))


def format_numero(quantidade: int) -> str:
    """A count, its thousands grouped."""
    return _write_numero(quantidade, select_lingua())


def format_duracao(ms: int) -> str:
    """How long something takes: `2,4 s` below ten seconds, then whole seconds, then minutes with them; half up."""
    if ms < 10_000 - 50:
        decimos = Decimal((ms + 50) // 100).scaleb(-1)
        return gettext("%(s)s s", s=format_decimal(decimos, "0.0", locale=select_lingua()))
    minutos, segundos = divmod((ms + 500) // 1000, 60)
    if not minutos:
        return gettext("%(s)s s", s=segundos)
    return gettext("%(m)s min %(s)s s", m=format_numero(minutos), s=segundos)


def format_tempo(ms: int) -> str:
    """How long something took, in thousandths below a second: `12 ms`, `2,4 s`."""
    return gettext("%(n)s ms", n=ms) if ms < 1000 else format_duracao(ms)


def format_tamanho(tamanho: int) -> str:
    """How large a file is, in whole kB, and at least one."""
    return f"{format_numero(max(1, round(tamanho / 1000)))} kB"


def format_espaco(tamanho: int) -> str:
    """Room on a disk: `12,3 GB`, or whole MB below one."""
    if tamanho < 10**9:
        return f"{format_numero(tamanho // 10**6)} MB"
    return f"{format_decimal(Decimal(tamanho // 10**8).scaleb(-1), '#,##0.0', locale=select_lingua())} GB"


def format_idade(instante: datetime) -> str:
    """How long ago something was, or how soon it comes: `há 3 dias`, `in 5 hours`; no nearer than an hour."""
    past = clock.now() - instante
    if abs(past) < timedelta(hours=1):
        return gettext("há menos de uma hora") if past >= timedelta() else gettext("em menos de uma hora")
    return format_timedelta(-past, granularity="hour", threshold=2, add_direction=True, locale=select_lingua())


def _write_decimos(decimos: int | None, pattern: str) -> str:
    if decimos is None:
        return "–"
    return format_decimal(Decimal(decimos).scaleb(-1), pattern, locale=select_lingua()) + "%"


# A page of rows says the same few days, shares and amounts hundreds of times, and each costs as much as a row.
@lru_cache(maxsize=8192)
def _write_dinheiro(text: str, lingua: str) -> str:
    valor = Decimal(text)
    return dinheiro.format_dinheiro(valor) if lingua == PADRAO else format_currency(valor, "BRL", locale=lingua)


@lru_cache(maxsize=1024)
def _write_numero(quantidade: int, lingua: str) -> str:
    return format_decimal(quantidade, locale=lingua)


@lru_cache(maxsize=1024)
def _write_mes(competencia: Competencia, lingua: str) -> str:
    pattern = "MMMM 'de' yyyy" if lingua == PADRAO else "MMMM yyyy"
    return format_date(competencia.first_day, pattern, locale=lingua)


@lru_cache(maxsize=4096)
def _write_dia(dia: date, lingua: str) -> str:
    return format_date(dia, _DIA[lingua], locale=lingua)
