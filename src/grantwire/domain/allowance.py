"""Allowance: which origins an operator lets break the HTTPS, port and public-address rules.

In: `GRANTWIRE_ALLOWED_ORIGINS`. Out: the question "may this origin?". Never: a look at the network.
"""

from dataclasses import dataclass

from grantwire.domain.target import Origin


@dataclass(frozen=True, slots=True)
class Allowance:
    origins: frozenset[Origin] = frozenset()

    @classmethod
    def of(cls, texts: tuple[str, ...]) -> "Allowance":
        """Raises ValueError on a text that is no origin."""
        return cls(frozenset(Origin.of(text) for text in texts))

    def has(self, origin: Origin) -> bool:
        return origin in self.origins
