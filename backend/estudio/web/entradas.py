"""Entradas: logging in by a passkey, alone or as the second factor after the password."""

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.errors import AcessoRecusado, ChaveRecusada, EtapaVencida
from estudio.services.chave_service import enter_by_chave_in_own_transactions
from estudio.web import cookies
from estudio.web.access import ORIGEM
from estudio.web.acessos import EntradaForm, arrive, show_login
from estudio.web.codigos import CodigoForm, find_pessoa, show_question
from estudio.web.desafios import MAIOR_RESPOSTA, take_desafio
from estudio.web.errors import get_status
from estudio.web.local import find_volta, get_lugar

entradas = Blueprint("entradas", __name__)


@entradas.post("/entrar/chave")
def create() -> BaseResponse:
    volta = find_volta(request.form.get("volta"))
    pessoa = find_pessoa()
    try:
        entrada = enter_by_chave_in_own_transactions(
            desafio=take_desafio(),
            resposta=request.form.get("credencial", "")[:MAIOR_RESPOSTA],
            lugar=get_lugar(),
            etapa=None if pessoa is None else cookies.read_etapa(),
            navegador=request.user_agent.string,
            origem=ORIGEM,
        )
    except (AcessoRecusado, ChaveRecusada, EtapaVencida) as refusal:
        form = EntradaForm(volta=volta) if pessoa is None else CodigoForm(volta=volta)
        form.refuse(refusal)
        page = show_login(form) if isinstance(form, EntradaForm) else show_question(form)
        return make_response(page, get_status(refusal))
    return arrive(entrada, volta)
