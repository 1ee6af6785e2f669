"""What commands say: exact money, dates and names, for people and for programs."""

import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from estudio.cli.output import Output, clean, show, to_json
from estudio.domain.competencia import Competencia


def test_json_has_money_and_months_as_text() -> None:
    assert to_json(
        {
            "valor": Decimal("1050.00"),
            "zero": Decimal("0E-2"),
            "dia": date(2025, 9, 1),
            "em": datetime(2025, 9, 1, 12, tzinfo=UTC),
            "mes": Competencia(2025, 9),
            "pasta": Path("/tmp/x"),
            "id": UUID(int=1),
            "lista": [1, None, True, ("a",)],
            7: "chave",
        }
    ) == {
        "valor": "1050.00",
        "zero": "0.00",
        "dia": "2025-09-01",
        "em": "2025-09-01T12:00:00+00:00",
        "mes": "2025-09",
        "pasta": "/tmp/x",
        "id": "00000000-0000-0000-0000-000000000001",
        "lista": [1, None, True, ["a"]],
        "7": "chave",
    }


@pytest.mark.parametrize("value", [1.5, object(), b"x"])
def test_json_has_no_place_for_a_float_or_an_object(value: object) -> None:
    with pytest.raises(AssertionError, match="has no place in a document"):
        to_json({"valor": value})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (True, "sim"),
        (False, "não"),
        (12, "12"),
        (Decimal("1234.56"), "R$ 1.234,56"),
        (Decimal("-250.00"), "-R$ 250,00"),
        (date(2025, 9, 1), "01/09/2025"),
        (datetime(2025, 9, 1, 12, tzinfo=UTC), "01/09/2025 09:00"),
        (Competencia(2025, 9), "Setembro/2025"),
        ("João", "João"),
    ],
)
def test_people_read_values_as_they_write_them(value: object, shown: str) -> None:
    assert show(value) == shown


def test_a_name_neither_moves_the_cursor_nor_turns_the_line() -> None:
    assert clean("A\x1b[2Jna\u202e\t00,1 $R\nfim\x00") == "A�[2Jna 00,1 $R fim�"
    assert clean("Zé 🖋 d'Ávila") == "Zé 🖋 d'Ávila"


def test_a_table_stands_on_stdout_with_money_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = [["[bold]Ana[/]", Decimal("1050.00")], ["Bia", Decimal("0.00")]]
    Output().table("Por artista", ["Artista", "Receita"], rows, footer=["Total", Decimal("1050.00")])
    told = capsys.readouterr()
    assert told.err == ""
    lines = [line.rstrip() for line in told.out.splitlines() if line.strip(" ─╶╴")]
    assert lines[0].strip() == "Por artista"
    assert [line.split() for line in lines[1:]] == [
        ["Artista", "Receita"],
        ["[bold]Ana[/]", "R$", "1.050,00"],
        ["Bia", "R$", "0,00"],
        ["Total", "R$", "1.050,00"],
    ]
    assert len({len(line) for line in lines[1:]}) == 1


def test_with_json_nothing_but_the_document_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True)
    output.say("indo")
    output.success("feito")
    output.fail("não")
    output.table("T", ["A"], [["x"]])
    output.lines(("nome", 1))
    with output.progress() as bar:
        bar.show("lote 1/2", done=1, total=2)
    assert capsys.readouterr() == ("", "")
    output.result({"nome": "Zé 🖋"})
    output.finish(0)
    told = capsys.readouterr()
    assert json.loads(told.out)["nome"] == "Zé 🖋"
    assert told.out.count("\n") == 1


def test_named_values_stand_under_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    Output().lines(("receita", Decimal("1.00")), ("mês", Competencia(2025, 9)))
    assert capsys.readouterr().out == "receita  R$ 1,00\nmês      Setembro/2025\n"


def test_a_bar_is_shown_to_a_terminal_and_to_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Output().progress() as bar:
        bar.show("lote 1/2", done=1, total=2)
    assert capsys.readouterr() == ("", "")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with Output().progress() as bar:
        bar.show("lote 1/2", done=1, total=2)
    assert "lote 1/2" in screen.getvalue()
