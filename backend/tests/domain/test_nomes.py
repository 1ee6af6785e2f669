"""The key of a name and the text that is kept."""

import sys
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estudio.domain.errors import TextoInvalido
from estudio.domain.nomes import normalise_nome, validate_texto

ACENTO_ACIMA, ACENTO_ABAIXO = "\u0301", "\u0323"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
accented = st.text(st.sampled_from("aeoç \u0301\u0323\u0327\u0345\u1161\u1100가ẫ"), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("nome", "key"),
    [
        ("João da Silva", "joao da silva"),
        ("JOÃO  DA\tSILVA ", "joao da silva"),
        ("Joa\u0303o da\u00a0Silva", "joao da silva"),
        ("\u200bJoão\u200e da Silva\u202c", "joao da silva"),
        ("\uff21na", "ana"),
        ("Conceição Peçanha", "conceicao pecanha"),
        ("Ünal Weiß", "unal weiss"),
        ("İnci", "inci"),
        ("ﬁlipa", "filipa"),
        ("%", "%"),
        ("Jo_o", "jo_o"),
        ("=1+1", "=1+1"),
        ("Dora 🌹", "dora 🌹"),
        ("किरण", "किरण"),
        ("", ""),
        (" \u3000\t", ""),
    ],
)
def test_a_name_is_known_by_its_letters(nome: str, key: str) -> None:
    assert normalise_nome(nome) == key


@pytest.mark.parametrize("nome", ["\u200b", "\u0301", "\u00b4 \u00a8", "\u202e"])
def test_a_name_of_nothing_but_marks_still_has_a_key(nome: str) -> None:
    key = normalise_nome(nome)
    assert key
    assert normalise_nome(key) == key


def test_different_names_stay_different() -> None:
    assert len({normalise_nome(nome) for nome in ("Ana", "Anna", "Ana B", "AnaB", "Ana %", "Ana _", "क", "कि")}) == 8


@given(texts)
def test_the_key_is_its_own_key_and_empty_only_for_blanks(nome: str) -> None:
    key = normalise_nome(nome)
    assert normalise_nome(key) == key
    assert bool(key) == bool(nome.strip())
    assert key == " ".join(key.split())


@given(texts | accented)
@example("\u0340")
@example("\u0301\u0323")
def test_composed_or_not_a_name_is_the_same(nome: str) -> None:
    keys = {normalise_nome(unicodedata.normalize(form, nome)) for form in ("NFC", "NFD")}
    assert keys == {normalise_nome(nome)}


def test_every_character_has_a_key_that_is_its_own_key() -> None:
    for codepoint in range(sys.maxunicode + 1):
        if unicodedata.category(chr(codepoint)) in ("Cn", "Co", "Cs"):
            continue
        key = normalise_nome(chr(codepoint))
        assert normalise_nome(key) == key


@pytest.mark.parametrize(
    "texto",
    [
        "=1+1",
        "<img src=x onerror=alert(1)>",
        "Dora 👩‍🎨🌹",
        "\u202eoãoJ\u202c\u200b",
        "linha 1\r\nlinha 2\t\x07",
        "'abc",
        "",
        "x" * 10_000,
    ],
)
def test_what_was_entered_is_kept(texto: str) -> None:
    assert validate_texto(texto, "Observações", maximo=10_000) == texto


def test_accents_are_composed() -> None:
    assert validate_texto("Joa\u0303o", "Nome", maximo=4) == "João"


@pytest.mark.parametrize("texto", ["\0", "Ana\0", "\ud800", "Ana \udfff", "\ude00\ud83d"])
def test_what_the_database_cannot_hold_is_refused(texto: str) -> None:
    with pytest.raises(TextoInvalido) as refusal:
        validate_texto(texto, "Nome", maximo=200)
    assert refusal.value.details["motivo"] == "caractere"
    assert refusal.value.details["campo"] == "Nome"
    assert refusal.value.message.startswith("Nome: ")


@pytest.mark.parametrize("size", [201, 1_000_001])
def test_a_text_that_is_too_long_is_refused_with_both_lengths(size: int) -> None:
    with pytest.raises(TextoInvalido) as refusal:
        validate_texto("ã" * size, "Descrição", maximo=200)
    assert refusal.value.details["motivo"] == "tamanho"
    assert refusal.value.message == (
        f"Descrição: o texto tem {size} caracteres e o limite é 200. Escreva um texto mais curto."
    )


@given(texts | accented)
def test_the_text_kept_is_the_composed_one(texto: str) -> None:
    assert validate_texto(texto, "Nome", maximo=10_000) == unicodedata.normalize("NFC", texto)


@given(accented)
def test_a_long_text_is_composed_like_a_short_one(texto: str) -> None:
    long = texto * (1_001 // len(texto) + 1)
    assert validate_texto(long, "Observações", maximo=10_000) == unicodedata.normalize("NFC", long)


def test_a_letter_under_a_mountain_of_accents_takes_no_seconds() -> None:
    mountain = "a" + ACENTO_ACIMA * 40_000 + ACENTO_ABAIXO * 39_000
    before = time.process_time()
    with pytest.raises(TextoInvalido):
        validate_texto(mountain, "Observações", maximo=20_000)
    assert normalise_nome(mountain) == "a"
    assert time.process_time() - before < 3
