"""The quick reader and the quick checks answer exactly what the strict ones do."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.decode_event import is_safe_id, read_event
from grantwire.domain.errors import Refused
from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES, event_types
from grantwire.domain.json_text import read_json
from grantwire.edges.api.quick import Sight, checks, read_quickly

SIGHT = Sight()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ODD_TEXTS = [
    b'{"a":1,"a":2}',
    b'{"a" :1,"a":2}',
    b'{"a"\n:1,"a":"\\u0022:"}',
    b'{"a":1,"b":{"c":1,"c":2},"d":"\\":"}',
    b'{"a":"x\\":y","a":1}',
    b'{"a":NaN}',
    b'{"a":1e400}',
    b'{"a":123456789012345678901234567890}',
    b'{"a":' + b"1" * 41 + b"}",
    b'{"a":"\\u0022\\u003a","a":1}',
    b'{"a":"\\"\\u003a","a":1}',
    b'{"a":-0,"b":-0.0,"c":1E5}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\ud83d\\ude00"}',
    b'{"a":"\xff"}',
    b'{"a":"\x01"}',
    b"\xef\xbb\xbf{}",
    b"{} x",
    b"",
    b"[" * 70 + b"]" * 70,
    b"[" * 5000,
    b'{"a":01}',
    b'{"a":1.}',
    b'{"a":"tab\there"}',
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def outcome(read: Any, body: bytes) -> Any:
    try:
        return repr(read(body))
    except Refused as refused:
        return [str(problem) for problem in refused.problems]


def damaged(dice: random.Random, whole: bytes) -> bytes:
    body = bytearray(whole)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(body))
        body[at : at + dice.choice([0, 1])] = dice.choice([b'"', b"{", b"\\", b":", b'"a":', b"1", b"e", b" ", b"\xc3"])
    return bytes(body)


@pytest.mark.parametrize("body", ODD_TEXTS)
def test_odd_json_is_read_or_refused_as_by_the_strict_reader(body: bytes) -> None:
    assert outcome(read_quickly, body) == outcome(read_json, body)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]))
def test_any_json_is_read_as_by_the_strict_reader(value, is_ascii, indent, separators) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii, indent=indent, separators=separators).encode()
    assert outcome(read_quickly, body) == outcome(read_json, body)


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(event_types())))
def test_damaged_json_is_read_or_refused_as_by_the_strict_reader(dice: random.Random, name: str) -> None:
    body = damaged(dice, json.dumps(event_types()[name].sample()).encode())
    assert outcome(read_quickly, body) == outcome(read_json, body)


@pytest.mark.parametrize("kind", event_types().values(), ids=lambda kind: kind.name)
def test_every_sample_is_fine(kind: Any) -> None:
    assert checks()[kind.family](kind.sample())


@given(st.randoms(use_true_random=False), VALUES, st.sampled_from(sorted(event_types())))
def test_a_changed_field_is_judged_as_by_the_shape(dice: random.Random, value: Any, name: str) -> None:
    kind = event_types()[name]
    envelope = kind.sample()
    holder: Any = envelope
    while True:
        key = dice.choice(sorted(holder)) if isinstance(holder, dict) else dice.randrange(len(holder))
        if not isinstance(holder[key], dict | list) or not holder[key] or dice.random() < 0.2:
            break
        holder = holder[key]
    if isinstance(holder, dict) and dice.random() < 0.3:
        del holder[key]
    else:
        holder[key] = value
    assert checks()[kind.family](envelope) == SHAPES[kind.family].is_fine()(envelope)


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("raw", [None, [], "text", 1, {}])
def test_what_is_no_event_is_not_fine(family: Family, raw: object) -> None:
    assert not checks()[family](raw)


def strictly(body: bytes) -> tuple[Any, ...] | None:
    """What `Sight` should see, by the strict reader and the shapes; None where the event is refused."""
    try:
        event = read_event(read_json(body), body=body, accepted_at=NOW, new_id=lambda: "new")
    except Refused:
        return None
    return event.type, event.id, event.occurred_at, event.access_request_id


def seen(body: bytes) -> tuple[Any, ...] | None:
    found = SIGHT.see(body)
    if found is None or not (found.own_id is None or is_safe_id(found.own_id)):
        return None
    return found.kind.name, found.own_id or "new", found.occurred_at, found.access_request_id


@pytest.mark.parametrize("kind", event_types().values(), ids=lambda kind: kind.name)
def test_every_sample_is_seen_at_once_under_each_of_its_names(kind: Any) -> None:
    for name in (kind.name, *kind.aliases):
        body = json.dumps({**kind.sample(), "event_type": name, "id": "evt-1"}).encode()
        assert seen(body) == strictly(body) is not None


@pytest.mark.parametrize("place", ["", "data", "data.access_groups.0.access_units.0.resource"])
@pytest.mark.parametrize("more", ['"id":"again"', '"cost_centre":"7"', '"cost_centre":7'])
def test_a_key_given_twice_or_without_a_field_is_left_to_the_slower_readers(place: str, more: str) -> None:
    envelope = {**event_types()["RequestCreated"].sample(), "id": "evt-1"}
    holder: Any = envelope
    for step in filter(None, place.split(".")):
        holder = holder[int(step) if step.isdigit() else step]
    holder["mark"] = 1
    body = json.dumps(envelope).encode()
    assert SIGHT.see(body.replace(b', "mark": 1', b"")) is not None
    assert SIGHT.see(body.replace(b'"mark": 1', more.encode())) is None


@given(st.randoms(use_true_random=False), VALUES, st.sampled_from(sorted(event_types())))
def test_what_is_seen_of_a_changed_event_is_what_the_strict_reader_finds(dice, value, name) -> None:
    envelope: Any = {**event_types()[name].sample(), "id": "evt-1"}
    holder = dice.choice([envelope, envelope["data"], envelope["data"]])
    holder[dice.choice([*sorted(holder), "event_id", "id", "creation_date"])] = value
    body = json.dumps(envelope).encode()
    assert seen(body) in (None, strictly(body))


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(event_types())))
def test_what_is_seen_of_damaged_bytes_is_what_the_strict_reader_finds(dice: random.Random, name: str) -> None:
    body = damaged(dice, json.dumps({**event_types()[name].sample(), "id": "evt-1"}).encode())
    assert seen(body) in (None, strictly(body))
