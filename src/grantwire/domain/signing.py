"""Signing: how a receiver knows that a request is ours and whole (Standard Webhooks 1.0.0).

In: the keys of a webhook. Out: frozen values; a key's text as the bytes it stands for, and back.
Never: a signature (see `steps/sign`), or a key's bytes in a message.
"""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from grantwire.domain.secret import Secret

SHARED_PREFIX, PRIVATE_PREFIX, PUBLIC_PREFIX = "whsec_", "whsk_", "whpk_"
SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
FRESH_BYTES = 32  # within the 24 to 64 that Standard Webhooks asks for; the size of the hash, and of an Ed25519 seed
_SHARED_BYTES = range(24, 65)
_SEED_BYTES = 32  # RFC 8032 §5.1.5
_PAIR_BYTES = 64  # the seed and its public key, as many libraries keep them


class Scheme(StrEnum):
    """HMAC-SHA256 with a shared key; Ed25519 with a private one, whose public half the receiver has."""

    HMAC_SHA256 = "v1"
    ED25519 = "v1a"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """From `until` on it signs no more; None: it has no end."""

    secret: Secret
    until: datetime | None = None

    def signs_at(self, now: datetime) -> bool:
        return self.until is None or now < self.until

    @property
    def id(self) -> str:
        """Tells keys apart whose secrets are masked: the first bits of a hash of 24 random bytes or more give nothing
        of them away. Empty for a reference, which is shown itself."""
        return "" if self.secret.is_reference else sha256(self.secret.reveal().strip().encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class KeyBytes:
    """A key ready to sign: the shared key, or the seed of the private one."""

    scheme: Scheme
    octets: bytes = field(repr=False)


def key_bytes(text: str) -> KeyBytes:
    """Raises ValueError with the words for a person."""
    text = text.strip()
    if text.startswith(SHARED_PREFIX):
        octets = _decoded(text, SHARED_PREFIX)
        if len(octets) not in _SHARED_BYTES:
            raise ValueError(f"holds {len(octets)} bytes after {SHARED_PREFIX}; it must be 24 to 64")
        return KeyBytes(Scheme.HMAC_SHA256, octets)
    if text.startswith(PRIVATE_PREFIX):
        octets = _decoded(text, PRIVATE_PREFIX)
        if len(octets) not in {_SEED_BYTES, _PAIR_BYTES}:
            raise ValueError(
                f"holds {len(octets)} bytes after {PRIVATE_PREFIX}; an Ed25519 key has 32, or 64 in a pair"
            )
        return KeyBytes(Scheme.ED25519, octets[:_SEED_BYTES])
    if text.startswith(PUBLIC_PREFIX):
        raise ValueError(f"is the public key, which is for the receiver; give the private one, {PRIVATE_PREFIX}…")
    raise ValueError(f"must start with {SHARED_PREFIX} (HMAC-SHA256) or {PRIVATE_PREFIX} (Ed25519)")


def _decoded(text: str, prefix: str) -> bytes:
    try:
        return b64decode(text.removeprefix(prefix), validate=True)
    except (NoBase64, ValueError):
        raise ValueError(f"is no base64 (RFC 4648 §4, with padding) after {prefix}") from None


def fresh_secret(scheme: Scheme, octets: bytes) -> Secret:
    """`octets` are `FRESH_BYTES` of chance."""
    prefix = SHARED_PREFIX if scheme is Scheme.HMAC_SHA256 else PRIVATE_PREFIX
    return Secret(prefix + b64encode(octets).decode())


def public_text(octets: bytes) -> str:
    """A public key as a receiver is given it."""
    return PUBLIC_PREFIX + b64encode(octets).decode()


def signing_at(keys: Iterable[SigningKey], now: datetime) -> tuple[SigningKey, ...]:
    return tuple(key for key in keys if key.signs_at(now))
