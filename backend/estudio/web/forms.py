"""Forms: text turned into typed values, or the same page again with what was typed and what is wrong beside each field.

A form has a key of its own: sent twice it is one deed, and the second answer is the first.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from flask import Flask, abort, flash, make_response, redirect, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, Form, HiddenField, PasswordField, SelectField
from wtforms.validators import DataRequired, Length

from estudio.domain.acesso import create_chave
from estudio.domain.errors import ChaveRepetida, Refusal
from estudio.domain.usuario import Quem
from estudio.services.idempotencia_service import once
from estudio.web.errors import explain, get_status
from estudio.web.local import find_volta
from estudio.web.transactions import writing

# The name `data` a form of WTForms keeps for itself.
_CHAMADO: Final = {"data": "dia"}

OBRIGATORIO: Final = _l("Preencha este campo.")

MAIOR_DESFAZER: Final = 1_000
"""Characters that a way back may carry: it travels in a cookie, and a browser drops one that is too long."""


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(descrever=describe, nova_chave=create_chave)


class Erros:
    """What is wrong with a form, said once beside each field and once above them all. Mixed into a Form."""

    _fields: dict[str, Field]
    form_errors: list[str]

    def refuse(self, refusal: Refusal) -> None:
        """Put what a deed refused beside the field that it is about, or above them all."""
        campo = _CHAMADO.get(str(refusal.details.get("campo")), refusal.details.get("campo"))
        if isinstance(campo, str) and campo in self._fields:
            field = self._fields[campo]
            field.errors = [*field.errors, explain(refusal)]
        else:
            self.form_errors.append(explain(refusal))

    @property
    def resumo(self) -> list[tuple[str | None, str]]:
        """Everything that is wrong, in the order of the page, each with the field it leads to."""
        above: list[tuple[str | None, str]] = [(None, str(error)) for error in self.form_errors]
        return above + [(field.id, str(error)) for field in self._fields.values() for error in field.errors]


class Formulario(Erros, Form):
    """A form that writes. Its fields are all it takes: what else comes along is not looked at."""

    chave = HiddenField(default=create_chave, validators=[DataRequired(), Length(min=8, max=200)])

    def refuse(self, refusal: Refusal) -> None:
        """What was sent before with other contents stands; whoever sends this as well means it as another deed."""
        if isinstance(refusal, ChaveRepetida):
            self.chave.data = create_chave()
        super().refuse(refusal)

    @property
    def corpo(self) -> dict[str, object]:
        """What was asked, by which a repetition is known; never a password, of which not even a digest is kept."""
        return {
            field.name: field.data for field in self if field.name != "chave" and not isinstance(field, PasswordField)
        }


@dataclass(frozen=True, slots=True)
class Desfazer:
    """The button that takes a deed back: where it is sent, and what with it. Pressed twice it is one deed as well."""

    acao: str
    campos: dict[str, str] = field(default_factory=dict)
    chave: str = field(default_factory=create_chave)


def offer_undo(acao: str, campos: dict[str, str]) -> Desfazer | None:
    """A way back that sends again what was there before; none where that is too long to be carried along."""
    return Desfazer(acao, campos) if sum(map(len, campos.values())) <= MAIOR_DESFAZER else None


@dataclass(frozen=True, slots=True)
class Feito:
    """A deed that was done: the page to go on to, and what it says there."""

    destino: str
    recado: str
    desfazer: Desfazer | None = None


def submit(form: Formulario, *, quem: Quem, deed: Callable[[Session], Feito], show: Callable[[], str]) -> BaseResponse:
    """Do what a form asks, once, and go on to the page that `deed` names; or `show` the form again, and say why not."""
    if form.validate():
        try:
            return _do_and_go_on(form, quem, deed)
        except Refusal as refusal:
            form.refuse(refusal)
            return make_response(show(), get_status(refusal))
    return make_response(show(), 422)


def press(form: Formulario, *, quem: Quem, deed: Callable[[Session], Feito]) -> BaseResponse:
    """Do what a button asks, once. It has no field to put a refusal beside: that is a page of its own."""
    if not form.validate():
        abort(400)
    return _do_and_go_on(form, quem, deed)


def tell(recado: str) -> None:
    """Have the next page say what was done, where there is nothing to take back."""
    told: Any = {"recado": recado, "desfazer": None}
    flash(told)


def _do_and_go_on(form: Formulario, quem: Quem, deed: Callable[[Session], Feito]) -> BaseResponse:
    # Not within the deed, which may be done once more after a deadlock.
    return _tell(writing(lambda session: _do_once(session, form, quem, deed)))


def go_on(feito: Feito) -> BaseResponse:
    """Tell what was done by a form that has no key: said twice it is refused, or no harm."""
    return _tell(asdict(feito))


def _tell(feito: dict[str, Any]) -> BaseResponse:
    recado: Any = feito
    flash(recado)
    # Who came to the page of the form to put one thing right goes back to where that was asked for.
    return redirect(find_volta(request.form.get("volta")) or str(feito["destino"]), 303)


def _do_once(session: Session, form: Formulario, quem: Quem, deed: Callable[[Session], Feito]) -> dict[str, Any]:
    """What was done, also when it was done before: then the page says again what it said."""
    resposta = once(
        session,
        quem=quem,
        chave=form.data["chave"],
        rota=f"{request.method} {request.path}",
        corpo=form.corpo,
        deed=lambda: asdict(deed(session)),
    )
    return resposta.resultado


def describe(field: Field, *, ajuda: str = "") -> dict[str, Any]:
    """The attributes that tie an input to what is wrong with it and to its help, for those who do not see the page."""
    tied = [f"{field.id}-ajuda"] if ajuda else []
    tied += [f"{field.id}-erro"] if field.errors else []
    kind = "form-select" if isinstance(field, SelectField) else "form-control"
    attributes: dict[str, Any] = {"class": f"{kind} is-invalid" if field.errors else kind}
    if field.errors:
        attributes["aria-invalid"] = "true"
    if tied:
        attributes["aria-describedby"] = " ".join(tied)
    return attributes
