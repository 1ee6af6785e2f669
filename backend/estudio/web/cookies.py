"""The cookies of a person: whose browser this is, and that it is a known one. Both signed, neither read by any script.

The key of an Acesso travels with the moment it was last seen. A page that is only read writes nothing, so it is the
cookie that grows old: a copy of it is worth nothing once its idle time is over, whatever the person does meanwhile.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Response, current_app, request
from itsdangerous import BadSignature, TimestampSigner

from estudio import clock
from estudio.domain.acesso import create_chave, digest_chave, fold_email
from estudio.domain.fator import ETAPA_VALE
from estudio.services.tentativa_service import Balcao

APARELHO_VALE: Final = timedelta(days=180)

REFRESCA: Final = timedelta(minutes=1)
"""How old the moment in a cookie may be before the next answer brings it up to date."""


@dataclass(frozen=True, slots=True)
class Cracha:
    """What a browser shows: the key of its Acesso, and when it was seen last."""

    chave: str
    visto_em: datetime

    @property
    def ocioso(self) -> timedelta:
        return clock.now() - self.visto_em


def read_cracha() -> Cracha | None:
    """What this browser shows, if it is of ours; whether it still lets anybody in is for who asks."""
    try:
        chave, visto_em = _signer("acesso").unsign(_read("sessao"), return_timestamp=True)
    except BadSignature:
        return None
    return Cracha(chave.decode("utf-8", "replace"), visto_em)


def put_cracha(response: Response, chave: str) -> None:
    _put(response, "sessao", _signer("acesso").sign(chave).decode(), None)


def drop_cracha(response: Response) -> None:
    # The browser takes it away only by the very attributes it came with.
    response.delete_cookie(_name("sessao"), path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def read_etapa() -> str | None:
    """The key of the step between the password and the second factor, if this browser is in one."""
    try:
        return (
            _signer("etapa")
            .unsign(_read("etapa"), max_age=round(ETAPA_VALE.total_seconds()))
            .decode("utf-8", "replace")
        )
    except BadSignature:
        return None


def put_etapa(response: Response, chave: str) -> None:
    _put(response, "etapa", _signer("etapa").sign(chave).decode(), ETAPA_VALE)


def drop_etapa(response: Response) -> None:
    response.delete_cookie(_name("etapa"), path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def find_balcao(email: str) -> Balcao:
    """Where this browser's attempts on an account are counted."""
    return Balcao.of(email=email, endereco=find_endereco(), aparelho=find_aparelho(email))


def find_aparelho(email: str) -> str | None:
    """The name of this browser, if the person of this e-mail has logged in with it before."""
    try:
        shown = _signer("aparelho").unsign(_read("aparelho"), max_age=round(APARELHO_VALE.total_seconds()))
    except BadSignature:
        return None
    aparelho, _, conta = shown.decode("utf-8", "replace").partition(".")
    return aparelho if conta == _name_conta(email) else None


def put_aparelho(response: Response, email: str) -> None:
    value = f"{find_aparelho(email) or create_chave()}.{_name_conta(email)}"
    _put(response, "aparelho", _signer("aparelho").sign(value).decode(), APARELHO_VALE)


def put_preferencia(response: Response, name: str, value: str) -> None:
    """What a browser prefers (tema, língua): no secret, and nobody's."""
    response.set_cookie(
        name, value, max_age=APARELHO_VALE, path="/", secure=_is_secure(), httponly=True, samesite="Lax"
    )


def find_endereco() -> str:
    """Whose attempts are counted together: an address, or the network that one household has of the newer kind."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "desconhecido"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _name_conta(email: str) -> str:
    return digest_chave(fold_email(email))[:32]


def _read(name: str) -> str:
    return request.cookies.get(_name(name), "")


def _put(response: Response, name: str, value: str, max_age: timedelta | None) -> None:
    response.set_cookie(
        _name(name), value, max_age=max_age, path="/", secure=_is_secure(), httponly=True, samesite="Lax"
    )


def _name(name: str) -> str:
    # The prefix makes the browser itself see to Secure, to the path, and that no neighbouring host sets it.
    return f"__Host-{name}" if _is_secure() else name


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _signer(salt: str) -> TimestampSigner:
    key = current_app.secret_key
    assert key, "the composition root gives the key"
    return TimestampSigner(key, salt=f"estudio-{salt}")
