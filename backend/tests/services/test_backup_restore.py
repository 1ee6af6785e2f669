"""A month comes back into its own studio under its own ids; whatever is in the way is named, and nothing changes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from backup_mes import AGOSTO, SETEMBRO, Connection
from conftest import Banco
from damage import forge

from estudio.domain.backup import Guardado
from estudio.domain.errors import (
    BackupDanificado,
    BackupDeOutroEstudio,
    CompetenciaFechada,
    EmAndamento,
    RestauracaoImpedida,
    SemPermissao,
)
from estudio.domain.usuario import Papel, Quem
from estudio.services import backup_restauro
from estudio.services.backup_carga import copy_rows
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_leitura import find_of
from estudio.services.backup_restauro import restore_backup
from estudio.services.contagem_service import count_in_sql
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

QUEM = Quem(None, Papel.DONO, "teste")
TABLES = ("pagamentos", "comissoes", "sessoes", "gastos", "artistas", "clientes")


def empty(connection: Connection) -> None:
    """September's rows are deleted one by one, as an import that is undone does."""
    with connection.transaction():
        connection.execute("delete from sessoes where payment_mes = '2025-09-01'")
        connection.execute("delete from pagamentos where mes = '2025-09-01' and estorno_de is not null")
        connection.execute("delete from pagamentos where mes = '2025-09-01'")
        connection.execute("delete from gastos where mes = '2025-09-01'")


def count_all(connection: Connection) -> list[int]:
    row = connection.execute(
        """select (select count(*) from pagamentos), (select count(*) from comissoes), (select count(*) from sessoes),
                  (select count(*) from gastos), (select count(*) from clientes), (select count(*) from artistas)"""
    ).fetchone()
    assert row is not None
    return list(row)


def test_a_month_comes_back_with_the_same_rows_and_the_same_file(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        before = count_all(connection)
        empty(connection)
        done = restore_backup(guardado, quem=QUEM)
        assert done.linhas == sum(guardado.manifesto.contagem.totais[7])
        assert (done.artistas, done.clientes) == (0, 0)
        assert count_all(connection) == before
        assert count_in_sql(connection, SETEMBRO) == guardado.manifesto.contagem
    assert create_backup(SETEMBRO).manifesto.csv == guardado.manifesto.csv


def test_what_an_import_brought_is_known_again_and_the_month_still_closes(september: Banco) -> None:
    """Its comissão is not what the rate would give, and that only an import may."""
    with september.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
        connection.execute(
            """with i as (insert into importacoes (origem, arquivo, sha256) values ('v4', 'a.csv', repeat('0', 64))
                          returning id),
                 alvo as (select min(c.id) as id from comissoes c join pagamentos p on p.id = c.pagamento_id
                          where c.mes = '2025-09-01' and p.estorno_de is null
                            and not exists (select from pagamentos e where e.estorno_de = p.id)),
                 c as (update comissoes set valor_centavos = valor_centavos - 1, importacao_id = i.id from i, alvo
                       where comissoes.id = alvo.id returning comissoes.id, importacao_id)
               insert into importacao_linhas (origem, tipo, id_externo, id_interno, importacao_id)
               select 'v4', 'comissao', '1', id, importacao_id from c"""
        )
        assert list_blocking(connection) == ["mes_anterior_aberto"]
        guardado = create_backup(SETEMBRO)
        empty(connection)
        restore_backup(guardado, quem=QUEM)
        assert list_blocking(connection) == ["mes_anterior_aberto"]


def list_blocking(connection: Connection) -> list[str]:
    rows = connection.execute("select codigo from prontidao('2025-09-01', '2026-11-24') where bloqueia order by 1")
    return [codigo for (codigo,) in rows]


def test_the_audit_says_who_brought_it_back_and_from_what(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        restore_backup(guardado, quem=QUEM)
        row = connection.execute(
            """select count(*), min(origem), min(motivo) from auditoria
               where tabela = 'gastos' and acao = 'insert' and motivo is not null"""
        ).fetchone()
    assert row == (guardado.manifesto.contagem.totais[7][3], "teste", f"restaurado de {guardado.manifesto.csv.arquivo}")


def test_the_next_row_gets_a_number_of_its_own(september: Banco) -> None:
    """Also where the sequences of the database were behind the ids of the file."""
    guardado = create_backup(SETEMBRO)
    with september.connect_as_superuser() as superuser:
        empty(superuser)
        superuser.execute("select setval('pagamentos_id_seq', 1), setval('gastos_id_seq', 1, false)")
    restore_backup(guardado, quem=QUEM)
    with september.connect() as connection:
        row = connection.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual)
               values ('2025-09-01', 1, 'pix', 1, 0) returning id > (select max(id) from pagamentos)"""
        ).fetchone()
        assert row == (True,)
        connection.execute(
            "insert into gastos (data, valor_centavos, descricao, forma) values ('2025-09-01', 1, 'x', 'pix')"
        )


def test_people_who_are_gone_come_back_with_their_number(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        connection.execute("delete from clientes where id = 9")
        connection.execute("delete from artistas where id = 3")
        done = restore_backup(guardado, quem=QUEM)
        assert (done.artistas, done.clientes) == (1, 1)
        assert connection.execute("select nome from artistas where id = 3").fetchone() == ("=cmd",)
    assert create_backup(SETEMBRO).manifesto.csv == guardado.manifesto.csv


def add_payment(connection: Connection) -> None:
    connection.execute(
        """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual)
           values ('2025-09-01', 1, 'pix', 1, 0)"""
    )


def take_number(connection: Connection) -> None:
    connection.execute(
        """insert into pagamentos (id, data, valor_centavos, forma, artista_id, percentual)
           overriding system value values (5, '2025-11-01', 1, 'pix', 1, 0)"""
    )


def take_session(connection: Connection) -> None:
    connection.execute(
        """insert into sessoes (id, data, valor_centavos, artista_id)
           overriding system value values (1, '2025-11-01', 1, 1), (2, '2025-11-01', 1, 1)"""
    )


def take_event(connection: Connection) -> None:
    connection.execute(
        """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, google_event_id)
           values ('2025-11-01', 1, 'pix', 1, 0, 'evento-1')"""
    )


def delete_original(connection: Connection) -> None:
    connection.execute("delete from pagamentos where id = 1")


@pytest.mark.parametrize(
    ("hinder", "says"),
    [
        (add_payment, "o mês já tem 1 pagamentos"),
        (take_number, "números de pagamentos já usados: 5"),
        (take_session, "números de sessões já usados: 1, 2"),
        (take_event, "eventos da agenda já usados por pagamentos: "),
        (delete_original, "faltam os pagamentos estornados 1, que são de outro mês"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_changes(
    september: Banco, hinder: Callable[[Connection], None], says: str
) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        hinder(connection)
        before = count_all(connection)
        with pytest.raises(RestauracaoImpedida, match=says) as caught:
            restore_backup(guardado, quem=QUEM)
        assert count_all(connection) == before
    assert "estudio import" in caught.value.message
    assert caught.value.codigo == "restauracao_impedida"


def test_a_closed_month_takes_nothing_back(september: Banco) -> None:
    guardado = create_backup(AGOSTO)
    generate_extrato_with_atomic_transaction(8, 2025)
    with pytest.raises(CompetenciaFechada, match="Agosto/2025 está fechado"):
        restore_backup(guardado, quem=QUEM)
    with september.connect() as connection:
        assert count_in_sql(connection, AGOSTO) == guardado.manifesto.contagem


def test_it_waits_for_no_closing(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        with connection.transaction():
            connection.execute("select travar_competencia('2025-08-01')")
            with pytest.raises(EmAndamento):
                restore_backup(guardado, quem=QUEM)


def test_only_the_dono_brings_a_month_back(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
    with pytest.raises(SemPermissao):
        restore_backup(guardado, quem=Quem(2, Papel.RECEPCAO, "teste"))


def test_another_studios_file_is_refused(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect_as_superuser() as superuser:
        empty(superuser)
        superuser.execute("update identidade set estudio_id = gen_random_uuid()")
    with pytest.raises(BackupDeOutroEstudio, match="estudio import"):
        restore_backup(guardado, quem=QUEM)


def test_a_damaged_file_brings_nothing_back(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        before = count_all(connection)
        content = guardado.caminho.read_bytes()
        guardado.caminho.write_bytes(content[:-1])
        with pytest.raises(BackupDanificado):
            restore_backup(guardado, quem=QUEM)
        guardado.caminho.write_bytes(content)
        with pytest.raises(BackupDanificado):
            restore_backup(forge(guardado, content.replace(b";1234567,89;", b";1234568,89;")), quem=QUEM)
        assert count_all(connection) == before


def test_what_comes_back_is_counted_before_it_is_kept(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    def copy_and_change(
        connection: Connection, guardado: Guardado, *, known_users: frozenset[int] | None = None
    ) -> None:
        copy_rows(connection, guardado, known_users=known_users)
        connection.execute("update estudio.pagamentos set valor_centavos = 7 where id = 24")

    monkeypatch.setattr(backup_restauro, "copy_rows", copy_and_change)
    guardado = create_backup(SETEMBRO)
    with september.connect() as connection:
        empty(connection)
        before = count_all(connection)
        with pytest.raises(RestauracaoImpedida, match="não deu o mesmo mês"):
            restore_backup(guardado, quem=QUEM)
        assert count_all(connection) == before


def test_a_pair_that_was_carried_elsewhere_is_found_by_its_familiar_name(september: Banco, tmp_path: Path) -> None:
    guardado = create_backup(SETEMBRO)
    for ext in ("csv", "json"):
        shutil.copy(guardado.caminho.with_suffix(f".{ext}"), tmp_path / f"backup_2025_09.{ext}")
    with september.connect() as connection:
        empty(connection)
    carried: Guardado = find_of(tmp_path / "backup_2025_09.csv")
    assert restore_backup(carried, quem=QUEM).linhas == sum(guardado.manifesto.contagem.totais[7])
    assert find_of(tmp_path / "backup_2025_09.json").caminho == tmp_path / "backup_2025_09.csv"
