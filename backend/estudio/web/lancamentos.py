"""Lançamentos: the draft of a month made a gasto, by one press or with another day or amount. Deleting it undoes it."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.recorrente import get_recorrente
from estudio.services.recorrente_service import Rascunho, ensure_rascunho, register_recorrencia
from estudio.web.access import get_quem
from estudio.web.forms import Desfazer, Feito, submit
from estudio.web.gasto_form import describe_gasto
from estudio.web.gastos import locate_gasto
from estudio.web.language import gettext as _
from estudio.web.recorrente_form import LancamentoForm, describe_recorrente
from estudio.web.transactions import reading

lancamentos = Blueprint("lancamentos", __name__, url_prefix="/gastos/recorrentes/<id:recorrente_id>/lancamento")


@lancamentos.get("")
def new(recorrente_id: int) -> str:
    mes = request.args.get("mes")
    competencia = Competencia.parse(mes) if mes else Competencia.of(clock.today())
    with reading() as session:
        recorrente = get_recorrente(session, recorrente_id)
        ensure_rascunho(session, recorrente, competencia)
        form = LancamentoForm.of(Rascunho(recorrente, competencia))
    return _show(form, recorrente_id)


@lancamentos.post("")
def create(recorrente_id: int) -> BaseResponse:
    quem = get_quem()
    form = LancamentoForm(request.form)

    def register(session: Session) -> Feito:
        assert form.dia.data is not None, "the form was validated"
        gasto = register_recorrencia(
            session,
            recorrente_id,
            quem=quem,
            competencia=form.mes.data,
            versao=form.versao.data or 0,
            data=form.dia.data,
            valor=form.valor.data,
        )
        return Feito(
            locate_gasto(gasto),
            _("Registrado: %(gasto)s.", gasto=describe_gasto(gasto)),
            Desfazer(url_for("gastos.destroy", gasto_id=gasto.id)),
        )

    return submit(form, quem=quem, deed=register, show=lambda: _show(form, recorrente_id))


def _show(form: LancamentoForm, recorrente_id: int) -> str:
    with reading() as session:
        recorrente = get_recorrente(session, recorrente_id)
        return render_template(
            "lancamentos/new.html",
            form=form,
            recorrente=recorrente,
            fato=describe_recorrente(recorrente),
            competencia=form.mes.data or Competencia.of(clock.today()),
        )
