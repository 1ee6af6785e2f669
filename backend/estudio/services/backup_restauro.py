"""A month brought back from its backup, under its own ids, into the open and empty month of the studio it came from.

Whatever stands in the way is named and nothing is changed; files of another studio and months that hold something go
the way of an import.
"""

from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.backup import Guardado
from estudio.domain.errors import BackupDeOutroEstudio, CompetenciaFechada, RestauracaoImpedida
from estudio.domain.extrato import get_estado
from estudio.domain.nomes import normalise_nome
from estudio.domain.usuario import Papel, Quem
from estudio.services.auditoria_service import act_as
from estudio.services.backup_carga import Citados, collect_citados, copy_rows, raise_sequences
from estudio.services.backup_impedimentos import list_impedimentos, select_ids
from estudio.services.backup_registro import find_estudio_id
from estudio.services.backup_service import verify_guardado
from estudio.services.contagem_service import Connection, count_in_sql

log = structlog.get_logger(__name__)

_ARTISTAS: Final = "select id from estudio.artistas where id = any(%s) order by id"
_CLIENTES: Final = "select id from estudio.clientes where id = any(%s) order by id"
# The sheet does not say what an import brought, and that alone may differ from pagamento × percentual.
_IMPORTADAS: Final = """
    update estudio.comissoes c set importacao_id = l.importacao_id from estudio.importacao_linhas l
    where c.mes = %s and l.tipo = 'comissao' and l.id_interno = c.id"""
_USUARIOS: Final = "select id from estudio.usuarios where id = any(%s) order by id"


@dataclass(frozen=True)
class Restauro:
    """A month that is back: how many rows, and the people who had to be created for them."""

    guardado: Guardado
    linhas: int
    artistas: int
    clientes: int


def restore_backup(guardado: Guardado, *, quem: Quem) -> Restauro:
    """Bring the month of a backup back. Owns its transaction: all of it or nothing.

    Raises RestauracaoImpedida with all that is in the way, CompetenciaFechada, BackupDeOutroEstudio, a
    BackupDanificado, EmAndamento while a month is being closed or reopened.
    """
    quem.ensure_papel(Papel.DONO)
    if guardado.manifesto.origem.estudio_id != find_estudio_id():
        raise BackupDeOutroEstudio(
            f"{guardado.caminho} é de outro estúdio ou de outro banco ({guardado.manifesto.origem.estudio}), e os "
            "números dos registros são de lá. Use `estudio import`, que dá números novos.",
            arquivo=str(guardado.caminho),
            estudio=guardado.manifesto.origem.estudio,
        )
    verify_guardado(guardado)
    citados = collect_citados(guardado)
    with db.translated(), db.connect_owner() as owner:
        raise_sequences(owner, _list_largest(citados))
    with db.transaction() as session:
        done = _restore(session, guardado, citados, quem)
    log.info(
        "mes_restaurado", mes=guardado.competencia.slug, arquivo=guardado.manifesto.csv.arquivo, linhas=done.linhas
    )
    return done


def _restore(session: Session, guardado: Guardado, citados: Citados, quem: Quem) -> Restauro:
    competencia, connection = guardado.competencia, db.raw(session)
    # First of all, before anything is written: no closing, reopening or other restore meanwhile.
    connection.execute("select estudio.travar_competencia(%s)", [competencia.first_day])
    estado = get_estado(session, competencia)
    if estado != "aberta":
        raise CompetenciaFechada(competencia, clock.today(), estado=estado)
    found = list_impedimentos(connection, guardado, citados)
    if found:
        raise RestauracaoImpedida(
            f"{competencia.label} não pode ser restaurado aqui: {'; '.join(found)}. Para somar ao que existe, use "
            "`estudio import`.",
            mes=competencia.slug,
            impedimentos=found,
        )
    act_as(session, quem, motivo=f"restaurado de {guardado.manifesto.csv.arquivo}")
    artistas, clientes = _create_missing(connection, citados)
    copy_rows(connection, guardado, known_users=_find_known_users(connection, citados))
    connection.execute(_IMPORTADAS, [competencia.first_day])
    # A sheet that was carried elsewhere still tells of who was erased since.
    connection.execute("select estudio.eliminar_de_novo()")
    counted = count_in_sql(connection, competencia)
    if counted != guardado.manifesto.contagem:
        raise RestauracaoImpedida(
            f"O que foi lido de {guardado.caminho} não deu o mesmo mês, e nada foi gravado. Ensaie o backup com "
            "`estudio backup verify --drill`.",
            impedimentos=[str(d) for d in counted.list_differences(guardado.manifesto.contagem)],
        )
    return Restauro(guardado, counted.registros, artistas, clientes)


def _create_missing(connection: Connection, citados: Citados) -> tuple[int, int]:
    """People of the backup whom the database no longer has (an import that was undone took them along)."""
    artistas = _list_missing(connection, _ARTISTAS, citados.artistas)
    clientes = _list_missing(connection, _CLIENTES, citados.clientes)
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into estudio.artistas (id, nome, nome_busca) overriding system value values (%s, %s, %s)", artistas
        )
        cursor.executemany(
            "insert into estudio.clientes (id, nome, nome_busca) overriding system value values (%s, %s, %s)", clientes
        )
    return len(artistas), len(clientes)


def _list_missing(connection: Connection, query: str, names: dict[int, str]) -> list[tuple[int, str, str]]:
    known = select_ids(connection, query, names)
    return [(id_, nome, normalise_nome(nome)) for id_, nome in sorted(names.items()) if id_ not in known]


def _find_known_users(connection: Connection, citados: Citados) -> frozenset[int]:
    return frozenset(select_ids(connection, _USUARIOS, citados.usuarios))


def _list_largest(citados: Citados) -> dict[str, int]:
    people = {"artistas": citados.artistas, "clientes": citados.clientes}
    return citados.maiores | {table: max(names) for table, names in people.items() if names}
