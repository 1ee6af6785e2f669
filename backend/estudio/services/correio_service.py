"""Letters: one e-mail to one person, by the SMTP server of the settings, and the desk that sends them later.

Nothing is sent within a request: the desk is a thread of its own, so that no answer takes longer because a letter
left. A letter that could not be sent is in the log, and whoever asked for it asks again.
"""

import queue
import smtplib
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

import structlog

from estudio import clock
from estudio.config import LOOPBACK, Settings, get_settings
from estudio.domain.errors import CorreioRecusou, EstudioError

SEGUNDOS: Final = 15
"""How long the server may take for each answer."""

DESPEDIDA_S: Final = 2
"""And for its goodbye, of which nothing depends."""

MAX_NA_FILA: Final = 100

Tarefa = Callable[[], None]

log = structlog.get_logger(__name__)

_mutex = threading.Lock()
_waiting: queue.Queue[Tarefa] = queue.Queue(MAX_NA_FILA)
_desks: list[threading.Thread] = []


@dataclass(frozen=True, slots=True)
class Carta:
    """What is told, in plain text; `para` is the address alone."""

    para: str
    assunto: str
    texto: str
    numero: str = ""
    """What it is known by when it is sent once more: a mailbox keeps one of two that have the same."""

    def to(self, para: str) -> "Carta":
        return replace(self, para=para)


def is_configured() -> bool:
    """Whether this studio sends letters at all."""
    return bool(get_settings().smtp_host)


def send_carta(carta: Carta) -> None:
    """Hand a letter to the server, over TLS that is verified unless SMTP_SECURITY is none. Raises CorreioRecusou."""
    settings = get_settings()
    if not settings.smtp_host:
        raise CorreioRecusou(motivo="SMTP_HOST está vazio")
    message = _write(carta, settings)
    try:
        with _open_server(settings) as server:
            if settings.smtp_user:
                _ensure_unread(settings)
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except (OSError, UnicodeError) as error:
        raise CorreioRecusou(motivo=_explain(error, carta)) from error
    log.info("carta_enviada", assunto=carta.assunto)


def dispatch(tarefa: Tarefa) -> None:
    """Do this at the desk, later, in the order in which it came. What is refused there stands in the log."""
    context = copy_context()
    try:
        _waiting.put_nowait(lambda: context.run(tarefa))
    except queue.Full:
        log.error("correio_cheio", na_fila=MAX_NA_FILA)
        return
    with _mutex:
        # A child of a fork has the queue and no thread.
        if not any(desk.is_alive() for desk in _desks):
            _desks[:] = [threading.Thread(target=_work, name="correio", daemon=True)]
            _desks[0].start()


def settle() -> None:
    """Wait until everything that was dispatched is done."""
    _waiting.join()


def _work() -> None:
    while True:
        tarefa = _waiting.get()
        try:
            tarefa()
        except (EstudioError, OSError) as error:
            log.error("correio_falhou", motivo=str(error), tela=False)
        finally:
            _waiting.task_done()


def _write(carta: Carta, settings: Settings) -> EmailMessage:
    """The letter as it travels. Whatever would begin another header is refused here."""
    message = EmailMessage(policy=SMTP)
    try:
        name, sender = parseaddr(settings.mail_from)
        domain = sender.rpartition("@")[2]
        message["From"] = Address(name or "Estúdio", addr_spec=sender)
        message["To"] = Address(addr_spec=carta.para)
        message["Subject"] = carta.assunto
    except (ValueError, MessageError, IndexError) as error:
        raise CorreioRecusou(motivo="um dos endereços ou o assunto não é de um e-mail") from error
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{carta.numero}@{domain}>" if carta.numero else make_msgid(domain=domain)
    # So that no absence notice answers, and no list takes it for a letter of a person.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(carta.texto)
    return message


def _explain(error: Exception, carta: Carta) -> str:
    """Why, for the log: servers say again whom the letter was for, and the log names nobody."""
    return f"{type(error).__name__}: {error}".replace(carta.para, "…")


def _ensure_unread(settings: Settings) -> None:
    """No password in the clear to another machine."""
    if settings.smtp_security == "none" and settings.smtp_host not in (*LOOPBACK, "::1"):
        raise CorreioRecusou(motivo="SMTP_SECURITY=none mandaria a senha sem TLS")


@contextmanager
def _open_server(settings: Settings) -> Generator[smtplib.SMTP, None, None]:
    """The server, and a goodbye. What it took it has, whatever it answers to that: a letter that counted as refused
    because of it would be sent again. smtplib's own `with` raises for any answer but 221."""
    server = _connect(settings)
    try:
        yield server
    finally:
        if server.sock is not None:
            server.sock.settimeout(DESPEDIDA_S)
        with suppress(OSError):
            server.quit()
        server.close()


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    # Its own would ask the name server who this machine is, and tell the answer to everybody on the way.
    name = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, name, timeout=SEGUNDOS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, name, timeout=SEGUNDOS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except OSError:
            server.close()
            raise
    return server
