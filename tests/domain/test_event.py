"""A folded envelope is the same envelope."""

import json
from datetime import UTC, datetime
from typing import Any

from grantwire.domain.event import Event, EventId, Family, Folded

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ENVELOPE: dict[str, Any] = {"event_type": "RequestCreated", "data": {"id": "7"}}
BODY = json.dumps(ENVELOPE).encode()


def event(envelope: Any) -> Event:
    return Event(EventId("evt_1"), "RequestCreated", Family.REQUEST, NOW, NOW, None, envelope, BODY)


def test_a_folded_envelope_answers_like_the_envelope() -> None:
    folded = Folded(BODY, json.loads)
    assert folded == ENVELOPE
    assert folded["data"] == {"id": "7"}
    assert list(folded) == list(ENVELOPE)
    assert len(folded) == 2


def test_the_document_of_an_event_is_plain_whether_it_is_folded_or_not() -> None:
    assert event(Folded(BODY, json.loads)).document() == ENVELOPE
    assert type(event(Folded(BODY, json.loads)).document()) is dict
    assert event(ENVELOPE).document() is ENVELOPE


def test_an_unfolded_event_reads_its_bytes_once() -> None:
    read: list[bytes] = []

    def reader(body: bytes) -> Any:
        read.append(body)
        return json.loads(body)

    unfolded = event(Folded(BODY, reader)).unfolded()
    assert (unfolded.envelope["event_type"], unfolded.envelope["data"]["id"]) == ("RequestCreated", "7")
    assert read == [BODY]
