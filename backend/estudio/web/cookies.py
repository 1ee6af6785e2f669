"""The cookies of a person: whose browser this is, and that it is a known one. Both signed, neither read by any script.

The key of an Acesso travels with the moment it was last seen. A page that is only read writes nothing, so it is the
cookie that grows old: a copy of it is worth nothing once its idle time is over, whatever the person does meanwhile.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, TimestampSigner

from estudio import clock
from estudio.domain.acesso import create_chave, digest_chave, fold_email
from estudio.domain.conta import TURNO_VALE
from estudio.domain.fator import ETAPA_VALE
from estudio.services.tentativa_service import Balcao

APARELHO_VALE: Final = timedelta(days=180)

MAX_CONTAS: Final = 8
"""People whom one browser is known by; the desk of a large studio."""

_CONTA: Final = re.compile(r"([0-9a-f]{32})(?:-([0-9]{1,12}))?", re.ASCII)

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


@dataclass(frozen=True, slots=True)
class Aparelho:
    """A browser that is known: its name, and who has logged in with it, each with the moment of her last password."""

    nome: str
    contas: Mapping[str, int]
    """By `_name_conta`, the newest last; seconds, 0 for who has logged out."""


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


def read_aparelho() -> Aparelho | None:
    """What is known of this browser, if it is a known one."""
    try:
        shown = _signer("aparelho").unsign(_read("aparelho"), max_age=round(APARELHO_VALE.total_seconds()))
    except BadSignature:
        return None
    nome, *contas = shown.decode("utf-8", "replace").split(".")
    found = [match for conta in contas if (match := _CONTA.fullmatch(conta))]
    return Aparelho(nome, {match[1]: int(match[2] or 0) for match in found})


def name_aparelho() -> str:
    """The name of this browser, which it keeps; a new one gets a name with this answer (`put_aparelho`)."""
    if "aparelho" not in g:
        known = read_aparelho()
        g.aparelho = create_chave() if known is None else known.nome
    return str(g.aparelho)


def find_aparelho(email: str) -> str | None:
    """What this browser is called at this person's counter, if she has logged in with it before: another's attempts
    in the same browser are counted apart."""
    known, conta = read_aparelho(), _name_conta(email)
    return f"{known.nome}.{conta}" if known is not None and conta in known.contas else None


def has_outras(email: str) -> bool:
    """Whether somebody else gave her password in this browser within the last hours, and has not left. A hint of the
    browser's own: who may take it over the database says."""
    known = read_aparelho()
    since = _seconds(clock.now() - TURNO_VALE)
    return known is not None and any(em > since for conta, em in known.contas.items() if conta != _name_conta(email))


def put_aparelho(response: Response, email: str) -> None:
    """This person gave her password in this browser just now."""
    _put_aparelho(response, email, _seconds(clock.now()))


def leave_aparelho(response: Response, email: str) -> None:
    """She logged out: known as before, and not there."""
    _put_aparelho(response, email, 0)


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


def _put_aparelho(response: Response, email: str, em: int) -> None:
    known, conta = read_aparelho(), _name_conta(email)
    contas = {} if known is None else {c: when for c, when in known.contas.items() if c != conta}
    contas[conta] = em
    newest = list(contas.items())[-MAX_CONTAS:]
    value = ".".join([name_aparelho(), *(f"{c}-{when}" for c, when in newest)])
    _put(response, "aparelho", _signer("aparelho").sign(value).decode(), APARELHO_VALE)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


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
