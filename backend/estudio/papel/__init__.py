"""What our documents look like on paper: one Typst file for each, and `folha.typ`, which they have in common.

No text of a person is ever part of these files: it comes in as data (`services/documento_typst.py`).
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

PASTA: Final = Path(str(files(__name__)))
"""The one folder that a document can read."""
