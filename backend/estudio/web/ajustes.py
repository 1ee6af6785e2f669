"""Ajustes: what the studio sets for itself. The dono's."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.identidade import get_identidade
from estudio.services.identidade_service import edit_identidade
from estudio.web.access import get_quem
from estudio.web.ajuste_paginas import AJUSTES, OUTRA, IdentidadeForm, show_ajustes
from estudio.web.filters import shorten
from estudio.web.forms import Feito, offer_undo, submit
from estudio.web.language import gettext as _

ajustes = Blueprint("ajustes", __name__, url_prefix="/ajustes")


@ajustes.get("")
def index() -> str:
    return show_ajustes()


@ajustes.post("")
def update() -> BaseResponse:
    quem = get_quem()
    form = IdentidadeForm(request.form)

    def change(session: Session) -> Feito:
        antes = get_identidade(session)
        era = {"nome": antes.nome, "cor": OUTRA if antes.cor else "", "outra_cor": antes.cor or ""}
        depois = edit_identidade(
            session, quem=quem, versao=form.versao.data, nome=form.nome.data or "", cor=form.cor_escolhida
        )
        # The database wrote the version.
        session.refresh(depois)
        if depois.versao == form.versao.data:
            return Feito(url_for(AJUSTES), _("Nada mudou."))
        return Feito(
            url_for(AJUSTES),
            _("Gravado: %(nome)s.", nome=shorten(depois.nome)),
            offer_undo(url_for("ajustes.update"), {**era, "versao": str(depois.versao)}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: show_ajustes(identidade=form))
