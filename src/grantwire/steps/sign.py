"""Sign: a request and the keys in, the request with its signatures out (Standard Webhooks 1.0.0).

In: a request ready to send, its id, the time, the keys. Out: the request with three headers more.
Never: another byte of the body, or a key in what it writes.
"""

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from grantwire.domain.exchange import Request
from grantwire.domain.signing import SIGNATURE_HEADERS, KeyBytes, Scheme

#: Seed and content → the signature. Given from outside, for Ed25519 is no part of the standard library.
SignEd25519 = Callable[[bytes, bytes], bytes]


def sign(request: Request, *, message_id: str, at: datetime, keys: Sequence[KeyBytes], ed25519: SignEd25519) -> Request:
    """`message_id` is the same on every attempt and holds no full stop; `at` is the time of this attempt."""
    seconds = str(int(at.timestamp()))
    content = f"{message_id}.{seconds}.".encode() + request.body
    signatures = " ".join(_signature(key, content, ed25519) for key in keys)
    added = zip(SIGNATURE_HEADERS, (message_id, seconds, signatures), strict=True)
    return replace(request, headers=(*request.headers, *added))


def _signature(key: KeyBytes, content: bytes, ed25519: SignEd25519) -> str:
    match key.scheme:
        case Scheme.HMAC_SHA256:
            octets = hmac.digest(key.octets, content, "sha256")
        case Scheme.ED25519:
            octets = ed25519(key.octets, content)
        case other:
            assert_never(other)
    return f"{key.scheme},{b64encode(octets).decode()}"
