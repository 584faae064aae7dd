"""Paging: which part of a list a page shows.

In: the query of an address. Out: the filters as text, the cursor, links to the pages around. Never: a page number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """`filters` are the other fields of the address: they go along from page to page."""

    path: str
    filters: Mapping[str, str]
    after: str | None

    def link(self, *, after: str | None = None, **changes: str) -> str:
        fields = {**self.filters, **changes, **({"after": after} if after else {})}
        given = {name: value for name, value in fields.items() if value}
        return f"{self.path}?{urlencode(given)}" if given else self.path


def listing_of(request: Request[Any, Any, Any], *filters: str) -> Listing:
    query = request.query_params
    return Listing(
        path=request.scope["path"],
        filters={name: value for name in filters if (value := query.get(name, "").strip())},
        after=query.get("after") or None,
    )
