"""What hashes passwords and checks them.

In: a password. Out: its hash, or whether it is right. Never: an answer whose time tells whether there is such a person.
"""

from typing import Protocol

from grantwire.domain.secret import Secret


class Passwords(Protocol):
    """Slow on purpose, off the loop."""

    async def hash(self, password: Secret) -> str: ...

    async def is_right(self, password: Secret, password_hash: str | None) -> bool:
        """None takes as long as any other and is never right."""
