"""The two lists of codes as pages: they are alike, and each has its own door, address and words."""

from dataclasses import dataclass
from typing import Final

from flask import render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField

from estudio.services.codigo_service import (
    MAIOR_ROTULO,
    Lista,
    edit_codigo,
    get_codigo,
    list_codigos,
    register_codigo,
)
from estudio.web.access import get_quem
from estudio.web.campos import NomeField
from estudio.web.forms import Desfazer, Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading


@dataclass(frozen=True, slots=True)
class Palavras:
    """What a list is called on its pages."""

    titulo: LazyString
    nova: LazyString
    altera: LazyString


PALAVRAS: Final = {
    Lista.FORMAS: Palavras(_l("Formas de pagamento"), _l("Nova forma"), _l("Alterar forma")),
    Lista.CATEGORIAS: Palavras(_l("Categorias de gasto"), _l("Nova categoria"), _l("Alterar categoria")),
}


class CodigoForm(Formulario):
    """`visto` is the name that the person saw."""

    rotulo = NomeField(_l("Nome"), maximo=MAIOR_ROTULO, obrigatorio=True)
    visto = HiddenField()


def show_lista(lista: Lista, form: CodigoForm | None = None) -> str:
    with reading() as session:
        codigos = list_codigos(session, lista)
    return render_template(
        "listas/index.html",
        lista=lista,
        palavras=PALAVRAS[lista],
        em_uso=[cada for cada in codigos if cada.ativa],
        fora=[cada for cada in codigos if not cada.ativa],
        form=form or CodigoForm(),
    )


def create_codigo(lista: Lista) -> BaseResponse:
    quem = get_quem()
    form = CodigoForm(request.form)

    def register(session: Session) -> Feito:
        codigo = register_codigo(session, lista, quem=quem, rotulo=form.rotulo.data or "")
        return Feito(
            url_for(f"{lista}.index"),
            _("Na lista: %(rotulo)s.", rotulo=codigo.rotulo),
            offer_uso(lista, codigo.codigo, ativa=False),
        )

    return submit(form, quem=quem, deed=register, show=lambda: show_lista(lista, form))


def show_codigo(lista: Lista, codigo: str, form: CodigoForm | None = None) -> str:
    with reading() as session:
        found = get_codigo(session, lista, codigo)
    return render_template(
        "listas/edit.html",
        lista=lista,
        palavras=PALAVRAS[lista],
        codigo=found,
        form=form or CodigoForm(data={"rotulo": found.rotulo, "visto": found.rotulo}),
    )


def update_codigo(lista: Lista, codigo: str) -> BaseResponse:
    quem = get_quem()
    form = CodigoForm(request.form)

    def change(session: Session) -> Feito:
        antes = get_codigo(session, lista, codigo).rotulo
        depois = edit_codigo(
            session, lista, codigo, quem=quem, rotulo=form.rotulo.data or "", visto=form.visto.data or ""
        ).rotulo
        if antes == depois:
            return Feito(url_for(f"{lista}.index"), _("Nada mudou."))
        return Feito(
            url_for(f"{lista}.index"),
            _("%(antes)s agora se chama %(depois)s.", antes=antes, depois=depois),
            Desfazer(url_for(f"{lista}.update", codigo=codigo), {"rotulo": antes, "visto": depois}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: show_codigo(lista, codigo, form))


def offer_uso(lista: Lista, codigo: str, *, ativa: bool) -> Desfazer:
    return Desfazer(url_for("usos.create"), {"lista": lista, "codigo": codigo, "ativa": "sim" if ativa else "nao"})
