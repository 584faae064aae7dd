"""Pages of a list, newest first: the cursor of a page is the place of its last row.

In: sort keys, or a cursor as text. Out: the other. Never: an offset (a list that grows at its head would repeat rows).
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement

from grantwire.adapters.store.stamps import to_stamp
from grantwire.domain.errors import Problem, Refused
from grantwire.ports import Page

T = TypeVar("T")
K = TypeVar("K")


def to_cursor(key: Sequence[object]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def of_cursor(cursor: str, shape: type[K]) -> K:
    """Raises `Refused` for text that no page gave."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=shape)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Refused("The cursor is not one of ours.", [Problem("after", f"{cursor!r} is no cursor.")]) from error


def page_of(rows: Sequence[Any], *, limit: int, value: Callable[[Any], T], key: Callable[[Any], Any]) -> Page[T]:
    """From one row more than the limit, where there are more."""
    shown = rows[:limit]
    after = to_cursor(key(shown[-1])) if shown and len(rows) > limit else None
    return Page(tuple(value(row) for row in shown), after)


def period(column: "Column[int]", since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """From `since` on, up to but not with `until`."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(column >= to_stamp(since))
    if until is not None:
        conditions.append(column < to_stamp(until))
    return conditions
