"""Target limits: how much may go to one origin at once and in a minute, over all webhooks that send there.

In: `GRANTWIRE_TARGET_LIMITS`, and what the webhooks of an origin say. Out: the limits of an origin.
Never: a limit per webhook (each has its own beside these).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grantwire.domain.target import Origin
from grantwire.domain.webhook import Limits, SuccessRule, Webhook

# ServiceNow runs four API threads per node by default (servicenow KB0564204): more only fills its queue.
SERVICENOW_CONCURRENCY = 4
_FIELDS = ("concurrency", "per_minute")


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """What an operator said, by origin."""

    by_origin: Mapping[Origin, Limits] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "TargetLimits":
        """From texts like `https://acme.service-now.com concurrency=8 per_minute=600`. Raises ValueError."""
        return cls(dict(_read(text) for text in texts))

    def limits_for(self, origin: Origin, webhooks: Iterable[Webhook]) -> Limits:
        """What the operator said; else for a ServiceNow instance four at once, or as many as one of its webhooks asks
        for; else none."""
        said = self.by_origin.get(origin)
        if said is not None:
            return said
        asked = [one.limits.concurrency for one in webhooks if one.success is SuccessRule.SERVICENOW]
        return Limits(concurrency=max(each or SERVICENOW_CONCURRENCY for each in asked)) if asked else Limits()


def _read(text: str) -> tuple[Origin, Limits]:
    where, *parts = text.split()
    values: dict[str, int] = {}
    for part in parts:
        name, equals, number = part.partition("=")
        if name not in _FIELDS or not equals or not number.isdecimal() or int(number) < 1:
            raise ValueError(f"expected concurrency=N or per_minute=N (1 or more) after the origin, found {part!r}")
        values[name] = int(number)
    if not values:
        raise ValueError(f"expected concurrency=N or per_minute=N after {where!r}")
    return Origin.of(where), Limits(**values)
