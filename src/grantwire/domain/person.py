"""Person: somebody who may sign in to the console, and the session they are in.

In: what was typed at the sign-in, or comes back from the store. Out: frozen values.
Never: a password, or a hash of one (it goes from the store to its check and nowhere else).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)

SHORTEST_PASSWORD = 8  # NIST SP 800-63B 5.1.1.2
LONGEST_PASSWORD = 200  # hashing takes time by the byte


class Role(StrEnum):
    """What a person may do."""

    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Person:
    """`email` is in lower case; people sign in with it."""

    id: PersonId
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """Where a person is signed in; the browser holds the token, the store only its SHA-256."""

    person: Person
    ends_at: datetime


def email_of(text: str) -> str:
    """Mail addresses differ in case by accident only."""
    return text.strip().lower()
