"""Artistas: registered, edited, and off the list when they leave; the page of one says how their month goes."""

from decimal import Decimal

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.artista import Artista, get_artista
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_percentual
from estudio.domain.historico import Filtro
from estudio.domain.telefone import MAIOR_TELEFONE
from estudio.services.artista_service import (
    LIMITE_NOME,
    deactivate_artista,
    edit_artista,
    list_artistas,
    register_artista,
)
from estudio.services.demonstrativo_consulta import list_meses_do_artista
from estudio.services.historico_service import calculate_totais
from estudio.web.access import get_quem
from estudio.web.campos import NomeField, NumeroField, PercentualField
from estudio.web.filters import format_percentual as show_percentual
from estudio.web.filters import shorten
from estudio.web.forms import Desfazer, Feito, Formulario, offer_undo, press, submit
from estudio.web.language import gettext as _
from estudio.web.recortes import Recorte
from estudio.web.transactions import reading

artistas = Blueprint("artistas", __name__, url_prefix="/artistas")


class ArtistaForm(Formulario):
    """`versao` is the one that the person saw; of a new artista there is none."""

    nome = NomeField(_l("Nome"), maximo=LIMITE_NOME, obrigatorio=True)
    email = NomeField(_l("E-mail"), maximo=254)
    telefone = NomeField(_l("Telefone"), maximo=MAIOR_TELEFONE)
    percentual = PercentualField(_l("Comissão %"))
    versao = NumeroField()

    @property
    def percentual_dado(self) -> int:
        """Left empty it is none."""
        return self.percentual.data or 0


@artistas.get("")
def index() -> str:
    todos = "todos" in request.args
    with reading() as session:
        lista = list_artistas(session, ativos=False)
    return render_template(
        "artistas/index.html",
        artistas=[artista for artista in lista if artista.ativo or todos],
        sairam=sum(not artista.ativo for artista in lista),
        todos=todos,
    )


@artistas.get("/new")
def new() -> str:
    return _show_new(ArtistaForm())


@artistas.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = ArtistaForm(request.form)

    def register(session: Session) -> Feito:
        artista = register_artista(
            session,
            quem=quem,
            nome=form.nome.data or "",
            email=form.email.data,
            telefone=form.telefone.data,
            percentual=form.percentual_dado,
        )
        return Feito(
            url_for("artistas.show", artista_id=artista.id),
            _("Cadastrado: %(artista)s.", artista=describe_artista(artista)),
            Desfazer(url_for("artistas.destroy", artista_id=artista.id)),
        )

    return submit(form, quem=quem, deed=register, show=lambda: _show_new(form))


@artistas.get("/<id:artista_id>")
def show(artista_id: int) -> str:
    quem = get_quem()
    competencia = Competencia.of(clock.today())
    filtro = Filtro.of_month(competencia, artista_id=artista_id)
    with reading() as session:
        artista = get_artista(session, artista_id)
        totais = calculate_totais(session, filtro, quem=quem)
        demonstrativos = list_meses_do_artista(session, artista_id, quem=quem)[:6]
    return render_template(
        "artistas/show.html",
        artista=artista,
        demonstrativos=demonstrativos,
        totais=totais,
        fica=Decimal(totais["receita_total"]) - Decimal(totais["comissoes_total"]),
        recorte=Recorte(filtro, competencia, {"mes": competencia.slug, "artista": str(artista_id)}),
    )


@artistas.get("/<id:artista_id>/edit")
def edit(artista_id: int) -> str:
    with reading() as session:
        artista = get_artista(session, artista_id)
        form = ArtistaForm(
            data={campo: getattr(artista, campo) for campo in ("nome", "email", "telefone", "percentual", "versao")}
        )
    return _show_edit(form, artista_id)


@artistas.post("/<id:artista_id>")
def update(artista_id: int) -> BaseResponse:
    quem = get_quem()
    form = ArtistaForm(request.form)

    def change(session: Session) -> Feito:
        antes = get_artista(session, artista_id)
        era = {
            "nome": antes.nome,
            "email": antes.email or "",
            "telefone": antes.telefone or "",
            "percentual": format_percentual(antes.percentual),
        }
        artista = edit_artista(
            session,
            artista_id,
            quem=quem,
            versao=form.versao.data or 0,
            nome=form.nome.data or "",
            email=form.email.data,
            telefone=form.telefone.data,
            percentual=form.percentual_dado,
        )
        # The database wrote the version.
        session.refresh(artista)
        destino = url_for("artistas.show", artista_id=artista_id)
        if artista.versao == form.versao.data:
            return Feito(destino, _("Nada mudou."))
        return Feito(
            destino,
            _("Alterado: %(artista)s.", artista=describe_artista(artista)),
            offer_undo(url_for("artistas.update", artista_id=artista_id), {**era, "versao": str(artista.versao)}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, artista_id))


@artistas.post("/<id:artista_id>/saida")
def destroy(artista_id: int) -> BaseResponse:
    quem = get_quem()

    def deactivate(session: Session) -> Feito:
        artista = deactivate_artista(session, artista_id, quem=quem)
        return Feito(
            url_for("artistas.index"),
            _("%(nome)s saiu: não aparece mais nos formulários. O que ganhou continua.", nome=shorten(artista.nome)),
            Desfazer(url_for("retornos.create", artista_id=artista_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=deactivate)


def describe_artista(artista: Artista) -> str:
    """The fact, as a message says it: name and share."""
    return f"{shorten(artista.nome)} · {show_percentual(artista.percentual)}"


def _show_new(form: ArtistaForm) -> str:
    return render_template("artistas/new.html", form=form)


def _show_edit(form: ArtistaForm, artista_id: int) -> str:
    with reading() as session:
        artista = get_artista(session, artista_id)
    return render_template("artistas/edit.html", form=form, artista=artista)
