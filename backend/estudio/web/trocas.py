"""Trocas: another person takes over a shared browser by her PIN: press *Trocar pessoa*, type it, press one's name."""

from flask import Blueprint, g, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, PasswordField
from wtforms.validators import DataRequired, Length

from estudio.domain.errors import MuitasTentativas, PinRecusado
from estudio.domain.usuario import Usuario
from estudio.services.turno_service import list_pessoas_do_aparelho, switch_in_own_transactions
from estudio.web import cookies
from estudio.web.access import ORIGEM, find_current
from estudio.web.acessos import leave
from estudio.web.campos import NumeroField
from estudio.web.confirmacoes import refuse
from estudio.web.forms import OBRIGATORIO, Erros
from estudio.web.pins import ALGARISMOS
from estudio.web.transactions import reading

trocas = Blueprint("trocas", __name__, url_prefix="/trocar")


class TrocaForm(Erros, Form):
    """`pessoa` is the button that was pressed."""

    pin = PasswordField(_l("PIN"), [DataRequired(OBRIGATORIO), Length(max=100)], render_kw=ALGARISMOS)
    pessoa = NumeroField(validators=[DataRequired()])


@trocas.app_context_processor
def offer() -> dict[str, object]:
    usuario: Usuario | None = g.get("usuario")
    return {"ha_outras": usuario is not None and cookies.has_outras(usuario.email)}


@trocas.get("")
def new() -> str:
    return _show(TrocaForm())


@trocas.post("")
def create() -> BaseResponse:
    form = TrocaForm(request.form)
    aparelho = cookies.read_aparelho()
    if not form.validate() or aparelho is None:
        return make_response(_show(form), 422)
    try:
        entrada = switch_in_own_transactions(
            aparelho=aparelho.nome,
            usuario_id=form.pessoa.data,
            pin=form.pin.data or "",
            navegador=request.user_agent.string,
            origem=ORIGEM,
        )
    except (PinRecusado, MuitasTentativas) as refusal:
        return refuse(form, refusal, lambda: _show(form))
    response = leave()
    response.location = url_for("inicio.index")
    cookies.put_cracha(response, entrada.chave)
    return response


def _show(form: TrocaForm) -> str:
    return render_template("trocas/new.html", form=form, pessoas=_list_outras())


def _list_outras() -> list[Usuario]:
    """Who may take this browser over, but for who has it."""
    aparelho, eu = cookies.read_aparelho(), find_current()
    if aparelho is None:
        return []
    with reading() as session:
        pessoas = list_pessoas_do_aparelho(session, aparelho.nome)
    return [pessoa for pessoa in pessoas if eu is None or pessoa.id != eu.id]
