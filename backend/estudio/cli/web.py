"""`estudio web`: the pages, served from this machine. By whom they are reached is refused where it would be unsafe."""

import ipaddress
from pathlib import Path
from typing import Final

import click
from granian import Granian
from granian.constants import Interfaces

from estudio import config, db
from estudio.cli.commands import Command
from estudio.cli.output import Output, pass_output
from estudio.domain.errors import UsageRefusal
from estudio.services.acesso_service import create_convite, has_dono
from estudio.services.demo_pasta import is_demo_folder
from estudio.services.migracao_service import migrate_books

APP: Final = "estudio.app:start"

PROCESSOS: Final = 2
"""One for each processor of a small machine; while one is busy with a long page the other answers."""

ATENDENTES: Final = 8
"""Threads of each. The database connections of a process are as many, and some more (db.py)."""


@click.command(cls=Command, raw=True)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ENDEREÇO", help="Onde atende.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Em que porta.")
@pass_output
def web(output: Output, *, host: str, port: int) -> None:
    """Serve as páginas do estúdio até Ctrl+C.

    Antes, prepara o banco de dados. Enquanto ninguém é dono do estúdio, mostra o link que cria o primeiro.
    """
    settings = config.get_settings()
    _ensure_safe(host, settings)
    for revision in migrate_books():
        output.success(f"Tabelas atualizadas: {revision}.")
    address = f"{'https' if settings.tls_certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    with db.transaction(read_only=True) as session:
        begun = has_dono(session)
    if not begun:
        chave = db.run(create_convite)
        output.say(
            f"Este estúdio ainda não tem dono. Abra este link em até 30 minutos; ele serve uma vez:\n\n"
            f"  {address}/primeiro-acesso/{chave}\n"
        )
    output.say(f"O estúdio está em {address} (Ctrl+C encerra).")
    _serve(host, port, settings)


def _ensure_safe(host: str, settings: config.Settings) -> None:
    """Passwords go over the network by https or not at all; the sample's, which everybody knows, not at all."""
    if settings.tls_certificate is not None or settings.tls_key is not None:
        _ensure_readable(settings.tls_certificate, "TLS_CERTIFICATE")
        _ensure_readable(settings.tls_key, "TLS_KEY")
    if _is_loopback(host):
        return
    if is_demo_folder(settings.estudio_data_dir):
        raise UsageRefusal(
            "O estúdio de exemplo tem senhas que todos conhecem e só atende neste computador. Tire --host."
        )
    if not settings.is_https:
        raise UsageRefusal(
            f"Em {host} as senhas passariam abertas pela rede. Informe TLS_CERTIFICATE e TLS_KEY, ou ponha um proxy "
            "com TLS na frente e diga TRUSTED_PROXIES=1 (docs/operacao.md)."
        )


def _ensure_readable(path: Path | None, setting: str) -> None:
    if path is None or not path.is_file():
        raise UsageRefusal(f"{setting} precisa ser um arquivo PEM que existe. Corrija no .env ou no ambiente.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _serve(host: str, port: int, settings: config.Settings) -> None:
    Granian(
        APP,
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=PROCESSOS,
        blocking_threads=ATENDENTES,
        websockets=False,
        respawn_failed_workers=True,
        # Ours tells what happened, with the number of the request on each line.
        log_enabled=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
    ).serve()
