"""Fields that read what people type as the domain does, and show again exactly what was typed when it is refused."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final, TypeVar

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TextInput

from estudio.domain.dinheiro import format_dinheiro, format_percentual, parse_dinheiro, parse_percentual
from estudio.domain.errors import Refusal
from estudio.domain.livros import ensure_data
from estudio.domain.nomes import validate_texto
from estudio.web.errors import explain
from estudio.web.language import gettext as _

T = TypeVar("T")

MAIOR_QUANTIDADE: Final = 9
"""Digits: what a shelf holds, and the deed knows the exact bound."""

DECIMAL: Final = {"inputmode": "decimal"}
"""The phone shows digits and a comma."""

OBRIGATORIA: Final = _l("Escolha um da lista.")

MAIOR_NUMERO: Final = 18
"""Digits: the database has no number beyond these."""


class DataField(DateField):
    """A day that the books have a month for."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist or [""])
        except ValueError:
            self.data = None
            raise ValueError(_("Informe a data, com dia, mês e ano.")) from None
        if isinstance(self.data, date):
            # What is refused is no day either for the page that is shown again.
            dia, self.data = self.data, None
            self.data = _read(ensure_data, dia)


class HoraField(TimeField):
    """An hour by the clock on the wall; left empty it is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: time | None = None
        if _first(valuelist).strip():
            try:
                super().process_formdata(valuelist)
            except ValueError:
                self.data = None
                raise ValueError(_("Escreva a hora com hora e minuto: 14:30.")) from None


class DinheiroField(Field):
    """An amount above zero. `opcional`: left empty it is None."""

    widget = TextInput()

    def __init__(self, label: LazyString, *, opcional: bool = False, **kwargs: Any) -> None:
        super().__init__(label, render_kw=DECIMAL, **kwargs)
        self.opcional = opcional

    def process_formdata(self, valuelist: list[str]) -> None:
        text = _first(valuelist)
        self.data = None
        if text.strip() or not self.opcional:
            self.data = _read(parse_dinheiro, text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_dinheiro(self.data).removeprefix("R$ ")


class PercentualField(Field):
    """Hundredths of a percent; left empty it is None."""

    widget = TextInput()

    def __init__(self, label: LazyString, **kwargs: Any) -> None:
        super().__init__(label, render_kw=DECIMAL, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = _first(valuelist)
        self.data = None
        if text.strip():
            self.data = _read(parse_percentual, text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_percentual(self.data)


class NomeField(StringField):
    """A name, the blanks around it taken away; left empty it is None, or wrong where it is `obrigatorio`."""

    def __init__(self, label: LazyString, *, maximo: int, obrigatorio: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.maximo = maximo
        self.obrigatorio = obrigatorio

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = _first(valuelist).strip()
        self.data = None
        # Not by a validator, which would say this as well of a name that is only too long.
        if not text and self.obrigatorio:
            raise ValueError(_("Preencha este campo."))
        if text:
            self.data = _read(lambda typed: validate_texto(typed, str(self.label.text), maximo=self.maximo), text)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""


class NotaField(TextAreaField):
    """Some lines of text, kept as they were typed; left empty it is an empty text."""

    def __init__(self, label: LazyString, *, maximo: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.maximo = maximo

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = _first(valuelist)
        self.data = None
        self.data = _read(lambda typed: validate_texto(typed, str(self.label.text), maximo=self.maximo), text)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""


class EscolhaField(SelectField):
    """One of a list that the page gives; nothing chosen is None.

    Whether it is in the list is for the deed to say: a form that is sent twice has to be read the same, although what
    was free the first time is taken by then.
    """

    def __init__(self, label: LazyString, *, coerce: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(label, coerce=coerce, validate_choice=False, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist or [""])
        except ValueError:
            self.data = None
            raise ValueError(_("Escolha um da lista.")) from None

    def offer(self, nada: str | None, opcoes: Mapping[Any, str]) -> None:
        """Fill the list: value and label of each, before them `nada`, which chooses none."""
        offered: dict[Any, str] = {str(value): label for value, label in opcoes.items()}
        choices: Any = offered if nada is None else {"": nada, **offered}
        self.choices = choices


class QuantidadeField(Field):
    """A count of things that people type, from zero up."""

    widget = TextInput()

    def __init__(self, label: LazyString, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"inputmode": "numeric"}, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = _first(valuelist).strip()
        self.data = None
        if not (text.isascii() and text.isdigit()):
            raise ValueError(_("Escreva um número inteiro, só com algarismos."))
        if len(text) > MAIOR_QUANTIDADE:
            raise ValueError(_("O número é grande demais."))
        self.data = int(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class VariasField(SelectMultipleField):
    """Some of a list that the page gives, each with a box of its own; as with one, the deed says which are in it."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: LazyString, *, coerce: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(label, coerce=coerce, validate_choice=False, choices=[], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value for value in valuelist if value])
        except ValueError:
            self.data = []
            raise ValueError(_("Escolha um da lista.")) from None


class NumeroField(Field):
    """The number of a thing, or a count, that the page itself gave and nobody sees; empty is None."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = parse_numero(_first(valuelist))

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


def parse_numero(value: object) -> int | None:
    """The number of a thing, as a form holds it; empty is None. Raises ValueError."""
    text = "" if value is None else str(value)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MAIOR_NUMERO):
        raise ValueError(text)
    return int(text)


def parse_codigo(value: object) -> str | None:
    """The code of a forma, as a form holds it; empty is None. Raises ValueError."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        raise ValueError(text)
    return text or None


def _first(valuelist: Sequence[str]) -> str:
    return valuelist[0] if valuelist else ""


def _read(parse: Callable[[Any], T], typed: object) -> T:
    """What the domain makes of it; what it refuses stands beside the field, in its own words."""
    try:
        return parse(typed)
    except Refusal as refusal:
        raise ValueError(explain(refusal)) from None
