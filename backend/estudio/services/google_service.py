"""Google at the door: it says whose e-mail this is, and we let in whoever was invited with that e-mail.

Authorization code with PKCE, state and nonce; the token's signature, issuer, audience and times are checked here.
Nobody is ever made by it. Who has a second factor is asked for it all the same: Google's word stands for the password.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import LOOPBACK, get_settings
from estudio.domain.acesso import create_chave
from estudio.domain.errors import GoogleFalhou, GoogleRecusado
from estudio.services.acesso_service import Entrada, lock_usuario, pass_primeiro_fator
from estudio.services.etapa_service import Pendente
from estudio.services.usuario_service import find_who_may_enter

_ESPERA: Final = 10
"""Seconds that Google may take to answer."""

_FOLGA: Final = 60
"""Seconds that its clock may differ from ours."""


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ida:
    """A browser on its way to Google: what it has to bring back, and what only it and we know."""

    endereco: str
    estado: str
    nonce: str
    verificador: str


def is_google_ligado() -> bool:
    """Whether the host gave the program what Google gave the host."""
    settings = get_settings()
    return bool(settings.google_client_id and settings.google_client_secret)


def start_ida(*, retorno: str) -> Ida:
    """The address to send a browser to; Google sends it back to `retorno`. Raises GoogleFalhou."""
    estado, nonce, verificador = create_chave(), create_chave(), create_chave()
    endereco, _ = _open_client(retorno).create_authorization_url(
        _get_descoberta()["authorization_endpoint"],
        state=estado,
        nonce=nonce,
        code_verifier=verificador,
        prompt="select_account",
    )
    return Ida(endereco, estado, nonce, verificador)


def enter_by_google_in_own_transactions(
    *, codigo: str, ida: Ida, retorno: str, navegador: str, origem: str
) -> Entrada | Pendente:
    """Let in who Google says this is. The caller compared the state.

    Raises GoogleFalhou when it does not say who, GoogleRecusado for who was not invited.
    """
    email = _read_email(_redeem(codigo, ida, retorno), ida)

    def enter(session: Session) -> Entrada | Pendente:
        found = find_who_may_enter(session, email)
        if found is None:
            raise GoogleRecusado
        usuario = lock_usuario(session, found.id)
        return pass_primeiro_fator(session, usuario, balcao=None, navegador=navegador, origem=origem, provou=False)

    entrada = db.run(enter)
    log.info("entrada_pelo_google", usuario=entrada.usuario_id, pendente=isinstance(entrada, Pendente))
    return entrada


def _redeem(codigo: str, ida: Ida, retorno: str) -> str:
    """The code for a token that says who it is."""
    try:
        token = _open_client(retorno).fetch_token(
            _get_descoberta()["token_endpoint"],
            code=codigo,
            code_verifier=ida.verificador,
            timeout=_ESPERA,
            allow_redirects=False,
        )
        return str(token["id_token"])
    except (OAuthError, requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise _fail(error) from error


def _read_email(id_token: str, ida: Ida) -> str:
    """The e-mail that Google says is verified. Raises GoogleFalhou, GoogleRecusado."""
    found, client_id = _get_descoberta(), get_settings().google_client_id
    registry = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=_FOLGA,
        iss={"essential": True, "value": found["issuer"]},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": ida.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        email={"essential": True},
    )
    try:
        # Asked for each time: keys are turned over, and nobody logs in this way a hundred times a day.
        keys = KeySet.import_key_set({"keys": _get_json(found["jwks_uri"])["keys"]})
        claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _fail(error) from error
    if claims.get("azp", client_id) != client_id or not isinstance(claims["email"], str):
        raise _fail("the token is for somebody else")
    if claims.get("email_verified") is not True:
        log.warning("google_sem_email_verificado")
        raise GoogleRecusado
    return claims["email"]


def _open_client(retorno: str) -> Any:
    settings = get_settings()
    return OAuth2Session(
        settings.google_client_id,
        settings.google_client_secret,
        scope="openid email",
        redirect_uri=retorno,
        code_challenge_method="S256",
    )


def _get_descoberta() -> dict[str, str]:
    """What the provider says of itself, asked for once an hour."""
    return _discover(get_settings().google_discovery_url, int(clock.now().timestamp()) // 3600)


@lru_cache(maxsize=2)
def _discover(url: str, _hour: int) -> dict[str, str]:
    found = _get_json(url)
    wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(isinstance(found.get(name), str) for name in wanted):
        raise _fail("the discovery document lacks an address")
    for name in wanted[1:]:
        _ensure_private(found[name])
    return {name: found[name] for name in wanted}


def _get_json(url: str) -> dict[str, Any]:
    _ensure_private(url)
    try:
        answer = requests.get(url, timeout=_ESPERA, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _fail(error) from error
    if not isinstance(found, dict):
        raise _fail("not an object")
    return found


def _ensure_private(url: str) -> None:
    """By https, or on this very machine: who listens on the way would log in as anybody."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise _fail(f"{parts.scheme}://{parts.hostname} is open to whoever listens")


def _fail(why: object) -> GoogleFalhou:
    log.warning("google_falhou", motivo=str(why))
    return GoogleFalhou()
