"""Our own backup comes back: into the studio that wrote it under its own ids, into another one under new ones."""

import uuid
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from backup_mes import AGOSTO, SETEMBRO
from conftest import TEMPLATE, Banco, use_database
from importar import DONO, ask, bring_file, run_sql
from psycopg import sql
from servers import TestServer, create_database, drop_database

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contagem
from estudio.domain.errors import ArquivoNaoLido, BackupAlterado, ImportacaoRecusada
from estudio.services.backup_escrita import create_backup
from estudio.services.contagem_service import count_in_sql
from estudio.services.import_service import read_arquivo, undo_import


def back_up(competencia: Competencia = SETEMBRO) -> Path:
    """Under the familiar name, as a person finds it."""
    guardado = create_backup(competencia)
    return guardado.caminho.with_name(f"backup_{competencia.slug.replace('-', '_')}.csv")


def count(banco: Banco, competencia: Competencia = SETEMBRO) -> Contagem:
    with banco.connect() as connection:
        return count_in_sql(connection, competencia)


# Everything of September goes, and those who appear in it alone.
EMPTY = (
    "delete from estudio.pagamentos where mes = '2025-09-01' and estorno_de is not null",
    "delete from estudio.pagamentos where mes = '2025-09-01'",
    "delete from estudio.sessoes where payment_id is null and status <> 'faltou'",
    "delete from estudio.gastos",
    "delete from estudio.clientes",
)

DUMP = """
    select 'p', to_jsonb(p) - 'importacao_id' - 'versao' from estudio.pagamentos p union all
    select 'c', to_jsonb(c) - 'importacao_id' - 'versao' from estudio.comissoes c union all
    select 's', to_jsonb(s) - 'importacao_id' - 'versao' from estudio.sessoes s union all
    select 'g', to_jsonb(g) - 'importacao_id' - 'versao' from estudio.gastos g order by 1, 2"""


def test_what_is_here_already_is_only_counted(september: Banco) -> None:
    path = back_up()
    before = ask(september, "select count(*) from estudio.auditoria")
    done = bring_file(path)
    assert done.importacao_id is None
    assert done.plano.existentes["pagamento"] == count(september).totais[7][0]
    assert not done.plano.avisos
    assert ask(september, "select count(*) from estudio.auditoria") == before


def test_a_month_that_was_lost_comes_back_byte_for_byte(september: Banco) -> None:
    path, before, rows = back_up(), count(september), ask(september, DUMP)
    run_sql(september, *EMPTY)
    assert count(september) != before
    done = bring_file(path)
    assert count(september) == before
    assert count(september).conteudo_sha256 == before.conteudo_sha256
    assert ask(september, DUMP) == rows
    assert done.plano.pessoas.novas
    assert bring_file(path).importacao_id is None


def test_what_is_entered_after_a_return_gets_a_number_of_its_own(september: Banco) -> None:
    path = back_up()
    run_sql(september, *EMPTY)
    with september.connect_as_superuser() as connection:
        # As after the restore of an older dump: the sequence gives numbers again that the backup has.
        for tabela in ("pagamentos", "comissoes", "sessoes", "gastos", "clientes"):
            last = sql.SQL("select setval({}, coalesce(max(id), 0) + 1, false) from {}")
            connection.execute(last.format(sql.Literal(f"estudio.{tabela}_id_seq"), sql.Identifier("estudio", tabela)))
    bring_file(path)
    for tabela in ("pagamentos", "comissoes", "sessoes", "gastos", "clientes"):
        query = sql.SQL("select nextval({}), max(id) from {}")
        with september.connect() as connection:
            found = connection.execute(
                query.format(sql.Literal(f"estudio.{tabela}_id_seq"), sql.Identifier("estudio", tabela))
            ).fetchone()
        assert found is not None
        following, last = found
        assert following > last


def test_one_lost_payment_takes_its_commission_and_its_sessions_back(september: Banco) -> None:
    path, before = back_up(), count(september)
    run_sql(
        september,
        """delete from estudio.pagamentos where id =
           (select payment_id from estudio.sessoes group by 1 having count(*) = 3 order by 1 limit 1)""",
    )
    assert ask(september, "select count(*) from estudio.sessoes where payment_id is null and status = 'realizada'") == [
        (3,)
    ]
    done = bring_file(path)
    assert (len(done.plano.pagamentos), len(done.plano.comissoes), len(done.plano.vinculos)) == (1, 1, 3)
    assert count(september) == before
    assert bring_file(path).importacao_id is None


def test_it_comes_back_as_often_as_it_is_lost(september: Banco) -> None:
    path, before = back_up(), count(september)
    for _ in range(2):
        run_sql(september, "delete from estudio.gastos where id = 1")
        assert bring_file(path).importacao_id is not None
        assert count(september) == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "update estudio.pagamentos set valor_centavos = 4200 where id = 5",
            r"valor: R\$ [\d,]+ no arquivo e R\$ 42,00 aqui",
        ),
        (
            "update estudio.pagamentos set observacoes = 'outra' where id = 5",
            "observacoes: .* no arquivo e “outra” aqui",
        ),
        ("update estudio.pagamentos set cliente_id = null where id = 5", "cliente_id: “.*” no arquivo e nada aqui"),
        (
            "update estudio.pagamentos set data = '2025-10-05' where id = 5",
            "data: ../09/2025 no arquivo e 05/10/2025 aqui",
        ),
        ("update estudio.gastos set categoria = 'limpeza' where id = 5", "categoria: .* no arquivo e “limpeza” aqui"),
        ("update estudio.comissoes set percentual = 100 where id = 5", "percentual: 40% no arquivo e 1% aqui"),
        ("update estudio.sessoes set status = 'faltou' where id = 1", "status: “realizada” no arquivo e “faltou” aqui"),
    ],
)
def test_what_differs_here_is_refused_with_both_values(september: Banco, change: str, says: str) -> None:
    path = back_up()
    run_sql(september, change)
    before = ask(september, DUMP)
    with pytest.raises(ImportacaoRecusada, match=says):
        bring_file(path)
    assert ask(september, DUMP) == before


def test_a_backup_that_was_edited_is_not_believed(september: Banco) -> None:
    del september
    path = back_up()
    path.chmod(0o600)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content.replace(b"tinta", b"tinto").replace(b"1234567,89", b"1234567,88"))
    with pytest.raises(BackupAlterado, match=r"mudou depois de gravado"):
        read_arquivo(path)


def test_a_backup_without_its_manifest_says_what_is_missing(september: Banco, tmp_path: Path) -> None:
    del september
    alone = tmp_path / "backup_2025_09.csv"
    alone.write_bytes(back_up().read_bytes())
    with pytest.raises(ArquivoNaoLido, match="falta ao lado dele o manifesto"):
        read_arquivo(alone)
    manifest = back_up().with_suffix(".json")
    alone.with_suffix(".json").write_bytes(manifest.read_bytes())
    assert bring_file(alone).importacao_id is None


@dataclass(frozen=True)
class Elsewhere:
    """The backups of August and September, the studio that wrote them, and another one, which the settings name."""

    august: Path
    september: Path
    writer: Banco
    other: Banco


@pytest.fixture
def elsewhere(
    september: Banco, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> Generator[Elsewhere, None, None]:
    run_sql(
        september,
        "insert into estudio.formas (codigo, rotulo) values ('boleto', 'Boleto')",
        "update estudio.gastos set forma = 'boleto' where id = 3",
    )
    august, path = back_up(AGOSTO), back_up()
    name = f"o_{uuid.uuid4().hex[:16]}"
    create_database(server, name, template=TEMPLATE)
    use_database(monkeypatch, server, name)
    other = Banco(server, name)
    with other.connect() as connection:
        connection.execute("update estudio.identidade set estudio_id = gen_random_uuid()")
    yield Elsewhere(august, path, september, other)
    db.reset()
    drop_database(server, name)


def test_another_studio_takes_it_in_under_new_numbers(elsewhere: Elsewhere) -> None:
    september, other = elsewhere.writer, elsewhere.other
    with pytest.raises(ImportacaoRecusada, match="é estorno do 1, que não está no arquivo nem aqui"):
        bring_file(elsewhere.september)
    # So that no number is by chance the one that it had.
    run_sql(other, "insert into estudio.artistas (nome, nome_busca) values ('Zé', 'ze')")
    bring_file(elsewhere.august)
    done = bring_file(elsewhere.september)
    ours, theirs = count(september), count(other)
    assert theirs.totais[:3] == ours.totais[:3]
    assert theirs.totais[4:] == ours.totais[4:]
    assert sorted(t[1:] for t in theirs.totais[3]) == sorted(t[1:] for t in ours.totais[3])
    assert [(d.dia, d.tipo, d.quantidade, d.soma) for d in theirs.por_dia] == [
        (d.dia, d.tipo, d.quantidade, d.soma) for d in ours.por_dia
    ]
    names = """select p.data, p.valor_centavos, a.nome, c.nome, p.observacoes, p.percentual, p.google_event_id,
                      o.valor_centavos, extract(epoch from p.criado_em)
               from estudio.pagamentos p join estudio.artistas a on a.id = p.artista_id
               left join estudio.clientes c on c.id = p.cliente_id left join estudio.pagamentos o on o.id = p.estorno_de
               where p.mes = '2025-09-01' order by p.data, p.id"""
    assert ask(other, names) == ask(september, names)
    assert {nota.codigo for nota in done.plano.avisos.in_order()} == {"sem_usuario", "formas_novas"}
    assert bring_file(elsewhere.september).importacao_id is None
    assert bring_file(elsewhere.august).importacao_id is None


def test_people_of_one_name_stay_as_many_as_they_are(elsewhere: Elsewhere) -> None:
    other = elsewhere.other
    bring_file(elsewhere.august)
    bring_file(elsewhere.september)
    assert ask(other, "select count(*) from estudio.clientes") == [(20,)]
    # Two spellings have one key here; each stays who it was.
    assert ask(other, "select count(*) from estudio.clientes where nome_busca = '=1+1'") == [(2,)]


def test_two_of_one_name_and_somebody_of_that_name_here_is_asked(elsewhere: Elsewhere) -> None:
    other = elsewhere.other
    bring_file(elsewhere.august)
    run_sql(other, "insert into estudio.clientes (nome, nome_busca) values ('=1+1', '=1+1')")
    with pytest.raises(ImportacaoRecusada, match="o arquivo tem 2 clientes com o nome"):
        bring_file(elsewhere.september)
    assert count(other).totais[7] == [0, 0, 0, 0]


def test_a_form_that_the_other_studio_lacks_comes_along(elsewhere: Elsewhere) -> None:
    bring_file(elsewhere.august)
    done = bring_file(elsewhere.september)
    assert done.plano.formas.novos == {"boleto": "Boleto"}
    assert ask(elsewhere.other, "select rotulo, ativa from estudio.formas where codigo = 'boleto'") == [
        ("Boleto", False)
    ]
    assert count(elsewhere.other).totais[5] == count(elsewhere.writer).totais[5]


def test_an_import_into_another_studio_is_taken_back_whole(elsewhere: Elsewhere) -> None:
    other = elsewhere.other
    first, second = bring_file(elsewhere.august), bring_file(elsewhere.september)
    assert first.importacao_id is not None
    assert second.importacao_id is not None
    for importacao_id in (second.importacao_id, first.importacao_id):
        with db.transaction() as session:
            undo_import(session, importacao_id, quem=DONO)
    assert ask(other, DUMP) == []
    assert ask(other, "select (select count(*) from estudio.clientes), (select count(*) from estudio.artistas)") == [
        (0, 0)
    ]
