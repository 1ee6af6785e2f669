"""Envios: a file on its way into the books: sent, looked at line by line, thrown away. Importações bring it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field
from wtforms.widgets import FileInput

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import Refusal
from estudio.domain.usuario import Papel
from estudio.services.import_envio import LIMITE, delete_envio, get_envio, prune_envios, read_envio, register_envio
from estudio.services.import_registros import TIPOS, Leitura
from estudio.services.import_service import Plano, list_importacoes, preview_leitura
from estudio.web import errors
from estudio.web.access import find_current, get_quem
from estudio.web.forms import Feito, Formulario, press, tell
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

envios = Blueprint("envios", __name__, url_prefix="/importacoes/envios")

NA_TELA: Final = 200
"""Lines of refusals and of notices, and names of people: whoever has more of them mends the file first."""

MOLDURA: Final = 64 * 1024
"""Bytes that a form puts around its file."""


@dataclass(frozen=True, slots=True)
class Recebido:
    """A file as it came, and what it is called there."""

    nome: str
    corpo: IO[bytes]


class ArquivoField(Field):
    """One file."""

    widget = FileInput()

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        self.data = None
        sent = next((each for each in valuelist if isinstance(each, FileStorage) and each.filename), None)
        if sent is None:
            raise ValueError(_("Escolha um arquivo."))
        self.data = Recebido(sent.filename or "", sent.stream)

    def _value(self) -> bool:
        # What was chosen no browser shows again.
        return False


class EnvioForm(Formulario):
    arquivo = ArquivoField(_l("Arquivo"), render_kw={"accept": ".csv,text/csv", "required": True})


def init_app(app: Flask) -> None:
    """Let the dono, and nobody else, send more than a form has; before anything looks into what is sent."""

    @app.before_request
    def widen() -> None:
        if request.endpoint == "envios.create" and request.method == "POST" and _is_dono():
            request.max_content_length = LIMITE + MOLDURA

    @app.teardown_request
    def forget_parts(error: BaseException | None) -> None:
        """What was spooled to the disk on its way in goes now, and not some time."""
        del error
        request.close()

    prune_envios()


@envios.post("")
def create() -> BaseResponse:
    """Keep a file. It touches no book, so it is no deed and has no transaction: reading it may take a while."""
    form = EnvioForm(CombinedMultiDict([request.files, request.form]))
    if not form.validate():
        return make_response(show_importacoes(form), 422)
    recebido: Recebido = form.arquivo.data
    try:
        envio = register_envio(recebido.corpo, recebido.nome)
    except Refusal as refusal:
        form.refuse(refusal)
        return make_response(show_importacoes(form), errors.get_status(refusal))
    tell(_("Recebido. Confira o que entra: nada foi importado."))
    return redirect(url_for("envios.show", chave=envio.chave), 303)


@envios.get("/<chave>")
def show(chave: str) -> str:
    return show_envio(chave)


@envios.post("/<chave>/exclusao")
def destroy(chave: str) -> BaseResponse:
    def forget(session: Session) -> Feito:
        del session
        envio = get_envio(chave)
        delete_envio(envio)
        return Feito(url_for("importacoes.index"), _("Descartado: %(arquivo)s.", arquivo=envio.nome))

    return press(Formulario(request.form), quem=get_quem(), deed=forget)


@envios.errorhandler(RequestEntityTooLarge)
def refuse_too_large(error: RequestEntityTooLarge) -> Response:
    """The page of the form once more, for who may see it; nothing of the file was read."""
    if not _is_dono():
        return errors.show_http(error)
    form = EnvioForm()
    form.arquivo.errors = [_("O arquivo passa de %(limite)s MB. Divida-o por mês.", limite=LIMITE >> 20)]
    return make_response(show_importacoes(form), 413)


def show_importacoes(form: EnvioForm) -> str:
    """What was imported, and the form for more."""
    with reading() as session:
        feitas = list_importacoes(session)
    return render_template("importacoes/index.html", form=form, importacoes=feitas, tipos=TIPOS)


def show_envio(chave: str, form: Formulario | None = None) -> str:
    """What a file would create and what is refused of it, line by line; with what its import was refused for."""
    envio = get_envio(chave)
    leitura = read_envio(envio)
    with reading() as session:
        plano = preview_leitura(session, leitura)
    return render_template(
        "envios/show.html", envio=envio, form=form or Formulario(), na_tela=NA_TELA, **_describe(leitura, plano)
    )


def _describe(leitura: Leitura, plano: Plano) -> dict[str, Any]:
    return {
        "leitura": leitura,
        "plano": plano,
        "quantos": sum(len(plano.to_create(tipo)) for tipo in TIPOS),
        "resumos": [
            {
                "competencia": Competencia.of(resumo.mes),
                "tipo": resumo.tipo,
                "quantidade": resumo.quantidade,
                "valor": from_centavos(resumo.soma),
            }
            for resumo in plano.list_resumos()
        ],
        "aqui": {tipo: count for tipo, count in plano.existentes.items() if count},
        "pessoas": [("artista", nome) for nome in plano.list_novas("artista")]
        + [("cliente", nome) for nome in plano.list_novas("cliente")],
    }


def _is_dono() -> bool:
    usuario = find_current()
    return usuario is not None and usuario.papel == Papel.DONO
