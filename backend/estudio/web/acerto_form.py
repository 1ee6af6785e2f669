"""The form of an acerto, new and corrected: a kind and an amount; the sign is the kind's."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import Field
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput

from estudio import clock
from estudio.domain.acerto import SINAL, Acerto, Tipo, is_devolvido
from estudio.services.acerto_consulta import find_ultima_forma
from estudio.services.acerto_service import LIMITE_MOTIVO, CamposDoAcerto
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
from estudio.web.escolhas import offer_artistas, offer_formas
from estudio.web.filters import format_dinheiro, shorten
from estudio.web.forms import Formulario
from estudio.web.language import gettext as _

NOMES: Final[Mapping[Tipo, LazyString]] = {
    Tipo.REPASSE: _l("Repasse"),
    Tipo.VALE: _l("Vale"),
    Tipo.DEVOLUCAO: _l("Devolução ao estúdio"),
    Tipo.RECEBIDO: _l("Recebido pelo artista"),
    Tipo.ALUGUEL: _l("Aluguel de cadeira"),
    Tipo.BONUS: _l("Bônus"),
    Tipo.ACRESCIMO: _l("Acréscimo"),
    Tipo.DESCONTO: _l("Desconto"),
}
_DEVOLVIDO: Final = _l("Devolvido ao cliente pelo artista")
OPCOES: Final[Mapping[Tipo, LazyString]] = {
    Tipo.REPASSE: _l("Repasse: o estúdio paga o artista"),
    Tipo.VALE: _l("Vale: o estúdio adianta ao artista"),
    Tipo.DEVOLUCAO: _l("Devolução: o artista paga o estúdio"),
    Tipo.ALUGUEL: _l("Aluguel de cadeira: o artista passa a dever"),
    Tipo.BONUS: _l("Bônus: o estúdio passa a dever"),
    Tipo.ACRESCIMO: _l("Acréscimo: o estúdio passa a dever, por outro motivo"),
    Tipo.DESCONTO: _l("Desconto: o artista passa a dever, por outro motivo"),
}
"""What may be chosen: a recebido is noted where its pagamento is."""

_SALDO: Final = re.compile(r"-?[0-9]{1,11}\.[0-9]{2}")


class SaldoField(Field):
    """The saldo that the page showed, which a button settles; empty where the person typed the amount."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data: Decimal | None = None
        if text:
            if not _SALDO.fullmatch(text):
                raise ValueError(text)
            self.data = Decimal(text)

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


def parse_tipo(value: object) -> Tipo | None:
    """A kind, as a form holds it; empty is None. Raises ValueError."""
    return Tipo(str(value)) if value else None


class AcertoForm(Formulario):
    """What an acerto has besides whose it is. `versao` is the one that the person saw; a new one has none."""

    tipo = EscolhaField(_l("O que é"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_tipo)
    dia = DataField(_l("Data"))
    valor = DinheiroField(_l("Valor"))
    forma = EscolhaField(_l("Forma"), coerce=parse_codigo)
    motivo = NomeField(_l("Motivo"), maximo=LIMITE_MOTIVO)
    versao = NumeroField()

    @classmethod
    def of(cls, acerto: Acerto) -> "AcertoForm":
        return cls(
            data={
                "tipo": Tipo(acerto.tipo),
                "dia": acerto.data,
                "valor": acerto.quantia,
                "forma": acerto.forma,
                "motivo": acerto.motivo,
                "versao": acerto.versao,
            }
        )

    def offer(self, session: Session) -> None:
        """Fill the lists."""
        self.tipo.offer(_("Escolha"), {tipo.value: str(nome) for tipo, nome in OPCOES.items()})
        offer_formas(session, self.forma)

    def list_mudancas(self, acerto: Acerto) -> CamposDoAcerto:
        """What the person changed, and nothing else."""
        campos: CamposDoAcerto = {}
        assert self.dia.data is not None, "the form was validated"
        if self.dia.data != acerto.data:
            campos["data"] = self.dia.data
        if self.tipo.data != acerto.tipo:
            campos["tipo"] = self.tipo.data
        if self.valor.data != acerto.quantia:
            campos["valor"] = self.valor.data
        if self.forma.data != acerto.forma:
            campos["forma"] = self.forma.data
        if self.motivo.data != acerto.motivo:
            campos["motivo"] = self.motivo.data
        return campos


class NovoAcertoForm(AcertoForm):
    """A new one: also whose it is, and the saldo that the button promised to settle."""

    artista_id = EscolhaField(_l("Artista"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_numero)
    visto = SaldoField()

    @classmethod
    def of_new(cls, session: Session, artista_id: int | None) -> "NovoAcertoForm":
        return cls(data={"dia": clock.today(), "artista_id": artista_id, "forma": find_ultima_forma(session)})

    def offer(self, session: Session) -> None:
        super().offer(session)
        offer_artistas(session, self.artista_id, nada=_("Escolha"))


def name_tipo(tipo: Tipo, valor: Decimal) -> str:
    """What a row, or the sum of a kind, is called: the sign decides what a recebido is."""
    return str(_DEVOLVIDO if is_devolvido(tipo, valor) else NOMES[tipo])


def describe_acerto(acerto: Acerto) -> str:
    """The fact, as a message and a button say it: amount, what it is, whose, how it was handed over."""
    parts = [format_dinheiro(acerto.quantia), name_tipo(Tipo(acerto.tipo), acerto.valor), shorten(acerto.artista.nome)]
    if acerto.rotulo_da_forma is not None:
        parts.append(acerto.rotulo_da_forma.rotulo)
    return " · ".join(parts)


assert set(OPCOES) == set(SINAL), "what may be chosen is what has a sign"
