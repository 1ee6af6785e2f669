"""What a command says: tables and bars for people, or one JSON document for programs.

Money is text in both: `R$ 1.234,56` in a table, "1234.56" in JSON. What a person asked to see goes to stdout, what
happens on the way to stderr; with --json stdout holds the document and nothing else.
"""

import json
import sys
import unicodedata
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from estudio import clock, logs
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro

# Where nobody measures a screen: wide enough that no line of a table breaks.
WIDTH_OF_A_PIPE = 160

# Marks that turn the direction of what follows them; a name must not rewrite the amount beside it.
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Bar:
    """The bar of one progress; does nothing where nobody watches."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None) if progress else None

    def show(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """Say which step this is and how far it is."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=clean(text), completed=done, total=total)


class Output:
    """What one run of a command has to say. Commands get it by `@pass_output`."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._payload: dict[str, Any] = {}
        self._warnings: list[str] = []

    def say(self, text: str) -> None:
        """Tell a person what happens on the way (stderr)."""
        self._tell(text, "")

    def success(self, text: str) -> None:
        """Tell a person that something is done and read back (stderr)."""
        self._tell(f"✓ {text}", "green")

    def warn(self, text: str) -> None:
        """Tell what needs a look; in JSON it is among `avisos`."""
        self._warnings.append(text)
        self._tell(f"! {text}", "yellow")

    def fail(self, text: str) -> None:
        """Tell why it is not done (stderr)."""
        self._tell(f"✗ {text}", "red")

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        footer: Sequence[object] = (),
    ) -> None:
        """Show rows to a person (stdout). Decimal is money; numbers stand to the right; dates are dd/mm/aaaa."""
        if self.as_json:
            return
        kept = [list(row) for row in rows]
        table = Table(
            title=_text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_footer=bool(footer)
        )
        for number, column in enumerate(columns):
            right = any(_is_number(row[number]) for row in kept) or (bool(footer) and _is_number(footer[number]))
            last = _text(show(footer[number])) if footer else ""
            table.add_column(_text(column), last, justify="right" if right else "left", footer_style="bold")
        for row in kept:
            table.add_row(*(_text(show(value)) for value in row))
        _console(sys.stdout).print(table)

    def lines(self, *pairs: tuple[str, object]) -> None:
        """Show a few named values to a person, one per line (stdout)."""
        if self.as_json:
            return
        width = max((len(name) for name, _ in pairs), default=0)
        for name, value in pairs:
            _console(sys.stdout).print(_text(f"{name.ljust(width)}  {show(value)}"), soft_wrap=True)

    def checklist(self, title: str, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Show a person what was looked at (stdout): mark, its style, name, sentence; what wraps stays in its "
        "column."""
        if self.as_json:
            return
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=1)
        grid.add_column(min_width=26)
        grid.add_column(ratio=1)
        for mark, style, name, sentence in rows:
            grid.add_row(_text(mark, style), _text(name, "dim"), _text(sentence, "" if style == "green" else style))
        console = _console(sys.stdout)
        console.print(_text(title, "bold"))
        console.print(grid)
        console.print()

    def result(self, payload: Mapping[str, object]) -> None:
        """Keep what a program reads; printed once, at the end, when the exit code is known."""
        self._payload |= payload

    @contextmanager
    def progress(self) -> Generator[Bar, None, None]:
        """Show a bar on a person's terminal while the block runs."""
        console = _console(sys.stderr)
        if self.as_json or not console.is_terminal:
            yield Bar()
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            yield Bar(progress)

    def finish(self, code: int, payload: Mapping[str, object] | None = None) -> None:
        """Print the document of a --json run: what was kept, or how it failed."""
        if not self.as_json:
            return
        document = {"ok": code == 0} | dict(payload or {}) | self._payload
        if self._warnings:
            document["avisos"] = self._warnings
        document.setdefault("run_id", logs.run_id())
        click.echo(json.dumps(to_json(document), ensure_ascii=False).encode("utf-8", "backslashreplace"))

    def _tell(self, text: str, style: str) -> None:
        if self.as_json:
            return
        console = _console(sys.stderr)
        for line in text.split("\n"):
            # Between words, where somebody measures the screen; what is indented is a command to be copied whole.
            console.print(_text(line, style), soft_wrap=not console.is_terminal or line.startswith("  "))


pass_output = click.make_pass_decorator(Output)


def to_json(value: object) -> Any:
    """Turn a value into what JSON has: money and months as text, never a float."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Competencia | Path | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    assert value is None or isinstance(value, str | int), f"{type(value).__name__} has no place in a document"
    return value


def show(value: object) -> str:
    """Write one value as a person reads it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, Decimal):
        return format_dinheiro(value)
    if isinstance(value, datetime):
        return f"{clock.to_local(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Competencia):
        return value.label
    return clean(str(value))


def clean(text: str) -> str:
    """Drop what would move the cursor, colour the screen or turn the direction: names come from anywhere."""
    return "".join(
        " " if character in "\t\r\n" else "�" if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text
        if character not in _BIDI
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _text(value: str, style: str = "") -> Text:
    # A Text is never read as markup: a client may be called [bold].
    return Text("\n".join(clean(line) for line in value.split("\n")), style)


def _console(stream: Any) -> Console:
    terminal = stream.isatty()
    return Console(file=stream, width=None if terminal else WIDTH_OF_A_PIPE, highlight=False, emoji=False, markup=False)
