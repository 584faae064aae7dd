"""Operation: one call of the HTTP API, as its documents tell it.

In: what `operations` says of each call. Out: values that the OpenAPI document and the reference page are made from.
Never: a route (a test holds the two side by side).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.edges.api.query import QueryField

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a body: its media type, its wire type (or a schema as it is), an example."""

    media_type: str
    shape: Any
    example: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """`answers` maps a status to the wire type of its body; None for no body, text for another media type.
    `refusals` are the statuses of problem details beside 401, 500 and 503, which every call below `/v1` has."""

    method: str
    path: str
    tag: str
    summary: str
    about: str = ""
    query: tuple[QueryField, ...] = ()
    headers: Mapping[str, str] | None = None
    forms: tuple[Form, ...] = ()
    is_body_needed: bool = True
    answers: Mapping[int, Any] | None = None
    has_etag: bool = False
    refusals: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it needs no API key."""
        return not self.path.startswith("/v1")
