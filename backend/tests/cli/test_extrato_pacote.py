"""`estudio extrato pack`: a pack in a file of its own, never over another."""

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
from cast import make_cast, pay, shut
from cli.test_extrato import SETEMBRO, run, run_json
from conftest import Banco

from estudio import db


@pytest.fixture
def fechado(banco: Banco) -> None:
    """September 2025, closed with one payment."""
    del banco
    with db.transaction() as session:
        pay(session, make_cast(session), "500.00", data=date(2025, 9, 5))
    with db.transaction() as session:
        shut(session, "2025-09")


@pytest.mark.usefixtures("fechado")
def test_the_pack_is_written_once_and_checks(tmp_path: Path) -> None:
    document = run_json("pack", *SETEMBRO)
    path = tmp_path / "extrato_2025_09_v1.zip"
    told = {"arquivo": path.name, "competencia": "2025-09", "bytes": path.stat().st_size}
    assert document.items() >= told.items()
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        script = archive.extract("verificar.py", tmp_path)
    checked = subprocess.run([sys.executable, script, path], capture_output=True, encoding="utf-8", check=False)
    assert (checked.returncode, checked.stdout.startswith("íntegro: 2025-09")) == (0, True)
    before = path.read_bytes()
    refused = run_json("pack", *SETEMBRO, code=1)
    assert (refused["codigo"], "já existe" in refused["mensagem"]) == ("disco", True)
    assert path.read_bytes() == before
    other = tmp_path / "outro.zip"
    assert run("pack", *SETEMBRO, "--saida", str(other)).exit_code == 0
    assert other.read_bytes() == before


@pytest.mark.usefixtures("fechado")
def test_what_cannot_be_written_or_is_not_closed_is_refused(tmp_path: Path) -> None:
    assert run_json("pack", *SETEMBRO, "--saida", str(tmp_path / "nada" / "x.zip"), code=1)["codigo"] == "disco"
    assert run_json("pack", "--year", "2025", "--month", "10", code=1)["codigo"] == "nao_fechado"
    assert run_json("pack", "--year", "2025", code=2)["codigo"] == "uso"
    assert list(tmp_path.glob("*.zip")) == []


@pytest.mark.usefixtures("fechado")
def test_documents_are_made_for_every_month_that_lacks_one() -> None:
    told = run_json("documents")
    (month,) = told["meses"]
    assert (month["competencia"], month["versao"], month["faltam"]) == ("2025-09", 1, [])
    assert [each["nome"] for each in month["documentos"]] == [
        f"extrato_2025_09.{tipo}" for tipo in ("pdf", "xlsx", "csv", "json")
    ]
    assert run_json("documents")["meses"] == []
    assert run_json("documents", *SETEMBRO)["meses"] == [month]
    assert run_json("documents", "--year", "2025", "--month", "10", code=1)["codigo"] == "nao_fechado"


@pytest.mark.usefixtures("banco")
def test_closing_makes_them_and_stands_where_they_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        pay(session, make_cast(session), "500.00", data=date(2025, 9, 5))
    with monkeypatch.context() as broken:
        broken.setattr("estudio.services.documento_typst.PRAZO_S", 0.001)
        done = run("close", *SETEMBRO)
    assert done.exit_code == 0
    assert "O mês está fechado, mas os documentos dele não foram gerados" in done.stderr
    # Asked to close it once more, it goes on where it stopped.
    assert run_json("close", *SETEMBRO)["desfecho"] == "fechado"
    assert run_json("documents")["meses"] == []
