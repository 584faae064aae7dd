"""What signs with Ed25519 keys.

In: a seed and content. Out: a signature or a public key. Never: a key that is kept.
"""

from typing import Protocol


class Ed25519(Protocol):
    """RFC 8032; a key is its seed of 32 bytes."""

    def sign(self, seed: bytes, content: bytes) -> bytes: ...

    def public_key(self, seed: bytes) -> bytes: ...
