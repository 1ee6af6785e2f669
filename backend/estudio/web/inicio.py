"""Início: what the person who is logged in wants to know first, without pressing anything."""

from datetime import timedelta

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.codigos import Forma, list_formas
from estudio.domain.competencia import Competencia
from estudio.domain.historico import Filtro
from estudio.domain.usuario import Papel, Quem
from estudio.services.artista_service import list_artistas
from estudio.services.demonstrativo_consulta import list_contestados, list_meses_do_artista
from estudio.services.historico_service import calculate_totais, count_pendencias, list_pendencias
from estudio.services.inicio_consulta import find_fechamentos, find_ultimo_backup, list_proximas, sum_mes_passado
from estudio.services.novidade_service import find_marca
from estudio.services.pagamento_service import find_ultima_forma
from estudio.web.access import get_quem
from estudio.web.transactions import reading

inicio = Blueprint("inicio", __name__)

DESDE_SEMPRE = Competencia(2000, 1).first_day


@inicio.get("/")
def index() -> str:
    quem = get_quem()
    with reading() as session:
        # Asked for first: what is entered while the page is made is news to it.
        marca = find_marca(session, quem=quem)
        match quem.papel:
            case Papel.RECEPCAO:
                return _show_recepcao(session, quem, marca)
            case Papel.ARTISTA:
                return _show_artista(session, quem, marca)
            case _:
                return _show_estudio(session, quem, marca)


def _show_estudio(session: Session, quem: Quem, marca: str) -> str:
    """How the month goes; for the dono and for the contador, who changes nothing of it."""
    hoje = clock.today()
    competencia = Competencia.of(hoje)
    mesmo_dia, antes = sum_mes_passado(session, hoje, quem=quem)
    return render_template(
        "inicio/estudio.html",
        vista=marca,
        hoje=hoje,
        competencia=competencia,
        totais=calculate_totais(session, Filtro.of_month(competencia), quem=quem),
        mesmo_dia=mesmo_dia,
        antes=antes,
        pendencias=count_pendencias(session, _until_today(), quem=quem),
        # Who comes when is not the contador's to know.
        proximas=list_proximas(session, hoje, quem=quem) if quem.papel == Papel.DONO else None,
        fechamentos=find_fechamentos(session, hoje, quem=quem),
        backup=find_ultimo_backup(session, quem=quem),
        contestados=list_contestados(session, quem=quem),
    )


def _show_recepcao(session: Session, quem: Quem, marca: str) -> str:
    """Today's sessões that nobody has paid yet, each received by one press."""
    hoje = clock.today()
    return render_template(
        "inicio/recepcao.html",
        vista=marca,
        hoje=hoje,
        pendencias=list_pendencias(session, Filtro.of_day(hoje), quem=quem),
        artistas=list_artistas(session),
        forma=_find_forma(session),
    )


def _show_artista(session: Session, quem: Quem, marca: str) -> str:
    """Quanto ganhei hoje, no mês, e quanto falta receber."""
    hoje = clock.today()
    competencia = Competencia.of(hoje)
    return render_template(
        "inicio/artista.html",
        vista=marca,
        hoje=hoje,
        competencia=competencia,
        do_dia=calculate_totais(session, Filtro.of_day(hoje), quem=quem),
        do_mes=calculate_totais(session, Filtro.of_month(competencia), quem=quem),
        pendencias=count_pendencias(session, _until_today(), quem=quem),
        proximas=list_proximas(session, hoje, quem=quem),
        demonstrativos=list_meses_do_artista(session, quem.artista_id, quem=quem)[:3] if quem.artista_id else [],
    )


def _find_forma(session: Session) -> Forma | None:
    """How the last payment came, if that is still in use: what a press on *Receber* takes."""
    ultima = find_ultima_forma(session)
    return next((forma for forma in list_formas(session) if forma.codigo == ultima), None)


def _until_today() -> Filtro:
    """A sessão that is still to come is not late."""
    return Filtro(inicio=DESDE_SEMPRE, fim=clock.today() + timedelta(days=1))
