"""Compare: how two definitions of a webhook differ.

In: definitions, their secrets masked. Out: one difference per field, as people read them. Never: a difference between
two ways to write the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOTHING = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` as in a problem (`auth.token_url`); a side that does not have the field is empty."""

    path: str
    before: str
    after: str


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    old, new = dict(_flat(before)), dict(_flat(after))
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(
        Difference(path, old.get(path, NOTHING), new.get(path, NOTHING))
        for path in paths
        if old.get(path, NOTHING) != new.get(path, NOTHING)
    )


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _flat(inner, f"{path}.{name}" if path else name)
        case [Mapping(), *_] if path == "headers":
            yield from _flat({row["name"]: row["value"] for row in value}, path)
        case [Mapping(), *_]:
            for index, row in enumerate(value):
                yield from _flat(row, f"{path}[{index}]")
        case list() | tuple():
            yield path, ", ".join(map(_text, value))
        case _:
            yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
