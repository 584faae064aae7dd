"""Ed25519 (RFC 8032): signatures with a private key whose public half a receiver has.

In: the seed of a key, content. Out: the signature, or the public key, as bytes. Never: a key that is kept.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class LibraryEd25519:
    """Fills the Ed25519 port."""

    def sign(self, seed: bytes, content: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(seed).sign(content)

    def public_key(self, seed: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
