"""The form by which an artista answers a statement, the same inside and behind a link; and what a page shows of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, ValidationError
from wtforms.validators import AnyOf

from estudio.domain.demonstrativo import (
    MAIOR_TEXTO,
    Folha,
    LinhaDaFolha,
    LinhaDeSessao,
    LinhaPaga,
    Palavra,
    TipoDeResposta,
)
from estudio.web.campos import EscolhaField, NotaField, NumeroField
from estudio.web.demonstrativo_texto import describe_linha
from estudio.web.forms import OBRIGATORIO, Formulario
from estudio.web.language import gettext as _

POR_FOLHA: Final = 200
"""Lines of a kind that a page shows; the PDF has all of them."""

MAIOR_REF: Final = 40

Uma = TypeVar("Uma", LinhaPaga, LinhaDeSessao)


class RespostaForm(Formulario):
    """`tipo` is which button was pressed. Inside, `versao` is the version that was seen; outside, `segredo` the key."""

    tipo = HiddenField(validators=[AnyOf([TipoDeResposta.DE_ACORDO, TipoDeResposta.CONTESTACAO])])
    versao = NumeroField()
    segredo = HiddenField()
    linha = EscolhaField(_l("Qual linha"), coerce=lambda value: str(value)[:MAIOR_REF])
    texto = NotaField(_l("O que está diferente"), maximo=MAIOR_TEXTO)

    def validate_texto(self, field: NotaField) -> None:
        if self.tipo.data == TipoDeResposta.CONTESTACAO and not field.process_errors and not (field.data or "").strip():
            raise ValidationError(str(OBRIGATORIO))

    @property
    def palavra(self) -> Palavra:
        tipo = TipoDeResposta(str(self.tipo.data))
        if tipo == TipoDeResposta.DE_ACORDO:
            return Palavra(tipo)
        return Palavra(tipo, self.linha.data or None, self.texto.data)


class ResolucaoForm(Formulario):
    texto = NotaField(_l("O que você responde"), maximo=MAIOR_TEXTO)

    def validate_texto(self, field: NotaField) -> None:
        if not field.process_errors and not (field.data or "").strip():
            raise ValidationError(str(OBRIGATORIO))


@dataclass(frozen=True, slots=True)
class Corte:
    """What a page shows of a statement, and after which line each kind goes on."""

    pagamentos: Sequence[LinhaPaga]
    sessoes: Sequence[LinhaDeSessao]
    mais_pagamentos: str | None
    mais_sessoes: str | None


def cut_folha(folha: Folha) -> Corte:
    """The lines that the address asks for (`depois`, `sessoes`), from the first where it asks for none of these."""
    pagamentos, mais_pagamentos = _cut(folha.pagamentos, request.args.get("depois"))
    sessoes, mais_sessoes = _cut(folha.sessoes, request.args.get("sessoes"))
    return Corte(pagamentos, sessoes, mais_pagamentos, mais_sessoes)


def offer_linhas(form: RespostaForm, folha: Folha, corte: Corte) -> None:
    """What can be contested: the lines of this page, the one that was chosen before, or something that is missing."""
    shown: list[LinhaDaFolha] = [*corte.pagamentos, *folha.conta.acertos, *corte.sessoes]
    chosen = folha.find_linha(form.linha.data)
    if chosen is not None and chosen not in shown:
        shown.insert(0, chosen)
    form.linha.offer(_("O total, ou algo que falta"), {linha.ref: describe_linha(linha) for linha in shown})


def name_linhas(folha: Folha) -> Callable[[str | None], str]:
    """Which line an answer is about, in words."""
    found = {linha.ref: linha for linha in folha.linhas}

    def name(ref: str | None) -> str:
        linha = found.get(ref or "")
        return _("O total, ou algo que falta") if linha is None else describe_linha(linha)

    return name


def _cut(linhas: Sequence[Uma], depois: str | None) -> tuple[Sequence[Uma], str | None]:
    start = next((place + 1 for place, linha in enumerate(linhas) if linha.ref == depois), 0)
    shown = linhas[start : start + POR_FOLHA]
    return shown, shown[-1].ref if start + POR_FOLHA < len(linhas) else None
