"""Shape: what a field of an event may hold, said once.

In: shapes built from the pieces below. Out, from the same piece: its JSON Schema (2020-12), a fast yes or no, and
every problem of a value with its path. Never: a change to the value; fields a shape does not name are let through.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grantwire.domain.errors import Problem
from grantwire.domain.moment import DECIMAL, LATEST_SECONDS, RFC3339, read_moment, why_no_moment

Schema = dict[str, Any]
IsFine = Callable[[object], bool]

_TEXT_TYPES = frozenset({str, type(None)})
_are_texts = _TEXT_TYPES.issuperset
_NAMES = {dict: "an object", list: "an array", str: "text", bool: "true or false", int: "a number", float: "a number"}


def name_of(value: object) -> str:
    """What a JSON value is, for a message."""
    return "null" if value is None else _NAMES.get(type(value), type(value).__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A string; null too unless it is `needed`, which also bars the empty one."""

    about: str
    needed: bool = False
    examples: tuple[str, ...] = ()

    def schema(self) -> Schema:
        schema = {"type": "string", "minLength": 1} if self.needed else {"type": ["string", "null"]}
        return described(schema, self.about, self.examples)

    def is_fine(self) -> IsFine:
        if self.needed:
            return lambda value: type(value) is str and value != ""
        return lambda value: value is None or type(value) is str

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if self.needed and value == "":
            yield Problem(path, "must not be empty")
        elif not self.is_fine()(value):
            yield Problem(path, f"must be text{_or_null(self.needed)}, found {name_of(value)}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of at least 0, or null."""

    about: str
    examples: tuple[float, ...] = ()

    def schema(self) -> Schema:
        return described({"type": ["number", "null"], "minimum": 0}, self.about, self.examples)

    def is_fine(self) -> IsFine:
        return lambda value: value is None or ((type(value) is int or type(value) is float) and value >= 0)

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not self.is_fine()(value):
            found = value if isinstance(value, int | float) else name_of(value)
            yield Problem(path, f"must be a number of at least 0 or null, found {found}")


@dataclass(frozen=True, slots=True)
class Time:
    """Epoch seconds as a number or decimal text, or RFC 3339 text; null too unless it is `needed`."""

    about: str
    needed: bool = False
    examples: tuple[float | str, ...] = ()

    def schema(self) -> Schema:
        choices: list[Schema] = [
            {"type": "number", "minimum": 0, "maximum": LATEST_SECONDS},
            {"type": "string", "pattern": DECIMAL},
            {"type": "string", "format": "date-time", "pattern": RFC3339},
        ]
        choices += [] if self.needed else [{"type": "null"}]
        return described({"anyOf": choices}, self.about, self.examples)

    def is_fine(self) -> IsFine:
        may_be_null = not self.needed

        def is_fine(value: object) -> bool:
            if type(value) is float:
                return 0 <= value <= LATEST_SECONDS
            return read_moment(value) is not None or (value is None and may_be_null)

        return is_fine

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not self.is_fine()(value):
            yield Problem(path, why_no_moment(value))


@dataclass(frozen=True, slots=True)
class Anything:
    about: str

    def schema(self) -> Schema:
        return {"description": self.about}

    def is_fine(self) -> IsFine:
        return lambda _value: True

    def problems(self, _value: object, _path: str) -> Iterator[Problem]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Table:
    """An object with free keys and scalar values, or null."""

    about: str

    def schema(self) -> Schema:
        scalar = {"type": ["string", "number", "boolean", "null"]}
        return {"type": ["object", "null"], "additionalProperties": scalar, "description": self.about}

    def is_fine(self) -> IsFine:
        def is_fine(value: object) -> bool:
            if value is None:
                return True
            return type(value) is dict and not any(isinstance(item, dict | list) for item in value.values())

        return is_fine

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if value is None:
            return
        if not isinstance(value, dict):
            yield Problem(path, f"must be an object or null, found {name_of(value)}")
            return
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield Problem(path_to(path, key), f"must be text, a number, true, false or null, found {name_of(item)}")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object with known fields and room for others; null too unless it is `needed`."""

    about: str
    fields: "Mapping[str, Shape]" = field(default_factory=dict)
    needed: bool = False

    def required(self) -> list[str]:
        return [name for name, shape in self.fields.items() if getattr(shape, "needed", False)]

    def schema(self) -> Schema:
        schema: Schema = {"type": "object" if self.needed else ["object", "null"], "description": self.about}
        schema["properties"] = {name: shape.schema() for name, shape in self.fields.items()}
        if self.required():
            schema["required"] = self.required()
        return schema | {"additionalProperties": True}

    def is_fine(self) -> IsFine:
        """Runs for every event: texts, the most of all fields, are checked by their types alone."""
        texts = tuple(name for name, shape in self.fields.items() if isinstance(shape, Text) and not shape.needed)
        others = tuple((name, shape.is_fine()) for name, shape in self.fields.items() if name not in texts)
        required, may_be_null = tuple(self.required()), not self.needed

        def is_fine(value: object) -> bool:
            if type(value) is not dict:
                return value is None and may_be_null
            for name in required:
                if name not in value:
                    return False
            for name, check in others:
                if name in value and not check(value[name]):
                    return False
            return _are_texts([type(value.get(name)) for name in texts])

        if others:
            return is_fine
        return lambda value: (type(value) is dict and _are_texts(map(type, value.values()))) or is_fine(value)

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if value is None and not self.needed:
            return
        if not isinstance(value, dict):
            yield Problem(path, f"must be an object{_or_null(self.needed)}, found {name_of(value)}")
            return
        for name, shape in self.fields.items():
            if name in value:
                yield from shape.problems(value[name], path_to(path, name))
            elif getattr(shape, "needed", False):
                yield Problem(path_to(path, name), "is missing")


@dataclass(frozen=True, slots=True)
class Listing:
    """An array of one shape, or null."""

    about: str
    item: "Shape"

    def schema(self) -> Schema:
        return {"type": ["array", "null"], "description": self.about, "items": self.item.schema()}

    def is_fine(self) -> IsFine:
        check = self.item.is_fine()

        def is_fine(value: object) -> bool:
            if type(value) is not list:
                return value is None
            return all(map(check, value))

        return is_fine

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if value is None:
            return
        if not isinstance(value, list):
            yield Problem(path, f"must be an array or null, found {name_of(value)}")
            return
        for index, item in enumerate(value):
            yield from self.item.problems(item, f"{path}[{index}]")


Shape = Text | Number | Time | Anything | Table | Thing | Listing


def described(schema: Schema, about: str, examples: tuple[object, ...]) -> Schema:
    return schema | {"description": about} | ({"examples": list(examples)} if examples else {})


def path_to(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _or_null(needed: object) -> str:
    return "" if needed else " or null"
