"""The lines that are sealed, put together by hand for speed, are those of the standard library's json."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem

MES = Competencia(2025, 9)
DIA, OUTRO_DIA = "2025-09-05", "2025-08-30"
ids = st.integers(1, 2**63 - 1)
talvez = st.none() | ids
valores = st.integers(-999_999_999, 999_999_999)
codigos = st.text(st.characters(exclude_categories=["Cs"]))


def digest_of(contagem: Contagem) -> str:
    (dia,) = contagem.por_dia
    return dia.sha256


def sha256_of(*lines: list[Any]) -> str:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()


@given(ids, valores, codigos, ids, talvez, st.none() | st.integers(0, 10_000), talvez)
def test_a_payment_is_hashed_as_json(
    id_: int, valor: int, forma: str, artista: int, cliente: int | None, percentual: int | None, estorno: int | None
) -> None:
    contador = Contador(MES)
    contador.add_pagamento(id_, DIA, valor, forma, artista, cliente, percentual, estorno)
    line = ["pagamento/1", id_, DIA, valor, forma, artista, cliente, percentual, estorno]
    assert digest_of(contador.finish()) == sha256_of(line)


@given(ids, ids, ids, st.integers(1, 10_000), valores)
def test_a_commission_is_hashed_as_json(id_: int, pagamento: int, artista: int, percentual: int, valor: int) -> None:
    contador = Contador(MES)
    contador.add_comissao(id_, pagamento, DIA, artista, percentual, valor)
    assert digest_of(contador.finish()) == sha256_of(["comissao/1", id_, pagamento, DIA, artista, percentual, valor])


@given(ids, ids, ids, talvez, valores)
def test_a_session_is_hashed_as_json(id_: int, pagamento: int, artista: int, cliente: int | None, valor: int) -> None:
    contador = Contador(MES)
    contador.add_sessao(id_, pagamento, DIA, OUTRO_DIA, artista, cliente, valor)
    assert digest_of(contador.finish()) == sha256_of(["sessao/1", id_, pagamento, OUTRO_DIA, artista, cliente, valor])


@given(ids, valores, codigos, st.none() | codigos)
def test_an_expense_is_hashed_as_json(id_: int, valor: int, forma: str, categoria: str | None) -> None:
    contador = Contador(MES)
    contador.add_gasto(id_, DIA, valor, forma, categoria)
    assert digest_of(contador.finish()) == sha256_of(["gasto/1", id_, DIA, valor, forma, categoria])


@given(st.lists(ids, unique=True, min_size=1, max_size=10))
def test_lines_of_a_day_are_joined_by_newlines_in_order_of_id(entered: list[int]) -> None:
    contador = Contador(MES)
    for id_ in sorted(entered):
        contador.add_gasto(id_, DIA, 1, "pix", None)
    assert digest_of(contador.finish()) == sha256_of(*(["gasto/1", i, DIA, 1, "pix", None] for i in sorted(entered)))


def test_rows_out_of_order_are_refused() -> None:
    contador = Contador(MES)
    contador.add_gasto(2, DIA, 1, "pix", None)
    with pytest.raises(ValueError, match="order of id"):
        contador.add_gasto(1, DIA, 1, "pix", None)
