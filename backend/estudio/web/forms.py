"""Forms: text turned into typed values, or the same page again with what was typed and what is wrong beside each field.

A form has a key of its own: sent twice it is one deed, and the second answer is the first.
"""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, make_response, redirect, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, Form, HiddenField, PasswordField
from wtforms.validators import DataRequired, Length

from estudio.domain.acesso import create_chave
from estudio.domain.errors import Refusal
from estudio.domain.usuario import Quem
from estudio.services.idempotencia_service import once
from estudio.web.errors import explain, get_status
from estudio.web.transactions import writing

OBRIGATORIO: Final = _l("Preencha este campo.")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["descrever"] = describe


class Erros:
    """What is wrong with a form, said once beside each field and once above them all. Mixed into a Form."""

    _fields: dict[str, Field]
    form_errors: list[str]

    def refuse(self, refusal: Refusal) -> None:
        """Put what a deed refused beside the field that it is about, or above them all."""
        campo = refusal.details.get("campo")
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

    @property
    def corpo(self) -> dict[str, object]:
        """What was asked, by which a repetition is known; never a password, of which not even a digest is kept."""
        return {
            field.name: field.data for field in self if field.name != "chave" and not isinstance(field, PasswordField)
        }


def submit(form: Formulario, *, quem: Quem, deed: Callable[[Session], str], show: Callable[[], str]) -> BaseResponse:
    """Do what a form asks, once, and go on to the page that `deed` names; or `show` the form again, and say why not."""
    if form.validate():
        try:
            return redirect(writing(lambda session: _do_once(session, form, quem, deed)), 303)
        except Refusal as refusal:
            form.refuse(refusal)
            return make_response(show(), get_status(refusal))
    return make_response(show(), 422)


def _do_once(session: Session, form: Formulario, quem: Quem, deed: Callable[[Session], str]) -> str:
    resposta = once(
        session,
        quem=quem,
        chave=form.data["chave"],
        rota=f"{request.method} {request.path}",
        corpo=form.corpo,
        deed=lambda: {"destino": deed(session)},
    )
    return str(resposta.resultado["destino"])


def describe(field: Field, *, ajuda: str = "") -> dict[str, Any]:
    """The attributes that tie an input to what is wrong with it and to its help, for those who do not see the page."""
    tied = [f"{field.id}-ajuda"] if ajuda else []
    tied += [f"{field.id}-erro"] if field.errors else []
    attributes: dict[str, Any] = {"class": "form-control is-invalid" if field.errors else "form-control"}
    if field.errors:
        attributes["aria-invalid"] = "true"
    if tied:
        attributes["aria-describedby"] = " ".join(tied)
    return attributes
