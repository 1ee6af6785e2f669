"""Demonstrativos: what a closed month was for each artista, and what each said to it."""

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import Folha, judge_andamento
from estudio.domain.usuario import Papel, Quem
from estudio.services.demonstrativo_consulta import (
    find_link_ate,
    find_mais_nova,
    list_demonstrativos,
    list_ditas,
    list_meses_do_artista,
)
from estudio.services.demonstrativo_leitura import read_demonstrativo
from estudio.web.access import get_quem
from estudio.web.acerto_form import name_tipo
from estudio.web.campos import parse_numero
from estudio.web.demonstrativo_form import ResolucaoForm, RespostaForm, cut_folha, name_linhas, offer_linhas
from estudio.web.demonstrativo_texto import explain_comissao, write_conta
from estudio.web.transactions import looking

demonstrativos = Blueprint("demonstrativos", __name__, url_prefix="/extratos/<mes>/demonstrativos")


@demonstrativos.get("")
def index(mes: str) -> str:
    competencia = Competencia.parse(mes)
    with looking() as session:
        extrato, listed = list_demonstrativos(session, competencia, quem=get_quem())
    return render_template("demonstrativos/index.html", mes=competencia, extrato=extrato, demonstrativos=listed)


@demonstrativos.get("/<id:artista_id>")
def show(mes: str, artista_id: int) -> str:
    """The version that stands, or the one that `versao` names; `linha` is what somebody is about to contest."""
    try:
        versao = parse_numero(request.args.get("versao"))
    except ValueError:
        abort(404)
    form = RespostaForm(data={"linha": request.args.get("linha")})
    return show_demonstrativo(Competencia.parse(mes), artista_id, versao, form=form)


def show_demonstrativo(
    competencia: Competencia,
    artista_id: int,
    versao: int | None = None,
    *,
    form: RespostaForm,
    resolve: tuple[int, ResolucaoForm] | None = None,
) -> str:
    """The page; with what was typed in one of its forms. `resolve` is the contest whose form is shown again."""
    quem = get_quem()
    with looking() as session:
        folha = read_demonstrativo(session, competencia, artista_id, versao, quem=quem)
        return _render(session, folha, quem, form, resolve)


def _render(
    session: Session, folha: Folha, quem: Quem, form: RespostaForm, resolve: tuple[int, ResolucaoForm] | None
) -> str:
    ditas = list_ditas(session, folha.demonstrativo_id) if folha.demonstrativo_id else []
    link_ate = find_link_ate(session, folha.demonstrativo_id)
    corte = cut_folha(folha)
    offer_linhas(form, folha, corte)
    form.versao.data = folha.extrato.versao
    aberta, resolucao = resolve or (0, ResolucaoForm())
    return render_template(
        "demonstrativos/show.html",
        mes=folha.extrato.competencia,
        folha=folha,
        corte=corte,
        ditas=ditas,
        andamento=judge_andamento(ditas, has_link=link_ate is not None),
        link_ate=link_ate if quem.papel == Papel.DONO else None,
        mais_nova=find_mais_nova(session, folha.extrato),
        form=form,
        aberta=aberta,
        resolucao=resolucao,
        responde=folha.vale and quem.artista_id == folha.artista_id,
        meses=list_meses_do_artista(session, folha.artista_id, quem=quem),
        explica=explain_comissao,
        conta=write_conta,
        nome_do_acerto=name_tipo,
        nomeia=name_linhas(folha),
    )
