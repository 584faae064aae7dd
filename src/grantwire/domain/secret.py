"""Secret: a value that may be used but never shown.

In: the plain text, or a reference (`${env:NAME}`, `${file:/path}`) to where it lives. Out: the text, only by asking.
Never: formatted, logged, compared in variable time, or pickled.
"""

import hmac
import re
from typing import NoReturn

MASK = "•••"
_REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")


class Secret:
    """`reveal()` is the only way to the text, so that every use can be found by its name. No dataclass: encoders
    write those out field by field."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @property
    def is_reference(self) -> bool:
        """Holds `${env:…}` or `${file:…}` and so says where the secret is, not what it is."""
        return _REFERENCE.search(self._text) is not None

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never serialised")


def references_in(text: str) -> tuple[tuple[str, str], ...]:
    """The (source, name) pairs of `${env:NAME}` and `${file:/path}` in a text, in order."""
    return tuple((found[1], found[2]) for found in _REFERENCE.finditer(text))
