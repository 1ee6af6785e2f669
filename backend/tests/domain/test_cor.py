"""The studio's colour: whatever it likes can be read in both themes, and the first colours are those of estudio.css."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estudio.domain.cor import AA, CLARO, ESCURO, Tema, calculate_contraste, derive_tons, parse_cor
from estudio.domain.errors import DadosInvalidos

CSS = Path(__file__).parents[2] / "estudio" / "web" / "static" / "estudio.css"

CORES = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_as_wcag_says() -> None:
    assert calculate_contraste("#000000", "#ffffff") == 21
    assert calculate_contraste("#777777", "#ffffff").quantize(Decimal("0.01")) == Decimal("4.48")
    assert calculate_contraste("#ffffff", "#767676").quantize(Decimal("0.01")) == Decimal("4.54")
    assert calculate_contraste("#ff0000", "#ff0000") == 1


@pytest.mark.parametrize("tema", [CLARO, ESCURO], ids=["claro", "escuro"])
@settings(max_examples=60, deadline=None)
@given(cor=CORES)
def test_any_colour_can_be_read_in_both_themes(tema: Tema, cor: str) -> None:
    assert min(derive_tons(cor, tema).list_contrastes(tema).values()) >= AA


@pytest.mark.parametrize("cor", ["#000000", "#ffffff", "#ffff00", "#00ff00", "#0000ff", "#808080"])
def test_the_hardest_colours_too(cor: str) -> None:
    for tema in (CLARO, ESCURO):
        assert min(derive_tons(cor, tema).list_contrastes(tema).values()) >= AA


def test_a_colour_that_can_be_read_stays_as_it_was_chosen() -> None:
    assert derive_tons("#a11c1c", CLARO).acento == "#a11c1c"
    assert derive_tons("#ffcc00", ESCURO).acento == "#ffcc00"
    assert derive_tons("#ffcc00", CLARO).acento != "#ffcc00"


@pytest.mark.parametrize("text", ["", "#fff", "1f3a5f", "#1f3a5g", "#1f3a5f;}", "red", "#1f3a5f\n", "#１f3a5f"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(DadosInvalidos):
        parse_cor(text)


def test_a_colour_is_kept_in_one_spelling() -> None:
    assert parse_cor("#1F3A5F") == "#1f3a5f"


def test_the_papers_and_inks_are_those_of_the_stylesheet() -> None:
    css = CSS.read_text(encoding="utf-8")
    claro, escuro = css.split(':root[data-bs-theme="dark"] {')[0], css.split(':root[data-bs-theme="dark"] {')[1]
    for tema, block in ((CLARO, claro), (ESCURO, escuro.partition("}")[0])):
        tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        assert (tema.papel, tema.folha, tema.tinta, tema.tinta_2, tema.erro) == tuple(
            tokens[name] for name in ("papel", "folha", "tinta", "tinta-2", "erro")
        )
