"""Fichas da API: the keys that a person gives to programs; shown once, never more than the person's own rights."""

from typing import Final

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.errors import Refusal
from estudio.domain.ficha import ESCOPOS_DE, VALE_DIAS, Escopo
from estudio.domain.usuario import Quem
from estudio.services.ficha_service import LIMITE_NOME, create_ficha, list_fichas, revoke_ficha
from estudio.services.idempotencia_service import once
from estudio.web.access import get_quem
from estudio.web.campos import OBRIGATORIA, EscolhaField, NomeField, parse_numero
from estudio.web.errors import get_status
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.transactions import reading, writing

fichas = Blueprint("fichas", __name__, url_prefix="/conta/fichas")

ESCOPOS: Final[dict[Escopo, LazyString]] = {
    Escopo.LEITURA: _l("Ler o que você vê"),
    Escopo.REGISTRO: _l("Registrar e corrigir"),
    Escopo.EXCLUSAO: _l("Apagar"),
}

VALIDADES: Final[dict[int, LazyString]] = {
    30: _l("30 dias"),
    VALE_DIAS: _l("90 dias"),
    180: _l("180 dias"),
    365: _l("1 ano"),
}


class FichaForm(Formulario):
    nome = NomeField(_l("Nome"), maximo=LIMITE_NOME, obrigatorio=True)
    escopos = SelectMultipleField(_l("O que ela pode"), validate_choice=False)
    dias = EscolhaField(_l("Vale por"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_numero)

    def offer(self, quem: Quem) -> None:
        """No more than the papel can give."""
        offered: list[tuple[str, str]] = [(escopo.value, str(ESCOPOS[escopo])) for escopo in ESCOPOS_DE[quem.papel]]
        self.escopos.choices = offered
        self.dias.offer(None, {dias: str(label) for dias, label in VALIDADES.items()})


@fichas.get("")
def index() -> str:
    quem = get_quem()
    with reading() as session:
        listed = [(ficha, clock.to_local(ficha.expira_em).date()) for ficha in list_fichas(session, quem=quem)]
    return render_template("fichas/index.html", fichas=listed, agora=clock.now(), escopos=ESCOPOS)


@fichas.get("/new")
def new() -> str:
    return _show(FichaForm(data={"escopos": [Escopo.LEITURA.value], "dias": VALE_DIAS}), get_quem())


@fichas.post("")
def create() -> BaseResponse:
    """Not followed by another page: the key is on this one, and on no other."""
    quem = get_quem()
    form = FichaForm(request.form)
    if not form.validate():
        return make_response(_show(form, quem), 422)
    try:
        nome, chave = writing(lambda session: _create_once(session, form, quem))
    except Refusal as refusal:
        form.refuse(refusal)
        return make_response(_show(form, quem), get_status(refusal))
    return make_response(render_template("fichas/show.html", nome=nome, chave=chave), 201)


@fichas.post("/<id:ficha_id>/exclusao")
def destroy(ficha_id: int) -> BaseResponse:
    quem = get_quem()

    def revoke(session: Session) -> Feito:
        nome = revoke_ficha(session, ficha_id, quem=quem)
        return Feito(url_for("fichas.index"), _("Revogada: %(nome)s. O programa que a usa não entra mais.", nome=nome))

    return press(Formulario(request.form), quem=quem, deed=revoke)


def _create_once(session: Session, form: FichaForm, quem: Quem) -> tuple[str, str | None]:
    """The name, and the key when it is made now: sent twice, the form makes one, and its key is kept nowhere."""
    made: list[str] = []

    def create_one() -> dict[str, str]:
        ficha, chave = create_ficha(
            session, quem=quem, nome=form.nome.data or "", escopos=form.escopos.data or [], dias=form.dias.data
        )
        made.append(chave)
        return {"nome": ficha.nome}

    rota = f"{request.method} {request.path}"
    feito = once(session, quem=quem, chave=form.data["chave"], rota=rota, corpo=form.corpo, deed=create_one)
    return str(feito.resultado["nome"]), made[0] if made else None


def _show(form: FichaForm, quem: Quem) -> str:
    form.offer(quem)
    return render_template("fichas/new.html", form=form)
