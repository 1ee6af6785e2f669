"""The forms of a recorrente: what comes back every month, and the month's draft of it on its way to be a gasto."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import Field
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaInvalida
from estudio.domain.gasto import Gasto
from estudio.domain.recorrente import Recorrente
from estudio.services.gasto_service import LIMITE_DESCRICAO, find_ultima_forma
from estudio.services.recorrente_service import Rascunho
from estudio.web.campos import (
    OBRIGATORIA,
    DataField,
    DinheiroField,
    EscolhaField,
    NomeField,
    NumeroField,
    parse_codigo,
    parse_numero,
)
from estudio.web.errors import explain
from estudio.web.escolhas import offer_categorias, offer_formas
from estudio.web.filters import format_dinheiro, shorten
from estudio.web.forms import Formulario
from estudio.web.language import gettext as _

DIAS: Final = range(1, 32)


class MesField(Field):
    """The month that the page itself named, as `2026-11`."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        try:
            self.data = Competencia.parse(valuelist[0] if valuelist else "")
        except CompetenciaInvalida as refusal:
            raise ValueError(explain(refusal)) from None

    def _value(self) -> str:
        return "" if self.data is None else self.data.slug


class RecorrenteForm(Formulario):
    """`versao` is the one that the person saw; a new one has none."""

    descricao = NomeField(_l("Descrição"), maximo=LIMITE_DESCRICAO, obrigatorio=True)
    valor = DinheiroField(_l("Valor"))
    dia_do_mes = EscolhaField(_l("Dia do mês"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_numero)
    dia = DataField(_l("A partir de"))
    forma = EscolhaField(_l("Forma de pagamento"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    categoria = EscolhaField(_l("Categoria"), coerce=parse_codigo)
    ativo = EscolhaField(_l("Situação"), coerce=parse_numero)
    versao = NumeroField()

    @classmethod
    def of_new(cls, session: Session) -> "RecorrenteForm":
        hoje = clock.today()
        return cls(data={"dia": hoje.replace(day=1), "forma": find_ultima_forma(session), "ativo": 1})

    @classmethod
    def of_gasto(cls, gasto: Gasto) -> "RecorrenteForm":
        """The same every month from the next one on: this month's is the gasto itself."""
        desde = max(gasto.data + timedelta(days=1), clock.today().replace(day=1))
        return cls(
            data={
                "descricao": gasto.descricao,
                "valor": gasto.valor,
                "dia_do_mes": gasto.data.day,
                "dia": desde,
                "forma": gasto.forma,
                "categoria": gasto.categoria,
                "ativo": 1,
            }
        )

    @classmethod
    def of(cls, recorrente: Recorrente) -> "RecorrenteForm":
        return cls(
            data={
                "descricao": recorrente.descricao,
                "valor": recorrente.valor,
                "dia_do_mes": recorrente.dia,
                "dia": recorrente.desde,
                "forma": recorrente.forma,
                "categoria": recorrente.categoria,
                "ativo": int(recorrente.ativo),
                "versao": recorrente.versao,
            }
        )

    def offer(self, session: Session) -> None:
        offer_formas(session, self.forma)
        offer_categorias(session, self.categoria, nada=_("Nenhuma (conta em Outros)"))
        self.dia_do_mes.offer(_("Escolha"), {dia: str(dia) for dia in DIAS})
        self.ativo.offer(None, {1: _("Ativo: aparece todo mês"), 0: _("Parado: não aparece mais")})


class LancamentoForm(Formulario):
    """A month's draft as it becomes a gasto. `versao` is that of the recorrente, as the person saw it."""

    mes = MesField()
    versao = NumeroField()
    dia = DataField(_l("Data"))
    valor = DinheiroField(_l("Valor"))

    @classmethod
    def of(cls, rascunho: Rascunho) -> "LancamentoForm":
        recorrente = rascunho.recorrente
        return cls(
            data={
                "mes": rascunho.competencia,
                "versao": recorrente.versao,
                "dia": rascunho.vencimento,
                "valor": recorrente.valor,
            }
        )


class MesForm(Formulario):
    """A press about one month."""

    mes = MesField()


def describe_recorrente(recorrente: Recorrente) -> str:
    """What for, and how much."""
    return f"{shorten(recorrente.descricao)} · {format_dinheiro(recorrente.valor)}"
