"""Calendários: the agenda of an artista in the calendar of a phone, by a secret link that can be renewed and ended."""

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.artista import Artista, get_artista
from estudio.domain.usuario import Papel
from estudio.services.artista_service import list_artistas
from estudio.services.calendario_service import (
    delete_calendario,
    find_artista_do_calendario,
    list_calendarios,
    renew_calendario,
    write_calendario,
)
from estudio.web.access import get_quem
from estudio.web.forms import Feito, Formulario, press, tell
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

calendarios = Blueprint("calendarios", __name__, url_prefix="/agenda")


@calendarios.get("/calendarios")
def index() -> str:
    quem = get_quem()
    with reading() as session:
        artistas: list[Artista] = list_artistas(session)
        if quem.papel == Papel.ARTISTA:
            artistas = [artista for artista in artistas if artista.id == quem.artista_id]
        return render_template("calendarios/index.html", artistas=artistas, desde=list_calendarios(session, quem=quem))


@calendarios.post("/calendarios/<id:artista_id>")
def create(artista_id: int) -> BaseResponse:
    quem = get_quem()
    made: list[str] = []

    def renew(session: Session) -> Feito:
        chave = renew_calendario(session, artista_id, quem=quem)
        # A deed may be done once more after a deadlock: the last key is the one that stands.
        made[:] = [chave]
        nome = get_artista(session, artista_id).nome
        return Feito(url_for("calendarios.index"), _("O calendário de %(nome)s tem um link novo.", nome=nome))

    response = press(Formulario(request.form), quem=quem, deed=renew)
    for chave in made:
        # Not within what the deed answers, which is kept in the database: the link is shown once, and kept nowhere.
        link = url_for("calendarios.show", chave=chave, _external=True)
        tell(_("Copie agora, porque ele não aparece de novo: %(link)s", link=link))
    return response


@calendarios.post("/calendarios/<id:artista_id>/exclusao")
def destroy(artista_id: int) -> BaseResponse:
    quem = get_quem()

    def end(session: Session) -> Feito:
        delete_calendario(session, artista_id, quem=quem)
        nome = get_artista(session, artista_id).nome
        return Feito(url_for("calendarios.index"), _("O link do calendário de %(nome)s não vale mais.", nome=nome))

    return press(Formulario(request.form), quem=quem, deed=end)


@calendarios.get("/ics/<chave>.ics")
def show(chave: str) -> Response:
    """What another program reads. It has no cookie and no person: the key is all."""
    with reading() as session:
        artista = find_artista_do_calendario(session, chave)
        if artista is None:
            abort(404)
        body = write_calendario(session, artista)
    response = make_response(body)
    response.content_type = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="agenda.ics"'
    return response
