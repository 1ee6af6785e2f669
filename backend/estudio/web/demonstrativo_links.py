"""Links of statements: the dono makes one to send to an artista, shown once; a new one ends the one before."""

from flask import Blueprint, abort, make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.artista import Artista, get_artista
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import LINK_VALE
from estudio.domain.telefone import find_discagem
from estudio.services.demonstrativo_service import delete_link, renew_link
from estudio.services.idempotencia_service import once
from estudio.web.access import get_quem
from estudio.web.demonstrativo_texto import write_conversa
from estudio.web.filters import format_mes, shorten
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.transactions import writing

demonstrativo_links = Blueprint(
    "demonstrativo_links", __name__, url_prefix="/extratos/<mes>/demonstrativos/<id:artista_id>/link"
)


@demonstrativo_links.post("")
def create(mes: str, artista_id: int) -> BaseResponse:
    """Not followed by another page: the link is on this one, and on no other."""
    competencia, quem, form = Competencia.parse(mes), get_quem(), Formulario(request.form)
    if not form.validate():
        abort(400)

    def make(session: Session) -> tuple[Artista, str | None]:
        made: list[str] = []

        def renew() -> dict[str, str]:
            made.append(renew_link(session, competencia, artista_id, quem=quem))
            return {}

        rota = f"{request.method} {request.path}"
        # What is kept of the answer says no key: sent twice, the form makes one link, and shows it once.
        once(session, quem=quem, chave=form.data["chave"], rota=rota, corpo=form.corpo, deed=renew)
        return get_artista(session, artista_id), made[0] if made else None

    artista, chave = writing(make)
    link = conversa = None
    ate = clock.now() + LINK_VALE
    if chave is not None:
        link = url_for("entregas.show", segredo=chave, _external=True)
        conversa = write_conversa(competencia, link, ate, find_discagem(artista.telefone))
    page = render_template(
        "demonstrativo_links/show.html",
        mes=competencia,
        artista_id=artista_id,
        nome=artista.nome,
        link=link,
        conversa=conversa,
        ate=ate,
    )
    return make_response(page, 201)


@demonstrativo_links.post("/exclusao")
def destroy(mes: str, artista_id: int) -> BaseResponse:
    competencia, quem = Competencia.parse(mes), get_quem()

    def end(session: Session) -> Feito:
        delete_link(session, competencia, artista_id, quem=quem)
        nome = shorten(get_artista(session, artista_id).nome)
        return Feito(
            url_for("demonstrativos.show", mes=mes, artista_id=artista_id),
            _("O link de %(nome)s para %(mes)s não vale mais.", nome=nome, mes=format_mes(competencia)),
        )

    return press(Formulario(request.form), quem=quem, deed=end)
