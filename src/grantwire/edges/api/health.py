"""Health over HTTP, without a key: is the process alive, can it work, what do its counters say.

In: nothing. Out: a word, or the Prometheus text. Never: a name of an access request, or anything secret.
"""

from litestar import Response, get
from msgspec import Struct

from grantwire.edges.api.given import FlowsGiven


class Health(Struct, frozen=True):
    status: str


@get("/healthz")
async def healthz() -> Health:
    return Health("ok")


@get("/readyz")
async def readyz(flows: FlowsGiven) -> Health:
    """Raises `NotNow` while the store cannot be read and written."""
    await flows.check_store()
    return Health("ready")


@get("/metrics")
async def metrics(flows: FlowsGiven) -> Response[bytes]:
    text, content_type = await flows.metrics()
    return Response(text, media_type=content_type)
