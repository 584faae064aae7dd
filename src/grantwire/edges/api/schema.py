"""The OpenAPI document over HTTP, without a key.

In: nothing. Out: the document, made once. Never: a page that loads anything from elsewhere.
"""

from functools import cache

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from grantwire.edges.api.flows import ApiOptions
from grantwire.edges.api.openapi import document


def schema_route(options: ApiOptions) -> HTTPRouteHandler:
    @get("/schema")
    async def schema() -> Response[bytes]:
        return Response(_encoded(options.version), media_type="application/json")

    return schema


@cache
def _encoded(version: str) -> bytes:
    return msgspec.json.encode(document(version))
