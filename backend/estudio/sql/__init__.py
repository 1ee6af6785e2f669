"""Statements that SQLAlchemy says badly, one file each, named for what they give."""

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """The text of `<name>.sql` in this folder."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
