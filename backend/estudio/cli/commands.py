"""What every command of `estudio` has in common: Portuguese help, --json, and modules that load when they are used."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import click

from estudio import logs
from estudio.cli.exits import run_to_exit
from estudio.cli.output import Output
from estudio.cli.usage import Formatter
from estudio.log_files import Parte


class Context(click.Context):
    """click's context with a Portuguese help page."""

    formatter_class = Formatter


class _Portuguese(click.Command):
    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Mostra esta ajuda."
        return option


class Command(_Portuguese):
    """One command. `raw=True` is for those that hand their arguments on as they are, and so have no --json."""

    def __init__(self, *args: Any, raw: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not raw:
            # Read by Program before anything is parsed, so that a mistyped option is answered in JSON as well.
            help_text = "Responde com um documento JSON."
            self.params.append(click.Option(["--json"], is_flag=True, expose_value=False, help=help_text))


class Group(_Portuguese, click.Group):
    """A group of commands, one module of this folder."""

    command_class = Command
    group_class = type


class Entry(NamedTuple):
    """Where a command lives and its line in `estudio --help`."""

    module: str
    attribute: str
    summary: str
    parte: Parte = Parte.COMANDOS
    """Whose log its lines go to."""


class Program(Group):
    """`estudio` itself: finds a command by its table, loads only that one, and ends with an exit code."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])

    def invoke(self, ctx: click.Context) -> object:
        # Not earlier: --help works whatever the settings are.
        logs.configure()
        return super().invoke(ctx)

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> NoReturn:
        """Run as the process: whatever happens, it ends with an exit code of `exits` and a sentence."""
        arguments = list(sys.argv[1:] if args is None else args)
        named = next((word for word in arguments if word in self.entries), None)
        logs.start(self.entries[named].parte if named else Parte.COMANDOS)
        _ensure_writable_in_any_locale()
        ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
        output = Output(as_json="--json" in ours)
        extra |= {"prog_name": "estudio", "standalone_mode": False, "obj": output}
        sys.exit(run_to_exit(lambda: super(Program, self).main(arguments, **extra), output))


def _ensure_writable_in_any_locale() -> None:
    """A terminal that has no ✓ or ã shows an escape for it, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
