"""The sandbox's own words for one HTTP exchange: a Call comes in, an Answer goes out, a Failure is an error body.

In: nothing. Out: values. Must never: touch a socket or a web framework.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=UTF-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `headers` is case-insensitive; `query` holds the last value of each name, decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    query_text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a credential belongs to: a record of `sys_user`."""

    sys_id: str
    user_name: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the control API was sent, and where."""

    path: str
    problem: str


@dataclass(slots=True)
class Failure(Exception):
    """An error in ServiceNow's envelope: `{"error": {"message", "detail"}, "status": "failure"}`."""

    status: int
    message: str
    detail: str | None = None
    headers: Headers = field(default=())

    def answer(self) -> Answer:
        error = {"message": self.message, "detail": self.detail}
        return Answer(self.status, encoded({"error": error, "status": "failure"}), JSON, self.headers)


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


def answered(value: Any, *, status: int = 200, headers: Headers = ()) -> Answer:
    return Answer(status, encoded(value), JSON, headers)
