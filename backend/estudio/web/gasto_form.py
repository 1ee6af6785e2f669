"""The form of a gasto, new and corrected: one line above the list, and the same fields on a page of their own."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.gasto import Gasto
from estudio.services.gasto_service import LIMITE_DESCRICAO, CamposDoGasto, find_ultima_forma
from estudio.web.campos import (
    OBRIGATORIA,
    DataField,
    DinheiroField,
    EscolhaField,
    NomeField,
    NumeroField,
    parse_codigo,
)
from estudio.web.escolhas import offer_categorias, offer_formas
from estudio.web.filters import format_dinheiro, shorten
from estudio.web.forms import Formulario
from estudio.web.language import gettext as _


class GastoForm(Formulario):
    """What a gasto has. `versao` is the one that the person saw; a new one has none."""

    dia = DataField(_l("Data"))
    valor = DinheiroField(_l("Valor"))
    descricao = NomeField(_l("Descrição"), maximo=LIMITE_DESCRICAO, obrigatorio=True)
    forma = EscolhaField(_l("Forma"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    categoria = EscolhaField(_l("Categoria"), coerce=parse_codigo)
    versao = NumeroField()

    @classmethod
    def of_new(cls, session: Session) -> "GastoForm":
        return cls(data={"dia": clock.today(), "forma": find_ultima_forma(session)})

    @classmethod
    def of(cls, gasto: Gasto) -> "GastoForm":
        return cls(
            data={
                "dia": gasto.data,
                "valor": gasto.valor,
                "descricao": gasto.descricao,
                "forma": gasto.forma,
                "categoria": gasto.categoria,
                "versao": gasto.versao,
            }
        )

    def offer(self, session: Session, *, nenhuma: str) -> None:
        """Fill the lists; `nenhuma` is what no categoria means here."""
        offer_formas(session, self.forma)
        offer_categorias(session, self.categoria, nada=nenhuma)

    def list_mudancas(self, gasto: Gasto) -> CamposDoGasto:
        """What the person changed, and nothing else."""
        campos: CamposDoGasto = {}
        assert self.dia.data is not None, "the form was validated"
        if self.dia.data != gasto.data:
            campos["data"] = self.dia.data
        if self.valor.data != gasto.valor:
            campos["valor"] = self.valor.data
        if self.descricao.data != gasto.descricao:
            campos["descricao"] = str(self.descricao.data)
        if self.forma.data != gasto.forma:
            campos["forma"] = str(self.forma.data)
        if self.categoria.data != gasto.categoria:
            campos["categoria"] = self.categoria.data
        return campos


def describe_gasto(gasto: Gasto) -> str:
    """The fact, as a message and a button say it: amount, what for, under which categoria, how it was paid."""
    categoria = gasto.rotulo_da_categoria.rotulo if gasto.rotulo_da_categoria else _("Outros")
    parts = (format_dinheiro(gasto.valor), shorten(gasto.descricao), categoria, gasto.rotulo_da_forma.rotulo)
    return " · ".join(parts)
