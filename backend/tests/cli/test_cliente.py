"""`estudio cliente`: all of one person in a file that nobody else reads, or erased; the answer names what is left."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cast import Cast, make_cast, pay, spend
from click.testing import CliRunner, Result
from conftest import Banco

from estudio import db
from estudio.cli import main
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.services.backup_service import create_backup, get_backup

OUTUBRO = Competencia(2026, 10)


@pytest.fixture
def cast(banco: Banco) -> Cast:
    """Dora has paid once, and a backup holds it."""
    del banco
    with db.transaction() as session:
        made = make_cast(session)
        pay(session, made, "120.00", cliente=made.dora)
    create_backup(OUTUBRO)
    return made


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["cliente", *map(str, words)])


def run_json(*words: object, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_zip_is_for_its_owner_alone_and_never_written_over(cast: Cast, tmp_path: Path) -> None:
    path = Path(run_json("export", cast.dora.id, "--to", tmp_path)["arquivo"])
    assert oct(path.stat().st_mode)[-3:] == "600"
    with zipfile.ZipFile(path) as archive:
        assert "Dora" in archive.read("cadastros.csv").decode()
    assert run("export", cast.dora.id, "--to", tmp_path).exit_code == 2
    assert run("export", cast.dora.id, "--to", tmp_path / "nada").exit_code == 2
    assert run("export", 999, "--to", tmp_path).exit_code == 1
    assert "Dora" not in path.name


def test_texts_that_may_name_them_are_listed_with_their_page(cast: Cast) -> None:
    with db.transaction() as session:
        gasto = spend(session, cast, "10.00", descricao="Café\nda Dora").id
    result = run("erase", cast.dora.id, "--motivo", "pedido", "--confirmo", "Dora")
    assert result.exit_code == 0
    said = result.output
    assert "Textos que podem citar a pessoa: 1." in said
    assert f"/clientes/{cast.dora.id}/titular" in said
    assert f"/gastos/{gasto}/edit (gastos {gasto}): Café da Dora" in said


def test_the_texts_are_in_the_answer_for_programs(cast: Cast) -> None:
    with db.transaction() as session:
        gasto = spend(session, cast, "10.00", descricao="Café da Dora").id
    done = run_json("erase", cast.dora.id, "--motivo", "pedido", "--confirmo", "Dora")
    (each,) = done["citacoes"]
    assert (each["tabela"], each["registro"], each["pagina"]) == ("gastos", gasto, f"/gastos/{gasto}/edit")


def test_erasing_takes_the_name_as_it_stands_and_tells_what_became_of_the_files(cast: Cast) -> None:
    assert run_json("erase", cast.dora.id, "--motivo", "pedido", "--confirmo", "Nora", code=1)["codigo"]
    assert run("erase", cast.dora.id, "--motivo", "outro", "--confirmo", "Dora").exit_code == 2
    done = run_json("erase", cast.dora.id, "--motivo", "pedido", "--confirmo", "Dora")
    assert (done["eliminados"], len(done["reescritos"]), done["intocados"]) == ([cast.dora.id], 1, [])
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, cast.dora.id).nome == f"Cliente eliminado {cast.dora.id}"
    assert "Dora" not in get_backup(OUTUBRO).caminho.read_text(encoding="utf-8-sig")
    assert run_json("clean")["reescritos"] == []
