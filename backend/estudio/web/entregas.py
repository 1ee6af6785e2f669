"""Entregas: an artista's statement behind a secret link, and the answer to it. Nobody logs in; the link is the key.

Looking writes nothing: what previews a link in a chat looks too. The secret is in no answer that is kept, and in no
address that a form is sent to.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.demonstrativo import judge_andamento
from estudio.domain.errors import DemonstrativoVencido
from estudio.domain.usuario import Papel, Quem
from estudio.services.demonstrativo_service import ORIGEM_DO_LINK, Entrega, answer_by_link, open_entrega
from estudio.web.acerto_form import name_tipo
from estudio.web.demonstrativo_form import RespostaForm, cut_folha, name_linhas, offer_linhas
from estudio.web.demonstrativo_respostas import thank
from estudio.web.demonstrativo_texto import explain_comissao, write_conta
from estudio.web.forms import Feito, submit
from estudio.web.palpites import count_palpite, ensure_calmo
from estudio.web.transactions import looking

T = TypeVar("T")

# Whose form it is: of nobody who is logged in. The deed itself acts as the artista of the link.
QUEM_TEM_O_LINK: Final = Quem(None, Papel.CONTADOR, ORIGEM_DO_LINK)

MAIOR_SEGREDO: Final = 100

entregas = Blueprint("entregas", __name__, url_prefix="/d")


@entregas.after_request
def hide(response: Response) -> Response:
    return hide_from_search(response)


@entregas.get("/<segredo>")
def show(segredo: str) -> str:
    return _show(RespostaForm(data={"linha": request.args.get("linha")}), segredo)


@entregas.post("")
def create() -> BaseResponse:
    form = RespostaForm(request.form)
    segredo = (form.segredo.data or "")[:MAIOR_SEGREDO]

    def answer(session: Session) -> Feito:
        answer_by_link(session, segredo, form.palavra)
        # Where to go on is kept with the form's key; the secret is put into it afterwards, and kept nowhere.
        return Feito(url_for("entregas.create"), thank(form))

    # Before anything else, and the same whatever else is wrong: a key that opens nothing.
    ensure_opens(segredo)
    response = submit(form, quem=QUEM_TEM_O_LINK, deed=answer, show=lambda: _show(form, segredo))
    if response.status_code == 303:
        response.location = url_for("entregas.show", segredo=segredo)
    return response


def read_entrega(segredo: str, tell: Callable[[Session, Entrega], T]) -> T:
    """What `tell` makes of what the key opens. Raises DemonstrativoVencido, MuitasTentativas."""
    try:
        with looking() as session:
            return tell(session, open_entrega(session, segredo))
    except DemonstrativoVencido:
        # Not before: who has a right one is kept waiting by no stranger at the same address.
        ensure_calmo()
        count_palpite()
        raise


def ensure_opens(segredo: str) -> None:
    read_entrega(segredo, lambda _session, _entrega: None)


def hide_from_search(response: Response) -> Response:
    """No search engine keeps it, if one ever finds it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _show(form: RespostaForm, segredo: str) -> str:
    return read_entrega(segredo, lambda _session, entrega: _render(form, segredo, entrega))


def _render(form: RespostaForm, segredo: str, entrega: Entrega) -> str:
    folha = entrega.folha
    corte = cut_folha(folha)
    offer_linhas(form, folha, corte)
    form.segredo.data = segredo
    return render_template(
        "entregas/show.html",
        segredo=segredo,
        entrega=entrega,
        mes=folha.extrato.competencia,
        folha=folha,
        corte=corte,
        ditas=entrega.ditas,
        andamento=judge_andamento(entrega.ditas, has_link=True),
        mais_nova=entrega.mais_nova,
        form=form,
        responde=folha.vale,
        explica=explain_comissao,
        conta=write_conta,
        nome_do_acerto=name_tipo,
        nomeia=name_linhas(folha),
    )
