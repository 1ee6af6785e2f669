"""The drill restores a backup into a database of its own, compares everything, and leaves nothing behind."""

from datetime import timedelta

import psycopg
import pytest
import time_machine
from backup_mes import AGOSTO, SETEMBRO, Connection
from conftest import Banco
from damage import forge

from estudio import clock
from estudio.domain.backup import Guardado
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDanificado, EnsaioFalhou
from estudio.services import backup_banco, backup_ensaio
from estudio.services.backup_banco import connect_to, create_database, drop_database, open_drill_database, sweep_drills
from estudio.services.backup_carga import copy_rows
from estudio.services.backup_ensaio import drill_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.rotina_copias import drill_untried


@pytest.fixture
def drilled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the scratch databases that this test makes; other processes make theirs on the same server."""
    names: list[str] = []

    def create(name: str) -> None:
        names.append(name)
        create_database(name)

    monkeypatch.setattr(backup_banco, "create_database", create)
    return names


def list_existing(banco: Banco, names: list[str]) -> list[str]:
    with banco.connect_as_superuser() as connection:
        rows = connection.execute("select datname from pg_database where datname = any(%s) order by 1", [names])
        return [row[0] for row in rows.fetchall()]


def read_result(banco: Banco) -> tuple[bool, str | None]:
    with banco.connect() as connection:
        row = connection.execute("select ensaiado_em is not null, resultado from backups order by id").fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_month_comes_back_whole_and_its_sheet_byte_for_byte(september: Banco, drilled: list[str]) -> None:
    """Estornos of other months, sessions of other months, texts of every kind, people, labels."""
    with september.connect() as connection:
        connection.execute("update formas set rotulo = 'Pix no balcão' where codigo = 'pix'")
        connection.execute("insert into formas (codigo, rotulo) values ('vale', 'Pix')")
    ensaio = drill_backup(create_backup(SETEMBRO))
    assert ensaio.linhas == sum(ensaio.guardado.manifesto.contagem.totais[7])
    assert read_result(september) == (True, "ensaio: igual")
    assert len(drilled) == 1
    assert list_existing(september, drilled) == []


def test_the_first_month_of_the_books_can_be_tried_as_well(september: Banco) -> None:
    """It has no month before it in which the payment that it reverses could stand."""
    with september.connect() as connection:
        connection.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual, estorno_de)
               values ('2000-01-31', -5, 'pix', 2, 0, 1)"""
        )
    assert drill_backup(create_backup(Competencia(2000, 1))).linhas == 1


def test_a_sheet_that_gives_another_month_fails(september: Banco, drilled: list[str]) -> None:
    guardado = create_backup(SETEMBRO)
    content = guardado.caminho.read_bytes().replace(b";1234567,89;", b";1234568,89;")
    with pytest.raises(EnsaioFalhou, match="difere em dia 2025-09-30, pagamento"):
        drill_backup(forge(guardado, content))
    assert len(drilled) == 1
    assert list_existing(september, drilled) == []


def test_a_text_that_differs_fails_though_every_figure_is_right(
    september: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No digest holds a note; the sheet that is written again does."""

    def copy_and_change(connection: Connection, guardado: Guardado) -> None:
        copy_rows(connection, guardado)
        connection.execute("update estudio.pagamentos set observacoes = 'outra' where observacoes = '-2'")

    monkeypatch.setattr(backup_ensaio, "copy_rows", copy_and_change)
    guardado = create_backup(SETEMBRO)
    with pytest.raises(EnsaioFalhou, match="algum texto"):
        drill_backup(guardado)
    assert read_result(september) == (True, "ensaio: ensaio_falhou")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b";pix;", b";cheque;", "pagamentos_forma_fk"),
        (b";1234567,89;", b";99999999,99;", "pagamentos_valor"),
        (b"realizada", b"terminada", "sessoes_status"),
    ],
)
def test_rows_that_no_database_takes_fail_with_the_rule_they_break(
    september: Banco, drilled: list[str], old: bytes, new: bytes, rule: str
) -> None:
    guardado = create_backup(SETEMBRO)
    forged = forge(guardado, guardado.caminho.read_bytes().replace(old, new))
    with pytest.raises(EnsaioFalhou, match=rf"o banco recusou as linhas \({rule}\)"):
        drill_backup(forged)
    assert list_existing(september, drilled) == []


def test_a_damaged_file_is_not_restored(september: Banco, drilled: list[str]) -> None:
    guardado = create_backup(SETEMBRO)
    guardado.caminho.write_bytes(b"x")
    with pytest.raises(BackupDanificado):
        drill_backup(guardado)
    assert list_existing(september, drilled) == []


def test_a_drill_that_died_is_swept_after_a_day(september: Banco) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=25), tick=False):
        stamp = f"{clock.now():%Y%m%d%H%M%S}"
    old, young = f"estudio_ensaio_{stamp}_01234567", f"estudio_ensaio_{clock.now():%Y%m%d%H%M%S}_01234567"
    create_database(old)
    create_database(young)
    # By the server's clock: on a machine that is ahead, or in a test that travels, the other's drill is no old one.
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        sweep_drills()
    left = list_existing(september, [old, young])
    drop_database(young)
    assert left == [young]


def test_the_scratch_database_goes_also_when_the_drill_fails(september: Banco, drilled: list[str]) -> None:

    def die() -> None:
        with open_drill_database() as connection:
            assert connection.execute("select count(*) from estudio.pagamentos").fetchone() == (0,)
            assert list_existing(september, drilled) == drilled
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        die()
    assert list_existing(september, drilled) == []


def test_a_scratch_database_goes_also_while_somebody_is_connected(september: Banco) -> None:
    name = f"estudio_ensaio_{clock.now():%Y%m%d%H%M%S}_76543210"
    create_database(name)
    with connect_to(name) as idle:
        drop_database(name)
        with pytest.raises(psycopg.OperationalError):
            idle.execute("select 1")
    assert list_existing(september, [name]) == []


def test_august_alone_comes_back(september: Banco) -> None:
    assert drill_backup(create_backup(AGOSTO)).linhas == 2
    assert read_result(september)[0]


def test_what_was_tried_while_a_clock_was_ahead_is_tried_again(september: Banco) -> None:
    create_backup(SETEMBRO)
    assert drill_untried("") is not None
    assert drill_untried("") is None
    with september.connect_as_superuser() as connection:
        connection.execute("update backups set ensaiado_em = clock_timestamp() + interval '40 days'")
    assert drill_untried("") is not None
    assert drill_untried("") is None
