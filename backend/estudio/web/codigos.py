"""Códigos: the second question of the door, for who said the password: a code of the app or of the paper, a passkey."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from estudio.domain.errors import CodigoRecusado, EtapaVencida, MuitasTentativas, SegredoIlegivel
from estudio.domain.usuario import Usuario
from estudio.services.etapa_service import find_pessoa_da_etapa
from estudio.services.fator_service import answer_etapa_in_own_transactions
from estudio.web import cookies
from estudio.web.access import ORIGEM
from estudio.web.acessos import arrive
from estudio.web.confirmacoes import refuse
from estudio.web.forms import OBRIGATORIO, Erros
from estudio.web.local import find_volta, get_lugar
from estudio.web.transactions import reading

MAIOR_CODIGO = 40

codigos = Blueprint("codigos", __name__, url_prefix="/entrar/codigo")


class CodigoForm(Erros, Form):
    codigo = StringField(_l("Código"), [DataRequired(OBRIGATORIO), Length(max=MAIOR_CODIGO)])
    volta = HiddenField()


@codigos.get("")
def new() -> BaseResponse:
    pessoa = find_pessoa()
    if pessoa is None:
        return redirect(url_for("acessos.new"), 303)
    return make_response(show_question(CodigoForm(volta=find_volta(request.args.get("volta")))))


@codigos.post("")
def create() -> BaseResponse:
    form, pessoa, chave = CodigoForm(request.form), find_pessoa(), cookies.read_etapa()
    if pessoa is None or chave is None:
        return redirect(url_for("acessos.new"), 303)
    if not form.validate():
        return make_response(show_question(form), 422)
    try:
        entrada = answer_etapa_in_own_transactions(
            chave=chave,
            codigo=form.codigo.data or "",
            balcao=cookies.find_balcao(pessoa.email),
            navegador=request.user_agent.string,
            origem=ORIGEM,
        )
    except (CodigoRecusado, EtapaVencida, MuitasTentativas, SegredoIlegivel) as refusal:
        return refuse(form, refusal, lambda: show_question(form))
    return arrive(entrada, find_volta(form.volta.data))


def find_pessoa() -> Usuario | None:
    """Who said the password in this browser, not long ago."""
    chave = cookies.read_etapa()
    if chave is None:
        return None
    with reading() as session:
        return find_pessoa_da_etapa(session, chave)


def show_question(form: CodigoForm) -> str:
    return render_template("codigos/new.html", form=form, chaves=get_lugar().serve)
