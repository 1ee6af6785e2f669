"""`estudio import` as people and programs use it: words, documents, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Banco
from importar import ask, count_everything, count_rows, set_estado
from planilha_v4 import SETEMBRO, VAZIAS, comissao, pagamento, render_pt_br, render_v4, save

from estudio.cli import main


@pytest.fixture
def sample(tmp_path: Path) -> str:
    return str(save(tmp_path / "backup_2025_09.csv", render_v4(SETEMBRO, extra=VAZIAS)))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["import", *words])


def run_json(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_preview_shows_what_would_come_in_and_writes_nothing(banco: Banco, sample: str) -> None:
    before = count_everything(banco)
    result = run(sample, "--dry-run")
    assert result.exit_code == 0, result.output
    for words in ("O que entra", "Setembro/2025", "Pagamentos", "R$ 1.050,00", "Quem é cadastrado", "João Cliente"):
        assert words in result.stdout
    assert "Nada foi gravado" in result.stderr
    assert count_everything(banco) == before
    document = run_json(sample, "--dry-run")
    assert document["simulado"] is True
    assert "importacao_id" not in document
    assert document["por_mes"] == [
        {"mes": "2025-09", "tipo": "pagamento", "quantidade": 3, "soma": "1050.00"},
        {"mes": "2025-09", "tipo": "sessao", "quantidade": 3, "soma": "1050.00"},
    ]
    assert document["pessoas_novas"]["artistas"] == ["Pedro Artista", "Maria Artista"]
    assert count_everything(banco) == before


def test_an_import_says_its_number_and_how_to_take_it_back(banco: Banco, sample: str) -> None:
    result = run(sample)
    assert result.exit_code == 0, result.output
    assert "Importação 1: 6 registros entraram. Para desfazer: estudio import --undo 1" in result.stderr
    assert count_rows(banco)[:4] == (3, 0, 3, 0)
    assert "importacao_id" not in result.stdout


def test_the_document_of_an_import_is_the_preview_and_its_number(banco: Banco, sample: str) -> None:
    del banco
    document = run_json(sample)
    assert (document["ok"], document["importacao_id"], document["simulado"]) == (True, 1, False)
    assert (document["origem"], document["arquivo"]) == ("v4", "backup_2025_09.csv")
    assert document["criados"] == {"pagamento": 3, "sessao": 3, "comissao": 0, "gasto": 0}
    assert document["recusas"] == []
    again = run_json(sample)
    assert (again["ok"], again["importacao_id"]) == (True, None)
    assert again["existentes"] == {"pagamento": 3, "sessao": 3, "comissao": 0, "gasto": 0}


def test_twice_is_done_and_says_that_nothing_was_new(banco: Banco, sample: str, tmp_path: Path) -> None:
    run(sample)
    before = count_everything(banco)
    for path in (sample, str(save(tmp_path / "planilha.csv", render_pt_br(SETEMBRO)))):
        result = run(path)
        assert result.exit_code == 0
        assert "Tudo o que está no arquivo já estava aqui" in result.stderr
        assert "O que já estava aqui" in result.stdout
    assert count_everything(banco) == before


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_refused_lines_are_shown_with_their_reasons(banco: Banco, tmp_path: Path, words: tuple[str, ...]) -> None:
    before = count_everything(banco)
    rows = [*SETEMBRO, pagamento(9, "2025-13-01", "1.0"), pagamento(10, "2025-09-01", "1.234")]
    path = str(save(tmp_path / "backup.csv", render_v4(rows)))
    result = run(path, *words)
    assert result.exit_code == 1
    assert "Recusado (2)" in result.stdout
    assert "data “2025-13-01” não existe no calendário." in result.stdout
    assert "Nada foi importado de backup.csv: linha 8:" in result.stderr
    document = run_json(path, *words, code=1)
    assert (document["ok"], document["codigo"]) == (False, "importacao_recusada")
    assert [nota["linha"] for nota in document["recusas"]] == [8, 9]
    assert count_everything(banco) == before


def test_a_long_list_is_cut_for_people_and_not_for_programs(banco: Banco, tmp_path: Path) -> None:
    del banco
    rows = [pagamento(n, "2025-09-01", "200.0") for n in range(1, 41)]
    rows += [comissao(n, n, "30.0", "1.0") for n in range(1, 41)]
    path = str(save(tmp_path / "backup.csv", render_v4(rows)))
    result = run(path, "--dry-run")
    assert "Avisos (40)" in result.stdout
    assert "E mais 20 em “Avisos”" in result.stderr
    assert len(run_json(path, "--dry-run")["avisos"]) == 40


@pytest.mark.parametrize(
    ("content", "code", "codigo", "says"),
    [
        (b"", 1, "arquivo_nao_lido", "está vazio"),
        (render_v4(SETEMBRO).decode().encode("latin-1"), 1, "arquivo_nao_lido", "gravado em Latin-1"),
        (render_v4(SETEMBRO).replace(b"perna", b"per\0na"), 1, "arquivo_nao_lido", "byte nulo (NUL)"),
        (b"PK\x03\x04" + bytes(50), 1, "arquivo_nao_lido", "planilha do Excel"),
        (render_v4(SETEMBRO).replace(b"Pix,", b"", 1), 1, "importacao_recusada", "a linha está quebrada"),
    ],
)
def test_bad_files_end_with_a_sentence_and_their_code(
    banco: Banco, tmp_path: Path, content: bytes, code: int, codigo: str, says: str
) -> None:
    before = count_everything(banco)
    path = str(save(tmp_path / "backup.csv", content))
    result = run(path)
    assert result.exit_code == code
    assert says in result.stderr
    assert "Traceback" not in result.output
    document = run_json(path, code=code)
    assert document["codigo"] == codigo
    assert says in document["mensagem"]
    assert count_everything(banco) == before


def test_a_file_of_500_megabytes_ends_at_once(banco: Banco, tmp_path: Path) -> None:
    del banco
    path = tmp_path / "enorme.csv"
    with path.open("wb") as file:
        file.truncate(500 << 20)
    document = run_json(str(path), code=1)
    assert "500 MiB" in document["mensagem"]
    assert "Divida-o por mês" in document["mensagem"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Diga um arquivo"),
        (("--dry-run",), "Diga um arquivo"),
        (("--list", "--undo", "1"), "Diga um arquivo"),
        (("a.csv", "--list"), "Diga um arquivo"),
        (("nada.csv",), "nada.csv não existe"),
        ((".",), "é uma pasta"),
        (("--undo", "x"), "'x' não é um número inteiro"),
        (("--undo", "0"), "fora do intervalo"),
        (("--apagar",), "A opção --apagar não existe"),
    ],
)
def test_wrong_commands_are_explained(banco: Banco, words: tuple[str, ...], says: str) -> None:
    del banco
    result = run(*words)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_closed_month_is_refused_with_what_to_do(banco: Banco, sample: str) -> None:
    set_estado(banco, "2025-09-01")
    result = run(sample)
    assert result.exit_code == 1
    assert "Setembro/2025 está fechado. Lance um ajuste em" in result.stderr
    assert run_json(sample, code=1)["recusas"][0]["codigo"] == "competencia_fechada"


def test_undo_and_list(banco: Banco, sample: str) -> None:
    assert "Nenhuma importação" in run("--list").stderr
    run(sample)
    [listed] = run_json("--list")["importacoes"]
    assert (listed["id"], listed["arquivo"], listed["desfeita_em"]) == (1, "backup_2025_09.csv", None)
    assert "backup_2025_09.csv" in run("--list").stdout
    result = run("--undo", "1")
    assert result.exit_code == 0, result.output
    assert "A importação 1 foi desfeita." in result.stderr
    assert "Pagamentos" in result.stdout
    assert count_rows(banco) == (0, 0, 0, 0, 0, 0, 0)
    again = run("--undo", "1")
    assert again.exit_code == 0
    assert "já tinha sido desfeita" in again.stderr
    document = run_json("--undo", "1")
    assert (document["ok"], document["ja_estava"]) == (True, True)
    assert run_json("--list")["importacoes"][0]["desfeita_em"] is not None


def test_a_month_that_was_imported_is_closed_and_then_stays(banco: Banco, sample: str) -> None:
    run(sample)
    closed = CliRunner().invoke(main, ["extrato", "close", "--year", "2025", "--month", "9", "--json"])
    assert closed.exit_code == 0, closed.output
    document = json.loads(closed.stdout)
    assert document["totais"]["receita_total"] == "1050.00"
    assert (document["contagens"]["pagamentos"], document["contagens"]["sessoes"]) == (3, 3)
    assert [f["forma"] for f in document["totais"]["por_forma_pagamento"]] == ["Cartão", "Dinheiro", "Pix"]
    assert run_json("--undo", "1", code=1)["codigo"] == "competencia_fechada"
    assert run_json(sample)["importacao_id"] is None
    assert count_rows(banco)[:4] == (3, 0, 3, 0)


def test_an_undo_that_is_refused_names_what_was_changed(banco: Banco, sample: str) -> None:
    run(sample)
    with banco.connect() as connection:
        connection.execute("update estudio.pagamentos set observacoes = 'nova' where id = 2")
    result = run("--undo", "1")
    assert result.exit_code == 1
    assert "o pagamento nº 2 (15/09/2025, R$ 320,00) foi alterado depois de importado" in result.stderr
    assert run_json("--undo", "1", code=1)["codigo"] == "importacao_presa"
    assert run_json("--undo", "7", code=1)["codigo"] == "nao_encontrado"
    assert ask(banco, "select count(*) from estudio.pagamentos") == [(3,)]


def test_a_hostile_name_moves_nothing_on_the_screen(banco: Banco, tmp_path: Path) -> None:
    del banco
    row = pagamento(1, "2025-09-01", "10.0", cliente_name="[red]Eva\x1b[31m\u202e", artista_name="=1+1")
    result = run(str(save(tmp_path / "backup.csv", render_v4([row]))), "--dry-run")
    assert result.exit_code == 0
    assert "[red]Eva" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
