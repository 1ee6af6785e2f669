"""Doctor: the server. Does it keep what it acknowledges, does it speak our language, is somebody in the way?"""

from datetime import date
from typing import Final

from estudio import clock
from estudio.config import get_settings
from estudio.db_connection import OLDEST_MAJOR
from estudio.domain.errors import EstudioError
from estudio.services.doctor_laudo import Check, Laudo, ask, ask_one, aviso, count, falha, format_inteiro, ok, show_some

# The last month in which PostgreSQL's makers mend a major version: five years after its first release.
MENDED_UNTIL: Final = {15: date(2027, 11, 30), 16: date(2028, 11, 30), 17: date(2029, 11, 30), 18: date(2030, 11, 30)}

CLOCK_SECONDS: Final = 120
CLOCK_HOURS: Final = 26
"""Beyond it the business day itself may be another one, wherever on earth the two clocks stand."""

IDLE_SECONDS: Final = 60
BLOCKED_SECONDS: Final = 30
WRAPAROUND: Final = 1_500_000_000


def check_servidor() -> Laudo:
    """Whether there is a server that lets us in; it is refused on the way when it is too old or not in UTF-8."""
    try:
        (version,) = ask_one("select current_setting('server_version')")
    except EstudioError as refusal:
        return falha(refusal.message)
    return ok(f"PostgreSQL {version} responde.")


def check_versao() -> Laudo:
    """A version that nobody mends any more."""
    (number,) = ask_one("select current_setting('server_version_num')::int")
    major = number // 10_000
    until = MENDED_UNTIL.get(major)
    if major >= OLDEST_MAJOR and (until is None or clock.today() <= until):
        return ok(f"A versão {major} do PostgreSQL ainda é corrigida por quem o faz.")
    return aviso(
        f"A versão {major} do PostgreSQL não recebe mais correções. Atualize o servidor: um backup completo do antigo, "
        "restaurado no novo (docs/operacao.md)."
    )


def check_codificacao() -> Laudo:
    """Names keep their accents and emoji only in UTF-8."""
    encoding, provider, collation, ctype = ask_one(
        """select pg_encoding_to_char(encoding), datlocprovider, datcollate, datctype
           from pg_database where datname = current_database()"""
    )
    if encoding != "UTF8":
        return falha(f"O banco guarda textos em {encoding}. Crie um em UTF8 e restaure nele.")
    if provider == "c" and ctype in ("C", "POSIX"):
        return aviso(
            "O banco tem a localidade C: maiúsculas com acento não são reconhecidas na busca. Crie um com localidade "
            "pt_BR.UTF-8 "
            "ou C.UTF-8 e restaure nele."
        )
    return ok(f"Textos em {encoding}, ordem {collation}.")


def check_ordenacao() -> Laudo:
    """After an upgrade of the system the order of letters may differ, and an index on text then misses rows."""
    (stale,) = ask_one(
        """select datcollversion is not null
                  and datcollversion is distinct from pg_database_collation_actual_version(oid)
           from pg_database where datname = current_database()"""
    )
    if not stale:
        return ok("A ordem das letras é a mesma com que os índices foram feitos.")
    return aviso(
        "O sistema mudou a ordem das letras desde que o banco foi criado: a busca pode não achar nomes. Rode, como "
        "dono do "
        "banco, REINDEX DATABASE e ALTER DATABASE … REFRESH COLLATION VERSION."
    )


def check_durabilidade() -> Laudo:
    """What was acknowledged must survive a power cut."""
    off = [name for name, value in ask(_DURABILITY) if value != "on"]
    if not off:
        return ok("O servidor grava no disco antes de responder (fsync, full_page_writes, synchronous_commit).")
    return falha(
        f"Desligado no servidor: {show_some(off)}. Uma queda de energia perderia o que já foi confirmado. "
        "Ligue (ALTER SYSTEM SET … = on) e recarregue o servidor."
    )


# `local` waits for this machine's disk, which is what counts; the others wait for more.
_DURABILITY: Final = """
    select name, case when setting in ('on', 'local', 'remote_write', 'remote_apply') then 'on' else setting end
    from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name"""


def check_somas_de_verificacao() -> Laudo:
    """Checksums tell of a disk that gives back other bytes than it got."""
    enabled, failures = ask_one(
        """select current_setting('data_checksums'), coalesce(checksum_failures, 0)
           from pg_stat_database where datname = current_database()"""
    )
    if failures:
        return falha(
            f"O disco devolveu {count(failures, 'página danificada', 'páginas danificadas')}. Pare de usar este disco "
            "e restaure o "
            "último backup provado noutro."
        )
    if enabled != "on":
        return aviso(
            "O servidor não confere as páginas do disco (data checksums). Com ele parado, rode pg_checksums --enable."
        )
    return ok("O servidor confere cada página que lê do disco.")


def check_transacoes_preparadas() -> Laudo:
    """A prepared transaction that was forgotten holds its month for ever."""
    (standing,) = ask_one("select count(*) from pg_prepared_xacts where database = current_database()")
    if standing:
        return falha(
            f"{count(standing, 'transação preparada segura', 'transações preparadas seguram')} os livros. Veja em "
            "pg_prepared_xacts e "
            "encerre com ROLLBACK PREPARED."
        )
    (allowed,) = ask_one("select current_setting('max_prepared_transactions')::int")
    if allowed:
        return aviso(
            "O servidor aceita transações preparadas, que este programa não usa. Ponha max_prepared_transactions = 0."
        )
    return ok("Nenhuma transação preparada pode segurar um mês.")


def check_autovacuum() -> Laudo:
    """Without it the tables grow and the counter of transactions runs out."""
    enabled, age = ask_one(
        """select current_setting('autovacuum'), age(datfrozenxid)
           from pg_database where datname = current_database()"""
    )
    if age > WRAPAROUND:
        return falha(
            f"O servidor não faz limpeza há {format_inteiro(age)} transações e vai parar de aceitar escrita. Rode "
            "VACUUM como dono."
        )
    if enabled != "on":
        return aviso("A limpeza automática do servidor (autovacuum) está desligada. Ligue-a e recarregue o servidor.")
    return ok("A limpeza automática do servidor está ligada e em dia.")


def check_relogio() -> Laudo:
    """Which month is over is asked of this machine's clock, when a month was sealed of the server's."""
    (theirs,) = ask_one("select clock_timestamp()")
    seconds = abs((theirs - clock.now()).total_seconds())
    if seconds <= CLOCK_SECONDS:
        return ok("O relógio do programa e o do banco andam juntos.")
    words = f"O relógio do programa e o do banco diferem {_show_seconds(seconds)}. Acerte os dois (NTP)."
    return falha(words) if seconds > CLOCK_HOURS * 3600 else aviso(words)


def check_fuso() -> Laudo:
    """Two tables of time zones: after a decree about summer time one of them may be older than the other."""
    zone = get_settings().tz
    known = ask("select 1 from pg_timezone_names where name = %(tz)s", tz=zone)
    if not known:
        return aviso(
            f"O servidor não conhece o fuso {zone}. Atualize a tabela de fusos (pacote tzdata) da máquina do banco."
        )
    instant = clock.now()
    (wall,) = ask_one("select %(agora)s::timestamptz at time zone %(tz)s", agora=instant, tz=zone)
    ours = clock.to_local(instant).replace(tzinfo=None)
    if wall != ours:
        return aviso(
            f"Em {zone} são {ours:%H:%M} para o programa e {wall:%H:%M} para o banco. Atualize a tabela de fusos "
            "(tzdata) "
            "das duas máquinas."
        )
    return ok(f"São {ours:%H:%M} em {zone}, também para o banco.")


def check_conexoes() -> Laudo:
    """Near the limit the next person is refused."""
    used, limit = ask_one(
        """select (select count(*) from pg_stat_activity where backend_type = 'client backend'),
                  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"""
    )
    if used < limit * 0.8:
        return ok(f"{used} de {limit} conexões em uso.")
    return aviso(f"{used} de {limit} conexões em uso. Encerre programas parados ou aumente max_connections.")


def check_sessoes_paradas() -> Laudo:
    """Who began a transaction and went away holds rows, and a closing waits for them."""
    idle = ask(
        """select pid from pg_stat_activity where datname = current_database() and state like 'idle in transaction%%'
           and clock_timestamp() - state_change > make_interval(secs => %(segundos)s) order by pid""",
        segundos=IDLE_SECONDS,
    )
    if not idle:
        return ok("Ninguém segura uma transação sem usá-la.")
    return aviso(
        f"{count(len(idle), 'conexão parada', 'conexões paradas')} no meio de uma transação há mais de um minuto "
        "(processo "
        f"{show_some([row[0] for row in idle])}). Feche o programa ou encerre com pg_terminate_backend."
    )


def check_sessoes_bloqueadas() -> Laudo:
    """Who waits for a lock, and for whom."""
    waiting = ask(
        """select a.pid, pg_blocking_pids(a.pid) from pg_stat_activity a
           where a.datname = current_database() and cardinality(pg_blocking_pids(a.pid)) > 0
             and exists (select from pg_locks l where l.pid = a.pid and not l.granted
                         and clock_timestamp() - l.waitstart > make_interval(secs => %(segundos)s)) order by a.pid""",
        segundos=BLOCKED_SECONDS,
    )
    if not waiting:
        return ok("Ninguém espera por uma trava.")
    pairs = [f"{pid} espera por {show_some(blockers)}" for pid, blockers in waiting]
    return aviso(
        f"Há conexões bloqueadas há mais de {BLOCKED_SECONDS} s (processo {show_some(pairs)}). Se não terminar "
        "sozinho, encerre quem "
        "segura com pg_terminate_backend."
    )


def _show_seconds(seconds: float) -> str:
    if seconds < 600:
        return f"{seconds:.0f} segundos"
    return f"{seconds / 60:.0f} minutos" if seconds < 36_000 else f"{seconds / 3600:.0f} horas"


CHECKS: tuple[Check, ...] = (
    check_versao,
    check_codificacao,
    check_ordenacao,
    check_durabilidade,
    check_somas_de_verificacao,
    check_transacoes_preparadas,
    check_autovacuum,
    check_relogio,
    check_fuso,
    check_conexoes,
    check_sessoes_paradas,
    check_sessoes_bloqueadas,
)
