"""Counters: what `/metrics` says.

In: facts, and the backlog at the moment of a scrape. Out: the Prometheus text.
Never: a label that grows with events (ids stay in the log), or a look at the store outside a scrape.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from grantwire.adapters.observe.plain import Facts
from grantwire.domain.delivery import ENDED, State
from grantwire.domain.errors import NotNow
from grantwire.ports import Backlog

_LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400)
_SEND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Counters:
    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._accepted = Counter("grantwire_events_accepted", "Events on record.", ["type"], registry=registry)
        self._refused = Counter("grantwire_events_refused", "Calls with a bad event.", registry=registry)
        self._deliveries = Counter(
            "grantwire_deliveries",
            "Trips of deliveries by what they led to.",
            ["verdict", "webhook"],
            registry=registry,
        )
        self._ended = Counter(
            "grantwire_deliveries_ended", "Deliveries that came to an end.", ["state", "webhook"], registry=registry
        )
        self._attempts = Counter(
            "grantwire_attempts", "Attempts by status, or by what went wrong.", ["result", "webhook"], registry=registry
        )
        self._lag = Histogram(
            "grantwire_delivery_lag_seconds",
            "From accepted to delivered.",
            ["webhook"],
            buckets=_LAG_SECONDS,
            registry=registry,
        )
        self._sends = Histogram(
            "grantwire_send_duration_seconds",
            "One exchange with a target.",
            ["webhook"],
            buckets=_SEND_SECONDS,
            registry=registry,
        )
        self._facts = Counter("grantwire_facts", "Everything else noted, by name.", ["fact"], registry=registry)
        self._backlog = Gauge("grantwire_backlog", "Deliveries that have not ended.", ["state"], registry=registry)
        self._past_due = Gauge(
            "grantwire_oldest_past_due_seconds",
            "How overdue the most overdue delivery is; NaN while the store cannot tell.",
            registry=registry,
        )
        self._trips: dict[tuple[object, ...], _Trip] = {}

    def note(self, fact: str, facts: Facts) -> None:
        if facts.get("verdict") is not None and fact.startswith("delivery."):
            self._note_trip(fact, facts)
        elif fact == "event.accepted":
            self._accepted.labels(facts.get("type", "")).inc()
        elif fact == "event.refused":
            self._refused.inc()
        else:
            self._facts.labels(fact).inc()

    async def text(self, backlog: Callable[[], Awaitable[Backlog]]) -> tuple[bytes, str]:
        """The text and its content type."""
        try:
            found = await backlog()
        except NotNow:
            self._past_due.set(float("nan"))
        else:
            self._past_due.set(found.oldest_past_due_seconds)
            for state in State:
                if state not in ENDED:
                    self._backlog.labels(state.value).set(found.by_state.get(state, 0))
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def _note_trip(self, fact: str, facts: Facts) -> None:
        result = facts.get("status") or facts.get("fault") or "none"
        key = (fact, facts.get("webhook", ""), facts["verdict"], result)
        trip = self._trips.get(key)
        if trip is None:
            trip = self._trips[key] = self._new_trip(*key)
        for count in trip.counts:
            count()
        duration_ms, lag_ms = facts.get("duration_ms"), facts.get("lag_ms")
        if isinstance(duration_ms, int | float):
            trip.send(duration_ms / 1000)
        if trip.lag is not None and isinstance(lag_ms, int | float):
            trip.lag(lag_ms / 1000)

    def _new_trip(self, fact: object, webhook: object, verdict: object, result: object) -> "_Trip":
        state = str(fact).removeprefix("delivery.")
        counts = [self._deliveries.labels(verdict, webhook).inc, self._attempts.labels(result, webhook).inc]
        if state in ENDED:
            counts.append(self._ended.labels(state, webhook).inc)
        lag = self._lag.labels(webhook).observe if state == State.DELIVERED else None
        return _Trip(tuple(counts), self._sends.labels(webhook).observe, lag)


@dataclass(frozen=True, slots=True)
class _Trip:
    """The children of one kind of trip, found with one look-up: the library takes a lock for each."""

    counts: tuple[Callable[[], None], ...]
    send: Callable[[float], None]
    lag: Callable[[float], None] | None
