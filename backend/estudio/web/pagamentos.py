"""Pagamentos: registered, listed month by month with their sum, corrected, deleted; each undone by a press."""

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.codigos import list_formas
from estudio.domain.pagamento import Pagamento, get_pagamento, sum_estornos
from estudio.domain.usuario import Papel, Quem
from estudio.services.acerto_consulta import find_recebido
from estudio.services.artista_service import list_artistas
from estudio.services.historico_service import Numero, explain, list_competencias_abertas
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento
from estudio.services.recebimento_service import register_recebimento
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.filters import format_cliente, format_dinheiro
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.pagamento_form import EdicaoForm, NovoPagamentoForm
from estudio.web.recortes import Recorte
from estudio.web.transactions import reading

pagamentos = Blueprint("pagamentos", __name__, url_prefix="/pagamentos")


@pagamentos.get("")
def index() -> str:
    quem = get_quem()
    recorte = Recorte.parse(request.args, quem=quem)
    with reading() as session:
        receita = explain(session, recorte.filtro, Numero.RECEITA, quem=quem, depois_de=recorte.depois_de)
        return render_template(
            "pagamentos/index.html",
            recorte=recorte,
            total=receita.total,
            pagina=receita.parcelas[0].pagina,
            meses=[] if recorte.so_hoje else list_competencias_abertas(session),
            artistas=list_artistas(session, ativos=False),
            formas=list_formas(session),
        )


@pagamentos.get("/new")
def new() -> str:
    try:
        sessao_id = parse_numero(request.args.get("sessao"))
    except ValueError:
        abort(404)
    with reading() as session:
        form = NovoPagamentoForm.of_sessao(session, sessao_id, avulsa="avulsa" in request.args)
    return _show_new(form, get_quem())


@pagamentos.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovoPagamentoForm(request.form)

    def register(session: Session) -> Feito:
        assert form.dia.data is not None, "the form was validated"
        pagamento = register_recebimento(
            session,
            quem=quem,
            nome=form.cliente.data,
            escolhido=form.cliente_id.data,
            telefone=form.telefone.data,
            com_sessao=form.com_sessao.data,
            igual_visto=form.igual_visto.data,
            data=form.dia.data,
            artista_id=form.artista_id.data,
            valor=form.valor.data,
            forma=form.forma.data,
            sessoes=form.sessao_id.data or [],
            percentual=form.percentual.data,
            observacoes=form.observacoes.data,
        )
        return Feito(
            locate(pagamento),
            _("Registrado: %(pagamento)s.", pagamento=describe_pagamento(pagamento)),
            offer_deletion(pagamento, quem),
        )

    return submit(form, quem=quem, deed=register, show=lambda: _show_new(form, quem))


@pagamentos.get("/<id:pagamento_id>/edit")
def edit(pagamento_id: int) -> str:
    with reading() as session:
        pagamento = get_pagamento(session, pagamento_id)
        form = EdicaoForm.of(pagamento)
    return _show_edit(form, pagamento_id)


@pagamentos.post("/<id:pagamento_id>")
def update(pagamento_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoForm(request.form)
    with reading() as session:
        if get_pagamento(session, pagamento_id).is_estorno:
            form.narrow_to_estorno()

    def change(session: Session) -> Feito:
        campos = form.list_mudancas(session, get_pagamento(session, pagamento_id), quem=quem)
        pagamento = edit_pagamento(session, pagamento_id, quem=quem, versao=form.versao.data, **campos)
        # The database wrote the version, and names follow their ids.
        session.expire(pagamento)
        if pagamento.versao == form.versao.data:
            return Feito(locate(pagamento), _("Nada mudou."))
        return Feito(
            locate(pagamento),
            _("Alterado: %(pagamento)s.", pagamento=describe_pagamento(pagamento)),
            Desfazer(
                url_for("desfeitas.create", pagamento_id=pagamento_id),
                {"ato": "edicao", "versao": str(pagamento.versao)},
            ),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, pagamento_id))


@pagamentos.post("/<id:pagamento_id>/exclusao")
def destroy(pagamento_id: int) -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        pagamento = get_pagamento(session, pagamento_id)
        destino, apagado = locate(pagamento), describe_pagamento(pagamento)
        delete_pagamento(session, pagamento_id, quem=quem)
        return Feito(
            destino,
            _("Apagado: %(pagamento)s.", pagamento=apagado),
            Desfazer(url_for("desfeitas.create", pagamento_id=pagamento_id), {"ato": "exclusao"}),
        )

    return press(Formulario(request.form), quem=quem, deed=delete)


def locate(pagamento: Pagamento) -> str:
    """The list in which a payment is."""
    return url_for("pagamentos.index", mes=pagamento.competencia.slug)


def describe_pagamento(pagamento: Pagamento) -> str:
    """The fact, as a message and a button say it: amount, form, person."""
    nome = format_cliente(pagamento.nome_do_cliente)
    return f"{format_dinheiro(pagamento.valor)} · {pagamento.rotulo_da_forma.rotulo} · {nome}"


def offer_deletion(pagamento: Pagamento, quem: Quem) -> Desfazer | None:
    """How what was just registered is taken back: by deleting it, which is the dono's."""
    if quem.papel != Papel.DONO:
        return None
    return Desfazer(url_for("pagamentos.destroy", pagamento_id=pagamento.id))


def _show_new(form: NovoPagamentoForm, quem: Quem) -> str:
    with reading() as session:
        form.offer(session)
        form.offer_sessoes(session, quem=quem)
    return render_template("pagamentos/new.html", form=form)


def _show_edit(form: EdicaoForm, pagamento_id: int) -> str:
    with reading() as session:
        pagamento = get_pagamento(session, pagamento_id)
        if pagamento.is_estorno and "valor" in form:
            form.narrow_to_estorno()
        form.offer(session)
        return render_template(
            "pagamentos/edit.html",
            form=form,
            pagamento=pagamento,
            fato=describe_pagamento(pagamento),
            resta=pagamento.valor + sum_estornos(session, pagamento_id),
            recebido=find_recebido(session, pagamento_id),
        )
