"""How a run ends: every family of errors has its code, its sentence and its one JSON document."""

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable, Generator
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from estudio import config, logs
from estudio.cli.commands import Command, Entry, Group, Program
from estudio.cli.output import Output, pass_output
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    CompetenciaFechada,
    ConfiguracaoInvalida,
    EstudioError,
    IntegrityBroken,
    OutcomeUnknown,
    Refusal,
)
from estudio.log_files import Parte

Deed = Callable[[Output], object]


@pytest.fixture(autouse=True)
def _own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[None, None, None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "logs"))
    config.reset()
    yield
    logs._replace_handlers()
    config.reset()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `estudio acao fazer …`, which does `deed`."""

    def run_deed(deed: Deed, *options: str) -> Result:
        @click.group(cls=Group)
        def acao() -> None:
            """Uma ação."""

        @acao.command()
        @pass_output
        def fazer(output: Output) -> object:
            return deed(output)

        module = types.ModuleType("estudio_test_acao")
        module.__dict__["acao"] = acao
        monkeypatch.setitem(sys.modules, module.__name__, module)
        program = Program("estudio", entries={"acao": Entry(module.__name__, "acao", "Uma ação.")})
        return CliRunner().invoke(program, ["acao", "fazer", *options])

    return run_deed


def raising(error: BaseException) -> Deed:
    def deed(_: Output) -> None:
        raise error

    return deed


FECHADO = "Setembro/2025 está fechado. Lance um ajuste em novembro/2025 ou peça ao dono para reabrir."
INTERROMPIDO = "Interrompido. Confira o que ficou feito antes de tentar de novo."


@pytest.mark.parametrize(
    ("error", "code", "codigo", "sentence"),
    [
        (CompetenciaFechada(Competencia(2025, 9), date(2025, 11, 24)), 1, "competencia_fechada", FECHADO),
        (ConfiguracaoInvalida("TZ não vale."), 2, "configuracao_invalida", "TZ não vale."),
        (click.UsageError("Missing command."), 2, "uso", "Falta o comando."),
        (ValueError("x"), 3, "falha", "O programa falhou (ValueError)."),
        (AssertionError("x"), 3, "falha", "O programa falhou (AssertionError)."),
        (KeyboardInterrupt(), 3, "interrompido", INTERROMPIDO),
        (click.Abort(), 3, "interrompido", INTERROMPIDO),
        (IntegrityBroken("O selo 3 não confere."), 4, "integridade", "O selo 3 não confere."),
        (OutcomeUnknown(), 5, "desfecho_desconhecido", "Não dá para saber se a operação foi gravada."),
    ],
)
def test_each_family_has_its_exit_code_and_its_sentence(
    error: BaseException, code: int, codigo: str, sentence: str, run: Callable[..., Result]
) -> None:
    for_people = run(raising(error))
    assert for_people.exit_code == code
    assert for_people.stdout == ""
    assert for_people.stderr.lstrip().startswith(f"✗ {sentence}")
    assert "Traceback" not in for_people.stderr

    for_programs = run(raising(error), "--json")
    assert for_programs.exit_code == code
    assert for_programs.stderr.strip() == ""
    document = json.loads(for_programs.stdout)
    assert (document["ok"], document["codigo"]) == (False, codigo)
    assert document["mensagem"].startswith(sentence)
    assert document["run_id"]


def test_what_is_done_ends_with_zero_and_one_document(run: Callable[..., Result]) -> None:
    def deed(output: Output) -> None:
        output.say("indo")
        output.warn("sem backup")
        output.result({"mes": 9})
        output.result({"ano": 2025})

    assert run(deed).exit_code == 0
    done = run(deed, "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document.pop("run_id")
    assert document == {"ok": True, "mes": 9, "ano": 2025, "avisos": ["sem backup"]}


def test_a_command_chooses_its_code(run: Callable[..., Result]) -> None:
    def deed(output: Output) -> int:
        output.result({"falhas": 2})
        return 1

    ended = run(deed, "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["ok"] is False
    assert run(lambda _: click.get_current_context().exit(7)).exit_code == 7


def test_what_was_known_before_a_refusal_stands_beside_it(run: Callable[..., Result]) -> None:
    def deed(output: Output) -> None:
        output.result({"bloqueios": ["mes_nao_terminou"]})
        raise Refusal("Ainda não.", mes="2025-09")

    document = json.loads(run(deed, "--json").stdout)
    assert document["bloqueios"] == ["mes_nao_terminou"]
    assert document["detalhes"] == {"mes": "2025-09"}
    assert document["mensagem"] == "Ainda não."


def test_a_crash_leaves_its_trace_in_the_log_under_the_number_that_is_said(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    document = json.loads(run(raising(ZeroDivisionError("motivo")), "--json").stdout)
    lines = [json.loads(line) for line in (tmp_path / "logs" / Parte.COMANDOS.arquivo).read_text().splitlines()]
    trace = [line for line in lines if line["evento"] == "falhou"]
    assert trace[0]["run_id"] == document["run_id"]
    assert document["run_id"] in document["mensagem"]
    assert "ZeroDivisionError: motivo" in trace[0]["erro"]


def test_a_wrong_setting_stops_every_command_and_no_help(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "talvez")
    config.reset()
    refused = run(lambda output: output.success("feito"))
    assert refused.exit_code == 2
    assert "EXTRATO_REQUIRE_BACKUP=talvez" in refused.stderr
    assert "feito" not in refused.stderr


def test_a_reader_that_left_is_told_nothing_and_is_no_success() -> None:
    # Help is longer than nothing: the pipe is closed before it is read.
    reading, writing = os.pipe()
    os.close(reading)
    program = [sys.executable, "-m", "estudio", "--help"]
    try:
        ended = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (3, "")


def test_a_terminal_without_accents_ends_no_command() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(
        [sys.executable, "-m", "estudio", "não-existe"], capture_output=True, env=environment, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"\\u2717 O comando")


def test_every_error_has_a_code_of_its_own_and_every_code_is_a_word() -> None:
    def grow(family: type[EstudioError]) -> list[type[EstudioError]]:
        return [family, *(child for direct in family.__subclasses__() for child in grow(direct))]

    named = [error for error in grow(EstudioError) if error.__module__.startswith("estudio.")]
    # One family gives each of its refusals a code: what readiness found first.
    codes = [error.codigo for error in named if error.__name__ != "NaoPronto"]
    assert all(code.isascii() and code.replace("_", "").isalpha() and code.islower() for code in codes)
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def test_commands_share_the_option_json_unless_they_hand_their_arguments_on() -> None:
    assert "--json" in [opt for param in Command("a").params for opt in param.opts]
    assert Command("a", raw=True).params == []
