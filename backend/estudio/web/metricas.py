"""Métricas: `/metrics` for Prometheus, to whoever knows METRICS_TOKEN; without one set, to this machine alone."""

import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from estudio.config import LOOPBACK, get_settings
from estudio.services.metricas_service import format_metricas
from estudio.web.tempos import format_tempos
from estudio.web.transactions import looking

metricas = Blueprint("metricas", __name__, url_prefix="/metrics")

ESQUEMA: Final = "Bearer "
DE_PROXY: Final = ("cf-", "forwarded", "true-client-ip", "via", "x-client-ip", "x-forwarded", "x-real-ip")
"""How the names of the headers begin by which proxies tell of themselves."""


@metricas.get("")
def index() -> Response:
    ensure_vigia()
    with looking() as session:
        return Response(format_metricas(session) + format_tempos(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def ensure_vigia() -> None:
    """Nobody else is told that there is such a page: 404."""
    if not is_vigia():
        abort(404)


def is_vigia() -> bool:
    """Whether who asks knows METRICS_TOKEN, or without one is on this machine."""
    token = get_settings().metrics_token
    if token:
        shown = request.headers.get("Authorization", "")
        return shown.startswith(ESQUEMA) and hmac.compare_digest(shown[len(ESQUEMA) :].encode(), token.encode())
    return _is_this_machine()


def _is_this_machine() -> bool:
    """By the connection itself; what came through a proxy comes from wherever the proxy says, if it is one of ours.

    And by the name that was asked for: a proxy that tells nothing of itself may still hand on the studio's own.
    """
    if not get_settings().trusted_proxies and any(name.lower().startswith(DE_PROXY) for name, _ in request.headers):
        return False
    if urlsplit(f"//{request.host}").hostname not in (*LOOPBACK, "::1"):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
