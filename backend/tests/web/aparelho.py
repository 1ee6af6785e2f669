"""A device that keeps passkeys, in software: it signs as the standard says, and lies where a test tells it to."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

USUARIO_PRESENTE, USUARIO_CONFERIDO, CREDENCIAL_JUNTO = 0x01, 0x04, 0x40


@dataclass
class Aparelho:
    """One passkey. `contador` None: a device that does not count, as those that are copied between phones."""

    origem: str = "http://localhost"
    rp_id: str = "localhost"
    contador: int | None = 0
    confere: bool = True
    """Whether it asks for a finger or a PIN."""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    chave: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    pessoa: str | None = None

    def create(self, opcoes: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.create`."""
        self.pessoa = opcoes["user"]["id"]
        numbers = self.chave.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._describe(CREDENCIAL_JUNTO) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id
        attestation = {"fmt": "none", "attStmt": {}, "authData": data + cbor2.dumps(cose)}
        return self._answer(
            clientDataJSON=self._write("webauthn.create", opcoes["challenge"]),
            attestationObject=cbor2.dumps(attestation),
        )

    def get(self, opcoes: dict[str, Any]) -> str:
        """Answer to `navigator.credentials.get`."""
        client, data = self._write("webauthn.get", opcoes["challenge"]), self._describe(0)
        signature = self.chave.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            **({} if self.pessoa is None else {"userHandle": self.pessoa}),
        )

    def _describe(self, flags: int) -> bytes:
        if self.contador is not None:
            self.contador += 1
        flags |= USUARIO_PRESENTE | (USUARIO_CONFERIDO if self.confere else 0)
        rp = hashlib.sha256(self.rp_id.encode()).digest()
        return rp + bytes([flags]) + (self.contador or 0).to_bytes(4, "big")

    def _write(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origem}).encode()

    def _answer(self, **parts: bytes | str) -> str:
        response = {k: v if isinstance(v, str) else bytes_to_base64url(v) for k, v in parts.items()}
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
