"""Passwords: which are accepted, that none is changed on its way, what is kept."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.errors import SenhaInvalida
from estudio.domain.senha import MAXIMO, MINIMO, ensure_senha, hash_senha, is_senha

BOA = "agulha na vitrola velha"


def refuse(senha: str, *, pessoais: tuple[str, ...] = ()) -> str:
    with pytest.raises(SenhaInvalida) as refused:
        ensure_senha(senha, pessoais=pessoais)
    return str(refused.value.details["motivo"])


@pytest.mark.parametrize(
    "senha", [BOA, "x7!Kp2@mQ9#z", "gqkzmwphxnrv", "cavalo bateria grampo correto", "ção ñandú überraschung"]
)
def test_a_password_that_nobody_would_try_first_is_accepted(senha: str) -> None:
    ensure_senha(senha)


def test_eleven_characters_are_too_few_and_twelve_enough() -> None:
    assert refuse("gqkzmwphxnr") == "curta"
    ensure_senha("gqkzmwphxnrv")


def test_a_long_phrase_is_welcome_up_to_the_limit() -> None:
    for length in (64, 128, MAXIMO):
        ensure_senha((BOA * 20)[:length])
    assert refuse((BOA * 20)[: MAXIMO + 1]) == "longa"


@pytest.mark.parametrize(
    "senha",
    [
        "senha1234567",
        "Tattoo@2024!!",
        "estudio de tatuagem",
        "flamengo campeao 2019",
        "123456789012",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "maria7maria7",
        "joao1joao1joao1",
        "S3nh4S3nh4S3nh4",
        "!@#$%^&*()_+",
        "minhasenha123",
        "brasil2014copa",
        "abc123abc123",
        "senhasenhasenha",
        "P@ssw0rd2024!",
        "1q2w3e4r5t6y",
        "corinthians1910",
        "Estudio@2031!",
        "SÃOPAULO 1987",
    ],
)
def test_what_everybody_tries_first_is_refused(senha: str) -> None:
    assert refuse(senha) == "comum"


def test_what_belongs_to_the_person_is_guessed_too() -> None:
    ensure_senha("Zulmira Quirino 9")
    assert refuse("Zulmira Quirino 9", pessoais=("Zulmira Quirino", "zulmira@exemplo.com")) == "comum"


@pytest.mark.parametrize("character", ["\0", "\n", "\x7f", "\udcff"])
def test_a_character_that_nobody_types_is_refused(character: str) -> None:
    assert refuse(BOA + character) == "caractere"


def test_composed_and_decomposed_letters_are_two_passwords() -> None:
    composed, decomposed = "caf\u00e9 na laje fria", "cafe\u0301 na laje fria"
    kept = hash_senha(composed)
    assert is_senha(composed, kept)
    assert not is_senha(decomposed, kept)
    assert not is_senha(f" {composed}", kept)
    assert not is_senha(composed.upper(), kept)


def test_what_is_kept_is_argon2id_with_enough_memory_and_passes() -> None:
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$\S+\$\S+", hash_senha(BOA))
    assert found is not None
    assert int(found[1]) >= 19 * 1024
    assert int(found[2]) >= 2


def test_two_hashes_of_one_password_differ_and_both_open() -> None:
    one, other = hash_senha(BOA), hash_senha(BOA)
    assert one != other
    assert is_senha(BOA, one)
    assert is_senha(BOA, other)


def test_something_that_is_no_hash_opens_to_nobody() -> None:
    assert not is_senha(BOA, "")
    assert not is_senha(BOA, BOA)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=MINIMO, max_size=MAXIMO))
def test_a_refusal_never_repeats_the_password(senha: str) -> None:
    with suppress(SenhaInvalida):
        ensure_senha(senha)
        return
    with pytest.raises(SenhaInvalida) as refused:
        ensure_senha(senha)
    assert senha not in refused.value.message
