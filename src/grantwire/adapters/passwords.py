"""Passwords: hashed with Argon2id, checked in a thread.

In: a password, or a password and its hash. Out: a hash in PHC form; yes or no. Never: a password in a message.

The parameters are the library's defaults, the second of RFC 9106 4 (3 passes over 64 MiB): some 50 ms on one core.
"""

import asyncio
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from grantwire.domain.secret import Secret


class Argon2Passwords:
    """Fills the Passwords port."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn = asyncio.Semaphore(2)  # each check takes 64 MiB; a flood of sign-ins must not take them all

    async def hash(self, password: Secret) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password.reveal())

    async def is_right(self, password: Secret, password_hash: str | None) -> bool:
        async with self._turn:
            return await asyncio.to_thread(self._is_right, password.reveal(), password_hash)

    def _is_right(self, password: str, password_hash: str | None) -> bool:
        try:
            is_right = self._hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return is_right and password_hash is not None

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")
