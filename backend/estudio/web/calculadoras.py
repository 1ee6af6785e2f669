"""Calculadora: what an artista gets of an amount and what the studio keeps, rounded as the books do. Keeps nothing."""

from flask import Blueprint, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form
from wtforms.validators import InputRequired

from estudio.domain.comissao import calculate_valor
from estudio.web.campos import DinheiroField, PercentualField
from estudio.web.forms import OBRIGATORIO, Erros

calculadoras = Blueprint("calculadoras", __name__, url_prefix="/calculadora")


class ContaForm(Erros, Form):
    """An amount and a share of it. It writes nothing, so it has no key: its address is the whole question."""

    valor = DinheiroField(_l("Valor"))
    percentual = PercentualField(_l("Comissão %"), validators=[InputRequired(OBRIGATORIO)])


@calculadoras.get("")
def index() -> BaseResponse:
    asked = "valor" in request.args or "percentual" in request.args
    form = ContaForm(request.args if asked else None)
    comissao = None
    if asked and form.validate():
        comissao = calculate_valor(form.valor.data, form.percentual.data)
    status = 422 if asked and comissao is None else 200
    return make_response(render_template("calculadoras/index.html", form=form, comissao=comissao), status)
