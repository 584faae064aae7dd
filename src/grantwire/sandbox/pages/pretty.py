"""Lays out JSON for reading, JSON inside JSON texts too.

In: text. Out: text. Must never: fail; what is not JSON stays as it is.
"""

from typing import Any

import msgspec

DEEPEST = 3


def pretty(text: str) -> str:
    """JSON is laid out, JSON inside JSON too; anything else stays as it is."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    if not isinstance(value, dict | list):
        return text
    return msgspec.json.format(msgspec.json.encode(unfolded(value, 0)), indent=2).decode()


def unfolded(value: Any, depth: int) -> Any:
    match value:
        case dict():
            return {name: unfolded(each, depth) for name, each in value.items()}
        case list():
            return [unfolded(each, depth) for each in value]
        case str() if value.lstrip().startswith(("{", "[")) and depth < DEEPEST:
            try:
                return unfolded(msgspec.json.decode(value), depth + 1)
            except (msgspec.DecodeError, RecursionError):
                return value
        case _:
            return value
