"""Counters: what `/metrics` says.

In: facts, and the backlog at the moment of a scrape. Out: the Prometheus text.
Never: a label that grows with events (ids stay in the log), or a look at the store outside a scrape.
"""

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from grantwire.adapters.observe.plain import Facts
from grantwire.domain.delivery import ENDED, State
from grantwire.domain.errors import NotNow
from grantwire.domain.exchange import NoResponse, Response
from grantwire.domain.retention import Kind
from grantwire.ports import Backlog

_LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400)
_SEND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

_IS_OPEN = {"target.opened": 1, "target.probed": 1, "target.closed": 0}


class Counters:
    """Counts in plain numbers, several times cheaper than the library's own (each of those takes a lock), and makes
    the library's families of them at a scrape."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._tally = _Tally()
        registry.register(self._tally)
        self._backlog = Gauge("grantwire_backlog", "Deliveries that have not ended.", ["state"], registry=registry)
        words = "Access requests whose later deliveries wait behind a dead one."
        self._lines_held = Gauge("grantwire_lines_held", words, registry=registry)
        self._past_due = Gauge(
            "grantwire_oldest_past_due_seconds",
            "How overdue the most overdue delivery is; NaN while the store cannot tell.",
            registry=registry,
        )

    def note(self, fact: str, facts: Facts) -> None:
        if facts.get("verdict") is not None and fact.startswith("delivery."):
            self._tally.count_trip(fact, facts)
        elif fact == "event.accepted":
            _count(self._tally.accepted, str(facts.get("type", "")))
        elif fact == "event.refused":
            self._tally.refused += 1
        elif fact == "replay.stepped":
            self._tally.replayed += int(str(facts.get("made", 0)))
        elif fact == "retention.removed":
            for kind, count in facts.items():
                _count(self._tally.removed, kind, int(str(count)))
        else:
            _count(self._tally.facts, fact)
            if fact in _IS_OPEN:
                self._tally.open_targets[str(facts.get("target", ""))] = _IS_OPEN[fact]

    async def text(self, backlog: Callable[[], Awaitable[Backlog]]) -> tuple[bytes, str]:
        """The text and its content type."""
        try:
            found = await backlog()
        except NotNow:
            self._past_due.set(float("nan"))
        else:
            self._past_due.set(found.oldest_past_due_seconds)
            self._lines_held.set(found.lines_held)
            for state in State:
                if state not in ENDED:
                    self._backlog.labels(state.value).set(found.by_state.get(state, 0))
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _Spread:
    """How often a length of time fell into each bucket; the last one has no upper end."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def add_to(self, family: HistogramMetricFamily, webhook: str) -> None:
        bounds = [*map(str, map(float, self._bounds)), "+Inf"]
        buckets = list(zip(bounds, map(float, accumulate(self._counts)), strict=True))
        family.add_metric([webhook], buckets, self._sum)


class _Tally(Collector):
    """Trips are counted by everything that tells them apart, and summed by label at a scrape."""

    def __init__(self) -> None:
        self.refused = 0
        self.replayed = 0
        self.accepted: dict[str, int] = {}
        self.facts: dict[str, int] = {}
        self.open_targets: dict[str, int] = {}
        self.removed: dict[str, int] = {kind.value: 0 for kind in Kind}
        self._trips: dict[tuple[str, str, str, str], int] = {}
        self._lags: dict[str, _Spread] = {}
        self._sends: dict[str, _Spread] = {}

    def count_trip(self, fact: str, facts: Any) -> None:
        webhook, reply = facts.get("webhook", ""), facts.get("reply")
        result = "not_sent" if reply is not None else "none"
        if isinstance(reply, Response):
            result = str(reply.status)
        elif isinstance(reply, NoResponse):
            result = reply.fault.value
        key = (fact, webhook, facts["verdict"], result)
        if key not in self._trips:
            self._trips[key] = 0
            self._sends.setdefault(webhook, _Spread(_SEND_SECONDS))
            if fact == "delivery.delivered":
                self._lags.setdefault(webhook, _Spread(_LAG_SECONDS))
        self._trips[key] += 1
        if isinstance(reply, Response | NoResponse):
            self._sends[webhook].observe(reply.timings.total_ms / 1000)
        if fact == "delivery.delivered":
            self._lags[webhook].observe(facts["lag_ms"] / 1000)

    def collect(self) -> Iterator[Metric]:
        yield _counter("grantwire_events_accepted", "Events on record.", ["type"], _by_one(self.accepted))
        yield CounterMetricFamily("grantwire_events_refused", "Calls with a bad event.", value=self.refused)
        words = "Records that were kept long enough and are gone; payloads: events that lost their bodies."
        yield _counter("grantwire_removed", words, ["kind"], _by_one(self.removed))
        yield CounterMetricFamily("grantwire_replayed", "New deliveries made by replays of many.", value=self.replayed)
        yield _counter("grantwire_facts", "Everything else noted, by name.", ["fact"], _by_one(self.facts))
        yield _open_targets(self.open_targets)
        yield from self._collect_trips()
        yield _histogram("grantwire_delivery_lag_seconds", "From accepted to delivered.", self._lags)
        yield _histogram("grantwire_send_duration_seconds", "One exchange with a target.", self._sends)

    def _collect_trips(self) -> Iterator[Metric]:
        verdicts: dict[tuple[str, ...], int] = {}
        ended: dict[tuple[str, ...], int] = {}
        results: dict[tuple[str, ...], int] = {}
        for (fact, webhook, verdict, result), count in self._trips.items():
            _count(verdicts, (verdict, webhook), count)
            _count(results, (result, webhook), count)
            state = fact.removeprefix("delivery.")
            if state in ENDED:
                _count(ended, (state, webhook), count)
        words = "Trips of deliveries by what they led to."
        yield _counter("grantwire_deliveries", words, ["verdict", "webhook"], verdicts)
        words = "Deliveries that came to an end."
        yield _counter("grantwire_deliveries_ended", words, ["state", "webhook"], ended)
        words = "Attempts by status, or by what went wrong."
        yield _counter("grantwire_attempts", words, ["result", "webhook"], results)


def _count(counts: dict[Any, int], key: object, by: int = 1) -> None:
    counts[key] = counts.get(key, 0) + by


def _by_one(counts: dict[str, int]) -> dict[tuple[str, ...], int]:
    return {(label,): count for label, count in counts.items()}


def _counter(name: str, words: str, labels: Sequence[str], counts: dict[tuple[str, ...], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _open_targets(found: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "grantwire_target_open", "1 while a target is left alone because it was down.", labels=["target"]
    )
    for target, is_open in found.items():
        family.add_metric([target], is_open)
    return family


def _histogram(name: str, words: str, spreads: dict[str, _Spread]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, words, labels=["webhook"])
    for webhook, spread in spreads.items():
        spread.add_to(family, webhook)
    return family
