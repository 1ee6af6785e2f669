"""The page of the settings: the studio's name and colour, its logo, and what the installation decides."""

from typing import Any, Final

from flask import render_template
from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired

from estudio import clock
from estudio.config import get_settings
from estudio.domain.cor import CLARO, ESCURO, derive_tons, parse_cor
from estudio.domain.errors import Refusal
from estudio.domain.identidade import MAIOR_NOME, Identidade, get_identidade
from estudio.web.campos import NomeField, NumeroField
from estudio.web.cores import PALETA
from estudio.web.errors import explain
from estudio.web.forms import Formulario
from estudio.web.transactions import reading

AJUSTES: Final = "ajustes.index"

OUTRA: Final = "outra"


class IdentidadeForm(Formulario):
    """`cor` is one of the palette, `outra` for the one that was picked beside it, or empty for the program's own."""

    nome = NomeField(_l("Nome do estúdio"), maximo=MAIOR_NOME, obrigatorio=True)
    cor = StringField(_l("Cor"))
    outra_cor = StringField(_l("Outra cor"))
    versao = NumeroField(validators=[DataRequired()])

    @classmethod
    def of(cls, identidade: Identidade) -> "IdentidadeForm":
        cor = identidade.cor or ""
        return cls(
            data={
                "nome": identidade.nome,
                "cor": cor if cor in ("", *PALETA) else OUTRA,
                "outra_cor": cor or PALETA[0],
                "versao": identidade.versao,
            }
        )

    def validate_cor(self, field: StringField) -> None:
        try:
            self.cor_escolhida: str | None = self._read_cor(field.data or "")
        except Refusal as refusal:
            raise ValidationError(explain(refusal)) from None

    def _read_cor(self, chosen: str) -> str | None:
        if chosen == OUTRA:
            chosen = self.outra_cor.data or "?"
        return parse_cor(chosen) if chosen and chosen != PALETA[0] else None


def show_ajustes(*, identidade: IdentidadeForm | None = None, logotipo: Formulario | None = None) -> str:
    """The page, with the form that was refused in its place."""
    with reading() as session:
        agora = get_identidade(session)
        form = identidade or IdentidadeForm.of(agora)
    return render_template(
        "ajustes/index.html",
        form=form,
        logotipo=logotipo or Formulario(),
        tem_logotipo=agora.logotipo_sha256,
        paleta=[describe_cor(cor) for cor in PALETA],
        atual=describe_cor(agora.cor or PALETA[0]),
        fuso=get_settings().tz,
        virada=f"{clock.VIRADA:02d}:00",
        hora=clock.now(),
        hoje=clock.today(),
    )


def describe_cor(cor: str) -> dict[str, Any]:
    """A colour as it is chosen and as each theme shows it."""
    return {"cor": cor, "claro": derive_tons(cor, CLARO), "escuro": derive_tons(cor, ESCURO)}
