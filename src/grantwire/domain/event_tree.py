"""Event tree: every documented field of a family of events, as a person picks one for a template.

In: a family. Out: fields with path, type, description and sample, the whole as a tree or as one list.
Never: a field that only some sender knows (those are seen in past events).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES, event_types, names_of
from grantwire.domain.shape import Anything, Listing, Number, Shape, Table, Text, Thing, Time

LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Field:
    """`path` is what stands between `{{` and `}}`; the first entry of an array stands for all of them."""

    path: str
    name: str
    type: str
    about: str
    sample: str
    fields: tuple["Field", ...] = ()

    @property
    def is_leaf(self) -> bool:
        return not self.fields

    def all(self) -> Iterator["Field"]:
        """Itself and everything below, in reading order."""
        yield self
        for field in self.fields:
            yield from field.all()


@cache
def tree_of(family: Family) -> tuple[Field, ...]:
    """Samples are those of the family's first event type that has them, so that most are filled."""
    samples = [event_types()[name].sample() for name in names_of(family)]
    envelope = SHAPES[family]
    return tuple(_field(name, name, shape, _values(samples, name)) for name, shape in envelope.fields.items())


def fields_of(family: Family) -> tuple[Field, ...]:
    """Every field, one after the other."""
    return tuple(field for top in tree_of(family) for field in top.all())


def _field(path: str, name: str, shape: Shape, values: list[Any]) -> Field:
    match shape:
        case Thing(about=about, fields=fields):
            inner = tuple(_field(f"{path}.{one}", one, part, _values(values, one)) for one, part in fields.items())
            return Field(path, name, "object", about, "", inner)
        case Listing(about=about, item=item):
            entries = [entry for value in values if isinstance(value, list) for entry in value]
            return Field(path, name, "array", about, "", _field(f"{path}.[0]", "[0]", item, entries).fields)
        case _:
            return Field(path, name, _type_of(shape), shape.about, _sample(values))


def _type_of(shape: Shape) -> str:
    match shape:
        case Text():
            return "text"
        case Number():
            return "number"
        case Time():
            return "time"
        case Table():
            return "object"
        case Anything():
            return "any"
        case Thing() | Listing():
            return "object"


def _values(things: list[Any], name: str) -> list[Any]:
    return [thing[name] for thing in things if isinstance(thing, Mapping) and thing.get(name) is not None]


def _sample(values: list[Any]) -> str:
    if not values:
        return ""
    text = values[0] if isinstance(values[0], str) else json.dumps(values[0], ensure_ascii=False)
    text = text.replace("\n", " ")
    return text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…"
