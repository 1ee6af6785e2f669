"""Confirmações: what a form has that asks who is logged in for her password once more, and how it is refused."""

from collections.abc import Callable

from flask import make_response
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, PasswordField
from wtforms.validators import DataRequired, Length

from estudio.domain.errors import MuitasTentativas, Refusal
from estudio.domain.senha import MAXIMO
from estudio.web.errors import get_status
from estudio.web.forms import OBRIGATORIO, Erros


class ConfirmacaoForm(Erros, Form):
    """No password is part of what a repetition is known by, so these forms have no key: sent twice, the second finds
    another password, or does the same again."""

    atual = PasswordField(_l("A sua senha de agora"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])


def refuse(form: Erros, refusal: Refusal, show: Callable[[], str]) -> BaseResponse:
    """The same page with what was refused, and how long to wait where that is why."""
    form.refuse(refusal)
    response = make_response(show(), get_status(refusal))
    if isinstance(refusal, MuitasTentativas):
        response.headers["Retry-After"] = str(refusal.details["segundos"])
    return response
