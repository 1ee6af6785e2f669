"""Acertos: what each artista is owed, got, and still has to get; one account month by month; registered, corrected."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.acerto import Acerto, Tipo, get_acerto
from estudio.domain.codigos import list_formas
from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.usuario import Papel, Quem
from estudio.services.acerto_consulta import Conta, find_ultima_forma, list_resumos, read_conta
from estudio.services.acerto_service import delete_acerto, edit_acerto, register_acerto
from estudio.web.access import get_quem
from estudio.web.acerto_form import AcertoForm, NovoAcertoForm, describe_acerto, name_tipo
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.recortes import parse_id
from estudio.web.transactions import looking, reading

acertos = Blueprint("acertos", __name__, url_prefix="/acertos")

TUDO: Final = Competencia(ULTIMO_ANO, 12)
"""Up to here an account is whole, also where something was dated ahead."""

ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Quitacao:
    """The one press that settles an account: what it hands over, to whom, and how, is said on its button."""

    tipo: Tipo
    valor: Decimal
    forma: str
    rotulo: str
    sem_forma: str
    """What says that nobody knows any more how it was handed over."""

    @classmethod
    def find(cls, session: Session, conta: Conta) -> "Quitacao | None":
        """None where nothing is owed, or nobody ever said how money is handed over here."""
        formas = {forma.codigo: forma.rotulo for forma in list_formas(session)}
        forma = find_ultima_forma(session)
        if conta.saldo == 0 or not formas:
            return None
        codigo = forma if forma in formas else next(iter(formas))
        tipo = Tipo.REPASSE if conta.saldo > 0 else Tipo.DEVOLUCAO
        return cls(tipo, abs(conta.saldo), codigo, formas[codigo], "outros" if "outros" in formas else codigo)


@acertos.get("")
def index() -> str:
    """Everybody's; of an artista the own account."""
    quem = get_quem()
    if quem.papel == Papel.ARTISTA:
        assert quem.artista_id is not None, "whoever logs in as artista is one"
        return _show_conta(quem.artista_id, quem)
    competencia = _parse_mes() or Competencia.of(clock.today())
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
    return _show_conta(artista_id, get_quem())


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


def _parse_mes() -> Competencia | None:
    mes = request.args.get("mes")
    return Competencia.parse(mes) if mes else None


def _show_conta(artista_id: int, quem: Quem) -> str:
    asked = _parse_mes()
    with looking() as session:
        conta = read_conta(session, artista_id, ate=TUDO, quem=quem)
        quitacao = Quitacao.find(session, conta) if quem.papel == Papel.DONO else None
    mes = conta.find_mes(asked) if asked else conta.meses[-1] if conta.meses else None
    return render_template(
        "acertos/show.html",
        conta=conta,
        mes=mes,
        pedido=asked,
        anterior=mes.saldo - mes.mudanca if mes else ZERO,
        quitacao=quitacao,
        hoje=clock.today(),
        nomeia=name_tipo,
    )


def _show_new(form: NovoAcertoForm) -> str:
    with reading() as session:
        form.offer(session)
    return render_template("acertos/new.html", form=form)


def _show_edit(form: AcertoForm, acerto_id: int) -> str:
    with reading() as session:
        acerto = get_acerto(session, acerto_id)
        form.offer(session)
        return render_template("acertos/edit.html", form=form, acerto=acerto, fato=describe_acerto(acerto))
