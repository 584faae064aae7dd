"""Health over HTTP, without a key: is the process alive, can it work, what do its counters say.

In: nothing. Out: a word, or the Prometheus text. Never: a name of an access request, or anything secret.
"""

from typing import Annotated

from litestar import Response, get
from msgspec import Meta, Struct

from grantwire.edges.api.given import FlowsGiven


class Health(Struct, frozen=True, omit_defaults=True):
    """A faulty egress proxy is told of and makes nobody unready: events are taken all the same, and wait."""

    status: str
    egress_proxy: Annotated[str, Meta(description="What is wrong with the way out; absent when nothing is.")] = ""


@get("/healthz")
async def healthz() -> Health:
    return Health("ok")


@get("/readyz")
async def readyz(flows: FlowsGiven) -> Health:
    """Raises `NotNow` while the store cannot be read and written."""
    await flows.check_store()
    return Health("ready", flows.proxy_trouble() or "")


@get("/metrics")
async def metrics(flows: FlowsGiven) -> Response[bytes]:
    text, content_type = await flows.metrics()
    return Response(text, media_type=content_type)
