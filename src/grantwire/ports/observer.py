"""What hears the facts that the flow states.

In: a fact and its values. Out: nothing. Never: a secret.
"""

from typing import Protocol


class Observer(Protocol):
    def note(self, fact: str, **facts: object) -> None:
        """A fact by name (`delivery.attempted`), ids, durations in ms, verdict, why. Never a secret."""
