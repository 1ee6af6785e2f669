"""Segundo fator: whether a code of the phone is asked for at the door; switched on with a QR code, and off."""

import segno
from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from estudio.domain.errors import Refusal, SegredoIlegivel
from estudio.domain.fator import describe_uri
from estudio.domain.senha import MAXIMO
from estudio.services.chave_service import list_chaves
from estudio.services.fator_service import (
    count_codigos,
    disable_fator_in_own_transactions,
    enable_fator,
    find_fator,
    lend_segredo_novo,
    read_segredo_emprestado,
)
from estudio.services.prova_service import prove_senha_in_own_transactions
from estudio.web import cookies
from estudio.web.access import get_chave, get_current, get_quem
from estudio.web.codigos import MAIOR_CODIGO
from estudio.web.confirmacoes import refuse
from estudio.web.errors import get_status
from estudio.web.forms import OBRIGATORIO, Erros, Feito, go_on
from estudio.web.identidade import find_estudio
from estudio.web.language import gettext as _
from estudio.web.transactions import reading, writing

MAIOR_SEGREDO = 400

segundos_fatores = Blueprint("segundos_fatores", __name__, url_prefix="/conta/segundo-fator")


class DesligarForm(Erros, Form):
    """No key of a form: said twice, the second finds nothing to switch off."""

    senha = PasswordField(_l("Sua senha"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])
    codigo = StringField(_l("Código"), [DataRequired(OBRIGATORIO), Length(max=MAIOR_CODIGO)])


class LigarForm(DesligarForm):
    """`emprestado` is the secret of the QR code, encrypted: nothing is kept before a code of it was seen."""

    emprestado = HiddenField(validators=[Length(max=MAIOR_SEGREDO)])


@segundos_fatores.get("")
def index() -> str:
    return _show_state(DesligarForm())


@segundos_fatores.get("/new")
def new() -> str:
    return _show_qr(LigarForm(emprestado=lend_segredo_novo(get_current().id)))


@segundos_fatores.post("")
def create() -> BaseResponse:
    """The codes for the paper are on the answer itself, this once: they are kept nowhere that they could be read."""
    form, quem, chave = LigarForm(request.form), get_quem(), get_chave()

    def enable(session: Session) -> list[str]:
        return enable_fator(
            session, quem=quem, emprestado=form.emprestado.data or "", codigo=form.codigo.data or "", chave=chave
        )

    if not form.validate():
        return make_response(_show_qr(form), 422)
    try:
        _see_senha(form)
        return make_response(show_codigos(writing(enable)))
    except SegredoIlegivel:
        form.form_errors.append(_("Esta página venceu. Leia o desenho novo com o celular e digite o código dele."))
        return make_response(_show_qr(form), 422)
    except Refusal as refusal:
        form.refuse(refusal)
        return make_response(_show_qr(form), get_status(refusal))


@segundos_fatores.post("/desligamento")
def destroy() -> BaseResponse:
    form, quem = DesligarForm(request.form), get_quem()
    if not form.validate():
        return make_response(_show_state(form), 422)
    try:
        _see_senha(form)
        disable_fator_in_own_transactions(quem=quem, codigo=form.codigo.data or "")
    except Refusal as refusal:
        return refuse(form, refusal, lambda: _show_state(form))
    return go_on(Feito(url_for("segundos_fatores.index"), _("O código do celular está desligado.")))


def show_codigos(codigos: list[str]) -> str:
    return render_template("recuperacoes/show.html", codigos=codigos)


def _see_senha(form: DesligarForm) -> None:
    pessoa = get_current()
    prove_senha_in_own_transactions(
        usuario_id=pessoa.id,
        senha=form.senha.data or "",
        balcao=cookies.find_balcao(pessoa.email),
        chave=get_chave(),
    )


def _show_state(form: DesligarForm) -> str:
    quem = get_quem()
    with reading() as session:
        fator = find_fator(session, get_current().id)
        restam = count_codigos(session, get_current().id)
        chaves = list_chaves(session, quem=quem)
    return render_template("segundos_fatores/index.html", form=form, fator=fator, restam=restam, chaves=chaves)


def _show_qr(form: LigarForm) -> str:
    pessoa = get_current()
    try:
        segredo = read_segredo_emprestado(pessoa.id, form.emprestado.data or "")
    except SegredoIlegivel:
        form.emprestado.data = lend_segredo_novo(pessoa.id)
        segredo = read_segredo_emprestado(pessoa.id, form.emprestado.data)
    uri = describe_uri(segredo, email=pessoa.email, estudio=find_estudio().nome)
    desenho = segno.make(uri, error="m", micro=False).svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    groups = " ".join(segredo[at : at + 4] for at in range(0, len(segredo), 4))
    return render_template("segundos_fatores/new.html", form=form, desenho=desenho, segredo=groups)
