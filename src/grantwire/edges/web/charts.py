"""Charts: sums of the hour as shapes of an SVG, ready to be drawn.

In: hours, the time, a span. Out: frozen shapes with their words. Never: markup, or a colour (the style sheet's).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grantwire.domain.webhook_hour import BUCKETS, LATENCY_BOUNDS_MS, WebhookHour

WIDTH, HEIGHT = 720.0, 120.0  # of the drawing; a page stretches it
_GAP = 0.18  # of a bar's place
_SPANS = {"24h": (24, 1), "7d": (7 * 24, 6), "30d": (30 * 24, 24)}  # hours in all, hours of a bar
SPANS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}


@dataclass(frozen=True, slots=True)
class Total:
    """What came in one bar's time."""

    begins_at: datetime
    delivered: int
    failed: int
    latencies: tuple[int, ...]

    @property
    def count(self) -> int:
        return self.delivered + self.failed


@dataclass(frozen=True, slots=True)
class Bar:
    """Delivered stands below, failed on top of it; heights are of the drawing."""

    x: float
    width: float
    delivered_y: float
    delivered_height: float
    failed_y: float
    failed_height: float
    total: Total


@dataclass(frozen=True, slots=True)
class Chart:
    """`top` is what the whole height stands for. `words` say the chart to whoever does not see it."""

    bars: tuple[Bar, ...]
    top: int
    words: str
    begins_at: datetime
    ends_at: datetime
    delivered: int
    failed: int

    @property
    def count(self) -> int:
        return self.delivered + self.failed


@dataclass(frozen=True, slots=True)
class Line:
    """`points` as an SVG polyline takes them; one for each unbroken stretch."""

    stretches: tuple[str, ...]
    latest_ms: float | None


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """Half and 95 of 100 invocations are answered within these; `top_ms` is what the whole height stands for."""

    half: Line
    most: Line
    top_ms: float
    words: str


def totals_of(hours: Iterable[WebhookHour], *, span: str, now: datetime) -> list[Total]:
    """One for each bar, the last holds `now`; hours of several webhooks are added up."""
    whole, step = _SPANS[span]
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [last - timedelta(hours=whole - 1 - at) for at in range(0, whole, step)]
    sums = [[0] * (2 + BUCKETS) for _ in begins]
    for hour in hours:
        place = int((hour.hour - begins[0]) / timedelta(hours=step))
        if hour.hour >= begins[0] and place < len(sums):
            for index, number in enumerate((hour.delivered, hour.failed, *hour.latencies)):
                sums[place][index] += number
    return [Total(at, one[0], one[1], tuple(one[2:])) for at, one in zip(begins, sums, strict=True)]


def chart_of(totals: Sequence[Total], *, now: datetime) -> Chart:
    top = _round_up(max(one.count for one in totals))
    place = WIDTH / len(totals)
    bars = tuple(_bar(one, at * place, place, HEIGHT / top) for at, one in enumerate(totals) if one.count)
    delivered, failed = sum(one.delivered for one in totals), sum(one.failed for one in totals)
    words = f"{delivered} delivered, {failed} failed"
    return Chart(bars, top, words, totals[0].begins_at, now, delivered, failed)


def latency_of(totals: Sequence[Total]) -> LatencyChart:
    halves, mosts = ([percentile(one.latencies, share) for one in totals] for share in (0.5, 0.95))
    top = float(_round_up(round(max((ms for ms in mosts if ms is not None), default=LATENCY_BOUNDS_MS[0]))))
    half, most = _line(halves, top), _line(mosts, top)
    if most.latest_ms is None:
        return LatencyChart(half, most, top, "no invocation was answered")
    words = f"of late half are answered within {half.latest_ms:.0f} ms, 95 of 100 within {most.latest_ms:.0f} ms"
    return LatencyChart(half, most, top, words)


def percentile(latencies: Sequence[int], share: float) -> float | None:
    """The upper bound of the bucket it falls into; for the last bucket twice its lower one."""
    whole, seen = sum(latencies), 0
    if not whole:
        return None
    for count, bound in zip(latencies, LATENCY_BOUNDS_MS, strict=False):
        seen += count
        if seen >= share * whole:
            return float(bound)
    return LATENCY_BOUNDS_MS[-1] * 2.0


def _bar(total: Total, x: float, place: float, unit: float) -> Bar:
    delivered, failed = total.delivered * unit, total.failed * unit
    if total.failed:
        failed = max(failed, 2.0)  # one failure among thousands must be seen
        delivered = min(delivered, HEIGHT - failed)
    y = HEIGHT - delivered
    return Bar(
        round(x + place * _GAP / 2, 2),
        round(place * (1 - _GAP), 2),
        round(y, 2),
        round(delivered, 2),
        round(y - failed, 2),
        round(failed, 2),
        total,
    )


def _line(values: Sequence[float | None], top: float) -> Line:
    place, stretches, points = WIDTH / len(values), [], list[str]()
    for at, value in enumerate(values):
        if value is None:
            stretches.append(points)
            points = []
            continue
        y = HEIGHT - HEIGHT * value / top
        points += [f"{at * place + place * 0.1:.1f},{y:.1f}", f"{(at + 1) * place - place * 0.1:.1f},{y:.1f}"]
    known = [value for value in values if value is not None]
    drawn = tuple(" ".join(stretch) for stretch in (*stretches, points) if stretch)
    return Line(drawn, known[-1] if known else None)


def _round_up(number: int) -> int:
    """To one leading digit, so that the scale can be read: 1, 2, 5, 10, 20, 50 …"""
    size = 1
    while True:
        for step in (1, 2, 5):
            if number <= step * size:
                return step * size
        size *= 10
