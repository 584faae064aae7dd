"""The catalogue over HTTP: shown, and replaced as a whole.

In: the catalogue as people write it. Out: the one that counts, its version as ETag. Never: a part of it changed alone
(the parts refer to each other).
"""

from typing import Any

from litestar import Response, Router, get, put

from grantwire.domain.catalogue_form import KINDS
from grantwire.domain.catalogue_text import write_catalogue
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.edges.api.bodies import read_object
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.given import Asked, FlowsGiven
from grantwire.edges.api.query import QueryField, flag, read_query
from grantwire.edges.api.versions import etag, tags
from grantwire.ports import KeptCatalogue

QUERY = (
    QueryField(
        "dry_run", "Answer what the catalogue would be and store nothing.", flag, {"type": "boolean"}, default=False
    ),
)


@get("/catalogue")
async def show_catalogue(flows: FlowsGiven) -> Response[dict[str, Any]]:
    return _answer(await flows.catalogue.show())


@put("/catalogue")
async def put_catalogue(request: Asked, flows: FlowsGiven) -> Response[dict[str, Any]]:
    asked = read_query(request.scope["query_string"], QUERY)
    raw = {name: value for name, value in (await read_object(request)).items() if name != "version"}
    version = await _seen(request, flows)
    if asked["dry_run"]:
        return _answer(await flows.catalogue.would_be(raw))
    return _answer(await flows.catalogue.put(raw, expected_version=version, by=f"API key {request.state.caller}"))


async def _seen(request: Asked, flows: Flows) -> int | None:
    """The version that the caller saw; None when they do not say. Raises `Refused` (precondition failed)."""
    given = request.headers.get("if-match", "*").strip()
    if given == "*":
        return None
    version = (await flows.catalogue.show()).version
    if etag(version) not in tags(given):
        message = f"the catalogue is at version {etag(version)}, the call is for {given[:80]}."
        problem = Problem("If-Match", message, "Read the catalogue again, then repeat the change.")
        raise Refused("the catalogue is not as the call expects it", [problem], why=Refusal.PRECONDITION_FAILED)
    return version


def _answer(kept: KeptCatalogue) -> Response[dict[str, Any]]:
    content = {**dict.fromkeys(KINDS, ()), **write_catalogue(kept.catalogue), "version": kept.version}
    return Response(content, headers={"ETag": etag(kept.version)})


def catalogue_router() -> Router:
    return Router("/", route_handlers=[show_catalogue, put_catalogue])
