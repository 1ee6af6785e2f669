"""Estornos: money given back, on a day of an open month, of a payment of any month."""

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.codigos import list_formas
from estudio.domain.pagamento import get_pagamento, sum_estornos
from estudio.services.pagamento_service import LIMITE_OBSERVACOES, reverse_pagamento
from estudio.web.access import get_quem
from estudio.web.campos import OBRIGATORIA, DataField, DinheiroField, EscolhaField, NotaField, parse_codigo
from estudio.web.forms import Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.pagamentos import describe_pagamento, locate, offer_deletion
from estudio.web.transactions import reading

estornos = Blueprint("estornos", __name__, url_prefix="/pagamentos/<id:pagamento_id>/estorno")


class EstornoForm(Formulario):
    """`valor` is what is given back; left empty it is all that remains."""

    dia = DataField(_l("Data"))
    valor = DinheiroField(_l("Valor"), opcional=True)
    forma = EscolhaField(_l("Forma de pagamento"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    observacoes = NotaField(_l("Observações"), maximo=LIMITE_OBSERVACOES)


@estornos.get("")
def new(pagamento_id: int) -> str:
    with reading() as session:
        forma = get_pagamento(session, pagamento_id).forma
    return _show(EstornoForm(data={"dia": clock.today(), "forma": forma}), pagamento_id)


@estornos.post("")
def create(pagamento_id: int) -> BaseResponse:
    quem = get_quem()
    form = EstornoForm(request.form)

    def reverse(session: Session) -> Feito:
        assert form.dia.data is not None, "the form was validated"
        estorno = reverse_pagamento(
            session,
            pagamento_id,
            quem=quem,
            data=form.dia.data,
            valor=form.valor.data,
            forma=form.forma.data,
            observacoes=form.observacoes.data,
        )
        return Feito(
            locate(estorno),
            _("Estornado: %(pagamento)s.", pagamento=describe_pagamento(estorno)),
            offer_deletion(estorno, quem),
        )

    return submit(form, quem=quem, deed=reverse, show=lambda: _show(form, pagamento_id))


def _show(form: EstornoForm, pagamento_id: int) -> str:
    with reading() as session:
        pagamento = get_pagamento(session, pagamento_id)
        formas = {forma.codigo: forma.rotulo for forma in list_formas(session)}
        # One that is no longer in use gives back what it took in.
        formas.setdefault(pagamento.forma, pagamento.rotulo_da_forma.rotulo)
        form.forma.offer(None, formas)
        return render_template(
            "estornos/new.html",
            form=form,
            pagamento=pagamento,
            fato=describe_pagamento(pagamento),
            resta=pagamento.valor + sum_estornos(session, pagamento_id),
        )
