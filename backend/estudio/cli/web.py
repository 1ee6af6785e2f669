"""`estudio web`: the pages, served from this machine. By whom they are reached is refused where it would be unsafe."""

import errno
import ipaddress
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import structlog
from granian import Granian
from granian.constants import Interfaces

from estudio import config, db
from estudio.cli.commands import Command
from estudio.cli.output import Output, pass_output
from estudio.domain.errors import EmUso, UsageRefusal
from estudio.services.acesso_service import create_convite, has_dono
from estudio.services.demo_pasta import is_demo_folder
from estudio.services.migracao_service import prepare_books

APP: Final = "estudio.app:start"

PROCESSOS: Final = 2
"""One for each processor of a small machine; while one is busy with a long page the other answers."""

ATENDENTES: Final = 8
"""Threads of each. The database connections of a process are as many, and some more (db.py)."""

DESPEDIDA_S: Final = 10
"""Seconds that a request in progress is given at the end. A process told to stop while it was starting does not hear
it (granian's handler is set after the application is loaded), and would be waited for without end."""

log = structlog.get_logger(__name__)


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
    _ensure_free(host, port)
    for revision in prepare_books():
        output.success(f"Tabelas atualizadas: {revision}.")
    address = _find_address(host, port, settings)
    with db.transaction(read_only=True) as session:
        begun = has_dono(session)
    if not begun:
        chave = db.run(create_convite)
        output.say(
            f"Este estúdio ainda não tem dono. Abra este link em até 30 minutos; ele serve uma vez:\n\n"
            f"  {address}/primeiro-acesso/{chave}\n"
        )
    output.say(f"O estúdio está em {address} (Ctrl+C encerra).")
    with _share_tempos():
        _serve(host, port, settings)


def _find_address(host: str, port: int, settings: config.Settings) -> str:
    """What a person types into the browser."""
    if settings.trusted_proxies and settings.trusted_hosts:
        return f"https://{settings.trusted_hosts[0]}"
    scheme = "https" if settings.tls_certificate else "http"
    name = settings.trusted_hosts[0] if settings.trusted_hosts and not _is_loopback(host) else host
    return f"{scheme}://{name}:{port}"


def _ensure_safe(host: str, settings: config.Settings) -> None:
    """Passwords go over the network by https or not at all; the sample's, which everybody knows, not at all."""
    if settings.tls_certificate is not None or settings.tls_key is not None:
        _ensure_readable(settings.tls_certificate, "TLS_CERTIFICATE")
        _ensure_readable(settings.tls_key, "TLS_KEY")
    if ":" in host:
        raise UsageRefusal(f"{host} é um endereço IPv6, em que as páginas não atendem. Use, por exemplo, 127.0.0.1.")
    # A proxy in front publishes what is bound to loopback as well.
    published = not _is_loopback(host) or settings.trusted_proxies or settings.trusted_hosts
    if published and is_demo_folder(settings.estudio_data_dir):
        raise UsageRefusal(
            "O estúdio de exemplo tem senhas que todos conhecem e só atende neste computador. Tire --host, "
            "TRUSTED_PROXIES e TRUSTED_HOSTS."
        )
    if _is_loopback(host):
        return
    if not settings.is_https:
        raise UsageRefusal(
            f"Em {host} as senhas passariam abertas pela rede. Informe TLS_CERTIFICATE e TLS_KEY, ou ponha um proxy "
            "com TLS na frente e diga TRUSTED_PROXIES=1 (docs/operacao.md)."
        )


def _ensure_free(host: str, port: int) -> None:
    """Looked at beforehand: the server shares its port among its processes, and would do so with another studio's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise EmUso(f"A porta {port} já está em uso. Escolha outra com --port.") from error
        raise UsageRefusal(f"Não dá para atender em {host}, porta {port}: {error.strerror}.") from error


def _ensure_readable(path: Path | None, setting: str) -> None:
    if path is None or not path.is_file():
        raise UsageRefusal(f"{setting} precisa ser um arquivo PEM que existe. Corrija no .env ou no ambiente.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _share_tempos() -> Generator[None, None, None]:
    """A folder in which the processes count together how long requests took, and which goes with them; where none can
    be made (no disk to write on) each counts for itself. Said before prometheus_client is imported, which asks then."""
    try:
        folder = TemporaryDirectory(prefix="estudio-tempos-")
    except OSError as error:
        log.warning("tempos_sem_pasta", motivo=error.strerror)
        yield
        return
    with folder as path:
        config.set_tempos_dir(path)
        yield


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
        workers_kill_timeout=DESPEDIDA_S,
        # Ours tells what happened, with the number of the request on each line.
        log_enabled=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
    ).serve()
