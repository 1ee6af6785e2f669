"""Which locks a write and a transition hold, and who waits for whom: the promises that no single outcome shows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString

import psycopg
from guards.entrelacamentos import PACIENCIA_SEGUNDOS, wait_until_blocked
from guards.palco import (
    ABERTA,
    FECHADA,
    SEGUINTE,
    Connection,
    Enderecos,
    Livros,
    call,
    close,
    count,
    fill_livros,
    insert,
)
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

_TRAVAR: Final = "select estudio.travar_competencia(%s)"
_VALOR: Final = "update estudio.pagamentos set valor_centavos = valor_centavos + 1 where id = %s"


@dataclass(frozen=True)
class Dupla:
    """Two connections of the app, a superuser's that looks, and a thread for whoever is meant to wait."""

    um: Connection
    outro: Connection
    camera: Connection
    pool: ThreadPoolExecutor
    livros: Livros

    def list_travas(self, connection: Connection) -> list[str]:
        """The advisory locks that a connection holds: class, object, mode."""
        rows = self.camera.execute(_TRAVAS, [connection.info.backend_pid]).fetchall()
        return [f"{classe},{objeto} {mode}" for classe, objeto, mode in rows]

    def is_row_locked(self, mes: date, strength: LiteralString) -> bool:
        """Whether somebody who wants the month's row in this strength would have to wait."""
        query = sql.SQL("select from estudio.competencias where mes = %s for {} nowait").format(sql.SQL(strength))
        try:
            self.camera.execute(query, [mes])
        except psycopg.errors.LockNotAvailable:
            return True
        return False

    def meet(self, query: LiteralString, *values: Any) -> tuple[bool, str | None]:
        """Whether `outro` has to wait for `um`, who then commits; and the SQLSTATE that `outro` gets in the end."""
        future = self.pool.submit(self.outro.execute, query, values)
        waited = wait_until_blocked(self.camera, future, self.outro.info.backend_pid)
        self.um.execute("commit")
        error = future.exception(PACIENCIA_SEGUNDOS)
        if error is not None and not isinstance(error, psycopg.Error):
            raise error
        return waited, error.sqlstate if error else None


_TRAVAS: Final = """
    select classid::int, objid::int, mode from pg_locks
    where pid = %s and locktype = 'advisory' and granted and objsubid = 2 order by 1, 2, 3"""


def check_travas(enderecos: Enderecos) -> list[str]:
    """Every promise that is not kept, by name; empty is well."""
    livros = fill_livros(enderecos)
    falhas: list[str] = []
    with (
        enderecos.connect() as um,
        enderecos.connect() as outro,
        enderecos.connect("super") as camera,
        ThreadPoolExecutor(1) as pool,
    ):
        dupla = Dupla(um, outro, camera, pool, livros)
        for nome, promessa in PROMESSAS.items():
            try:
                um.execute("begin")
                falhas += [f"{nome}: {falha}" for falha in promessa(dupla)]
            except psycopg.Error as error:
                falhas.append(f"{nome}: {error.sqlstate} {error}")
            finally:
                for connection in (um, outro):
                    if connection.info.transaction_status != TransactionStatus.IDLE:
                        connection.execute("rollback")
    return falhas


def _number(mes: date) -> int:
    return mes.year * 12 + mes.month


def _transition_takes_all(dupla: Dupla) -> Iterator[str]:
    dupla.um.execute(_TRAVAR, [SEGUINTE])
    meant = [f"{c} ExclusiveLock" for c in ("6,0", f"7,{_number(ABERTA)}", f"7,{_number(SEGUINTE)}")]
    if dupla.list_travas(dupla.um) != meant:
        yield f"segura {dupla.list_travas(dupla.um)}, devia {meant}"


def _transition_is_one(dupla: Dupla) -> Iterator[str]:
    dupla.um.execute(_TRAVAR, [SEGUINTE])
    waited, state = dupla.meet(_TRAVAR, FECHADA)
    if waited or state != "P0F05":
        yield f"a segunda {'esperou' if waited else 'não esperou'} e respondeu {state}"


def _transition_is_written_to_disk(dupla: Dupla) -> Iterator[str]:
    dupla.um.execute("set local synchronous_commit = off")
    dupla.um.execute(_TRAVAR, [SEGUINTE])
    if call(dupla.um, "show synchronous_commit") != "on":
        yield "o commit não espera o disco"


def _disk_is_waited_for_to_the_end(dupla: Dupla) -> Iterator[str]:
    """What is set off after the transition is on again when COMMIT asks."""
    query = "select estudio.reabrir_competencia(%s, gen_random_uuid(), null, 'sem esperar o disco')"
    dupla.um.execute(query, [FECHADA])
    dupla.um.execute("set local synchronous_commit = off")
    dupla.um.execute("set constraints all immediate")
    if call(dupla.um, "show synchronous_commit") != "on":
        yield "o commit não espera o disco"


def _month_row_is_taken(dupla: Dupla) -> Iterator[str]:
    """A new version that is not needed locks the row and writes nothing: that much is held before any write."""
    counted = count(dupla.um, FECHADA)
    esperado = Jsonb({k: counted[k] for k in ("totais", "por_dia")})
    query = "select estudio.refechar_competencia(%s, %s, gen_random_uuid(), null, 'sem mudança', %s, null)"
    dupla.um.execute(query, [FECHADA, date(2026, 11, 24), esperado])
    if not dupla.is_row_locked(FECHADA, "share"):
        yield "quem escreve leria o mês"
    if dupla.is_row_locked(FECHADA, "key share"):
        yield "uma chave estrangeira esperaria"


def _write_holds_its_month(dupla: Dupla) -> Iterator[str]:
    dupla.um.execute(_VALOR, [dupla.livros.meses[ABERTA].pagamento])
    held = dupla.list_travas(dupla.um)
    if held != [f"7,{_number(ABERTA)} ShareLock"]:
        yield f"segura {held}"
    if not dupla.is_row_locked(ABERTA, "no key update"):
        yield "o fechamento tomaria a linha do mês"


def _move_holds_both_months(dupla: Dupla) -> Iterator[str]:
    mover: LiteralString = "update estudio.pagamentos set data = %s where id = %s"
    dupla.um.execute(mover, [ABERTA, dupla.livros.meses[SEGUINTE].sem_comissao])
    held = dupla.list_travas(dupla.um)
    if held != [f"7,{_number(mes)} ShareLock" for mes in (ABERTA, SEGUINTE)]:
        yield f"segura {held}"


def _writers_share_a_month(dupla: Dupla) -> Iterator[str]:
    mes = dupla.livros.meses[ABERTA]
    dupla.um.execute(_VALOR, [mes.pagamento])
    if dupla.meet(_VALOR, mes.sem_comissao) != (False, None):
        yield "duas escritas no mesmo mês esperam uma pela outra"


def _other_months_go_on(dupla: Dupla) -> Iterator[str]:
    dupla.um.execute(_TRAVAR, [ABERTA])
    if dupla.meet(_VALOR, dupla.livros.meses[SEGUINTE].pagamento) != (False, None):
        yield "o mês seguinte espera pelo fechamento deste"


def _earlier_open_months_wait(dupla: Dupla) -> Iterator[str]:
    """An empty month is shut by the next that closes: a row on its way there waits, and is refused or counted."""
    dupla.um.execute(_TRAVAR, [SEGUINTE])
    if dupla.meet(_VALOR, dupla.livros.meses[ABERTA].pagamento) != (True, None):
        yield "o mês anterior não espera"


def _months_are_taken_in_order(dupla: Dupla) -> Iterator[str]:
    """Who moves a row to an earlier month asks for that month first: holding the later one it could deadlock."""
    dupla.um.execute(_TRAVAR, [ABERTA])
    mover = "update estudio.pagamentos set data = %s where id = %s"
    values = [ABERTA, dupla.livros.meses[SEGUINTE].sem_comissao]
    future = dupla.pool.submit(dupla.outro.execute, mover, values)
    if not wait_until_blocked(dupla.camera, future, dupla.outro.info.backend_pid):
        yield "não esperou"
    if dupla.list_travas(dupla.outro):
        yield f"esperando, segura {dupla.list_travas(dupla.outro)}"
    dupla.um.execute("rollback")
    future.result(PACIENCIA_SEGUNDOS)


def _reversals_queue(dupla: Dupla) -> Iterator[str]:
    estorno = {"data": SEGUINTE, "forma": "pix", "artista_id": dupla.livros.bia, "percentual": 0}
    original = dupla.livros.meses[FECHADA].original
    insert(dupla.um, "pagamentos", **estorno, valor_centavos=-20_000, estorno_de=original)
    query = """insert into estudio.pagamentos (data, forma, artista_id, percentual, valor_centavos, estorno_de)
               values (%s, 'pix', %s, 0, -20000, %s)"""
    answer = dupla.meet(query, SEGUINTE, dupla.livros.bia, original)
    if answer != (True, "23514"):
        yield f"o segundo estorno de uma vez só: esperou e respondeu {answer}"


def _donos_queue(dupla: Dupla) -> Iterator[str]:
    segundo = insert(dupla.outro, "usuarios", nome="Gil", email="gil@exemplo.br", papel="dono")
    demote: LiteralString = "update estudio.usuarios set papel = 'recepcao' where id = %s"
    dupla.um.execute(demote, [dupla.livros.dono])
    answer = dupla.meet(demote, segundo)
    if answer != (True, "P0F13"):
        yield f"o segundo rebaixamento: esperou e respondeu {answer}"


def _row_on_its_way_is_not_shut_in(dupla: Dupla) -> Iterator[str]:
    """A payment in flight to an empty month while the next closes: it is waited for, then the closing is refused."""
    livros, vazio, cheio = dupla.livros, date(2026, 1, 1), date(2026, 2, 1)
    dupla.um.execute("rollback")
    for mes in (ABERTA, SEGUINTE):
        close(dupla.um, mes)
    linha = {"forma": "pix", "artista_id": livros.ana, "percentual": 0, "valor_centavos": 100}
    insert(dupla.outro, "pagamentos", **linha, data=cheio)
    dupla.outro.execute("begin")
    insert(dupla.outro, "pagamentos", **linha, data=vazio)
    future = dupla.pool.submit(close, dupla.um, cheio)
    if not wait_until_blocked(dupla.camera, future, dupla.um.info.backend_pid):
        yield "o fechamento não esperou pela linha em voo"
    dupla.outro.execute("commit")
    error = future.exception(PACIENCIA_SEGUNDOS)
    if not isinstance(error, psycopg.Error) or error.sqlstate != "P0F08":
        yield f"o fechamento respondeu {error!r}"


# The last one closes the months that the others use.
PROMESSAS: Final[dict[str, Callable[[Dupla], Iterator[str]]]] = {
    "a transição toma o mês e os abertos antes dele": _transition_takes_all,
    "uma transição de cada vez": _transition_is_one,
    "a transição espera o disco": _transition_is_written_to_disk,
    "a transição espera o disco até o fim": _disk_is_waited_for_to_the_end,
    "a linha do mês é tomada, sem a chave": _month_row_is_taken,
    "a escrita segura o seu mês": _write_holds_its_month,
    "quem muda uma linha de mês segura os dois": _move_holds_both_months,
    "escritas partilham o mês": _writers_share_a_month,
    "os outros meses seguem": _other_months_go_on,
    "os meses abertos antes esperam": _earlier_open_months_wait,
    "meses em ordem": _months_are_taken_in_order,
    "estornos em fila": _reversals_queue,
    "donos em fila": _donos_queue,
    "o que vai para um mês vazio não fica preso nele": _row_on_its_way_is_not_shut_in,
}
