"""Merge changes: two people changed one definition of a webhook, both from the same beginning.

In: the definition at the beginning, as it now is, and as this person wants it, their secrets masked. Out: each field
that differs, with its three texts; and a definition with some fields taken from another. Never: a choice where both
changed a field, each to something else.

A field is the smallest thing that can be taken by itself: a header, a filter, a partial, a number of the retry policy;
the authentication is taken whole, for its parts make no sense beside those of another.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SECTIONS = frozenset({"filters", "retry", "limits", "partials"})
_NOT = "not"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One field: when this person began, as it is now, as this person wants it; empty where there is none."""

    path: str
    began: str
    now: str
    mine: str

    @property
    def is_clash(self) -> bool:
        """Both changed it, each to something else."""
        return self.began not in {self.now, self.mine} and self.now != self.mine

    @property
    def is_theirs(self) -> bool:
        """Only the other one changed it."""
        return self.began == self.mine != self.now


def sides_of(began: Mapping[str, Any], *, now: Mapping[str, Any], mine: Mapping[str, Any]) -> tuple[Side, ...]:
    """Fields that are not the same on all three."""
    three = [{path: _text(value) for path, value in _fields(one)} for one in (began, now, mine)]
    paths = dict.fromkeys(path for one in three for path in one)
    sides = (Side(_name(path), *(one.get(path, "") for one in three)) for path in paths)
    return tuple(side for side in sides if len({side.began, side.now, side.mine}) > 1)


def with_fields(definition: Mapping[str, Any], *, of: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    """The definition with the named fields as `of` has them, or without them where it has none."""
    kept = [(path, value) for path, value in _fields(definition) if _name(path) not in names]
    taken = [(path, value) for path, value in _fields(of) if _name(path) in names]
    return _definition([*kept, *taken])


def _fields(definition: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, value in definition.items():
        if name == "headers":
            rows = value if isinstance(value, list) else [{"name": each, "value": value[each]} for each in value]
            yield from (((name, row["name"].lower()), row) for row in rows)
        elif name in _SECTIONS:
            yield from _section(name, value)
        else:
            yield (name,), value


def _section(name: str, section: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for inner, value in section.items():
        if name == "filters" and inner == _NOT:
            yield from (((name, _NOT, dimension), values) for dimension, values in value.items())
        else:
            yield (name, inner), value


def _definition(fields: list[tuple[Path, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"headers": []}
    for path, value in fields:
        match path:
            case ("headers", _):
                made["headers"].append(value)
            case (section, inner, last):
                made.setdefault(section, {}).setdefault(inner, {})[last] = value
            case (section, inner):
                made.setdefault(section, {})[inner] = value
            case (name,):
                made[name] = value
    return made


def _name(path: Path) -> str:
    return ".".join(path)


def _text(value: Any) -> str:
    match value:
        case {"name": _, "value": content, **rest} if not rest.keys() - {"secret"}:
            return _text(content)
        case Mapping():
            return "\n".join(f"{name}: {_text(inner)}" for name, inner in value.items())
        case list() | tuple():
            between = "\n" if any(isinstance(one, Mapping) for one in value) else ", "
            return between.join(map(_text, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return "" if value is None else str(value)
