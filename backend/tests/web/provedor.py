"""An OpenID Connect provider of our own on this machine, in the place of Google: real tokens, signed with RS256.

It checks what a real one checks (client, secret, redirect, PKCE, each code once), and lies where a test tells it to.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from ouvintes import serving

from estudio import clock, config
from estudio.services import google_service

CLIENTE, SEGREDO = "cliente-de-teste", "segredo-de-teste"


@dataclass
class Provedor:
    """What it says of whoever logs in is in `diz`; `mente` changes a token's claims, None takes one away."""

    porta: int = 0
    diz: dict[str, Any] = field(default_factory=lambda: {"email": "ana@estudio.example", "email_verified": True})
    mente: dict[str, Any] = field(default_factory=dict)
    chave: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "um"}))
    assina: RSAKey | None = None
    """Another key than the one it publishes."""
    algoritmo: str = "RS256"
    aberto: bool = False
    """Whether it says that its addresses are open to whoever listens."""
    quebrado: bool = False
    idas: dict[str, dict[str, str]] = field(default_factory=dict)
    vistos: list[str] = field(default_factory=list)

    @property
    def endereco(self) -> str:
        return f"http://127.0.0.1:{self.porta}"

    @property
    def descoberta(self) -> str:
        return f"{self.endereco}/.well-known/openid-configuration"

    def describe(self) -> dict[str, str]:
        where = "http://provedor.example" if self.aberto else self.endereco
        return {
            "issuer": self.endereco,
            "authorization_endpoint": f"{where}/entrar",
            "token_endpoint": f"{where}/ficha",
            "jwks_uri": f"{where}/chaves",
        }

    def accept(self, address: str) -> str:
        """A person says yes at the address that a browser was sent to; where the browser goes from there."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENTE
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(16)
        self.idas[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def redeem(self, fields: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The token for a code, once, for who knows the secret and what the challenge was made of."""
        asked = self.idas.pop(fields.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENTE}:{SEGREDO}".encode()).decode()
        if self.quebrado or asked is None or authorization != f"Basic {basic}":
            return None
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked["code_challenge"] != challenge or fields.get("redirect_uri") != asked["redirect_uri"]:
            return None
        agora = int(clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.endereco, "aud": CLIENTE, "sub": "1", "iat": agora, "exp": agora + 3600,
            "nonce": asked["nonce"], **self.diz, **self.mente,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        key: Any = self.assina or self.chave
        header = {"alg": self.algoritmo, "kid": "um"}
        if self.algoritmo == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        elif self.algoritmo == "HS256":
            # The oldest trick: the key that everybody may read, used as if it were a secret.
            public = base64.urlsafe_b64encode(self.chave.as_pem(private=False)).decode().rstrip("=")
            signed = jwt.encode(header, claims, OctKey.import_key({"kty": "oct", "k": public}), algorithms=["HS256"])
        else:
            signed = jwt.encode(header, claims, key, algorithms=[self.algoritmo])
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": signed}


@contextmanager
def serve(monkeypatch: pytest.MonkeyPatch) -> Generator[Provedor, None, None]:
    """The provider, and the settings that name it."""
    with _listen() as provedor:
        monkeypatch.setenv("GOOGLE_CLIENT_ID", CLIENTE)
        monkeypatch.setenv("GOOGLE_CLIENT_SECRET", SEGREDO)
        monkeypatch.setenv("GOOGLE_DISCOVERY_URL", provedor.descoberta)
        config.reset()
        google_service._discover.cache_clear()
        yield provedor
        google_service._discover.cache_clear()


@contextmanager
def _listen() -> Generator[Provedor, None, None]:
    provedor = Provedor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provedor.vistos.append(self.path)
            if self.path.startswith("/entrar"):
                # Whoever comes here says yes at once.
                self.send_response(302)
                self.send_header("Location", provedor.accept(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path.startswith("/chaves"):
                self._say({"keys": [provedor.chave.as_dict(private=False, use="sig", alg="RS256")]})
            else:
                self._say(provedor.describe())

        def do_POST(self) -> None:
            provedor.vistos.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            token = provedor.redeem(fields, self.headers.get("Authorization", ""))
            self._say(token or {"error": "invalid_grant"}, 200 if token else 400)

        def _say(self, what: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """Nothing: the tests read `vistos`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provedor.porta = server.server_address[1]
    with serving(server, "provedor"):
        yield provedor
