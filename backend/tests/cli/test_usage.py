"""Commands used wrongly, and help: all of it in Portuguese."""

import re

import click
import pytest
from click.testing import CliRunner, Result

from estudio.cli import ENTRIES, main
from estudio.cli.commands import Command, Entry, Group, Program
from estudio.cli.params import parse_competencia
from estudio.domain.competencia import Competencia
from estudio.domain.errors import UsageRefusal


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program with one command that takes one of everything."""
    monkeypatch.setenv("LOG_TO_FILE", "false")
    estudio = Program("estudio", entries={"grupo": Entry("", "", "Um grupo.")})
    grupo = Group("grupo")

    @grupo.command()
    @click.argument("arquivo", required=False, type=click.Path(exists=True, dir_okay=False))
    @click.option("--pasta", type=click.Path(exists=True, file_okay=False))
    @click.option("--numero", type=int, default=3, show_default=True, help="Um número.")
    @click.option("--dia", type=click.IntRange(1, 31))
    @click.option("--forma", type=click.Choice(["pix", "dinheiro"]), required=True, help="A forma.")
    @click.option("--sim", is_flag=True)
    @click.option("--claro", type=bool)
    @click.option("--data", type=click.DateTime(["%Y-%m-%d"]))
    @click.option("--id", type=click.UUID)
    def tudo(**_: object) -> None:
        """Leva um de cada."""

    @grupo.command()
    @click.argument("nome")
    def nome(nome: str) -> None:
        """Leva um nome."""

    monkeypatch.setattr(estudio, "get_command", lambda _, name: grupo if name == "grupo" else None)
    return estudio


def run(program: Program, line: str) -> Result:
    return CliRunner().invoke(program, line.split())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("grupa", "O comando grupa não existe."),
        ("grupo tudoo", "O comando tudoo não existe. Seria tudo?"),
        ("grupo nome", "Falta o argumento NOME."),
        ("grupo nome a b c", "Não era esperado: b c."),
        ("grupo tudo", "Falta a opção --forma."),
        ("grupo tudo --form x", "A opção --form não existe. Seria --forma?"),
        ("grupo tudo --forma", "A opção '--forma' precisa de um valor."),
        ("grupo tudo --sim=1", "A opção '--sim' não leva valor."),
        ("grupo tudo --forma fiado", "--forma: 'fiado' não existe; use um destes: 'pix', 'dinheiro'."),
        ("grupo tudo --forma pix --numero x", "--numero: 'x' não é um número inteiro."),
        ("grupo tudo --forma pix --dia x", "--dia: 'x' não é um número inteiro."),
        ("grupo tudo --forma pix --dia 32", "--dia: 32 está fora do intervalo 1<=x<=31."),
        ("grupo tudo --forma pix --claro talvez", "--claro: 'talvez' não é sim nem não; use true ou false."),
        ("grupo tudo --forma pix --data ontem", "--data: 'ontem' não é uma data no formato '%Y-%m-%d'."),
        ("grupo tudo --forma pix --id 7", "--id: '7' não é um identificador."),
        ("grupo tudo --forma pix sumiu.csv", "[ARQUIVO]: 'sumiu.csv' não existe. Confira o caminho."),
        ("grupo tudo --forma pix /", "[ARQUIVO]: '/' é uma pasta e precisa ser um arquivo."),
        ("grupo tudo --forma pix --pasta sumiu", "--pasta: 'sumiu' não existe. Confira o caminho."),
        ("grupo tudo --forma pix --pasta /dev/null", "--pasta: '/dev/null' não existe."),
    ],
)
def test_a_command_used_wrongly_is_explained_in_portuguese(program: Program, line: str, sentence: str) -> None:
    if line.endswith("/dev/null"):
        line, sentence = (
            line.replace("/dev/null", __file__),
            f"--pasta: '{__file__}' é um arquivo e precisa ser uma pasta.",
        )
    refused = run(program, line)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"✗ {sentence}"), refused.stderr
    # click does not say where it was when an option came without its value.
    assert (
        "precisa de" in sentence or "não leva" in sentence or re.search(r"Veja `estudio.* --help`\.$", refused.stderr)
    )
    assert refused.stdout == ""


ENGLISH = re.compile(
    r"\b(Usage|Options|Commands|Show|Error|Missing|Invalid|required|default|OPTIONS|COMMAND|ARGS|is not|Try)\b"
)


@pytest.mark.parametrize("line", ["--help", "grupo --help", "grupo tudo --help", "grupo nome --help", "", "grupo"])
def test_help_is_portuguese(program: Program, line: str) -> None:
    told = run(program, line)
    assert told.exit_code == (0 if "--help" in line else 2)
    text = told.stdout + told.stderr
    assert text.startswith("Uso: estudio")
    assert ENGLISH.search(text) is None, text


def test_help_tells_defaults_and_what_is_required(program: Program) -> None:
    text = run(program, "grupo tudo --help").stdout
    assert "[padrão: 3]" in text
    assert "[obrigatório]" in text
    assert "Responde com um documento JSON." in text


def test_the_help_of_the_program_names_each_command_without_loading_it() -> None:
    told = CliRunner().invoke(main, ["--help"])
    assert told.exit_code == 0
    assert [line.split()[0] for line in told.stdout.split("Comandos:")[1].splitlines()[1 : 1 + len(ENTRIES)]] == list(
        ENTRIES
    )


@pytest.mark.parametrize("name", list(ENTRIES))
def test_every_command_of_the_table_loads_and_helps_in_portuguese(name: str) -> None:
    def walk(command: click.Command, path: list[str]) -> None:
        told = CliRunner().invoke(main, [*path, "--help"])
        assert told.exit_code == 0, told.stderr
        assert ENGLISH.search(told.stdout) is None, told.stdout
        assert command.help, f"{' '.join(path)} says nothing about itself"
        if isinstance(command, click.Group):
            for child, subcommand in command.commands.items():
                walk(subcommand, [*path, child])
        else:
            assert isinstance(command, Command)

    command = main.get_command(click.Context(main), name)
    assert command is not None
    walk(command, [name])


@pytest.mark.parametrize(
    ("ano", "mes", "reason"),
    [
        ("2025", None, "Diga o ano e o mês juntos"),
        (None, "9", "Diga o ano e o mês juntos"),
        ("2025", "0", "O mês precisa estar entre 1 e 12."),
        ("2025", "13", "O mês precisa estar entre 1 e 12."),
        ("1999", "9", "O ano precisa estar entre 2000 e 2099."),
        ("10000", "9", "O ano precisa estar entre 2000 e 2099."),
        ("2025", "setembro", "Escreva números"),
        ("２０２５", "9", "Escreva números"),
        ("2025", "-9", "Escreva números"),
        ("2025", "9.0", "Escreva números"),
        ("9" * 5000, "9", "Escreva números"),
    ],
)
def test_scenario_12_what_is_no_month_is_a_usage_error_that_names_it(
    ano: str | None, mes: str | None, reason: str
) -> None:
    with pytest.raises(UsageRefusal, match=re.escape(reason)) as refusal:
        parse_competencia(ano, mes)
    assert ano is None or mes is None or f"--year {ano} --month {mes}" in refusal.value.message


def test_a_month_is_read_with_or_without_its_zero() -> None:
    assert parse_competencia("2025", "09") == parse_competencia("2025", "9") == Competencia(2025, 9)
    assert parse_competencia(None, None) is None
