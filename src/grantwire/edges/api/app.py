"""App: the HTTP API as one ASGI application.

In: the flows and how much one call may bring. Out: an ASGI application. Never: a decision of the flow's.
"""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from grantwire.edges.api.catalogue import catalogue_router
from grantwire.edges.api.deliveries import deliveries_router
from grantwire.edges.api.event_types import list_event_types, show_event_type
from grantwire.edges.api.events import FrontDoor, Write, events_route, show_event, write_now
from grantwire.edges.api.flows import ApiOptions, Flows
from grantwire.edges.api.health import healthz, metrics, readyz
from grantwire.edges.api.keys import caller_of
from grantwire.edges.api.problems import handle
from grantwire.edges.api.rehearsals import render_template, test_unsaved_webhook, test_webhook
from grantwire.edges.api.replays import replays_router
from grantwire.edges.api.schema import schema_route
from grantwire.edges.api.targets import list_targets
from grantwire.edges.api.webhooks import webhooks_router

AnswerLost = Callable[[Request[Any, Any, Any], Exception], Response[bytes] | None]


def build_app(
    flows: Flows,
    options: ApiOptions,
    *,
    beside: Sequence[Any] = (),
    answer_lost: AnswerLost = lambda _request, _fault: None,
    write: Write = write_now,
) -> FrontDoor:
    """Every route below `/v1` needs an API key; `/healthz`, `/readyz`, `/metrics` and `/schema` do not.

    `beside` are the routes of another edge in the same application; `answer_lost` is its answer to a request for an
    address that nobody has, or None; `write` is how answers to events leave."""
    v1 = Router(
        "/v1",
        route_handlers=[
            show_event,
            *(list_event_types, show_event_type),
            webhooks_router(),
            test_webhook,
            test_unsaved_webhook,
            render_template,
            deliveries_router(),
            replays_router(),
            *(list_targets, catalogue_router()),
        ],
        guards=[_guard(flows)],
    )

    def handle_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
        return answer_lost(request, fault) or handle(flows, request, fault)

    inner = Litestar(
        route_handlers=[events_route(flows), v1, healthz, readyz, metrics, schema_route(options), *beside],
        dependencies={"flows": Provide(lambda: flows, sync_to_thread=False)},
        exception_handlers={Exception: handle_fault},
        request_max_body_size=options.max_event_bytes,
        logging_config=None,
        openapi_config=None,
    )
    return FrontDoor(flows, options, inner=inner, write=write)


def _guard(flows: Flows) -> Guard:
    def require_key(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        authorization = connection.headers.get("authorization")
        given = None if authorization is None else authorization.encode("latin-1")
        connection.state.caller = caller_of(given, flows.api_keys)

    return require_key
