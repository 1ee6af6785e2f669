"""The lines that are sealed, put together by hand for speed, are those of the standard library's json."""

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem

MES = Competencia(2025, 9)
DATA, OUTRA_DATA = date(2025, 9, 5), date(2025, 8, 30)
DIA, OUTRO_DIA = DATA.isoformat(), OUTRA_DATA.isoformat()
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
    contador.add("pagamento", [(id_, DATA, valor, forma, artista, cliente, percentual, estorno)])
    line = ["pagamento/1", id_, DIA, valor, forma, artista, cliente, percentual, estorno]
    assert digest_of(contador.finish()) == sha256_of(line)


@given(ids, ids, ids, st.integers(1, 10_000), valores)
def test_a_commission_is_hashed_as_json(id_: int, pagamento: int, artista: int, percentual: int, valor: int) -> None:
    contador = Contador(MES)
    contador.add("comissao", [(id_, DATA, valor, pagamento, artista, percentual)])
    assert digest_of(contador.finish()) == sha256_of(["comissao/1", id_, pagamento, DIA, artista, percentual, valor])


@given(ids, ids, ids, talvez, valores)
def test_a_session_is_hashed_as_json(id_: int, pagamento: int, artista: int, cliente: int | None, valor: int) -> None:
    contador = Contador(MES)
    contador.add("sessao", [(id_, DATA, valor, pagamento, OUTRA_DATA, artista, cliente)])
    assert digest_of(contador.finish()) == sha256_of(["sessao/1", id_, pagamento, OUTRO_DIA, artista, cliente, valor])


@given(ids, valores, codigos, st.none() | codigos)
def test_an_expense_is_hashed_as_json(id_: int, valor: int, forma: str, categoria: str | None) -> None:
    contador = Contador(MES)
    contador.add("gasto", [(id_, DATA, valor, forma, categoria)])
    assert digest_of(contador.finish()) == sha256_of(["gasto/1", id_, DIA, valor, forma, categoria])


@given(st.lists(ids, unique=True, min_size=1, max_size=10))
def test_lines_of_a_day_are_joined_by_newlines_in_order_of_id(entered: list[int]) -> None:
    contador = Contador(MES)
    for id_ in sorted(entered):
        contador.add("gasto", [(id_, DATA, 1, "pix", None)])
    assert digest_of(contador.finish()) == sha256_of(*(["gasto/1", i, DIA, 1, "pix", None] for i in sorted(entered)))


def test_rows_out_of_order_are_refused() -> None:
    contador = Contador(MES)
    two, one = (2, DATA, 1, "pix", None), (1, DATA, 1, "pix", None)
    contador.add("gasto", [two])
    for late in ([one], [two], [(3, *two[1:]), one]):
        with pytest.raises(ValueError, match="order of id"):
            contador.add("gasto", late)


@given(st.lists(st.tuples(st.integers(1, 4), valores, st.sampled_from(["pix", "debito"])), max_size=30), st.data())
def test_how_the_rows_are_cut_into_batches_changes_nothing(
    rows: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    """Days may begin and end within a batch, and a batch may be empty."""
    linhas = [
        (id_, date(2025, 9, dia), valor, forma, 7, None, None, None)
        for id_, (dia, valor, forma) in enumerate(sorted(rows), start=1)
    ]
    whole, cut = Contador(MES), Contador(MES)
    whole.add("pagamento", linhas)
    for begin in (cuts := sorted({0, *data.draw(st.lists(st.integers(0, len(linhas))))})):
        end = next((c for c in cuts if c > begin), len(linhas))
        cut.add("pagamento", linhas[begin:end])
    assert cut.finish() == whole.finish()
