"""`estudio extrato` as people and programs use it: words, documents, exit codes."""

import json
from datetime import date
from typing import Any

import pytest
from cast import make_cast, pay, spend
from click.testing import CliRunner, Result
from conftest import Banco

from estudio import clock, config, db
from estudio.cli import main
from estudio.domain.competencia import Competencia
from estudio.log_files import Parte
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["extrato", *words])


def run_json(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def month(banco: Banco) -> Banco:
    """September 2025: 500,00 at 40 % to Bia, 100,00 to Ana, 50,00 spent."""
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "500.00", data=date(2025, 9, 5), cliente=cast.dora)
        pay(session, cast, "100.00", data=date(2025, 9, 6), artista=cast.ana, percentual=0, forma="dinheiro")
        spend(session, cast, "50.00", data=date(2025, 9, 7))
    return banco


SETEMBRO = ("--year", "2025", "--month", "9")


@pytest.mark.usefixtures("month")
def test_check_shows_what_would_be_sealed_and_writes_nothing() -> None:
    document = run_json("check", *SETEMBRO)
    assert document["pronto"] is True
    assert document["totais"]["receita_liquida"] == "350.00"
    assert run_json("close", *SETEMBRO, "--dry-run")["conteudo_sha256"] == document["conteudo_sha256"]
    assert run_json("list")["execucoes"] == []
    assert "Receita Líquida (Bruta - Comissões - Gastos)" in run("check", *SETEMBRO).stdout


@pytest.mark.usefixtures("month")
def test_close_show_and_verify_tell_the_same() -> None:
    previewed = run_json("check", *SETEMBRO)
    closed = run_json("close", *SETEMBRO)
    shown = run_json("show", *SETEMBRO)
    assert {
        "mes", "ano", "versao", "estado", "totais", "contagens", "por_dia", "conteudo_sha256", "selo_sha256",
        "anterior_sha256", "backup_sha256", "fechado_em", "fechado_por",
    } <= shown.keys()  # fmt: skip
    assert closed["desfecho"] == "fechado"
    assert shown["conteudo_sha256"] == closed["conteudo_sha256"] == previewed["conteudo_sha256"]
    assert (shown["mes"], shown["ano"], shown["versao"], shown["estado"]) == (9, 2025, 1, "fechada")
    assert shown["totais"]["receita_total"] == "600.00"
    assert run_json("verify", "--cabeca", shown["selo_sha256"][:12])["integro"] is True
    assert run_json("verify", *SETEMBRO)["backup_provado"] is True
    text = run("show", *SETEMBRO).stdout
    for words in ("Extrato de Setembro/2025", "Receita Total (Bruta)", "R$ 600,00", "Comissões por Artista", "provado"):
        assert words in text


@pytest.mark.usefixtures("month")
def test_closing_twice_is_done_twice_and_written_once() -> None:
    first = run_json("close", *SETEMBRO)
    again = run_json("close", *SETEMBRO)
    assert again["selo_sha256"] == first["selo_sha256"]
    assert len(run_json("list")["execucoes"]) == 1


@pytest.mark.usefixtures("month")
def test_reopen_diff_and_seal() -> None:
    run_json("close", *SETEMBRO)
    assert run_json("reopen", *SETEMBRO, code=1)["codigo"] == "motivo_faltando"
    run_json("reopen", *SETEMBRO, "--motivo", "faltou um recibo")
    run_json("close", *SETEMBRO)
    assert run_json("diff", *SETEMBRO, "--de", "1", "--para", "2")["mesmo_conteudo"] is True
    assert run_json("show", *SETEMBRO, "--versao", "1")["estado"] == "substituido"
    assert run_json("seal", *SETEMBRO, "--confirmo", "2025-08", code=2)["codigo"] == "uso"
    run_json("seal", *SETEMBRO, "--confirmo", "2025-09")
    assert run_json("reopen", *SETEMBRO, "--motivo", "não abre", code=1)["codigo"] == "competencia_fechada"
    assert [m["estado"] for m in run_json("list")["meses"]] == ["selada"]


@pytest.mark.usefixtures("month")
def test_the_difference_between_versions_is_told_by_artist_and_day() -> None:
    run_json("close", *SETEMBRO)
    run_json("reopen", *SETEMBRO, "--motivo", "faltou um pagamento")
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, percentual)"
            " select '2025-09-30', 8000, 'pix', id, 0 from estudio.artistas where nome = 'Ana'"
        )
    run_json("close", *SETEMBRO)
    text = run("diff", *SETEMBRO, "--de", "1", "--para", "2").stdout
    for words in ("Ana", "R$ 80,00", "2025-09-30"):
        assert words in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--month", "3"), "Diga o ano e o mês juntos"),
        (("--year", "2025", "--month", "0"), "O mês precisa estar entre 1 e 12"),
        (("--year", "2025", "--month", "13"), "O mês precisa estar entre 1 e 12"),
        (("--year", "1999", "--month", "9"), "O ano precisa estar entre 2000 e 2099"),
        (("--year", "10000", "--month", "9"), "O ano precisa estar entre 2000 e 2099"),
        (("--year", "dois", "--month", "nove"), "Escreva números"),
    ],
)
def test_scenario_12_what_is_no_month_is_a_usage_error(words: tuple[str, ...], says: str) -> None:
    result = run("close", *words)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.usefixtures("banco")
def test_scenario_12_the_current_month_and_the_future_are_refused() -> None:
    current = Competencia.of(clock.today())

    def refuse(month: Competencia) -> str:
        document = run_json("close", "--year", str(month.ano), "--month", str(month.mes), code=1)
        return str(document["codigo"])

    for month in (current, current.next, Competencia(2099, 12)):
        assert refuse(month) == "mes_nao_terminou"
    with db.transaction() as session:
        pay(session, make_cast(session), "10.00", data=current.first_day, percentual=0)
    assert refuse(current) == "mes_nao_terminou"
    assert [(month["competencia"], month["estado"]) for month in run_json("list")["meses"]] == [
        (current.slug, "aberta")
    ]


@pytest.mark.usefixtures("banco")
def test_a_month_without_data_is_nothing_to_do() -> None:
    assert run_json("close", *SETEMBRO)["desfecho"] == "sem_dados"
    assert run("close", *SETEMBRO).exit_code == 0


@pytest.mark.usefixtures("banco")
def test_without_a_month_it_closes_the_previous_one() -> None:
    previous = clock.previous_competencia()
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "10.00", data=previous.first_day, percentual=0)
    assert run_json("close")["competencia"] == previous.slug


def test_books_that_were_changed_behind_the_guard_end_with_four(month: Banco) -> None:
    generate_extrato_with_atomic_transaction(9, 2025)
    with month.connect_as_superuser() as connection:
        connection.execute("alter table pagamentos disable trigger all")
        connection.execute("update pagamentos set valor_centavos = 50001 where valor_centavos = 50000")
        connection.execute("alter table pagamentos enable trigger all")
    document = run_json("verify", code=4)
    assert document["codigo"] == "integridade"
    assert document["integro"] is False
    assert document["divergencias"] == [
        "extrato Setembro/2025: dia 2025-09-05, pagamento: diferença de 1 centavos (agora, selado: [50001, 50000])"
    ]


@pytest.mark.usefixtures("month")
def test_closing_without_backup_warns_in_words_and_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
    monkeypatch.setenv("BACKUP_DIR", "/dev/null/nada")
    config.reset()
    document = run_json("close", *SETEMBRO)
    assert document["backup_sha256"] is None
    assert "SEM BACKUP" in document["avisos"][0]
    assert "SEM BACKUP provado" in run("show", *SETEMBRO).stdout


def test_what_is_checked_says_that_a_broken_chain_lets_no_month_close(month: Banco) -> None:
    run_json("close", *SETEMBRO)
    with month.connect_as_superuser() as superuser:
        superuser.execute("set session_replication_role = replica")
        superuser.execute("alter table selos disable trigger all")
        superuser.execute("update selos set em = '2025-10-01T00:00:00.000000Z'")
    document = run_json("check", "--year", "2025", "--month", "10", code=4)
    assert document["codigo"] == "integridade"


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("size", ["0", "-5", "abc", "1e9"])
def test_a_batch_size_that_is_none_is_said_once_in_a_sentence_and_closes(
    size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCH_SIZE", size)
    config.reset()
    result = run("close", *SETEMBRO)
    assert result.exit_code == 0, result.output
    sentence = (
        f"BATCH_SIZE={size} não é um número inteiro a partir de 1: vale 100. Escreva um número inteiro de 1 a 10000."
    )
    assert [line for line in result.stderr.splitlines() if "BATCH_SIZE" in line] == [f"aviso: {sentence}"]
    assert "batch_size_ignorado" not in result.stderr
    log = (config.get_settings().log_dir / Parte.FECHAMENTO.arquivo).read_text(encoding="utf-8")
    (kept, *_) = [line for line in map(json.loads, log.splitlines()) if line["evento"] == "batch_size_ignorado"]
    assert (kept["BATCH_SIZE"], kept["usado"], kept["mensagem"]) == (size, 100, sentence)
