"""Início: what the person who is logged in wants to know first, without pressing anything."""

from datetime import timedelta

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.historico import Filtro
from estudio.domain.usuario import Papel, Quem
from estudio.services.artista_service import list_artistas
from estudio.services.historico_service import calculate_totais, count_pendencias, list_pendencias
from estudio.web.access import get_quem
from estudio.web.transactions import reading

inicio = Blueprint("inicio", __name__)

DESDE_SEMPRE = Competencia(2000, 1).first_day


@inicio.get("/")
def index() -> str:
    quem = get_quem()
    with reading() as session:
        match quem.papel:
            case Papel.RECEPCAO:
                return _show_recepcao(session, quem)
            case Papel.ARTISTA:
                return _show_artista(session, quem)
            case _:
                return _show_estudio(session, quem)


def _show_estudio(session: Session, quem: Quem) -> str:
    """How the month goes; for the dono and for the contador, who changes nothing of it."""
    competencia = Competencia.of(clock.today())
    return render_template(
        "inicio/estudio.html",
        competencia=competencia,
        totais=calculate_totais(session, Filtro.of_month(competencia), quem=quem),
        pendencias=count_pendencias(session, _until_today(), quem=quem),
    )


def _show_recepcao(session: Session, quem: Quem) -> str:
    """Today's sessões that nobody has paid yet."""
    hoje = clock.today()
    return render_template(
        "inicio/recepcao.html",
        hoje=hoje,
        pendencias=list_pendencias(session, Filtro.of_day(hoje), quem=quem),
        artistas=list_artistas(session),
    )


def _show_artista(session: Session, quem: Quem) -> str:
    """Quanto ganhei hoje, no mês, e quanto falta receber."""
    hoje = clock.today()
    competencia = Competencia.of(hoje)
    return render_template(
        "inicio/artista.html",
        hoje=hoje,
        competencia=competencia,
        do_dia=calculate_totais(session, Filtro.of_day(hoje), quem=quem),
        do_mes=calculate_totais(session, Filtro.of_month(competencia), quem=quem),
        pendencias=count_pendencias(session, _until_today(), quem=quem),
    )


def _until_today() -> Filtro:
    """A sessão that is still to come is not late."""
    return Filtro(inicio=DESDE_SEMPRE, fim=clock.today() + timedelta(days=1))
