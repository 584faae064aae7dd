"""Vault: seals secrets so that the database alone gives none away.

In: text and the name of the row it belongs to. Out: sealed text. Never: a secret in a message.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce each: safe for 2^32 sealings with one key (§8.3). The row's
name is associated data, so sealed text that is copied to another row does not open there. The form is
`gw1:<name of the key>:<base64url of nonce and ciphertext>`: the first part changes when the method does, the second
lets keys follow one another.
"""

import binascii
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from grantwire.adapters.vault.keyfile import load_or_make
from grantwire.domain.errors import Broken

_FORM = "gw1"
_NONCE_BYTES = 12


def open_vault(path: Path) -> "Vault":
    """With the keys of the file at `path`, which is made (mode 0600) on the first start."""
    return Vault(load_or_make(path))


class Vault:
    """`keys` by name; the last one seals."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._sealing = list(keys)[-1]

    def seal(self, text: str, bound_to: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._sealing].encrypt(nonce, text.encode(), _bound(bound_to))
        return f"{_FORM}:{self._sealing}:{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, bound_to: str) -> str:
        """Raises `Broken` for text this vault did not seal for this row."""
        form, _, rest = sealed.partition(":")
        name, _, text = rest.partition(":")
        cipher = self._ciphers.get(name)
        if form != _FORM or cipher is None:
            raise Broken(
                f"A secret of {bound_to} was sealed with the key {name!r}, which is not in the key file "
                f"({', '.join(self._ciphers)} are). Restore the key file that belongs to this database."
            )
        try:
            raw = urlsafe_b64decode(text)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(bound_to)).decode()
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Broken(f"A secret of {bound_to} does not open: it was changed or belongs to another row.") from error


def _bound(bound_to: str) -> bytes:
    return f"{_FORM}:{bound_to}".encode()
