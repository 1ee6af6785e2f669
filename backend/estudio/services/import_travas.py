"""The locks of an import: one at a time, and its months held before it looks at them.

Months are taken in ascending order, as writers and closers take them, so that an import of many months and a closing
wait for each other instead of meeting halfway.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from estudio.db import Connection

IMPORTS: Final = 10
"""The key of the advisory lock. (4 to 9 are others'.)"""


def lock_imports(connection: Connection) -> None:
    """Wait until no other import or undo of one is running; held until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s, 0)", [IMPORTS])


def lock_meses(connection: Connection, meses: Iterable[date]) -> None:
    """Hold months as the guard of the books does, without asking whether they are open."""
    connection.execute(
        """select pg_advisory_xact_lock_shared(7, estudio.numero_do_mes(mes))
           from (select unnest(%s::date[]) as mes order by 1) em_ordem""",
        [sorted(meses)],
    )
