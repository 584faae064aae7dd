"""Facts as log lines, counters and spans."""

import io
import json
import math
from collections.abc import Awaitable, Callable

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client.parser import text_string_to_metric_families

from grantwire.adapters.observe import spans as spans_module
from grantwire.adapters.observe.observer import FactObserver
from grantwire.adapters.observe.spans import Spans
from grantwire.domain.delivery import State
from grantwire.domain.errors import NotNow, Refused
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Response, Timings
from grantwire.domain.secret import Secret
from grantwire.ports import Backlog

DELIVERED = Response(201, "Created", (("Set-Cookie", "geheim"),), b"geheim", False, Timings(12.5))
NOTHING_LEFT = Backlog({}, 0.0)
SILENT = NoResponse(Fault.RESET, "the connection broke", Timings(3.0), may_have_arrived=True)


def trip(
    observer: FactObserver | Spans,
    *,
    state: str = "delivered",
    verdict: str | None = "delivered",
    reply: Reply | None = DELIVERED,
    webhook: str = "ServiceNow prod",
) -> None:
    facts = {
        "delivery": "dlv_1",
        "event": "evt_1",
        "webhook": webhook,
        "number": 1,
        "verdict": verdict,
        "reply": reply,
        "why": "Delivered.",
        "lag_ms": 40.0,
    }
    if isinstance(observer, Spans):
        observer.note(f"delivery.{state}", facts)
    else:
        observer.note(f"delivery.{state}", **facts)


def written(*facts: tuple[str, dict[str, object]], level: str = "info") -> list[dict[str, object]]:
    stream = io.BytesIO()
    observer = FactObserver(level=level, stream=stream)
    for fact, values in facts:
        observer.note(fact, **values)
    observer.close()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_is_one_line_of_json_with_its_ids() -> None:
    [line] = written(("event.accepted", {"event": "evt_1", "type": "RequestCreated", "deliveries": 2}))
    assert list(line) == ["at", "level", "fact", "event", "type", "deliveries"]
    assert (line["level"], line["fact"], line["event"], line["deliveries"]) == ("info", "event.accepted", "evt_1", 2)
    assert str(line["at"]).endswith("Z")


def test_a_reply_becomes_its_status_and_duration_and_nothing_that_may_be_secret() -> None:
    stream = io.BytesIO()
    observer = FactObserver(stream=stream)
    trip(observer)
    trip(observer, state="waiting", verdict="retry", reply=SILENT)
    trip(observer, state="held", verdict="retry", reply=NotSent("Asleep.", "200 with HTML"))
    observer.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line.get("status"), line.get("fault"), line.get("duration_ms")) for line in lines] == [
        (201, None, 12.5),
        (None, "reset", 3.0),
        (None, "not_sent", None),
    ]
    assert b"geheim" not in stream.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        Secret("geheim"),
        (Secret("geheim"),),
        [{"a": Secret("geheim")}],
        {Secret("geheim")},
        {"deep": {"er": [Secret("geheim")]}},
        ValueError(Secret("geheim")),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(value: object) -> None:
    assert "geheim" not in json.dumps(written(("x.y", {"value": value})))


def test_any_value_can_be_written() -> None:
    values = {"state": State.DEAD, "thing": object(), "bytes": b"\xff", "none": None, "nan": float("nan"), "n": {1: 2}}
    [line] = written(("x.y", values))
    assert line["state"] == "dead"
    assert line["n"] == {"1": 2}


def test_a_defect_is_written_with_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        divmod(1, 0)
    [line] = written(("delivery.defect", {"delivery": "dlv_1", "defect": caught.value}))
    assert line["level"] == "error"
    assert "test_observer.py" in str(line["defect"])


def test_a_line_below_the_level_is_not_written() -> None:
    facts = (("event.accepted", {"event": "e"}), ("webhook.paused", {"webhook": "w"}), ("store.unavailable", {}))
    assert [line["fact"] for line in written(*facts, level="warning")] == ["webhook.paused", "store.unavailable"]
    assert [line["fact"] for line in written(*facts, level="error")] == ["store.unavailable"]


async def test_inside_a_loop_ordinary_lines_are_gathered_and_urgent_ones_written_at_once() -> None:
    stream = io.BytesIO()
    observer = FactObserver(stream=stream)
    observer.note("event.accepted", event="evt_1")
    assert stream.getvalue() == b""
    observer.note("webhook.paused", webhook="w")
    assert [json.loads(line)["fact"] for line in stream.getvalue().splitlines()] == ["event.accepted", "webhook.paused"]
    observer.note("event.accepted", event="evt_2")
    observer.close()
    assert b"evt_2" in stream.getvalue()


def test_a_stream_that_nobody_reads_breaks_nothing() -> None:
    stream = io.BytesIO()
    observer = FactObserver(stream=stream)
    stream.close()
    observer.note("webhook.paused", webhook="w")


def _backlog(found: Backlog | NotNow) -> Callable[[], Awaitable[Backlog]]:
    async def answer() -> Backlog:
        if isinstance(found, NotNow):
            raise found
        return found

    return answer


async def scraped(
    observer: FactObserver, backlog: Backlog | NotNow = NOTHING_LEFT
) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text, content_type = await observer.metrics(_backlog(backlog))
    assert content_type.startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def labels(**given: str) -> frozenset[tuple[str, str]]:
    return frozenset(given.items())


async def test_the_counters_say_what_was_accepted_attempted_and_led_to() -> None:
    observer = FactObserver(level="error")
    observer.note("event.accepted", event="evt_1", type="RequestCreated", deliveries=1)
    observer.note("event.refused", why="bad")
    trip(observer, state="waiting", verdict="retry", reply=SILENT)
    trip(observer)
    trip(observer, state="dead", verdict="given_up", reply=NotSent("x", "y"))
    observer.note("token.fetched", host="h")
    found = await scraped(observer)
    hook = "ServiceNow prod"
    assert found["grantwire_events_accepted_total", labels(type="RequestCreated")] == 1
    assert found["grantwire_events_refused_total", labels()] == 1
    assert found["grantwire_deliveries_total", labels(verdict="retry", webhook=hook)] == 1
    assert found["grantwire_deliveries_total", labels(verdict="delivered", webhook=hook)] == 1
    assert found["grantwire_deliveries_ended_total", labels(state="delivered", webhook=hook)] == 1
    assert found["grantwire_deliveries_ended_total", labels(state="dead", webhook=hook)] == 1
    assert found["grantwire_attempts_total", labels(result="201", webhook=hook)] == 1
    assert found["grantwire_attempts_total", labels(result="reset", webhook=hook)] == 1
    assert found["grantwire_attempts_total", labels(result="not_sent", webhook=hook)] == 1
    assert found["grantwire_delivery_lag_seconds_count", labels(webhook=hook)] == 1
    assert found["grantwire_delivery_lag_seconds_sum", labels(webhook=hook)] == pytest.approx(0.04)
    assert found["grantwire_send_duration_seconds_count", labels(webhook=hook)] == 2
    assert found["grantwire_facts_total", labels(fact="token.fetched")] == 1


async def test_the_backlog_is_asked_for_at_a_scrape() -> None:
    found = await scraped(FactObserver(), Backlog({State.WAITING: 7}, 12.5, lines_held=3))
    assert found["grantwire_backlog", labels(state="waiting")] == 7
    assert found["grantwire_backlog", labels(state="pending")] == 0
    assert found["grantwire_lines_held", labels()] == 3
    assert found["grantwire_oldest_past_due_seconds", labels()] == 12.5


async def test_a_store_that_cannot_tell_gives_no_number_but_the_rest() -> None:
    observer = FactObserver(level="error")
    trip(observer)
    found = await scraped(observer, NotNow("locked"))
    past_due = found["grantwire_oldest_past_due_seconds", labels()]
    assert math.isnan(past_due), "NaN, on which an alert can be raised"
    assert ("grantwire_deliveries_total", labels(verdict="delivered", webhook="ServiceNow prod")) in found


async def test_a_webhook_name_cannot_break_the_text() -> None:
    observer = FactObserver(level="error")
    trip(observer, webhook='a"b\\c\nd')
    found = await scraped(observer)
    assert found["grantwire_deliveries_total", labels(verdict="delivered", webhook='a"b\\c\nd')] == 1


def test_accept_deliver_and_attempts_are_one_trace_whichever_process_noted_them() -> None:
    first, second = InMemorySpanExporter(), InMemorySpanExporter()
    one, other = Spans("", first), Spans("", second)
    one.note("event.accepted", {"event": "evt_1", "type": "RequestCreated"})
    trip_facts = {"delivery": "dlv_1", "event": "evt_1", "webhook": "w", "why": "it broke"}
    one.note("delivery.waiting", {**trip_facts, "verdict": "retry", "fault": "reset", "duration_ms": 3.0})
    other.note("delivery.delivered", {**trip_facts, "verdict": "delivered", "status": 201, "lag_ms": 40.0})
    one.close()
    other.close()
    accept, failed = first.get_finished_spans()
    attempt, deliver = second.get_finished_spans()
    assert [span.name for span in (accept, failed, attempt, deliver)] == ["accept", "attempt", "attempt", "deliver"]
    assert len({span.context.trace_id for span in (accept, failed, attempt, deliver) if span.context}) == 1
    assert deliver.parent is not None
    assert accept.context is not None
    assert deliver.context is not None
    assert accept.parent is None
    assert deliver.parent.span_id == accept.context.span_id
    assert [span.parent and span.parent.span_id for span in (failed, attempt)] == [deliver.context.span_id] * 2
    assert failed.status.status_code is StatusCode.ERROR
    assert attempt.status.status_code is not StatusCode.ERROR
    assert attempt.attributes is not None
    assert attempt.attributes["http.response.status_code"] == 201
    assert attempt.attributes["grantwire.delivery"] == "dlv_1"
    assert deliver.start_time is not None
    assert deliver.end_time is not None
    assert deliver.end_time - deliver.start_time == 40_000_000


async def test_what_was_removed_is_counted_by_kind() -> None:
    observer = FactObserver(level="warning")
    observer.note("retention.removed", events=3, payloads=1)
    observer.note("retention.removed", events=2)
    found = await scraped(observer)
    kinds = {kind: found["grantwire_removed_total", labels(kind=kind)] for kind in ("events", "payloads", "attempts")}
    assert kinds == {"events": 5, "payloads": 1, "attempts": 0}


def test_facts_without_an_event_make_no_span() -> None:
    exporter = InMemorySpanExporter()
    spans = Spans("", exporter)
    spans.note("token.fetched", {"host": "h"})
    spans.note("delivery.retried", {"delivery": "dlv_1"})
    spans.close()
    assert exporter.get_finished_spans() == ()


def test_spans_without_the_library_are_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "IS_INSTALLED", False)
    with pytest.raises(Refused, match=r"grantwire\[otel\]"):
        FactObserver(otlp_endpoint="http://127.0.0.1:4318")
