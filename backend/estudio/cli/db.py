"""`estudio db`: the tables brought up to date and checked, and psql on the studio's database."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import click
from psycopg import pq

from estudio import config, db, embedded_binaries, schema
from estudio.cli.commands import Group
from estudio.cli.output import Output, pass_output
from estudio.db_connection import parse_address
from estudio.domain.errors import FerramentaAusente, MigracaoRecusada
from estudio.services.migracao_service import migrate_books

# The parameters of an address that psql reads from its environment, the password among them.
VARIABLES = {
    option.keyword.decode(): option.envvar.decode()
    for option in pq.Conninfo.get_defaults()
    if option.envvar is not None
}


@click.group("db", cls=Group)
def db_() -> None:
    """Prepara e confere o banco de dados; abre o psql."""


@db_.command()
@pass_output
def migrate(output: Output) -> None:
    """Cria ou atualiza as tabelas. O que está fechado é conferido antes e depois."""
    applied = migrate_books()
    output.result({"aplicadas": applied})
    output.success(f"Tabelas atualizadas: {', '.join(applied)}." if applied else "As tabelas já estavam em dia.")


@db_.command()
@pass_output
def check(output: Output) -> None:
    """Confere se as tabelas são as desta versão do programa. Nada é escrito."""
    pending = schema.list_pending()
    output.result({"pendentes": pending})
    if pending:
        raise MigracaoRecusada(f"Faltam migrações: {', '.join(pending)}. Rode `estudio db migrate`.", pendentes=pending)
    output.success("As tabelas são as desta versão do programa.")


# What follows is psql's own, but for --help (psql's is `estudio db psql -- --help`).
@db_.command(
    raw=True,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> int:
    """Abre o psql no banco do estúdio. Entra com o papel do programa; argumentos e código de saída são os do psql."""
    address = parse_address(db.get_app_url(), setting=db.APP_SETTING)
    settings = {VARIABLES[name]: value for name, value in address.items() if name in VARIABLES}
    environment = config.extend_environment({**settings, "PGAPPNAME": "estudio psql", "PGCLIENTENCODING": "UTF8"})
    with subprocess.Popen([_find_psql(), *arguments], env=environment) as process:
        # Ctrl-C cancels a statement within psql; it must not end us, who hold the embedded server's lease.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code


def _find_psql() -> str:
    """An installed psql edits lines better than the wheel's, when it is not older than the server."""
    with db.connect() as connection:
        server = connection.info.server_version // 10_000
    installed = shutil.which("psql")
    if installed is not None and _read_major(installed) >= server:
        return installed
    own = Path(embedded_binaries.find_wheel()) / "pginstall" / "bin" / "psql"
    if own.exists():
        return str(own)
    if installed is not None:
        return installed
    raise FerramentaAusente(ferramenta="o psql", versao=server)


def _read_major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0
