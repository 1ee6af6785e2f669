"""Acertos in the seal: all three counts see them, a backup carries them, and a month without them is what it was."""

import json
from pathlib import Path

import pytest
from backup_mes import AGOSTO, SETEMBRO, create_acertos
from conftest import Banco
from damage import forge
from importar import ask, bring_file, run_sql

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem, split_acertos
from estudio.domain.errors import BackupDanificado, ManifestoDanificado, SemDados
from estudio.domain.extrato import get_extrato
from estudio.domain.usuario import Papel, Quem
from estudio.services.backup_ensaio import drill_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_fluxo import hash_sheet
from estudio.services.backup_leitura import find_of, read_backup
from estudio.services.backup_restauro import restore_backup
from estudio.services.cadeia_service import count_in_python, verify_cadeia
from estudio.services.contagem_service import as_canonical, count_in_batches, count_in_sql
from estudio.services.extrato_consulta import compare_versions, describe_extrato, list_meses
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, verify_backup_before_transfer
from estudio.services.import_service import undo_import
from estudio.services.prontidao_service import list_achados

NOVEMBRO = Competencia(2025, 11)
QUEM = Quem(None, Papel.DONO, "teste")

# What these months gave before the books knew acertos.
DE_ANTES = {
    AGOSTO: "7f0e184bf41cd8ac66235f4a40b2b113766a57f31f5d832724f88f9f200f9152",
    SETEMBRO: "3c099194888ddcaf802f5b18645ce48769468a8a1702683cfed8dc5010d070df",
}


@pytest.fixture
def livros(september: Banco) -> Banco:
    with september.connect() as connection:
        create_acertos(connection)
    return september


def count(banco: Banco, competencia: Competencia = SETEMBRO) -> Contagem:
    with banco.connect() as connection:
        return count_in_sql(connection, competencia)


def close(competencia: Competencia) -> None:
    generate_extrato_with_atomic_transaction(competencia.mes, competencia.ano)


@pytest.mark.parametrize("competencia", DE_ANTES, ids=str)
def test_a_month_without_acertos_has_the_hash_that_it_had(september: Banco, competencia: Competencia) -> None:
    with september.connect() as connection, connection.transaction():
        in_sql, in_python = count_in_sql(connection, competencia), count_in_python(connection, competencia)
        in_batches = as_canonical(count_in_batches(connection, competencia, batch_size=7))
    assert in_sql.conteudo_sha256 == in_python.conteudo_sha256 == DE_ANTES[competencia]
    assert len(in_batches) == len(in_sql.totais) == 8
    guardado = create_backup(competencia)
    corpo = json.loads(find_of(guardado.caminho).manifesto.as_bytes())
    assert (corpo["formato"], list(corpo["contagens"])) == (
        "backup/1",
        ["pagamentos", "sessoes", "comissoes", "gastos"],
    )
    assert read_backup(guardado.caminho).contagem.conteudo_sha256 == DE_ANTES[competencia]


def test_the_three_counts_agree(livros: Banco) -> None:
    backup = read_backup(create_backup(SETEMBRO).caminho).contagem
    for size in (1, 7, 10_000):
        with livros.connect() as connection, connection.transaction():
            in_sql, in_python = count_in_sql(connection, SETEMBRO), count_in_python(connection, SETEMBRO)
            in_batches = as_canonical(count_in_batches(connection, SETEMBRO, batch_size=size))
        assert in_sql == in_python == backup
        assert in_batches == in_sql.totais
    quantos, somas = split_acertos(backup.totais)
    total = ask(livros, "select count(*), sum(valor_centavos) from acertos where mes = '2025-09-01'")
    assert [(quantos, sum(soma for _, _, soma in somas))] == total
    assert len({tipo for _, tipo, _ in somas}) == 8
    # In no other total.
    assert backup.totais[:3] == count_without(livros).totais[:3]


def count_without(banco: Banco) -> Contagem:
    with banco.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("delete from acertos")
        return count_in_sql(connection, SETEMBRO)


def test_a_backup_carries_them_and_the_drill_gives_them_back(livros: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    assert json.loads(guardado.manifesto.as_bytes())["formato"] == "backup/2"
    ensaio = drill_backup(guardado)
    assert ensaio.linhas == guardado.manifesto.contagem.registros == 75 + 27
    with livros.connect() as connection, connection.transaction():
        assert hash_sheet(connection, SETEMBRO) == guardado.manifesto.csv.sha256


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"acerto;21;", b"acerto;41;"),
        (b";-1234,56;", b";-1234,57;"),
        (b";repasse;", b";aluguel;"),
        (b";vale;", b";bonus;"),
    ],
)
def test_a_sheet_whose_acerto_was_changed_is_no_proof(livros: Banco, before: bytes, after: bytes) -> None:
    del livros
    guardado = create_backup(SETEMBRO)
    content = guardado.caminho.read_bytes()
    assert content.count(before) == 1
    with pytest.raises(BackupDanificado):
        read_backup(forge(guardado, content.replace(before, after)).caminho)


def test_a_manifest_that_denies_its_acertos_is_damaged(livros: Banco) -> None:
    del livros
    guardado = create_backup(SETEMBRO)
    manifest = guardado.caminho.with_suffix(".json")
    payload = manifest.read_bytes().replace(b'"backup/2"', b'"backup/1"')
    with pytest.raises(ManifestoDanificado):
        type(guardado.manifesto).parse(payload, arquivo="manifesto")


def empty(banco: Banco) -> None:
    run_sql(
        banco,
        "delete from estudio.acertos where mes = '2025-09-01'",
        "delete from estudio.sessoes where payment_mes = '2025-09-01'",
        "delete from estudio.pagamentos where mes = '2025-09-01' and estorno_de is not null",
        "delete from estudio.pagamentos where mes = '2025-09-01'",
        "delete from estudio.gastos where mes = '2025-09-01'",
    )


_LINHAS = "select to_jsonb(a) - 'importacao_id' - 'versao' from estudio.acertos a order by id"


@pytest.mark.parametrize("way", ["restore", "import"])
def test_a_month_that_was_lost_comes_back(livros: Banco, way: str) -> None:
    guardado, before, rows = create_backup(SETEMBRO), count(livros), ask(livros, _LINHAS)
    empty(livros)
    if way == "restore":
        assert restore_backup(guardado, quem=QUEM).linhas == before.registros
    else:
        assert bring_file(_familiar(guardado.caminho)).importacao_id is not None
        assert bring_file(_familiar(guardado.caminho)).importacao_id is None
    assert count(livros) == before
    assert ask(livros, _LINHAS) == rows


def _familiar(path: Path) -> Path:
    return path.with_name("backup_2025_09.csv")


def test_an_import_of_acertos_is_undone(livros: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    empty(livros)
    done = bring_file(_familiar(guardado.caminho))
    assert done.importacao_id is not None
    with db.transaction() as session:
        assert undo_import(session, done.importacao_id, quem=QUEM).removidos["acerto"] == 27
    assert split_acertos(count(livros).totais) == (0, [])


def test_a_month_of_acertos_alone_holds_something(livros: Banco) -> None:
    run_sql(livros, "delete from estudio.pagamentos where data = '2025-10-01'")
    with db.transaction(read_only=True) as session:
        achados = {a.codigo for a in list_achados(session, NOVEMBRO, hoje=clock.today())}
        assert "sem_dados" not in achados
        assert {mes["competencia"] for mes in list_meses(session)} >= {"2025-11"}
    run_sql(livros, "update estudio.pagamentos set percentual = 0 where percentual is null")
    with pytest.raises(SemDados):
        create_backup(Competencia(2025, 10))
    for competencia in (AGOSTO, SETEMBRO, NOVEMBRO):
        close(competencia)
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []
        extrato = get_extrato(session, NOVEMBRO)
        told = describe_extrato(session, extrato)
        assert told["contagens"] == {"pagamentos": 0, "sessoes": 0, "comissoes": 0, "gastos": 0, "acertos": 1}
        assert told["totais"]["acertos"] == [{"artista_id": 2, "artista": "Bia", "tipo": "aluguel", "total": "-400.00"}]
        assert (told["totais"]["receita_total"], told["totais"]["despesas_total"]) == ("0.00", "0.00")
        assert "acertos" not in describe_extrato(session, get_extrato(session, AGOSTO))["totais"]


def test_what_changes_between_versions_is_told(livros: Banco) -> None:
    run_sql(livros, "update estudio.pagamentos set percentual = 0 where percentual is null")
    close(AGOSTO)
    close(SETEMBRO)
    assert verify_backup_before_transfer(2025, 9)
    run_sql(livros, "select estudio.reabrir_competencia('2025-09-01', gen_random_uuid(), null, 'falta um vale')")
    run_sql(
        livros,
        """insert into estudio.acertos (data, artista_id, tipo, valor_centavos, forma)
           values ('2025-09-30', 2, 'vale', -100, 'pix')""",
    )
    close(SETEMBRO)
    with db.transaction(read_only=True) as session:
        assert compare_versions(session, SETEMBRO, 1, 2)["acertos"] == [
            {
                "artista_id": 2,
                "artista": "Bia",
                "nome": "vale",
                "antes": "-50.00",
                "depois": "-51.00",
                "diferenca": "-1.00",
            }
        ]
