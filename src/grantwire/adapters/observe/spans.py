"""Spans: an event's way as an OpenTelemetry trace: accept → deliver → attempt.

In: facts, which come when a thing is over. Out: finished spans to a collector.
Never: state between facts. Trace and span ids are derived from the ids of the event and the delivery, so that a trace
goes on after a restart and in another process.
"""

from hashlib import sha256
from time import time_ns
from typing import Any

from grantwire.adapters.observe.plain import Facts, plain
from grantwire.domain.delivery import State
from grantwire.domain.errors import Problem, Refused

try:
    from opentelemetry.context import Context
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags, set_span_in_context
except ImportError:
    IS_INSTALLED = False
else:
    IS_INSTALLED = True

_ENDS = {f"delivery.{State.DELIVERED}", f"delivery.{State.DEAD}"}
_EXPORT_SECONDS = 5.0  # also the longest that a stop waits for a collector that does not answer
_NAMES = {"status": "http.response.status_code", "fault": "error.type"}  # the names of the semantic conventions


class Spans:
    """`endpoint` is the collector's base address (`http://collector:4318`); `exporter` takes its place in tests."""

    def __init__(self, endpoint: str, exporter: "SpanExporter | None" = None) -> None:
        if not IS_INSTALLED:
            hint = "Install it with: pip install 'grantwire[otel]'."
            raise Refused("spans cannot be sent", [Problem("otlp_endpoint", "OpenTelemetry is not installed.", hint)])
        self._ids = _DerivedIds()
        self._provider = TracerProvider(
            id_generator=self._ids, resource=Resource.create({"service.name": "grantwire"}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or _to_collector(endpoint)))
        self._tracer = self._provider.get_tracer("grantwire")

    def note(self, fact: str, facts: Facts) -> None:
        event, delivery = facts.get("event"), facts.get("delivery")
        if event is None:
            return
        if fact == "event.accepted":
            self._span("accept", facts, trace=event, span=event, parent=None)
            return
        if delivery is None or not fact.startswith("delivery."):
            return
        if facts.get("verdict") is not None:
            self._span("attempt", facts, trace=event, span=None, parent=delivery)
        if fact in _ENDS:
            self._span("deliver", facts, trace=event, span=delivery, parent=event, lasted="lag_ms")

    def close(self) -> None:
        self._provider.shutdown()

    def _span(
        self, name: str, facts: Facts, *, trace: object, span: object, parent: object, lasted: str = "duration_ms"
    ) -> None:
        ended_at = time_ns()
        lasted_ms = facts.get(lasted)
        began_at = ended_at - int(lasted_ms * 1e6) if isinstance(lasted_ms, int | float) else ended_at
        self._ids.trace_id = _number(trace, 16)
        self._ids.span_id = None if span is None else _number(span, 8)
        started = self._tracer.start_span(
            name,
            context=_context(_number(trace, 16), None if parent is None else _number(parent, 8)),
            start_time=began_at,
            attributes=_attributes(facts),
        )
        verdict = facts.get("verdict")
        if verdict is not None and verdict != "delivered":
            started.set_status(Status(StatusCode.ERROR, str(facts.get("why", ""))))
        started.end(ended_at)


def _context(trace_id: int, parent_id: int | None) -> "Context":
    if parent_id is None:
        return Context()
    parent = SpanContext(trace_id, parent_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _attributes(facts: Facts) -> dict[str, Any]:
    known = {name: plain(value) for name, value in facts.items() if value is not None}
    return {
        _NAMES.get(name, f"grantwire.{name}"): value
        for name, value in known.items()
        if isinstance(value, str | int | float)
    }


def _number(text: object, size: int) -> int:
    return int.from_bytes(sha256(str(text).encode()).digest()[:size], "big") or 1


def _to_collector(endpoint: str) -> "SpanExporter":
    base = endpoint.rstrip("/")
    url = base if base.endswith("/v1/traces") else f"{base}/v1/traces"
    return OTLPSpanExporter(url, timeout=_EXPORT_SECONDS)


if IS_INSTALLED:

    class _DerivedIds(RandomIdGenerator):
        """Hands out what was set last; facts come one after another on the loop's thread."""

        def __init__(self) -> None:
            self.trace_id = 1
            self.span_id: int | None = None

        def generate_trace_id(self) -> int:
            return self.trace_id

        def generate_span_id(self) -> int:
            return self.span_id or super().generate_span_id()
