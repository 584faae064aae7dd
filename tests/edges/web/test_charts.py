"""Sums of the hour as shapes: nothing outside the drawing, nothing that failed unseen."""

from datetime import UTC, datetime, timedelta

import pytest

from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId
from grantwire.domain.webhook_hour import BUCKETS, WebhookHour
from grantwire.edges.web.charts import HEIGHT, WIDTH, chart_of, latency_of, percentile, totals_of

NOW = datetime(2026, 11, 24, 12, 34, tzinfo=UTC)


def hour(back: int, delivered: int = 0, failed: int = 0, bucket: int = 2) -> WebhookHour:
    at = NOW.replace(minute=0) - timedelta(hours=back)
    latencies = [0] * BUCKETS
    latencies[bucket] = delivered + failed
    return WebhookHour(WebhookId("w"), at, delivered, failed, tuple(latencies), at, VerdictKind.DELIVERED)


def test_hours_of_several_webhooks_are_added_up_in_their_place() -> None:
    totals = totals_of([hour(0, 3), hour(0, 4, 1), hour(23, 5), hour(24, 100)], span="24h", now=NOW)
    assert len(totals) == 24
    assert (totals[-1].delivered, totals[-1].failed, totals[0].delivered) == (7, 1, 5)
    assert sum(one.count for one in totals) == 13


@pytest.mark.parametrize(("span", "bars"), [("24h", 24), ("7d", 28), ("30d", 30)])
def test_every_span_ends_with_now(span: str, bars: int) -> None:
    totals = totals_of([hour(0, 2)], span=span, now=NOW)
    assert (len(totals), totals[-1].delivered) == (bars, 2)


def test_bars_stay_inside_the_drawing_and_one_failure_is_seen() -> None:
    chart = chart_of(totals_of([hour(0, 9_999, 1), hour(5, 3)], span="24h", now=NOW), now=NOW)
    for bar in chart.bars:
        assert 0 <= bar.failed_y <= bar.delivered_y <= HEIGHT
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
    assert chart.bars[-1].failed_height >= 2
    assert (chart.top, chart.words) == (10_000, "10002 delivered, 1 failed")


def test_a_chart_of_nothing_is_drawn_too() -> None:
    totals = totals_of([], span="7d", now=NOW)
    assert chart_of(totals, now=NOW).bars == ()
    assert latency_of(totals).most.stretches == ()


def test_percentiles_are_upper_bounds_of_their_buckets() -> None:
    latencies = [0] * BUCKETS
    latencies[0], latencies[4] = 95, 5
    assert percentile(latencies, 0.5) == 50
    assert percentile(latencies, 0.96) == 1000
    assert percentile([0] * (BUCKETS - 1) + [1], 0.5) == 60_000
    assert percentile([0] * BUCKETS, 0.5) is None


def test_a_line_breaks_where_nothing_was_answered() -> None:
    latency = latency_of(totals_of([hour(0, 1), hour(1, 1), hour(9, 1)], span="24h", now=NOW))
    assert len(latency.half.stretches) == 2
