"""What click says in English, in Portuguese: help pages and the ways to use a command wrongly."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import click

_HEADINGS: Final = {"Options": "Opções", "Commands": "Comandos", "Positional arguments": "Argumentos"}
_EXTRAS: Final = (("[default: ", "[padrão: "), ("; required]", "; obrigatório]"), ("[required]", "[obrigatório]"))

# The messages of click's own types, which carry the value only inside the sentence. A new one shows up in
# test_usage.py, which uses every type that the commands use.
_MESSAGES: Final = tuple(
    (re.compile(pattern, re.DOTALL), portuguese)
    for pattern, portuguese in (
        (r"(?P<v>'.*') is not a valid (?:integer|integer range)\.", "{v} não é um número inteiro."),
        (r"(?P<v>.*) is not in the range (?P<r>.*)\.", "{v} está fora do intervalo {r}."),
        (r"(?P<v>'.*') is not one of (?P<r>.*)\.", "{v} não existe; use um destes: {r}."),
        (r"(?P<v>'.*') is not a valid boolean\. .*", "{v} não é sim nem não; use true ou false."),
        (r"(?P<v>'.*') is not a valid UUID\.", "{v} não é um identificador."),
        (r"(?P<v>'.*') does not match the formats? (?P<r>.*)\.", "{v} não é uma data no formato {r}."),
        (r"\w+ (?P<v>'.*') does not exist\.", "{v} não existe. Confira o caminho."),
        (r"\w+ (?P<v>'.*') is a file\.", "{v} é um arquivo e precisa ser uma pasta."),
        (r"\w+ (?P<v>'.*') is a directory\.", "{v} é uma pasta e precisa ser um arquivo."),
        (
            r"\w+ (?P<v>'.*') is not (?:readable|writable|executable)\.",
            "{v} não pode ser aberto. Confira as permissões.",
        ),
        (r"Option (?P<v>'.*') requires .*", "A opção {v} precisa de um valor."),
        (r"Option (?P<v>'.*') does not take a value\.", "A opção {v} não leva valor."),
        (r"Argument (?P<v>'.*') takes (?P<r>\d+) values\.", "O argumento {v} leva {r} valores."),
        (r"Got unexpected extra arguments? \((?P<v>.*)\)", "Não era esperado: {v}."),
        (r"Missing command\.", "Falta o comando."),
    )
)


class Formatter(click.HelpFormatter):
    """A help page with Portuguese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        words = args.replace("[OPTIONS]", "[OPÇÕES]").replace("COMMAND [ARGS]...", "COMANDO [ARGUMENTOS]...")
        super().write_usage(prog, words, prefix or "Uso: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, _translate_extras(text)) for term, text in rows], col_max, col_spacing)


def explain_usage(error: click.ClickException) -> str:
    """Say in Portuguese what is wrong with the command as it was typed, and where to look."""
    sentence = _explain(error)
    context = getattr(error, "ctx", None)
    if context is None:
        return sentence
    return f"{sentence} Veja `{context.command_path} --help`."


def _explain(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"A opção {error.option_name} não existe.{_suggest(error.possibilities)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"O comando {error.command_name} não existe.{_suggest(error.possibilities)}"
    if isinstance(error, click.MissingParameter):
        what = "o argumento" if error.param_type == "argument" or isinstance(error.param, click.Argument) else "a opção"
        return f"Falta {what} {_name(error)}."
    if isinstance(error, click.FileError):
        return f"O arquivo {error.ui_filename} não pôde ser aberto. Confira o caminho e as permissões."
    if isinstance(error, click.BadParameter):
        return f"{_name(error)}: {_translate(error.message)}"
    return _translate(error.message)


def _name(error: click.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None:
        hint = error.param.get_error_hint(error.ctx)
    if hint is None:
        return "Valor inválido"
    return (hint if isinstance(hint, str) else " / ".join(hint)).replace("'", "")


def _suggest(possibilities: Sequence[str] | None) -> str:
    return f" Seria {' ou '.join(sorted(possibilities))}?" if possibilities else ""


def _translate(message: str) -> str:
    for pattern, portuguese in _MESSAGES:
        found = pattern.fullmatch(message)
        if found:
            return portuguese.format_map(found.groupdict())
    return message


def _translate_extras(text: str) -> str:
    for english, portuguese in _EXTRAS:
        text = text.replace(english, portuguese)
    return text
