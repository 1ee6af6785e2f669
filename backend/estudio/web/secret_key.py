"""The key that signs cookies and forms: made at the first start, in the data folder, for this studio alone."""

from typing import Final

from estudio.secret_file import ensure_secret

NAME: Final = "chave_das_paginas"


def ensure_secret_key() -> str:
    """Return the key, made now if there is none. Raises PastaDosDados for one that others can read, or that is weak."""
    return ensure_secret(NAME, chamada="A chave das páginas")
