"""Quick: events read and checked by compiled code, where that provably sees what the strict reader sees.

In: the bytes of an event; the shapes of `domain.event_shapes`. Out: the same values and the same yes or no, several
times faster. Never: a refusal of its own; whatever is odd goes to the strict reader, which finds the words.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES
from grantwire.domain.json_text import DEEPEST, LONGEST_INTEGER, read_json
from grantwire.domain.shape import Anything, IsFine, Listing, Number, Shape, Table, Text, Thing, Time

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
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


def read_quickly(body: bytes) -> Any:
    """Raises `Refused`, as `read_json` does."""
    outline = body.translate(_OUTLINE)
    if outline.count(b"{") > DEEPEST or _TOO_LONG in outline or _AS_A_NUMBER.search(body):
        return read_json(body)
    try:
        found = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return read_json(body)
    # A key given twice is one fewer when written again, and two quotes fewer; an escaped quote stays one unless it is
    # written as a number (`\\u0022`), which was sorted out above.
    return found if outline.count(b'"') == _encode(found).count(b'"') else read_json(body)


def checks() -> Mapping[Family, IsFine]:
    """For each family, what its shape's own check answers."""
    return {family: _check(shape) for family, shape in SHAPES.items()}


def _check(shape: Thing) -> IsFine:
    data = shape.fields["data"]
    assert isinstance(data, Thing)  # noqa: S101 - every envelope has one
    own_times, data_times = _times(shape), _times(data)
    kind = _type_of(shape, may_hold_times=2)

    def is_fine(raw: Any) -> bool:
        try:
            msgspec.convert(raw, kind)
        except msgspec.ValidationError:
            return False
        return _are_fine(raw, own_times) and _are_fine(raw["data"], data_times)

    return is_fine


def _times(shape: Thing) -> tuple[tuple[str, IsFine], ...]:
    return tuple((name, field.is_fine()) for name, field in shape.fields.items() if isinstance(field, Time))


def _are_fine(holder: Mapping[str, Any], times: tuple[tuple[str, IsFine], ...]) -> bool:
    return all(name not in holder or is_time(holder[name]) for name, is_time in times)


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
    fields: list[Any] = []
    for name, field in shape.fields.items():
        kind = _type_of(field, may_hold_times=max(0, may_hold_times + isinstance(field, Time)))
        is_required = name in shape.required()
        fields.append((name, kind) if is_required else (name, kind, None))
    return msgspec.defstruct("Shape", fields, frozen=True, kw_only=True, gc=False)
