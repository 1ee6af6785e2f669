"""One connection to PostgreSQL: the address read, the session set up, and a sentence when it does not come about.

No sentence here holds a password, nor a word of the server that might.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg.conninfo import make_conninfo

from estudio.domain.errors import BancoIndisponivel, BancoRecusou, ConfiguracaoInvalida
from estudio.lentas import Cursor

Connection = psycopg.Connection[Any]

# A server that starts, recovers, stops, dies or is full says no as well, and means not now. libpq keeps the SQLSTATE of
# such an answer to itself.
PASSING: Final = ("the database system is", "terminating connection", "too many", "remaining connection slots")

OLDEST_MAJOR: Final = 15

# What the server is set to must change nothing that we read or write. Naming pg_temp puts it last: unnamed, a temporary
# table would come before ours. Compiling a plan costs more than our statements do: where a join leaves nothing but a
# nested loop that was ruled out, PostgreSQL before 18 reckons it so dear that it compiles for half a minute.
OPTIONS: Final = "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c search_path=estudio,pg_temp -c jit=off"

DEFAULTS: Final = {
    "application_name": "estudio",
    "connect_timeout": "10",
    # A network that was cut is noticed within a minute, not within the two hours of the system.
    "keepalives_idle": "15",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def open_connection(url: str, *, setting: str, autocommit: bool = False) -> Connection:
    """Connect to the address in a setting. Raises BancoIndisponivel, BancoRecusou or ConfiguracaoInvalida."""
    address = parse_address(url, setting=setting)
    try:
        connection: Connection = psycopg.connect(make_conninfo(**address), autocommit=autocommit, cursor_factory=Cursor)
    except psycopg.OperationalError as error:
        raise _explain(address, setting, str(error)) from None
    except psycopg.ProgrammingError as error:
        raise ConfiguracaoInvalida(
            f"{setting} tem um parâmetro que o PostgreSQL não conhece. "
            "Confira o que vem depois do ponto de interrogação.",
            configuracao=setting,
        ) from error
    try:
        _ensure_suitable(connection, setting)
    except BancoRecusou:
        connection.close()
        raise
    return connection


def parse_address(url: str, *, setting: str) -> dict[str, str]:
    """Return the parameters of a postgresql:// address with our defaults below them.

    Read here and not by libpq, which would take an @ within the password for its end and say the rest in an error.
    """
    try:
        parts = urlsplit(url)
        given = {
            "host": unquote(parts.hostname or ""),
            "port": str(parts.port or ""),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "dbname": unquote(parts.path[1:]),
        }
    except ValueError:
        given = {"dbname": "@"}
    if "@" in given["dbname"] or "@" in given.get("host", ""):
        raise ConfiguracaoInvalida(
            f"{setting} não foi entendida. Escreva postgresql://usuario:senha@servidor:5432/banco, e na senha use %40 "
            "para @, %2F para /, %3A para :, %3F para ? e %23 para #.",
            configuracao=setting,
        )
    found = {name: value for name, value in given.items() if value} | dict(parse_qsl(parts.query))
    return DEFAULTS | found | {"options": f"{found.get('options', '')} {OPTIONS}".strip()}


def as_variables(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters as psql and pg_dump read them from their environment: an argument is everybody's to read."""
    names = {
        option.keyword.decode(): option.envvar.decode()
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.envvar is not None
    }
    return {names[name]: value for name, value in address.items() if name in names}


def _ensure_suitable(connection: Connection, setting: str) -> None:
    version = connection.info.server_version
    if version < OLDEST_MAJOR * 10_000:
        said = connection.info.parameter_status("server_version") or str(version // 10_000)
        raise BancoRecusou(
            f"O banco de {setting} é PostgreSQL {said}, e este programa precisa do {OLDEST_MAJOR} ou mais novo. "
            "Atualize o servidor, ou deixe DATABASE_URL vazio para usar o banco que vem com o programa.",
            configuracao=setting,
            versao=said,
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise BancoRecusou(
            f"O banco de {setting} guarda textos em {encoding}, e acentos se perderiam. "
            "Crie um banco com encoding UTF8 e aponte para ele.",
            configuracao=setting,
        )


def _explain(address: dict[str, str], setting: str, words: str) -> BancoIndisponivel | BancoRecusou:
    place = f"{address.get('host', 'localhost')}:{address.get('port', '5432')}/{address.get('dbname', '')}"
    reason = _shorten(address, words)
    # "FATAL" is the server's own word in every language: somebody answered, and said no.
    if "FATAL:" in words and not any(passing in words for passing in PASSING):
        return BancoRecusou(
            f"O banco {place} recusou a entrada de {address.get('user', '')!r} ({reason}). Confira {setting}.",
            configuracao=setting,
        )
    return BancoIndisponivel(
        f"O banco de dados em {place} não respondeu ({reason}). Confira {setting} e se o servidor está ligado.",
        configuracao=setting,
    )


def _shorten(address: dict[str, str], words: str) -> str:
    last = words.strip().splitlines()[-1] if words.strip() else "sem explicação"
    reason = last.rpartition("FATAL:")[2].rpartition("failed:")[2].strip() or last
    password = address.get("password", "")
    return (reason.replace(password, "***") if password else reason)[:300]
