"""What signing in asks of the store.

In: people and sessions. Out: the same. Never: a password or a session's token, only hashes.
"""

from datetime import datetime
from typing import Protocol

from grantwire.domain.person import Person, Session


class PeopleStore(Protocol):
    """Who may sign in, and where they are signed in."""

    async def has_people(self) -> bool: ...

    async def person(self, email: str) -> tuple[Person, str | None] | None:
        """The person with this address and the hash of their password; None for a password: they have none here."""

    async def put_person(self, person: Person, *, password_hash: str | None, now: datetime) -> None:
        """Creates or replaces by email address."""

    async def session(self, digest: bytes) -> Session | None:
        """By the SHA-256 of its token, whether or not it has ended."""

    async def put_session(self, digest: bytes, session: Session, *, now: datetime) -> None:
        """Sessions that have ended by now go."""

    async def drop_session(self, digest: bytes) -> None: ...
