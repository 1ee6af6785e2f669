"""The drill: a backup restored into an empty database of its own, counted there, written out once more and compared; a
copy of the whole studio restored as on the day that it is needed.

It proves what no reading of the file can: that the month can be had back. The database is gone afterwards.
"""

import time
from dataclasses import dataclass

import psycopg
import structlog

from estudio import db
from estudio.domain.backup import Guardado
from estudio.domain.backup_completo import Completo
from estudio.domain.competencia import Competencia
from estudio.domain.errors import EnsaioFalhou, EstudioError
from estudio.domain.nomes import normalise_nome
from estudio.services.backup_banco import drop_database, name_drill, open_drill_database
from estudio.services.backup_carga import Citados, collect_citados, copy_rows, raise_sequences
from estudio.services.backup_fluxo import hash_sheet
from estudio.services.backup_registro import adopt_backup, adopt_completo, record_drill
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.contagem_service import Connection, count_in_sql

log = structlog.get_logger(__name__)

IGUAL = "ensaio: igual"


@dataclass(frozen=True)
class Ensaio:
    """A drill that passed."""

    guardado: Guardado
    linhas: int
    ms: int


def drill_backup(guardado: Guardado) -> Ensaio:
    """Restore it into a scratch database, compare every figure and every byte, and remember the outcome.

    Raises EnsaioFalhou when it does not give the same month, a BackupDanificado when the file is not whole.
    """
    started = time.perf_counter()
    csv = guardado.manifesto.csv
    adopt_backup(guardado)
    try:
        with open_drill_database() as connection:
            _restore(connection, guardado)
            _compare(connection, guardado)
    except EstudioError as failure:
        log.error("ensaio_falhou", arquivo=csv.arquivo, codigo=failure.codigo)
        record_drill(csv.arquivo, csv.sha256, resultado=f"ensaio: {failure.codigo}")
        raise
    record_drill(csv.arquivo, csv.sha256, resultado=IGUAL)
    ms = round((time.perf_counter() - started) * 1000)
    log.info("ensaio_igual", arquivo=csv.arquivo, ms=ms)
    return Ensaio(guardado, guardado.manifesto.contagem.registros, ms)


def drill_full_backup(completo: Completo) -> int:
    """Restore the whole studio beside itself, where each month is held against the manifest and the chain is verified;
    remember the outcome, and return how many months those were. Raises what `restore_full_backup` raises."""
    dump = completo.manifesto.dump
    adopt_completo(completo)
    try:
        with db.translated():
            name = name_drill()
        try:
            meses = restore_full_backup(completo, into=name).meses
        finally:
            with db.translated():
                drop_database(name)
    except EstudioError as failure:
        log.error("ensaio_falhou", arquivo=dump.arquivo, codigo=failure.codigo)
        record_drill(dump.arquivo, dump.sha256, resultado=f"ensaio: {failure.codigo}")
        raise
    record_drill(dump.arquivo, dump.sha256, resultado=IGUAL)
    log.info("ensaio_igual", arquivo=dump.arquivo, meses=meses)
    return meses


def _restore(connection: Connection, guardado: Guardado) -> None:
    citados = collect_citados(guardado)
    try:
        with connection.transaction():
            _create_labels(connection, guardado.manifesto.rotulos)
            _create_people(connection, citados)
            _create_originals(connection, citados, guardado.competencia)
            copy_rows(connection, guardado)
            raise_sequences(connection, citados.maiores)
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        constraint = error.diag.constraint_name or error.sqlstate
        raise EnsaioFalhou(
            arquivo=str(guardado.caminho), motivo=f"o banco recusou as linhas ({constraint})", regra=constraint
        ) from error


def _create_labels(connection: Connection, rotulos: dict[str, dict[str, str]]) -> None:
    """Codes under the labels of that day; first all of them out of each other's way, for a label is unique."""
    with connection.cursor() as cursor:
        cursor.execute("update estudio.formas set rotulo = '§' || codigo")
        cursor.execute("update estudio.categorias set rotulo = '§' || codigo")
        cursor.executemany(
            """insert into estudio.formas (codigo, rotulo) values (%s, %s)
               on conflict (codigo) do update set rotulo = excluded.rotulo""",
            list(rotulos["formas"].items()),
        )
        cursor.executemany(
            """insert into estudio.categorias (codigo, rotulo) values (%s, %s)
               on conflict (codigo) do update set rotulo = excluded.rotulo""",
            list(rotulos["categorias"].items()),
        )


def _create_people(connection: Connection, citados: Citados) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into estudio.artistas (id, nome, nome_busca) overriding system value values (%s, %s, %s)",
            [(id_, nome, normalise_nome(nome)) for id_, nome in citados.artistas.items()],
        )
        cursor.executemany(
            "insert into estudio.clientes (id, nome, nome_busca) overriding system value values (%s, %s, %s)",
            [(id_, nome, normalise_nome(nome)) for id_, nome in citados.clientes.items()],
        )
        cursor.executemany(
            """insert into estudio.usuarios (id, nome, email, papel, ativo) overriding system value
               values (%s, %s, %s, 'contador', false)""",
            [(id_, nome, f"usuario-{id_}@ensaio.invalid") for id_, nome in citados.usuarios.items()],
        )


def _create_originals(connection: Connection, citados: Citados, competencia: Competencia) -> None:
    """A reversal needs its payment, which another month's backup holds: here one of the same artist stands for it."""
    first = competencia.first_day
    outside = competencia.next_first_day if first.year == 2000 and first.month == 1 else competencia.previous.first_day
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into estudio.pagamentos (id, data, valor_centavos, forma, artista_id, percentual)
               overriding system value values (%s, %s, %s, 'outros', %s, 0)""",
            [(id_, outside, taken, artista_id) for id_, (artista_id, taken) in citados.originais.items()],
        )


def _compare(connection: Connection, guardado: Guardado) -> None:
    """PostgreSQL counts what was restored; and the sheet that it would give is, byte for byte, the one it came from."""
    counted = count_in_sql(connection, guardado.competencia)
    claimed = guardado.manifesto.contagem
    if counted != claimed:
        differences = counted.list_differences(claimed)
        where = f"dia {differences[0]['dia']}, {differences[0]['tipo']}" if differences else "totais"
        raise EnsaioFalhou(
            arquivo=str(guardado.caminho), motivo=f"o mês restaurado difere em {where}", diferencas=differences
        )
    with connection.transaction():
        if hash_sheet(connection, guardado.competencia) != guardado.manifesto.csv.sha256:
            raise EnsaioFalhou(arquivo=str(guardado.caminho), motivo="algum texto do mês restaurado difere")
