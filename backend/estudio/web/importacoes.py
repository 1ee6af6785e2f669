"""Importações: what came in from files. One that was looked at is brought in, all or nothing, and taken back."""

from contextlib import suppress

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import DataRequired

from estudio.domain.errors import EnvioMudou, EnvioVencido, ImportacaoRecusada, Refusal
from estudio.services.import_envio import delete_envio, get_envio, read_envio
from estudio.services.import_registros import TIPOS, Leitura
from estudio.services.import_service import Importada, import_leitura, undo_import
from estudio.web.access import get_quem
from estudio.web.envios import EnvioForm, show_envio, show_importacoes
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.language import ngettext

importacoes = Blueprint("importacoes", __name__, url_prefix="/importacoes")


class ImportacaoForm(Formulario):
    """Which file, and the digest of the bytes that the person was shown."""

    envio = HiddenField(validators=[DataRequired()])
    sha256 = HiddenField(validators=[DataRequired()])

    def refuse(self, refusal: Refusal) -> None:
        """Line by line the page says it itself."""
        if isinstance(refusal, ImportacaoRecusada):
            self.form_errors.append(_("Algo mudou desde que você olhou. Veja o que é recusado agora."))
        else:
            super().refuse(refusal)


@importacoes.get("")
def index() -> str:
    return show_importacoes(EnvioForm())


@importacoes.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = ImportacaoForm(request.form)

    # Before the transaction, which waits for nobody. What was imported is gone, and its press is answered as before.
    leitura = _find_leitura(str(form.envio.data))

    def bring(session: Session) -> Feito:
        if leitura is None:
            raise EnvioVencido
        if leitura.sha256 != form.sha256.data:
            raise EnvioMudou
        return _tell(import_leitura(session, leitura, quem=quem))

    def show() -> str:
        return show_envio(form.envio.data, form) if form.envio.data else show_importacoes(EnvioForm())

    response = submit(form, quem=quem, deed=bring, show=show)
    if response.status_code == 303:
        # Only now: what was not committed can be confirmed once more.
        with suppress(EnvioVencido):
            delete_envio(get_envio(str(form.envio.data)))
    return response


@importacoes.post("/<id:importacao_id>/exclusao")
def destroy(importacao_id: int) -> BaseResponse:
    quem = get_quem()

    def undo(session: Session) -> Feito:
        done = undo_import(session, importacao_id, quem=quem)
        said = _("A importação %(numero)s já tinha sido desfeita.", numero=importacao_id)
        if not done.is_repetida:
            said = _("Desfeita a importação %(numero)s: o que ela trouxe saiu.", numero=importacao_id)
        if done.pessoas_que_ficam:
            said += " " + ngettext(
                "%(num)s pessoa que ela cadastrou fica: alguém já a usou ou editou.",
                "%(num)s pessoas que ela cadastrou ficam: alguém já as usou ou editou.",
                done.pessoas_que_ficam,
            )
        return Feito(url_for("importacoes.index"), said)

    return press(Formulario(request.form), quem=quem, deed=undo)


def _find_leitura(chave: str) -> Leitura | None:
    try:
        return read_envio(get_envio(chave))
    except EnvioVencido:
        return None


def _tell(done: Importada) -> Feito:
    if done.importacao_id is None:
        return Feito(url_for("importacoes.index"), _("Tudo o que está no arquivo já estava aqui. Nada foi gravado."))
    count = sum(len(done.plano.to_create(tipo)) for tipo in TIPOS)
    said = ngettext(
        "Importação %(numero)s: %(num)s registro entrou.",
        "Importação %(numero)s: %(num)s registros entraram.",
        count,
        numero=done.importacao_id,
    )
    undo = Desfazer(url_for("importacoes.destroy", importacao_id=done.importacao_id))
    return Feito(url_for("importacoes.index"), said, undo)
