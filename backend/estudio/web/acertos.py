"""Acertos: what each artista is owed, got, and still has to get; one account month by month; registered, corrected."""

from decimal import Decimal
from typing import Final

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.acerto import Acerto, get_acerto
from estudio.domain.competencia import PRIMEIRO_ANO, Competencia
from estudio.domain.usuario import Papel
from estudio.services.acerto_consulta import list_resumos
from estudio.services.acerto_service import delete_acerto, edit_acerto, register_acerto
from estudio.web.access import get_quem
from estudio.web.acerto_conta import show_conta
from estudio.web.acerto_form import AcertoForm, NovoAcertoForm, describe_acerto
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.recortes import parse_id
from estudio.web.transactions import looking, reading

acertos = Blueprint("acertos", __name__, url_prefix="/acertos")

ZERO: Final = Decimal("0.00")


@acertos.get("")
def index() -> str:
    """Everybody's; of an artista the own account."""
    quem = get_quem()
    if quem.papel == Papel.ARTISTA:
        assert quem.artista_id is not None, "whoever logs in as artista is one"
        return show_conta(quem.artista_id, quem)
    mes = request.args.get("mes")
    competencia = Competencia.parse(mes) if mes else Competencia.of(clock.today())
    with looking() as session:
        resumos = list_resumos(session, competencia, quem=quem)
    return render_template(
        "acertos/index.html",
        competencia=competencia,
        anterior=competencia.previous if competencia.ano > PRIMEIRO_ANO else None,
        seguinte=competencia.next if competencia.first_day < clock.today().replace(day=1) else None,
        resumos=resumos,
        a_pagar=sum((r.saldo for r in resumos if r.saldo > 0), ZERO),
        a_receber=sum((-r.saldo for r in resumos if r.saldo < 0), ZERO),
    )


@acertos.get("/artistas/<id:artista_id>")
def show(artista_id: int) -> str:
    return show_conta(artista_id, get_quem())


@acertos.get("/new")
def new() -> str:
    artista = request.args.get("artista")
    with reading() as session:
        form = NovoAcertoForm.of_new(session, parse_id(artista) if artista else None)
    return _show_new(form)


@acertos.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovoAcertoForm(request.form)

    def register(session: Session) -> Feito:
        assert form.dia.data is not None, "the form was validated"
        acerto = register_acerto(
            session,
            quem=quem,
            data=form.dia.data,
            artista_id=form.artista_id.data,
            tipo=form.tipo.data,
            valor=form.valor.data,
            forma=form.forma.data,
            motivo=form.motivo.data,
            saldo_visto=form.visto.data,
        )
        return Feito(
            locate_acerto(acerto),
            _("Registrado: %(acerto)s.", acerto=describe_acerto(acerto)),
            Desfazer(url_for("acertos.destroy", acerto_id=acerto.id)),
        )

    return submit(form, quem=quem, deed=register, show=lambda: _show_new(form))


@acertos.get("/<id:acerto_id>/edit")
def edit(acerto_id: int) -> str:
    with reading() as session:
        form = AcertoForm.of(get_acerto(session, acerto_id))
    return _show_edit(form, acerto_id)


@acertos.post("/<id:acerto_id>")
def update(acerto_id: int) -> BaseResponse:
    quem = get_quem()
    form = AcertoForm(request.form)

    def change(session: Session) -> Feito:
        campos = form.list_mudancas(get_acerto(session, acerto_id))
        acerto = edit_acerto(session, acerto_id, quem=quem, versao=form.versao.data or 0, **campos)
        # The database wrote the version, and names follow their codes.
        session.expire(acerto)
        if acerto.versao == form.versao.data:
            return Feito(locate_acerto(acerto), _("Nada mudou."))
        return Feito(
            locate_acerto(acerto),
            _("Alterado: %(acerto)s.", acerto=describe_acerto(acerto)),
            Desfazer(
                url_for("acertos_desfeitas.create", acerto_id=acerto_id),
                {"ato": "edicao", "versao": str(acerto.versao)},
            ),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, acerto_id))


@acertos.post("/<id:acerto_id>/exclusao")
def destroy(acerto_id: int) -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        acerto = get_acerto(session, acerto_id)
        destino, apagado = locate_acerto(acerto), describe_acerto(acerto)
        delete_acerto(session, acerto_id, quem=quem)
        return Feito(
            destino,
            _("Apagado: %(acerto)s.", acerto=apagado),
            Desfazer(url_for("acertos_desfeitas.create", acerto_id=acerto_id), {"ato": "exclusao"}),
        )

    return press(Formulario(request.form), quem=quem, deed=delete)


def locate_acerto(acerto: Acerto) -> str:
    """The month of the account in which an acerto is."""
    return url_for("acertos.show", artista_id=acerto.artista_id, mes=acerto.competencia.slug)


def _show_new(form: NovoAcertoForm) -> str:
    with reading() as session:
        form.offer(session)
    return render_template("acertos/new.html", form=form)


def _show_edit(form: AcertoForm, acerto_id: int) -> str:
    with reading() as session:
        acerto = get_acerto(session, acerto_id)
        form.offer(session)
        return render_template("acertos/edit.html", form=form, acerto=acerto, fato=describe_acerto(acerto))
