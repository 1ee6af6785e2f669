"""The form of a gasto, new and corrected: one line above the list, and the same fields on a page of their own."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.codigos import Categoria, Forma, list_categorias, list_formas
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
from estudio.web.filters import format_dinheiro, shorten
from estudio.web.forms import OBRIGATORIO, Formulario
from estudio.web.language import gettext as _


class DescricaoField(NomeField):
    """What it was for: there is no gasto without it."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is None:
            raise ValueError(OBRIGATORIO)


class GastoForm(Formulario):
    """What a gasto has. `versao` is the one that the person saw; a new one has none."""

    dia = DataField(_l("Data"))
    valor = DinheiroField(_l("Valor"))
    descricao = DescricaoField(_l("Descrição"), maximo=LIMITE_DESCRICAO)
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
        offer_codigos(session, self.forma, self.categoria, nenhuma=nenhuma)

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


def offer_codigos(session: Session, forma: EscolhaField, categoria: EscolhaField, *, nenhuma: str) -> None:
    """Fill both lists; what was chosen before is in them although it is offered to nobody any more."""
    formas = {each.codigo: each.rotulo for each in list_formas(session)}
    if forma.data and (found := session.get(Forma, forma.data)):
        formas.setdefault(found.codigo, found.rotulo)
    forma.offer(_("Escolha"), formas)
    categorias = {each.codigo: each.rotulo for each in list_categorias(session)}
    if categoria.data and (kept := session.get(Categoria, categoria.data)):
        categorias.setdefault(kept.codigo, kept.rotulo)
    categoria.offer(nenhuma, categorias)


def describe_gasto(gasto: Gasto) -> str:
    """The fact, as a message and a button say it: amount, what for, under which categoria, how it was paid."""
    categoria = gasto.rotulo_da_categoria.rotulo if gasto.rotulo_da_categoria else _("Outros")
    parts = (format_dinheiro(gasto.valor), shorten(gasto.descricao), categoria, gasto.rotulo_da_forma.rotulo)
    return " · ".join(parts)
