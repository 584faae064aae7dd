"""The JWT bearer grant: checks a signed assertion against the sandbox's key.

In: the assertion's text. Out: the `sub` it names, or '' when any check fails. Must never: say which check failed.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from grantwire.sandbox.clock import SandboxClock

SKEW_SECONDS = 300  # clock skew allowed; official default
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class Assertions:
    """Holds the public key of the application; starts with a pair of its own so that tests can sign."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._private: ec.EllipticCurvePrivateKey | None = None
        self._public: PublicKey | None = None

    def private_key_pem(self) -> str:
        if self._private is None:
            self._private = ec.generate_private_key(ec.SECP256R1())
            self._public = self._public or self._private.public_key()
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def trust(self, public_key_pem: str) -> str:
        """Sets the application's public key; answers what is wrong with it, or ''."""
        try:
            key = serialization.load_pem_public_key(public_key_pem.encode())
        except ValueError as error:
            return f"not a public key in PEM: {error}"
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return f"{type(key).__name__} is neither RSA nor EC"
        self._public = key
        return ""

    def clear(self) -> None:
        self._seen.clear()

    def subject(self, assertion: str, client_id: str) -> str:
        parts = assertion.split(".")
        if len(parts) != 3 or self._public is None:
            return ""
        try:
            header, claims = _json(parts[0]), _json(parts[1])
            verified(self._public, str(header.get("alg", "")), _bytes(parts[2]))(f"{parts[0]}.{parts[1]}".encode())
        except (ValueError, InvalidSignature, msgspec.MsgspecError):
            return ""
        return str(claims.get("sub", "")) if self._is_current(claims, client_id) else ""

    def _is_current(self, claims: dict[str, Any], client_id: str) -> bool:
        """`aud` and `iss` are the client id; a `jti` works once."""
        now, expires = self._clock.now(), claims.get("exp")
        if not isinstance(expires, int | float) or expires + SKEW_SECONDS < now:
            return False
        audience = claims.get("aud")
        if claims.get("iss") != client_id or client_id not in (audience if isinstance(audience, list) else [audience]):
            return False
        self._seen = {name: until for name, until in self._seen.items() if until > now}
        identity = str(claims.get("jti", ""))
        if identity in self._seen:
            return False
        if identity:
            self._seen[identity] = expires + SKEW_SECONDS
        return True


def verified(key: PublicKey, algorithm: str, signature: bytes) -> Callable[[bytes], None]:
    """A function that raises InvalidSignature unless `signature` signs the bytes it is given."""
    family, size = algorithm[:2], algorithm[2:]
    if size not in HASHES:
        raise ValueError(algorithm)
    chosen = HASHES[size]
    if family == "RS" and isinstance(key, rsa.RSAPublicKey):
        return lambda signed: key.verify(signature, signed, padding.PKCS1v15(), chosen)
    if family == "ES" and isinstance(key, ec.EllipticCurvePublicKey):
        half = len(signature) // 2
        pair = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
        return lambda signed: key.verify(encode_dss_signature(*pair), signed, ec.ECDSA(chosen))
    raise ValueError(algorithm)


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(text) from error


def _json(text: str) -> dict[str, Any]:
    return msgspec.json.decode(_bytes(text), type=dict[str, Any])
