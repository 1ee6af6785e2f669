"""Agenda: a day with its artistas as columns and hours as rows, or a week; an empty hour leads to a booking."""

from flask import Blueprint, render_template, request

from estudio import clock
from estudio.domain.agenda import lay_out
from estudio.domain.usuario import Papel
from estudio.services.agenda_service import list_agenda
from estudio.services.artista_service import list_artistas
from estudio.web.access import get_quem
from estudio.web.agenda_recortes import RecorteDaAgenda
from estudio.web.transactions import reading

agendas = Blueprint("agendas", __name__, url_prefix="/agenda")


@agendas.get("")
def index() -> str:
    quem = get_quem()
    recorte = RecorteDaAgenda.parse(request.args)
    mine = quem.artista_id if quem.papel == Papel.ARTISTA else recorte.artista_id
    with reading() as session:
        linhas = list_agenda(session, recorte.filtro, quem=quem)
        ativos = list_artistas(session)
    shown = [(artista.id, artista.nome) for artista in ativos if mine in (None, artista.id)]
    context = {
        "recorte": recorte,
        "hoje": clock.today(),
        "recebe": quem.papel in (Papel.DONO, Papel.RECEPCAO),
        "artistas": [] if quem.papel == Papel.ARTISTA else ativos,
    }
    if recorte.semana:
        dias = {dia: [linha for linha in linhas if linha.data == dia] for dia in recorte.dias}
        return render_template("agendas/semana.html", dias=dias, **context)
    return render_template("agendas/dia.html", folha=lay_out(recorte.dia, shown, linhas), **context)
