"""How a sessão is said: its hour, how long it takes, its label, the whole of it in one line, and what reminds of it."""

from datetime import date, time
from typing import Final
from urllib.parse import quote

from babel.dates import format_date
from flask import Flask
from flask_babel import lazy_gettext as _l

from estudio.domain.agenda import place_hora
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.sessao import Sessao, Status
from estudio.domain.telefone import find_discagem
from estudio.web.filters import format_cliente, format_dia
from estudio.web.language import PADRAO, select_lingua
from estudio.web.language import gettext as _

SITUACOES: Final = {
    Status.AGENDADA: _l("Agendada"),
    Status.CONFIRMADA: _l("Confirmada"),
    Status.REALIZADA: _l("Concluída"),
    Status.CANCELADA: _l("Cancelada"),
    Status.FALTOU: _l("Faltou"),
}

ESPERADAS: Final = frozenset({Status.AGENDADA, Status.CONFIRMADA})

CONVERSA: Final = "https://wa.me/"
"""A link that a person presses: nothing here ever asks it for anything."""


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        hora=format_hora,
        duracao=format_duracao,
        situacao=format_situacao,
        dia_da_semana=format_dia_da_semana,
        dia_curto=format_dia_curto,
    )
    app.jinja_env.globals["situacoes"] = SITUACOES


def format_hora(hora: time) -> str:
    """By 24 hours in both languages, as the studio's clock shows it."""
    return f"{hora:%H:%M}"


def format_duracao(minutos: int) -> str:
    """`45 min`, `2 h`, `1 h 30`."""
    horas, rest = divmod(minutos, 60)
    if not horas:
        return f"{rest} min"
    return f"{horas} h {rest:02d}" if rest else f"{horas} h"


def format_situacao(status: str) -> str:
    return str(SITUACOES[Status(status)])


def format_dia_da_semana(dia: date) -> str:
    """`quinta-feira, 26 de novembro`, `Thursday, November 26`."""
    lingua = select_lingua()
    return format_date(dia, "EEEE, d 'de' MMMM" if lingua == PADRAO else "EEEE, MMMM d", locale=lingua)


def format_dia_curto(dia: date) -> str:
    """`qui., 26/11`, `Thu, 11/26`: where seven days stand beside each other."""
    lingua = select_lingua()
    return format_date(dia, "EEE, dd/MM" if lingua == PADRAO else "EEE, MM/dd", locale=lingua)


def describe_sessao(sessao: Sessao) -> str:
    """The fact, as a message and a button say it: person, artista, day and hour."""
    nome = format_cliente(sessao.cliente.nome if sessao.cliente else NAO_INFORMADO)
    quando = format_dia(sessao.data) + (f" {format_hora(sessao.hora)}" if sessao.hora else "")
    return f"{nome} · {sessao.artista.nome} · {quando}"


def write_lembrete(sessao: Sessao, *, estudio: str, hoje: date) -> str | None:
    """The address of a conversation with the cliente, the text ready to be sent; None of a sessão that was or will not
    be, and of a cliente whom no telephone reaches."""
    telefone = find_discagem(sessao.cliente.telefone) if sessao.cliente else None
    if telefone is None or sessao.cliente is None or sessao.data < hoje or sessao.status not in ESPERADAS:
        return None
    nome = sessao.cliente.nome.split(maxsplit=1)[0]
    if sessao.hora is None:
        dia = format_dia_da_semana(sessao.data)
        recado = _("Olá, %(nome)s! Sua sessão é %(dia)s. Até lá! %(estudio)s", nome=nome, dia=dia, estudio=estudio)
    else:
        recado = _(
            "Olá, %(nome)s! Sua sessão é %(dia)s, às %(hora)s. Até lá! %(estudio)s",
            nome=nome,
            # Half past one of a business day is the next morning to who is asleep by then.
            dia=format_dia_da_semana(place_hora(sessao.data, sessao.hora).date()),
            hora=format_hora(sessao.hora),
            estudio=estudio,
        )
    return f"{CONVERSA}{telefone}?text={quote(recado, safe='')}"
