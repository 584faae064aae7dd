"""App: the console, as routes that stand beside the API in one application.

In: the flows. Out: a router for `assemble` to put into the application. Never: an import of the API.

A page is a file with a function that returns its routes, named in `PAGES`.
"""

from typing import Any

from litestar import Request, Response, Router
from litestar.di import Provide

from grantwire.edges.web import (
    catalogue,
    deliveries,
    delivery,
    events,
    overview,
    replay_page,
    sign_in,
    troubleshooting,
    webhook_actions,
    webhook_check,
    webhook_form,
    webhook_fresh_key,
    webhook_page,
    webhook_replay,
    webhook_trial,
    webhooks,
)
from grantwire.edges.web.assets import asset
from grantwire.edges.web.built import load_built
from grantwire.edges.web.entrance import enter, given_visit
from grantwire.edges.web.faults import answer_fault
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.shield import shield

PAGES = (
    *(sign_in, overview, troubleshooting, events, deliveries, delivery),
    *(webhooks, webhook_form, webhook_check, webhook_trial, webhook_actions, webhook_page, webhook_replay),
    webhook_fresh_key,
    replay_page,
    catalogue,
)
LARGEST_FORM = 2 * 1024 * 1024


def console_routes(flows: WebFlows) -> tuple[Any, ...]:
    """Raises `Refused` when the console was not built."""
    load_built()

    async def before(request: Request[Any, Any, Any]) -> Response[bytes] | None:
        return await enter(flows, request)

    def handle_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
        return answer_fault(flows, request, fault)

    console = Router(
        "/",
        route_handlers=[route for one in PAGES for route in one.routes()],
        dependencies={
            "flows": Provide(lambda: flows, sync_to_thread=False),
            "visit": Provide(given_visit, sync_to_thread=False),
        },
        before_request=before,
        exception_handlers={Exception: handle_fault},
        middleware=[shield],
        request_max_body_size=LARGEST_FORM,
    )
    return (asset, console)
