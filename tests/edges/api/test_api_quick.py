"""The quick reader and the quick checks answer exactly what the strict ones do."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.errors import Refused
from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES, event_types
from grantwire.domain.json_text import read_json
from grantwire.edges.api.quick import checks, read_quickly

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


@pytest.mark.parametrize("body", ODD_TEXTS)
def test_odd_json_is_read_or_refused_as_by_the_strict_reader(body: bytes) -> None:
    assert outcome(read_quickly, body) == outcome(read_json, body)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]))
def test_any_json_is_read_as_by_the_strict_reader(value, is_ascii, indent, separators) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii, indent=indent, separators=separators).encode()
    assert outcome(read_quickly, body) == outcome(read_json, body)


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(event_types())))
def test_damaged_json_is_read_or_refused_as_by_the_strict_reader(dice: random.Random, name: str) -> None:
    body = bytearray(json.dumps(event_types()[name].sample()).encode())
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(body))
        body[at : at + dice.choice([0, 1])] = dice.choice([b'"', b"{", b"\\", b":", b'"a":', b"1", b"e", b" ", b"\xc3"])
    assert outcome(read_quickly, bytes(body)) == outcome(read_json, bytes(body))


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
