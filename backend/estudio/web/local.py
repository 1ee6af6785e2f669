"""Addresses within these pages: where somebody came from is followed only if it leads nowhere else."""

import re
from typing import Final

# One slash, then none that a browser would read as the start of another host, and nothing that ends a header.
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)

_MAIOR: Final = 2_000


def find_volta(text: str | None) -> str | None:
    """The address to go back to, if it is one of these pages."""
    return text if text and len(text) <= _MAIOR and _LOCAL.fullmatch(text) else None
