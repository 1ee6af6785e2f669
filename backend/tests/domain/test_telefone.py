"""Telefones: whole numbers are written one way, the rest stays as it was typed."""

import pytest

from estudio.domain.errors import TextoInvalido
from estudio.domain.telefone import find_discagem, normalise_telefone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("11987654321", "(11) 98765-4321"),
        ("+55 (11) 98765 4321", "(11) 98765-4321"),
        ("  011 98765-4321 ", "(11) 98765-4321"),
        ("1133334444", "(11) 3333-4444"),
        ("+351912345678", "+351 912 345 678"),
        ("98765-4321", "98765-4321"),
        ("ramal 12", "ramal 12"),
        ("1111", "1111"),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_a_phone_is_written_one_way_or_kept_as_typed(typed: str | None, kept: str | None) -> None:
    assert normalise_telefone(typed) == kept


@pytest.mark.parametrize("typed", ["não tem", "-", "1\x00", "9" * 41])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(TextoInvalido, match="Telefone"):
        normalise_telefone(typed)


@pytest.mark.parametrize(
    ("telefone", "digits"),
    [
        ("(11) 98765-4321", "5511987654321"),
        ("+351 912 345 678", "351912345678"),
        ("98765-4321", None),
        ("(11) 98765-4321 ramal 3", None),
        ("não sei 1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_digits_by_which_anybody_calls_it(telefone: str | None, digits: str | None) -> None:
    assert find_discagem(telefone) == digits
