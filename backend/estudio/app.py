"""The composition root of the pages: settings, the key, the rooms of `web`, in the order in which a request meets them.

Importing it does nothing, and `create_app` connects to nothing: the first page that reads does.
"""

from typing import Final

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from estudio import logs
from estudio.config import LOOPBACK, get_settings
from estudio.log_files import Parte
from estudio.web import (
    access,
    arquivos,
    compressao,
    cores,
    envios,
    errors,
    filters,
    forms,
    headers,
    identidade,
    language,
    local,
    menus,
    palpites,
    preferencias,
    recencia,
    remessas,
    sessao_texto,
    tempos,
)
from estudio.web.acertos import acertos
from estudio.web.acertos_desfeitas import acertos_desfeitas
from estudio.web.acessos import acessos
from estudio.web.agendas import agendas
from estudio.web.ajustes import ajustes
from estudio.web.andamentos import andamentos
from estudio.web.api.rotas import create_api, list_blueprints
from estudio.web.artistas import artistas
from estudio.web.avisos import avisos
from estudio.web.buscas import buscas
from estudio.web.calculadoras import calculadoras
from estudio.web.calendarios import calendarios
from estudio.web.categorias import categorias
from estudio.web.chaves import chaves
from estudio.web.citacoes import citacoes
from estudio.web.clientes import clientes
from estudio.web.codigos import codigos
from estudio.web.conferencias import conferencias
from estudio.web.contas import contas
from estudio.web.convites import convites
from estudio.web.demonstrativo_links import demonstrativo_links
from estudio.web.demonstrativo_papeis import demonstrativo_papeis
from estudio.web.demonstrativo_resolucoes import demonstrativo_resolucoes
from estudio.web.demonstrativo_respostas import demonstrativo_respostas
from estudio.web.demonstrativos import demonstrativos
from estudio.web.desafios import desafios
from estudio.web.desfeitas import desfeitas
from estudio.web.dispensas import dispensas
from estudio.web.documentos import documentos
from estudio.web.dossies import dossies
from estudio.web.edicoes_desfeitas import edicoes_desfeitas
from estudio.web.encerramentos import encerramentos
from estudio.web.entradas import entradas
from estudio.web.entradas_google import entradas_google
from estudio.web.entrega_papeis import entrega_papeis
from estudio.web.entregas import entregas
from estudio.web.estornos import estornos
from estudio.web.extrato_secoes import extrato_secoes
from estudio.web.extratos import extratos
from estudio.web.fechamentos import fechamentos
from estudio.web.fichas import fichas
from estudio.web.formas import formas
from estudio.web.funcionamento import funcionamento
from estudio.web.fusoes import fusoes
from estudio.web.gastos import gastos
from estudio.web.gastos_desfeitas import gastos_desfeitas
from estudio.web.historico import historico
from estudio.web.importacoes import importacoes
from estudio.web.inicio import inicio
from estudio.web.itens import itens
from estudio.web.lancamentos import lancamentos
from estudio.web.logotipos import logotipos
from estudio.web.lugares import lugares
from estudio.web.metricas import metricas
from estudio.web.movimentos import movimentos
from estudio.web.navegadores import navegadores
from estudio.web.novidades import novidades
from estudio.web.numeros import numeros
from estudio.web.ordens import ordens
from estudio.web.pacotes import pacotes
from estudio.web.pagamentos import pagamentos
from estudio.web.passados import passados
from estudio.web.pins import pins
from estudio.web.preparos import preparos
from estudio.web.previas import previas
from estudio.web.primeiro_acesso import primeiro_acesso
from estudio.web.provas import provas
from estudio.web.reaberturas import reaberturas
from estudio.web.reativacoes import reativacoes
from estudio.web.recebidos import recebidos
from estudio.web.recebimentos import recebimentos
from estudio.web.recorrentes import recorrentes
from estudio.web.recuperacoes import recuperacoes
from estudio.web.redefinicoes import redefinicoes
from estudio.web.relatorios import relatorios
from estudio.web.retomadas import retomadas
from estudio.web.retornos import retornos
from estudio.web.saudes import saudes
from estudio.web.secret_key import ensure_secret_key
from estudio.web.segundos_fatores import segundos_fatores
from estudio.web.selagens import selagens
from estudio.web.senhas import senhas
from estudio.web.senhas_esquecidas import senhas_esquecidas
from estudio.web.sessoes import sessoes
from estudio.web.sessoes_desfeitas import sessoes_desfeitas
from estudio.web.situacoes import situacoes
from estudio.web.sugestoes import sugestoes
from estudio.web.titulares import titulares
from estudio.web.trocas import trocas
from estudio.web.usos import usos
from estudio.web.usuarios import usuarios
from estudio.web.versoes import versoes
from estudio.web.vias import vias
from estudio.web.vinculos import vinculos

PAGINAS: Final = (
    saudes,
    preparos,
    metricas,
    acessos,
    primeiro_acesso,
    codigos,
    desafios,
    entradas,
    entradas_google,
    segundos_fatores,
    recuperacoes,
    chaves,
    provas,
    inicio,
    agendas,
    calendarios,
    sessoes,
    sessoes_desfeitas,
    situacoes,
    vinculos,
    pagamentos,
    estornos,
    desfeitas,
    gastos,
    gastos_desfeitas,
    acertos,
    acertos_desfeitas,
    recebidos,
    recorrentes,
    lancamentos,
    dispensas,
    clientes,
    edicoes_desfeitas,
    fusoes,
    dossies,
    titulares,
    citacoes,
    historico,
    numeros,
    passados,
    extratos,
    extrato_secoes,
    conferencias,
    fechamentos,
    andamentos,
    versoes,
    reaberturas,
    selagens,
    pacotes,
    vias,
    demonstrativos,
    demonstrativo_papeis,
    demonstrativo_links,
    demonstrativo_respostas,
    demonstrativo_resolucoes,
    entregas,
    entrega_papeis,
    relatorios,
    buscas,
    calculadoras,
    importacoes,
    envios.envios,
    artistas,
    retornos,
    itens,
    movimentos,
    retomadas,
    ordens,
    funcionamento,
    avisos,
    ajustes,
    logotipos,
    formas,
    categorias,
    usos,
    lugares,
    contas,
    senhas,
    pins,
    navegadores,
    trocas,
    senhas_esquecidas,
    redefinicoes,
    usuarios,
    reativacoes,
    convites,
    encerramentos,
    recebimentos,
    novidades,
    previas,
    sugestoes,
    fichas,
    documentos,
)

MAX_CONTENT: Final = 1024 * 1024
"""Bytes of a request. A page that takes a file says so for itself."""

MAX_FORM: Final = 256 * 1024
MAX_PARTS: Final = 200


def create_app() -> Flask:
    """The pages, ready to be served. Raises PastaDosDados when the key that signs cookies cannot be kept."""
    settings = get_settings()
    app = Flask("estudio.web", static_folder=None)
    https = settings.is_https
    app.config.update(
        SECRET_KEY=ensure_secret_key(),
        TRUSTED_HOSTS=[*LOOPBACK, *settings.trusted_hosts],
        MAX_CONTENT_LENGTH=MAX_CONTENT,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        MAX_FORM_PARTS=MAX_PARTS,
        # What Flask keeps in a browser: the secret of its forms, and what the next page has to tell.
        SESSION_COOKIE_NAME="__Host-recado" if https else "recado",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form is good for as long as its browser is logged in: who was called away in the middle loses nothing.
        WTF_CSRF_TIME_LIMIT=None,
        # Our own look at where a form comes from is stricter, and holds without https as well.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    tempos.init_app(app)
    errors.init_app(app)
    # What is registered first is done last: nothing changes a page any more.
    compressao.init_app(app)
    headers.init_app(app, https=https)
    envios.init_app(app)
    csrf = CSRFProtect(app)
    access.init_app(app)
    recencia.init_app(app)
    for room in (
        local,
        language,
        filters,
        forms,
        remessas,
        arquivos,
        identidade,
        cores,
        menus,
        palpites,
        preferencias,
        sessao_texto,
    ):
        room.init_app(app)
    for page in PAGINAS:
        app.register_blueprint(page)
    app.register_blueprint(create_api())
    # What no cookie opens no page of another site can forge.
    for blueprint in list_blueprints():
        csrf.exempt(blueprint)
    return app


def start() -> Flask:
    """What each process of the server begins with: a log of its own, and the pages."""
    logs.start(Parte.PAGINAS)
    logs.configure()
    return create_app()
