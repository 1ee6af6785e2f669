"""A backup is created: what the file says, how it lies on the disk, and that nothing but the rows decides its bytes."""

import csv
import gzip
import hashlib
import json
from typing import Any

import pytest
from backup_mes import AGOSTO, SETEMBRO, TEXTS
from conftest import Banco

from estudio import config
from estudio.domain.backup import Guardado
from estudio.domain.backup_planilha import COLUNAS
from estudio.domain.backup_planilha_leitura import parse_linha
from estudio.domain.competencia import Competencia
from estudio.domain.errors import SemDados
from estudio.services import backup_lote
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import read_backup
from estudio.services.contagem_service import Progress, count_in_sql

pytestmark = pytest.mark.usefixtures("september")


def read_sheet(guardado: Guardado) -> list[dict[str, str]]:
    """The rows as somebody else's csv reader sees them."""
    text = guardado.caminho.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines(keepends=True), delimiter=";"))


def test_what_is_read_back_is_what_postgresql_counts(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    prova = read_backup(guardado.caminho)
    with september.connect() as connection:
        assert prova.contagem == count_in_sql(connection, SETEMBRO) == guardado.manifesto.contagem
    assert prova.as_sealed() == {
        "conteudo_sha256": prova.contagem.conteudo_sha256,
        "arquivo": guardado.caminho.name,
        "sha256": hashlib.sha256(guardado.caminho.read_bytes()).hexdigest(),
    }


def test_the_bytes_are_those_that_a_brazilian_excel_opens() -> None:
    content = create_backup(SETEMBRO).caminho.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf" + ";".join(COLUNAS).encode() + b"\r\n")
    assert b"sep=" not in content
    assert content.endswith(b"Z\r\n")
    line = next(part for part in content.decode().split("\r\n") if ";1234567,89;" in part)
    assert line.startswith("pagamento;")
    assert ";30/09/2025;" in line


def test_every_text_comes_back_exactly_and_none_begins_like_a_formula() -> None:
    guardado = create_backup(SETEMBRO)
    text = guardado.caminho.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=";"))[1:]
    found = {parse_linha(row)._asdict().get("observacoes") for row in rows}
    assert set(TEXTS) <= found
    textual = [COLUNAS.index(c) for c in ("cliente_name", "artista_name", "descricao", "observacoes", "creator_name")]
    assert not [row[c] for row in rows for c in textual if row[c][:1] in set("=+-@\t\r\n|%＝＋－＠") - {""} and row[c]]


def test_kinds_come_one_after_the_other_each_by_day_and_id() -> None:
    rows = read_sheet(create_backup(SETEMBRO))
    kinds = [row["type"] for row in rows]
    assert kinds == sorted(kinds, key=["pagamento", "comissao", "sessao", "gasto"].index)
    for kind in ("pagamento", "gasto"):
        keys = [(row["data"].split("/")[::-1], int(row["id"])) for row in rows if row["type"] == kind]
        assert keys == sorted(keys)
    keys = [(row["pagamento_data"].split("/")[::-1], int(row["id"])) for row in rows if row["type"] == "sessao"]
    assert keys == sorted(keys)


def test_it_holds_the_month_and_nothing_else() -> None:
    rows = read_sheet(create_backup(SETEMBRO))
    assert {row["data"][3:] for row in rows if row["type"] != "sessao"} == {"09/2025"}
    sessoes = [row for row in rows if row["type"] == "sessao"]
    assert {row["data"][3:] for row in sessoes} > {"08/2025"}, "a sitting of August paid in September is September's"
    assert all(row["payment_id"] and row["pagamento_data"].endswith("09/2025") for row in sessoes)
    reversal = next(row for row in rows if row["valor"] == "-300,00")
    assert reversal["estorno_de"] == "1"
    undecided = next(row for row in rows if row["valor"] == "0,01")
    assert undecided["percentual"] == "", "null is not 0 %"
    settled = next(row for row in rows if row["type"] == "pagamento" and row["sessao_id"])
    first = min(int(row["id"]) for row in sessoes if row["payment_id"] == settled["id"])
    assert int(settled["sessao_id"]) == first


def test_the_manifest_says_what_the_file_is(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    manifest = json.loads(guardado.caminho.with_suffix(".json").read_bytes())
    content = guardado.caminho.read_bytes()
    assert manifest["mes"] == "2025-09"
    assert manifest["arquivo"] == guardado.caminho.name
    assert manifest["bytes"] == len(content)
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["contagens"]["sessoes"] == 9
    assert manifest["totais"]["receita_total"] == "1236229.80"
    assert guardado.manifesto.contagem.totais[0] == 123622980
    assert manifest["rotulos"]["formas"]["credito"] == "Cartão de Crédito"
    assert manifest["origem"]["banco"] == september.name
    assert manifest["origem"]["sistema"].isdigit()
    assert len(manifest["origem"]["estudio_id"]) == 36
    assert manifest["origem"]["esquema"], "the alembic revision"
    assert manifest["gz"] is None


@pytest.mark.parametrize("batch_size", [1, 7, 100, 100_000])
def test_the_batch_size_changes_no_byte(batch_size: int) -> None:
    steps: list[Progress] = []
    guardado = create_backup(SETEMBRO, batch_size=batch_size, on_batch=steps.append)
    assert guardado.manifesto.csv == create_backup(SETEMBRO).manifesto.csv
    assert read_backup(guardado.caminho, batch_size=batch_size).contagem == guardado.manifesto.contagem
    assert steps[-1].lote == steps[-1].lotes == len(steps)
    assert steps[-1].registros == steps[-1].registros_total == sum(guardado.manifesto.contagem.totais[7])


def test_a_compressed_copy_unfolds_to_the_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    config.reset()
    first = create_backup(SETEMBRO)
    assert first.manifesto.gz is not None
    copy = first.caminho.with_name(first.manifesto.gz.arquivo)
    content = copy.read_bytes()
    assert gzip.decompress(content) == first.caminho.read_bytes()
    assert content[4:8] == b"\0\0\0\0", "no time in it: equal bytes in, equal bytes out"
    assert create_backup(SETEMBRO).manifesto.gz == first.manifesto.gz
    assert read_backup(first.caminho).contagem == first.manifesto.contagem
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "false")
    config.reset()
    create_backup(SETEMBRO)
    assert not (get_folder_path(SETEMBRO) / "backup_2025_09.csv.gz").exists(), (
        "an older backup's, under this one's name"
    )


def test_a_month_without_money_has_nothing_to_keep() -> None:
    with pytest.raises(SemDados, match="Fevereiro/2030"):
        create_backup(Competencia(2030, 2))
    assert list(get_folder_path(Competencia(2030, 2)).iterdir()) == []


def test_it_is_one_moment_of_the_database(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expense entered while payments are written is not in the file: its expenses are read in the same snapshot."""
    tipo, format_batch = backup_lote.KINDS["pagamentos"]
    with september.connect() as writer:
        entered: list[str] = []

        def interrupt(batch: list[Any]) -> str:
            if not entered:
                entered.append("gasto")
                writer.execute(
                    "insert into gastos (data, valor_centavos, descricao, forma) values ('2025-09-30', 5, 'x', 'pix')"
                )
            return format_batch(batch)

        kinds = dict(backup_lote.KINDS) | {"pagamentos": (tipo, interrupt)}
        monkeypatch.setattr(backup_lote, "KINDS", kinds)
        before = count_in_sql(writer, SETEMBRO)
        guardado = create_backup(SETEMBRO)
        assert entered
        assert guardado.manifesto.contagem == before != count_in_sql(writer, SETEMBRO)


def test_it_is_made_under_the_lock_of_a_closing(september: Banco) -> None:
    """On its own connection, while another one holds the month for itself."""
    with september.connect() as closer, closer.transaction():
        closer.execute("select travar_competencia('2025-09-01')")
        guardado = create_backup(SETEMBRO)
        assert read_backup(guardado.caminho).contagem == guardado.manifesto.contagem


def test_the_table_remembers_it(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    create_backup(SETEMBRO)
    create_backup(AGOSTO)
    with september.connect() as connection:
        september_row, august_row = connection.execute(
            "select tipo, mes, arquivo, bytes, sha256, conteudo_sha256 from backups order by id"
        ).fetchall()
    sheet, contagem = guardado.manifesto.csv, guardado.manifesto.contagem
    first_day = SETEMBRO.first_day
    assert september_row == ("mes", first_day, sheet.arquivo, sheet.bytes, sheet.sha256, contagem.conteudo_sha256)
    assert august_row[1] == AGOSTO.first_day
