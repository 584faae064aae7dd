"""Value: how the values are made that every event and every delivery needs anew.

In: a class. Out: a dataclass with slots that the type checker holds frozen. Never: a value that is changed; that is
found by mypy (`make check`) and not while the program runs, for a dataclass that is frozen at run time takes five times
as long to make, and a delivery needs twenty of them (decision 25).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

__all__ = ["value"]

K = TypeVar("K", bound=type)

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Callable[[K], K]:
        """Written as `@value(frozen=True, slots=True)`, which is what the type checker reads."""
        if not (frozen and slots):
            raise TypeError("a value is frozen and has slots")
        return dataclass(slots=True, unsafe_hash=True)
