"""Titulares: what LGPD gives a person (all of their data to take along, and to be forgotten), for the dono to press."""

from typing import Final

import structlog
from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import DataRequired

from estudio.domain.errors import Refusal
from estudio.domain.titular import Motivo, find_eliminacao
from estudio.domain.usuario import Usuario
from estudio.services.backup_reescrita import clean_backups
from estudio.services.citacao_service import count_citacoes, list_citacoes
from estudio.services.cliente_historia import find_atual
from estudio.services.cliente_service import LIMITE_NOME
from estudio.services.eliminacao_service import erase_titular
from estudio.services.fechamento_tarefa import start_pendentes
from estudio.web.access import get_quem
from estudio.web.campos import OBRIGATORIA, EscolhaField, NomeField, parse_codigo
from estudio.web.errors import explain
from estudio.web.forms import Feito, Formulario, press, submit, tell
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

log = structlog.get_logger(__name__)

titulares = Blueprint("titulares", __name__, url_prefix="/clientes/<id:cliente_id>/titular")

MOTIVOS: Final[dict[str, LazyString]] = {
    Motivo.PEDIDO: _l("A própria pessoa pediu"),
    Motivo.PRAZO: _l("Passou o prazo de guardar"),
    Motivo.ENGANO: _l("Nunca deveria estar aqui"),
}


ONDE: Final[dict[str, LazyString]] = {
    "clientes": _l("Observações de outro cliente"),
    "pagamentos": _l("Pagamento"),
    "comissoes": _l("Comissão"),
    "sessoes": _l("Sessão"),
    "gastos": _l("Gasto"),
    "acertos": _l("Acerto"),
    "recorrentes": _l("Gasto recorrente"),
    "itens": _l("Item do estoque"),
    "movimentos": _l("Movimento do estoque"),
    "demonstrativo_respostas": _l("Resposta a um demonstrativo"),
    "selos": _l("Motivo de uma reabertura"),
}
"""Where a text is that may name whom."""


class EliminacaoForm(Formulario):
    """It cannot be undone: the name is written by hand, as it stands."""

    motivo = EscolhaField(_l("Motivo"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    confirmacao = NomeField(_l("Nome do cliente"), maximo=LIMITE_NOME, obrigatorio=True)


@titulares.get("")
def show(cliente_id: int) -> str | BaseResponse:
    with reading() as session:
        atual = find_atual(session, cliente_id, quem=get_quem()).id
    if atual != cliente_id:
        return redirect(url_for("titulares.show", cliente_id=atual), 303)
    return _show(EliminacaoForm(), cliente_id)


@titulares.post("/eliminacao")
def destroy(cliente_id: int) -> BaseResponse:
    quem = get_quem()
    form = EliminacaoForm(request.form)

    def erase(session: Session) -> Feito:
        erase_titular(
            session,
            cliente_id,
            quem=quem,
            motivo=str(form.motivo.data),
            confirmacao=str(form.confirmacao.data),
        )
        recado = _("Eliminado: dos livros, da auditoria e dos nomes dos meses fechados.")
        if quantas := count_citacoes(session, cliente_id):
            recado += " " + _(
                "Textos que podem citar a pessoa, para você decidir embaixo: %(quantos)s.", quantos=quantas
            )
        return Feito(_locate(cliente_id), recado)

    response = submit(form, quem=quem, deed=erase, show=lambda: _show(form, cliente_id))
    if response.status_code == 303:
        # After the COMMIT: no file is rewritten for what may still be undone.
        clean_files()
    return response


@titulares.post("/backups")
def update(cliente_id: int) -> BaseResponse:
    """What is left in the files: a disk that was full, a backup that was put back into the folder."""
    feito = Feito(_locate(cliente_id), _("Os arquivos foram conferidos."))
    response = press(Formulario(request.form), quem=get_quem(), deed=lambda _session: feito)
    clean_files()
    return response


def clean_files() -> None:
    """The sheets on disk, and what was made of closed months: both are made anew without the person."""
    start_pendentes(quem=get_quem())
    _clean_backups()


def _clean_backups() -> None:
    """The person is gone from the database whatever the disk says; what it refuses is told, and done by a press."""
    try:
        limpeza = clean_backups()
    except Refusal as refusal:
        log.error("backups_nao_limpos", codigo=refusal.codigo)
        tell(_("Os arquivos de backup ainda guardam a pessoa: %(motivo)s", motivo=explain(refusal)))
        return
    tell(_("Backups de mês reescritos: %(quantos)s.", quantos=len(limpeza.reescritos)))
    if limpeza.intocados:
        tell(
            _(
                "Não deu para ler nem reescrever: %(arquivos)s. Se guardam a pessoa, apague-os à mão.",
                arquivos=", ".join(limpeza.intocados),
            )
        )
    if limpeza.completos:
        tell(
            _(
                "Cópias completas de antes, que guardam o nome até serem apagadas: %(quantas)s.",
                quantas=len(limpeza.completos),
            )
        )


def _locate(cliente_id: int) -> str:
    return url_for("titulares.show", cliente_id=cliente_id)


def _show(form: EliminacaoForm, cliente_id: int) -> str:
    form.motivo.offer(_("Escolha"), {motivo: str(label) for motivo, label in MOTIVOS.items()})
    with reading() as session:
        cliente = find_atual(session, cliente_id, quem=get_quem())
        eliminacao = find_eliminacao(session, cliente.id)
        autor, citadas, quantas = None, [], 0
        if eliminacao is not None:
            citadas = list_citacoes(session, cliente.id, quem=get_quem())
            quantas = count_citacoes(session, cliente.id)
        if eliminacao is not None and eliminacao.quem is not None:
            autor = session.get_one(Usuario, eliminacao.quem).nome
        return render_template(
            "titulares/show.html",
            form=form,
            cliente=cliente,
            eliminacao=eliminacao,
            autor=autor,
            motivos=MOTIVOS,
            citadas=citadas,
            quantas=quantas,
            onde=ONDE,
        )
