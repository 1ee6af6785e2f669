"""Where alerts go: the addresses of ALERT_ADDRESSES, what people call each, and how one is reached.

An e-mail leaves by the studio's own mail server, as its letters do; whatever else has an address is apprise's. An
address is mostly a secret: it is neither shown, nor logged, nor stored; its name is.
"""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from estudio.config import get_settings
from estudio.config_avisos import EMAIL
from estudio.domain.errors import AvisoRecusado, CorreioRecusou, EstudioError
from estudio.services.correio_service import Carta, send_carta
from estudio.services.prazo import ask_in_time

if TYPE_CHECKING:
    from apprise import NotifyBase

LIGAR_S: Final = 10
LER_S: Final = 15
"""How long a server may take to be there, and for each of its answers."""

AO_TODO_S: Final = 60
"""How long one delivery may take: a server that says one byte at a time would never be too late."""

_SERVICOS: Final = {
    "clicksend": "SMS (ClickSend)",
    "discord": "Discord",
    "form": "Webhook",
    "gotify": "Gotify",
    "json": "Webhook",
    "mailto": "E-mail",
    "matrix": "Matrix",
    "msteams": "Teams",
    "ntfy": "ntfy",
    "plivo": "SMS (Plivo)",
    "pover": "Pushover",
    "signal": "Signal",
    "slack": "Slack",
    "sns": "SMS (Amazon)",
    "tgram": "Telegram",
    "twilio": "SMS (Twilio)",
    "vonage": "SMS (Vonage)",
    "whatsapp": "WhatsApp",
    "workflows": "Teams",
    "xml": "Webhook",
    "zulip": "Zulip",
}

_WEBHOOKS: Final = frozenset({"form", "json", "xml"})
"""What stands where a host does is one; of others it may be the secret."""

DE_FORA: Final = (
    *(ArithmeticError, AssertionError, AttributeError, HTTPException, ImportError, LookupError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
"""How the code of more than a hundred services may fail at an answer that nobody foresaw."""

_ERRO: Final = re.compile(r"error=([0-9]{3})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recado:
    """What is handed over. `numero` is the same however often it is sent: who gets it twice can tell."""

    titulo: str
    corpo: str
    numero: str
    urgente: bool


@dataclass(frozen=True, slots=True)
class Destino:
    nome: str
    endereco: str

    def __repr__(self) -> str:
        return f"Destino({self.nome!r})"

    def send(self, recado: Recado) -> None:
        """Hand it over, and come back when it was taken. Raises AvisoRecusado, whose `motivo` names no address."""
        send = _send_carta if EMAIL.fullmatch(self.endereco) else _send_apprise
        hand_over(self.endereco, lambda: send(self.endereco, recado))


def list_destinos() -> list[Destino]:
    """In the order of the setting; two that would be called alike are numbered."""
    found: list[Destino] = []
    for endereco in get_settings().alert_addresses:
        name = _name(endereco)
        alike = sum(1 for other in found if other.nome == name or other.nome.startswith(f"{name} ("))
        found.append(Destino(f"{name} ({alike + 1})" if alike else name, endereco))
    return found


def is_legivel(destino: Destino) -> bool:
    """Whether its address is one that something can be sent to."""
    return EMAIL.fullmatch(destino.endereco) is not None or _find_plugin(destino.endereco) is not None


def hand_over(para: str, deed: Callable[[], None]) -> None:
    """Do it in a thread that is left behind after AO_TODO_S, and raise what it raised: a refusal, or AvisoRecusado."""

    def attempt() -> None:
        try:
            deed()
        except EstudioError:
            raise
        except DE_FORA as error:
            motivo = type(error).__name__
        else:
            return
        # Outside the handler, and without the error: its message may hold the address.
        raise AvisoRecusado(motivo=motivo)

    try:
        ask_in_time("aviso", attempt, segundos=AO_TODO_S, para=para)
    except TimeoutError as error:
        raise AvisoRecusado(motivo=str(error) or f"sem resposta em {AO_TODO_S} s") from None


def _name(endereco: str) -> str:
    if EMAIL.fullmatch(endereco):
        local, _, domain = endereco.partition("@")
        return f"E-mail {local[0]}…@{domain[:60]}"
    scheme = endereco.partition("://")[0].lower()
    base = scheme if scheme in _SERVICOS else scheme.removesuffix("s")
    if base not in _WEBHOOKS:
        return _SERVICOS.get(base, scheme)
    try:
        host = urlsplit(endereco).hostname or ""
    except ValueError:
        host = ""
    return f"{_SERVICOS[base]} {host[:80]}".rstrip()


def _send_carta(endereco: str, recado: Recado) -> None:
    try:
        send_carta(Carta(endereco, recado.titulo, recado.corpo, numero=f"aviso.{recado.numero}"))
    except CorreioRecusou as refusal:
        # The server's own words, from which the address was taken already; only their beginning is kept.
        raise AvisoRecusado(motivo=str(refusal.details["motivo"])[:150]) from refusal


def _send_apprise(endereco: str, recado: Recado) -> None:
    from apprise import Apprise, NotifyFormat, NotifyType

    plugin = _find_plugin(endereco)
    if plugin is None:
        raise AvisoRecusado(motivo="o endereço não é de um serviço que se conheça")
    _mark(plugin, recado)
    said = _Ouvido()
    logger = logging.getLogger("apprise")
    logger.addHandler(said)
    try:
        sender = Apprise(asset=plugin.asset)
        sender.add(plugin)
        kind = NotifyType.WARNING if recado.urgente else NotifyType.INFO
        taken = sender.notify(body=recado.corpo, title=recado.titulo, notify_type=kind, body_format=NotifyFormat.TEXT)
    finally:
        logger.removeHandler(said)
    if not taken:
        raise AvisoRecusado(motivo=said.explain())


def _mark(plugin: Any, recado: Recado) -> None:
    """The number by which a receiver knows what came twice: a header of what takes headers, a field of a webhook."""
    if isinstance(getattr(plugin, "headers", None), dict):
        plugin.headers = {**plugin.headers, "Idempotency-Key": recado.numero}
    if isinstance(getattr(plugin, "payload_extras", None), dict):
        plugin.payload_extras = {**plugin.payload_extras, "id": recado.numero}
    plugin.socket_connect_timeout, plugin.socket_read_timeout = LIGAR_S, LER_S


def _find_plugin(endereco: str) -> "NotifyBase | None":
    # Not above: it reads some hundred modules, and pages need none of them.
    from apprise import Apprise, AppriseAsset, PersistentStoreMode

    # What apprise tells holds addresses. It is heard for one number alone, and told to nobody.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    # Nothing is written to a folder, no picture is fetched from elsewhere, no other host is gone to.
    asset = AppriseAsset(
        storage_mode=PersistentStoreMode.MEMORY,
        app_id="Estudio",
        app_desc="Estudio",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        default_service_retry=0,
    )
    return Apprise.instantiate(endereco, asset=asset)


class _Ouvido(logging.Handler):
    """Hears the number of the answer in what apprise tells, and nothing else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._found = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        match = _ERRO.search(record.getMessage())
        if match is not None and record.thread == self._thread:
            self._found = match[1]

    def explain(self) -> str:
        return f"o serviço respondeu {self._found}" if self._found else "o serviço não recebeu"
