"""`estudio backup`: what each command says, its JSON and its exit code."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from backup_mes import AGOSTO, SETEMBRO, create_september
from click.testing import CliRunner, Result
from conftest import Banco

from estudio import clock, db
from estudio.cli import main
from estudio.services.backup_banco import drop_database
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

SEPTEMBER = ("--year", "2025", "--month", "9")


@pytest.fixture
def september(banco: Banco) -> Banco:
    with banco.connect() as connection:
        create_september(connection)
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    return banco


pytestmark = pytest.mark.usefixtures("september")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["backup", *words])


def read_json(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["ok"] == (code == 0)
    return document


def empty_september(banco: Banco) -> None:
    with banco.connect() as connection:
        connection.execute("delete from sessoes where payment_mes = '2025-09-01'")
        connection.execute("delete from pagamentos where mes = '2025-09-01' and estorno_de is not null")
        connection.execute("delete from pagamentos where mes = '2025-09-01'")
        connection.execute("delete from gastos where mes = '2025-09-01'")


def test_create_says_where_the_file_is_and_what_it_holds() -> None:
    document = read_json("create", *SEPTEMBER)
    assert document["desfecho"] == "criado"
    assert document["competencia"] == "2025-09"
    assert document["totais"]["receita_total"] == "1236229.80"
    assert document["contagens"] == {"pagamentos": 24, "sessoes": 9, "comissoes": 22, "gastos": 20}
    assert Path(document["caminho"]).stat().st_size == document["bytes"]
    told = run("create", *SEPTEMBER)
    assert told.exit_code == 0
    assert "R$ 1.236.229,80" in told.stdout
    assert "Backup de Setembro/2025 em " in told.stderr


def test_a_month_without_money_is_nothing_to_do() -> None:
    document = read_json("create", "--year", "2025", "--month", "7")
    assert document["desfecho"] == "sem_dados"
    assert not get_folder_path(SETEMBRO).exists()


def test_verify_reads_it_back_and_compares_with_the_rows(september: Banco) -> None:
    assert read_json("verify", *SEPTEMBER, code=1)["codigo"] == "backup_ausente"
    create_backup(SETEMBRO)
    create_backup(AGOSTO)
    assert [c["competencia"] for c in read_json("verify")["conferidos"]] == ["2025-08", "2025-09"]
    assert "é igual aos registros" in run("verify", *SEPTEMBER).stderr
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = 3 where id = 24")
    assert read_json("verify", *SEPTEMBER, code=1)["codigo"] == "backup_desatualizado"


def test_verify_of_nothing_says_so() -> None:
    result = run("verify")
    assert result.exit_code == 0
    assert "Não há backup para conferir" in result.stderr


def test_verify_with_a_drill_says_that_it_was_tried() -> None:
    create_backup(SETEMBRO)
    assert read_json("verify", *SEPTEMBER, "--drill")["conferidos"][0]["ensaiado"] is True
    assert "o ensaio em um banco vazio deu o mesmo" in run("verify", *SEPTEMBER, "--drill").stderr
    (line,) = read_json("list")["backups"]
    assert line["resultado"] == "ensaio: igual"
    assert line["verificado_em"]
    assert line["ensaiado_em"]


def test_damage_is_refused_and_of_a_sealed_file_it_is_broken_integrity() -> None:
    guardado = create_backup(SETEMBRO)
    content = guardado.caminho.read_bytes()
    guardado.caminho.write_bytes(content[:-9])
    document = read_json("verify", *SEPTEMBER, code=1)
    assert document["codigo"] == "backup_tamanho_errado"
    assert document["detalhes"]["esperado"] == len(content)
    assert document["detalhes"]["encontrado"] == len(content) - 9
    guardado.caminho.write_bytes(content)
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    guardado.caminho.write_bytes(content[:-9])
    document = read_json("verify", *SEPTEMBER, code=4)
    assert (document["codigo"], document["detalhes"]["backup"]) == ("integridade", "backup_tamanho_errado")
    # The same rows give the same bytes, so a new backup takes the place of the damaged one.
    assert read_json("create", *SEPTEMBER)["sha256"] == guardado.manifesto.csv.sha256
    assert read_json("verify", *SEPTEMBER)["conferidos"][0]["arquivo"] == guardado.caminho.name


def test_a_sealed_file_that_is_gone_ends_with_four(september: Banco) -> None:
    sealed = create_backup(SETEMBRO)
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    with september.connect() as connection:
        connection.execute("update artistas set nome = 'Bia Souza' where id = 2")
    create_backup(SETEMBRO)
    sealed.caminho.unlink()
    document = read_json("verify", *SEPTEMBER, code=4)
    assert document["codigo"] == "integridade"
    assert "que o extrato cita" in document["mensagem"]


def test_verify_without_a_month_asks_for_every_file_that_an_extrato_names() -> None:
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    assert [c["competencia"] for c in read_json("verify")["conferidos"]] == ["2025-08", "2025-09"]
    shutil.rmtree(get_folder_path(AGOSTO))
    document = read_json("verify", code=4)
    assert (document["codigo"], document["detalhes"]["mes"]) == ("integridade", "2025-08")


def test_verify_without_a_month_passes_over_no_damaged_manifest() -> None:
    guardado = create_backup(SETEMBRO)
    for path in (guardado.caminho.with_suffix(".json"), guardado.caminho.with_name("backup_2025_09.json")):
        path.unlink()
        path.write_bytes(b"{}")
    assert read_json("verify", code=1)["codigo"] == "manifesto_danificado"


def test_the_month_before_is_the_calendars_also_before_four_in_the_morning() -> None:
    """At 00:30 on the 1st of November the business day is still October's, and the month that is meant is October."""
    with time_machine.travel(datetime(2025, 11, 1, 3, 30, tzinfo=UTC), tick=False):
        assert read_json("create")["competencia"] == "2025-10"


def test_restore_brings_the_month_back(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    assert read_json("restore", *SEPTEMBER, code=1)["codigo"] == "restauracao_impedida"
    empty_september(september)
    document = read_json("restore", *SEPTEMBER)
    assert document["linhas"] == sum(guardado.manifesto.contagem.totais[7])
    empty_september(september)
    assert "está de volta" in run("restore", "--file", str(guardado.caminho)).stderr


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("x", encoding="utf-8")
    document = read_json("create", *SEPTEMBER, code=1)
    assert document["codigo"] == "disco"
    assert str(tmp_path / "backups") in document["mensagem"]


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--year", "2025"),
        ("create", "--year", "2025", "--month", "13"),
        ("create", "--full", *SEPTEMBER),
        ("restore",),
        ("restore", "--full"),
        ("restore", *SEPTEMBER, "--switch"),
        ("restore", *SEPTEMBER, "--into", "outro"),
        ("restore", "--file", "nao-existe.csv"),
        ("prune", "--days", "0"),
        ("prune", "--year", "2025"),
        ("nada",),
    ],
)
def test_what_cannot_be_meant_ends_with_two(words: tuple[str, ...]) -> None:
    assert read_json(*words, code=2)["mensagem"]


def test_another_month_than_the_files_is_a_mistake() -> None:
    guardado = create_backup(AGOSTO)
    document = read_json("restore", *SEPTEMBER, "--file", str(guardado.caminho), code=2)
    assert "é de Agosto/2025, não de Setembro/2025" in document["mensagem"]


def test_list_shows_what_lies_there() -> None:
    assert "Ainda não há backups" in run("list").stderr
    guardado = create_backup(SETEMBRO)
    create_backup(AGOSTO)
    run("create", "--full")
    told = run("list")
    assert told.exit_code == 0
    for words in ("Setembro/2025", "Agosto/2025", guardado.caminho.name, "o do mês", "Cópias completas"):
        assert words in told.stdout
    document = read_json("list")
    assert [line["competencia"] for line in document["backups"]] == ["2025-08", "2025-09"]
    assert len(document["completos"]) == 1
    assert len(read_json("list", *SEPTEMBER)["backups"]) == 1


def test_prune_says_what_goes(september: Banco) -> None:
    create_backup(SETEMBRO)
    assert "Nenhum backup é antigo" in run("prune").stderr
    old = create_backup(SETEMBRO)
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = 3 where id = 24")
    create_backup(SETEMBRO)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert read_json("prune", "--dry-run")["sairiam"] == [str(old.caminho)]
        assert read_json("prune", *SEPTEMBER, "--dry-run")["sairiam"] == [str(old.caminho)]
        assert read_json("prune", "--year", "2025", "--month", "8")["apagados"] == []
        assert read_json("prune")["apagados"] == [str(old.caminho)]
    assert not old.caminho.exists()


def test_the_whole_studio_is_copied_and_comes_back(september: Banco) -> None:
    name = f"{september.name}_cli"
    created = read_json("create", "--full")
    assert list(created["meses"]) == ["2025-08", "2025-09", "2025-10"]
    assert read_json("verify", "--full")["sha256"] == created["sha256"]
    assert read_json("verify", "--full", "--drill")["ensaiado"] is True
    try:
        document = read_json("restore", "--full", "--into", name)
        assert (document["banco"], document["meses_conferidos"], document["banco_anterior"]) == (name, 3, None)
        assert read_json("restore", "--full", "--into", name, code=1)["codigo"] == "ja_existe"
    finally:
        db.reset()
        drop_database(name)


def test_an_older_copy_takes_the_place_by_force_and_says_where_the_seals_are(september: Banco, tmp_path: Path) -> None:
    read_json("create", "--full")
    generate_extrato_with_atomic_transaction(8, 2025)
    name = f"{september.name}_cli"
    try:
        document = read_json("restore", "--full", "--into", name, "--switch", "--force")
        assert document["atraso"] == ["selos.log, elo 1 (2025-08)"]
        (aside,) = (tmp_path / "backups").glob("selos_antes_*.log")
        assert document["selos_anteriores"] == str(aside)
        assert str(aside) in document["avisos"][-1]
    finally:
        db.reset()
        drop_database(name)
        drop_database(document["banco_anterior"])
