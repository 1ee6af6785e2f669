"""Telefones: written the one way in which Brazil (or their country) writes them, or kept as they were typed."""

import re
from typing import Final

import phonenumbers

from estudio.domain.errors import TextoInvalido
from estudio.domain.nomes import validate_opcional

MAIOR_TELEFONE: Final = 40

_PAIS: Final = "BR"
_CODIGO_DO_PAIS: Final = 55


def find_discagem(telefone: str | None) -> str | None:
    """The digits by which the whole world calls it, country first, without a plus; None for what is no whole number."""
    try:
        number = phonenumbers.parse(telefone or "", _PAIS)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)).removeprefix("+")


def normalise_telefone(texto: str | None) -> str | None:
    """`11987654321` → `(11) 98765-4321`, `+351 912345678` → `+351 912 345 678`; nothing typed is None.

    What is no whole number (an extension, one without its area code) stays as it was typed: it still is how somebody is
    reached. Raises TextoInvalido where there is no digit at all.
    """
    typed = validate_opcional((texto or "").strip(), "Telefone", maximo=MAIOR_TELEFONE)
    if typed is None:
        return None
    if not re.search("[0-9]", typed):
        raise TextoInvalido("Telefone: digite os números, com o DDD.", motivo="sem_digitos", campo="telefone")
    try:
        number = phonenumbers.parse(typed, _PAIS)
    except phonenumbers.NumberParseException:
        return typed
    if number.extension or not phonenumbers.is_valid_number(number):
        return typed
    home = number.country_code == _CODIGO_DO_PAIS
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, style))
