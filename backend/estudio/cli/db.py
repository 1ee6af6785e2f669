"""`estudio db`: the tables brought up to date and checked, psql on the studio's, and those that stand beside it."""

import signal
import subprocess
from dataclasses import asdict

import click

from estudio import config, db, schema
from estudio.cli.commands import Group
from estudio.cli.output import Output, pass_output
from estudio.db_connection import as_variables, parse_address
from estudio.domain.errors import JaExiste, MigracaoRecusada, UsageRefusal
from estudio.services.backup_ferramentas import find_programa
from estudio.services.bancos_ao_lado import drop_ao_lado, list_ao_lado
from estudio.services.migracao_service import migrate_books
from estudio.services.rotina_copias import has_rows


@click.group("db", cls=Group)
def db_() -> None:
    """Prepara e confere o banco de dados; abre o psql; mostra e apaga o que ficou ao lado dele."""


@db_.command()
@pass_output
def migrate(output: Output) -> None:
    """Cria ou atualiza as tabelas. O que está fechado é conferido antes e depois."""
    applied = migrate_books()
    output.result({"aplicadas": applied})
    output.success(f"Tabelas atualizadas: {', '.join(applied)}." if applied else "As tabelas já estavam em dia.")


@db_.command()
@click.option(
    "--vazio", is_flag=True, help="Confere antes se este é um estúdio novo: sem tabelas, ou sem registro nenhum."
)
@pass_output
def check(output: Output, *, vazio: bool) -> None:
    """Confere se as tabelas são as desta versão do programa. Nada é escrito."""
    if vazio and not schema.has_revision():
        output.result({"pendentes": [], "vazio": True})
        output.success("Este banco ainda não tem as tabelas de um estúdio.")
        return
    pending = schema.list_pending()
    output.result({"pendentes": pending})
    if pending:
        raise MigracaoRecusada(f"Faltam migrações: {', '.join(pending)}. Rode `estudio db migrate`.", pendentes=pending)
    if vazio:
        _ensure_empty()
    output.success("As tabelas são as desta versão do programa.")


def _ensure_empty() -> None:
    with db.transaction(read_only=True) as session:
        if has_rows(session):
            raise JaExiste("Este banco já tem os livros de um estúdio, e isto é para um que começa. Nada mudou.")


@db_.command("list")
@pass_output
def list_(output: Output) -> None:
    """Mostra os bancos que estão ao lado do do estúdio: de restaurações, atualizações e ensaios."""
    found = list_ao_lado()
    output.result({"bancos": [asdict(each) for each in found]})
    if not found:
        output.say("Não há nenhum banco ao lado do do estúdio.")
        return
    rows = [(each.nome, f"{each.tamanho // 10**6} MB", each.estudio or "sem livros", each.selos) for each in found]
    output.table("Bancos ao lado do do estúdio", ("Banco", "Tamanho", "Livros de", "Selos"), rows)


@db_.command()
@click.argument("nome")
@click.option("--confirmo", metavar="NOME", help="O nome outra vez, em vez da pergunta.")
@pass_output
def drop(output: Output, *, nome: str, confirmo: str | None) -> None:
    """Apaga para sempre um dos bancos de `estudio db list`. O do estúdio, nunca."""
    if (confirmo or click.prompt(f"Isto apaga {nome} para sempre. Escreva o nome outra vez", err=True)) != nome:
        raise UsageRefusal("O nome escrito não é o do banco. Nada foi apagado.")
    gone = drop_ao_lado(nome)
    output.result({"apagado": asdict(gone)})
    output.success(f"{nome} foi apagado; eram {gone.tamanho // 10**6} MB.")


# What follows is psql's own, but for --help (psql's is `estudio db psql -- --help`).
@db_.command(
    raw=True,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> int:
    """Abre o psql no banco do estúdio. Entra com o papel do programa; argumentos e código de saída são os do psql."""
    address = parse_address(db.get_app_url(), setting=db.APP_SETTING)
    variables = as_variables(address) | {"PGAPPNAME": "estudio psql", "PGCLIENTENCODING": "UTF8"}
    with db.connect() as connection:
        program = find_programa("psql", server=connection.info.server_version // 10_000).path
    with subprocess.Popen([program, *arguments], env=config.extend_environment(variables)) as process:
        # Ctrl-C cancels a statement within psql; it must not end us, who hold the embedded server's lease.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code
