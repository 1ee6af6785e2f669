"""Formas: how money comes and goes; the dono adds, renames, orders and takes out of use."""

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.codigo_service import Lista
from estudio.web.codigo_paginas import create_codigo, show_codigo, show_lista, update_codigo

formas = Blueprint("formas", __name__, url_prefix="/ajustes/formas")


@formas.get("")
def index() -> str:
    return show_lista(Lista.FORMAS)


@formas.post("")
def create() -> BaseResponse:
    return create_codigo(Lista.FORMAS)


@formas.get("/<codigo>/edit")
def edit(codigo: str) -> str:
    return show_codigo(Lista.FORMAS, codigo)


@formas.post("/<codigo>")
def update(codigo: str) -> BaseResponse:
    return update_codigo(Lista.FORMAS, codigo)
