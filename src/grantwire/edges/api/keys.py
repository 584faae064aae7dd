"""Keys: who is calling.

In: the Authorization header and the digests of the API keys. Out: the key's name, or a refusal.
Never: a key in a message, or time that depends on how much of a key is right (only digests are looked up).
"""

from collections.abc import Mapping
from hashlib import sha256

from grantwire.domain.errors import Problem, Refusal, Refused

_HINT = "Send Authorization: Bearer <API key>."


def caller_of(authorization: bytes | None, api_keys: Mapping[bytes, str]) -> str:
    """The one place that knows a caller; raises `Refused` (unauthenticated)."""
    if authorization is None:
        raise _refusal("no API key was given.")
    scheme, _, key = authorization.partition(b" ")
    if scheme.lower() != b"bearer":
        raise _refusal("the Authorization header is not of the scheme Bearer.")
    name = api_keys.get(sha256(key.strip()).digest())
    if name is None:
        raise _refusal("the API key is not known.")
    return name


def _refusal(message: str) -> Refused:
    problem = Problem("Authorization", message, _HINT)
    return Refused("an API key is needed", [problem], why=Refusal.UNAUTHENTICATED)
