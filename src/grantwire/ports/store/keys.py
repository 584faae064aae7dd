"""What API keys and access tokens ask of the store.

In: hashes and secrets. Out: names and secrets. Never: an API key, or a token that is not sealed, on the disk.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from grantwire.domain.secret import Secret


class KeyStore(Protocol):
    """API keys (hashes only) and cached tokens (sealed)."""

    async def api_key_names(self) -> Mapping[bytes, str]:
        """SHA-256 of each key → its name."""

    async def put_api_key(self, digest: bytes, *, name: str, now: datetime) -> None: ...

    async def token(self, cache_key: str) -> tuple[Secret, datetime] | None:
        """The cached access token and when it ends."""

    async def put_token(self, cache_key: str, token: Secret, *, ends_at: datetime) -> None: ...

    async def drop_token(self, cache_key: str) -> None: ...
