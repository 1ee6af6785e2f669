"""Sessões: booked, listed by period with their sum, moved, deleted. What a label says moves nothing elsewhere."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.historico import LinhaPagamento
from estudio.domain.pagamento import get_pagamento
from estudio.domain.sessao import Sessao, get_sessao
from estudio.domain.usuario import Papel, Quem
from estudio.services.agenda_service import (
    book_sessao,
    count_marcadas,
    find_sessao_visivel,
    list_marcadas,
    list_possiveis_pagamentos,
)
from estudio.services.artista_service import list_artistas
from estudio.services.sessao_service import delete_sessao, edit_sessao
from estudio.web.access import get_quem
from estudio.web.agenda_recortes import RecorteDeSessoes, parse_vaga
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.identidade import find_estudio
from estudio.web.language import gettext as _
from estudio.web.sessao_form import EdicaoDeSessaoForm, NovaSessaoForm
from estudio.web.sessao_texto import describe_sessao, write_lembrete
from estudio.web.transactions import reading

sessoes = Blueprint("sessoes", __name__, url_prefix="/sessoes")


@sessoes.get("")
def index() -> str:
    quem = get_quem()
    recorte = RecorteDeSessoes.parse(request.args)
    with reading() as session:
        return render_template(
            "sessoes/index.html",
            recorte=recorte,
            pagina=list_marcadas(session, recorte.filtro, quem=quem, paga=recorte.paga, depois_de=recorte.depois_de),
            total=count_marcadas(session, recorte.filtro, quem=quem, paga=recorte.paga),
            artistas=[] if quem.papel == Papel.ARTISTA else list_artistas(session, ativos=False),
        )


@sessoes.get("/new")
def new() -> str:
    quem = get_quem()
    dia, hora, artista_id = parse_vaga(request.args)
    with reading() as session:
        form = NovaSessaoForm.of_vaga(session, quem=quem, dia=dia, hora=hora, artista_id=artista_id)
    form.narrow_to(quem)
    return _show_new(form)


@sessoes.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovaSessaoForm(request.form)
    form.narrow_to(quem)

    def book(session: Session) -> Feito:
        sessao = book_sessao(
            session, quem=quem, nome=form.cliente.data, escolhido=form.cliente_id.data, **form.get_campos(quem)
        )
        return Feito(
            locate(sessao),
            _("Marcada: %(sessao)s.", sessao=describe_sessao(sessao)),
            Desfazer(url_for("sessoes_desfeitas.create", sessao_id=sessao.id), {"ato": "marcacao"}),
        )

    return submit(form, quem=quem, deed=book, show=lambda: _show_new(form))


@sessoes.get("/<id:sessao_id>/edit")
def edit(sessao_id: int) -> str:
    quem = get_quem()
    with reading() as session:
        form = EdicaoDeSessaoForm.of(find_sessao_visivel(session, sessao_id, quem=quem))
    form.narrow_to(quem)
    return _show_edit(form, sessao_id, quem)


@sessoes.post("/<id:sessao_id>")
def update(sessao_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoDeSessaoForm(request.form)
    form.narrow_to(quem)
    with reading() as session:
        find_sessao_visivel(session, sessao_id, quem=quem)

    def change(session: Session) -> Feito:
        campos = form.list_mudancas(session, find_sessao_visivel(session, sessao_id, quem=quem), quem=quem)
        sessao = edit_sessao(session, sessao_id, quem=quem, versao=form.versao.data, **campos)
        # The database wrote the version, and names follow their ids.
        session.expire(sessao)
        if sessao.versao == form.versao.data:
            return Feito(locate(sessao), _("Nada mudou."))
        return Feito(
            locate(sessao), _("Alterada: %(sessao)s.", sessao=describe_sessao(sessao)), offer_undo_of_edit(sessao)
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, sessao_id, quem))


@sessoes.post("/<id:sessao_id>/exclusao")
def destroy(sessao_id: int) -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        sessao = get_sessao(session, sessao_id)
        destino, apagada = locate(sessao), describe_sessao(sessao)
        delete_sessao(session, sessao_id, quem=quem)
        return Feito(
            destino,
            _("Apagada: %(sessao)s.", sessao=apagada),
            Desfazer(url_for("sessoes_desfeitas.create", sessao_id=sessao_id), {"ato": "exclusao"}),
        )

    return press(Formulario(request.form), quem=quem, deed=delete)


def locate(sessao: Sessao) -> str:
    """The day of the agenda on which a sessão is."""
    return url_for("agendas.index", dia=sessao.data.isoformat())


def offer_undo_of_edit(sessao: Sessao) -> Desfazer:
    """How the last change of a sessão is taken back."""
    return Desfazer(
        url_for("sessoes_desfeitas.create", sessao_id=sessao.id), {"ato": "edicao", "versao": str(sessao.versao)}
    )


def _show_new(form: NovaSessaoForm) -> str:
    with reading() as session:
        form.offer(session)
    return render_template("sessoes/new.html", form=form)


def _show_edit(form: EdicaoDeSessaoForm, sessao_id: int, quem: Quem) -> str:
    recebe = quem.papel in (Papel.DONO, Papel.RECEPCAO)
    with reading() as session:
        sessao = find_sessao_visivel(session, sessao_id, quem=quem)
        form.offer(session)
        possiveis: list[LinhaPagamento] = []
        if recebe and not sessao.is_paga:
            possiveis = list_possiveis_pagamentos(session, sessao, quem=quem)
        return render_template(
            "sessoes/edit.html",
            form=form,
            sessao=sessao,
            fato=describe_sessao(sessao),
            pagamento=get_pagamento(session, sessao.payment_id) if sessao.payment_id is not None else None,
            possiveis=possiveis,
            recebe=recebe,
            lembrete=write_lembrete(sessao, estudio=find_estudio().nome, hoje=clock.today()) if recebe else None,
        )
