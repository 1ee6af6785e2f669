"""Categorias: what money is spent on; the dono adds, renames, orders and takes out of use."""

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.codigo_service import Lista
from estudio.web.codigo_paginas import create_codigo, show_codigo, show_lista, update_codigo

categorias = Blueprint("categorias", __name__, url_prefix="/ajustes/categorias")


@categorias.get("")
def index() -> str:
    return show_lista(Lista.CATEGORIAS)


@categorias.post("")
def create() -> BaseResponse:
    return create_codigo(Lista.CATEGORIAS)


@categorias.get("/<codigo>/edit")
def edit(codigo: str) -> str:
    return show_codigo(Lista.CATEGORIAS, codigo)


@categorias.post("/<codigo>")
def update(codigo: str) -> BaseResponse:
    return update_codigo(Lista.CATEGORIAS, codigo)
