"""Quick: events read and checked by compiled code, where that provably sees what the strict reader sees.

In: the bytes of an event; the shapes of `domain.event_shapes`. Out: the same values and the same yes or no, several
times faster. Never: a refusal of its own; whatever is odd goes to the strict reader, which finds the words.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple, Union

import msgspec
from msgspec import UNSET, UnsetType

from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES, EventType, event_types
from grantwire.domain.json_text import DEEPEST, LONGEST_INTEGER, read_json
from grantwire.domain.moment import read_moment
from grantwire.domain.shape import Anything, IsFine, Listing, Number, Shape, Table, Text, Thing, Time

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_ODD = object()
_TOO_LONG = b"0" * (LONGEST_INTEGER + 1)
_AS_A_NUMBER = re.compile(rb"\\u00")  # the regular expression finds two bytes faster than `in` does


def _outline() -> bytes:
    """Every digit is 0, every opening bracket {, a quote stays, all else is a space: one pass, then quick counts."""
    table = bytearray(b" " * 256)
    for alike, by in ((b"0123456789", b"0"), (b"{[", b"{"), (b'"', b'"')):
        for byte in alike:
            table[byte] = by[0]
    return bytes(table)


_OUTLINE = _outline()
_Times = tuple[tuple[str, IsFine], ...]


class Seen(NamedTuple):
    """What an event says of itself; the rest of it was checked and let go."""

    kind: EventType
    own_id: Any
    occurred_at: datetime
    access_request_id: str | None


def read_quickly(body: bytes) -> Any:
    """Raises `Refused`, as `read_json` does."""
    found = _whole(body, _decode)
    return read_json(body) if found is _ODD else found


def _whole(body: bytes, decode: Callable[[bytes], Any]) -> Any:
    """What the bytes hold, or `_ODD` when that is not all of it, or not to be had from compiled code."""
    outline = body.translate(_OUTLINE)
    if outline.count(b"{") > DEEPEST or _TOO_LONG in outline or _AS_A_NUMBER.search(body):
        return _ODD
    try:
        found = decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _ODD
    # A key given twice, or one that no field is for, is one fewer when written again, and two quotes fewer; an escaped
    # quote stays one unless it is written as a number (`\\u0022`), which was sorted out above.
    return found if outline.count(b'"') == _encode(found).count(b'"') else _ODD


class Sight:
    """Reads and checks in one go events that have no fields but those of their shapes: no object is made for what is
    only looked at once."""

    def __init__(self) -> None:
        self._kinds = {_envelope(kind, name): kind for kind in event_types().values() for name in _names(kind)}
        self._decode = msgspec.json.Decoder(Union[tuple(self._kinds)]).decode  # noqa: UP007 - made while running
        self._times = {family: _all_times(shape)[1] for family, shape in SHAPES.items()}

    def see(self, body: bytes) -> Seen | None:
        """None for whatever the slower readers have to look at."""
        found = _whole(body, self._decode)
        if found is _ODD:
            return None
        kind = self._kinds[type(found)]
        occurred_at = read_moment(found.event_time)
        if occurred_at is None or not _has_fine(found.data, self._times[kind.family]):
            return None
        request_id = found.data.id if kind.family is Family.REQUEST else None
        return Seen(kind, found.id if found.event_id is None else found.event_id, occurred_at, request_id)


def _names(kind: EventType) -> tuple[str, ...]:
    return (kind.name, *kind.aliases)


def checks() -> Mapping[Family, IsFine]:
    """For each family, what its shape's own check answers."""
    return {family: _check(shape) for family, shape in SHAPES.items()}


def _check(shape: Thing) -> IsFine:
    own_times, data_times = _all_times(shape)
    kind = _type_of(shape, may_hold_times=2)

    def is_fine(raw: Any) -> bool:
        try:
            msgspec.convert(raw, kind)
        except msgspec.ValidationError:
            return False
        return _are_fine(raw, own_times) and _are_fine(raw["data"], data_times)

    return is_fine


def _all_times(shape: Thing) -> tuple[_Times, _Times]:
    """Of the envelope, and of its data."""
    data = shape.fields["data"]
    assert isinstance(data, Thing)  # noqa: S101 - every envelope has one
    return _times(shape), _times(data)


def _times(shape: Thing) -> _Times:
    return tuple((name, field.is_fine()) for name, field in shape.fields.items() if isinstance(field, Time))


def _are_fine(holder: Mapping[str, Any], times: _Times) -> bool:
    return all(name not in holder or is_time(holder[name]) for name, is_time in times)


def _has_fine(holder: Any, times: _Times) -> bool:
    for name, is_time in times:
        moment = getattr(holder, name)
        if moment is not UNSET and not is_time(moment):
            return False
    return True


def _type_of(shape: Shape, *, may_hold_times: int = 0) -> Any:
    """The type whose instances are the values that are fine; times are checked apart, so only where `_check` looks."""
    match shape:
        case Text(needed=True):
            return Annotated[str, msgspec.Meta(min_length=1)]
        case Text():
            return str | None
        case Number():
            return Annotated[float, msgspec.Meta(ge=0)] | None
        case Time() if not may_hold_times:
            raise TypeError("a time this deep would go unchecked")
        case Time() | Anything():
            return Any
        case Table():
            return dict[str, str | float | bool | None] | None
        case Listing():
            return list[_type_of(shape.item)] | None  # type: ignore[misc]
        case Thing():
            kind = _struct_of(shape, may_hold_times=may_hold_times - 1)
            return kind if shape.needed else kind | None


def _struct_of(shape: Thing, *, may_hold_times: int) -> Any:
    return msgspec.defstruct("Shape", _fields_of(shape, may_hold_times), frozen=True, kw_only=True, gc=False)


def _envelope(kind: EventType, name: str) -> Any:
    """The type of an event whose `event_type` is `name`."""
    fields = [field for field in _fields_of(SHAPES[kind.family], 1) if field[0] != "event_type"]
    own_ids = [(own_id, Any, None) for own_id in ("event_id", "id")]
    return msgspec.defstruct(
        kind.name, [*fields, *own_ids], kw_only=True, gc=False, tag_field="event_type", tag=name, omit_defaults=True
    )


def _fields_of(shape: Thing, may_hold_times: int) -> list[Any]:
    """A field that is not there is left out again when the whole is written, and one that is null is not."""
    fields: list[Any] = []
    for name, field in shape.fields.items():
        kind = _type_of(field, may_hold_times=max(0, may_hold_times + isinstance(field, Time)))
        fields.append((name, kind) if name in shape.required() else (name, kind | UnsetType, UNSET))
    return fields
