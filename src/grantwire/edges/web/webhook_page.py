"""Webhook page: how one webhook does, what it is set to, and who changed it.

In: its name. Out: its page, and its latest deliveries as they come (server-sent events). Never: a change
(see `webhook_actions`).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from litestar import get
from litestar.response import ServerSentEvent, ServerSentEventMessage
from markupsafe import Markup

from grantwire.domain.change import RecordedChange
from grantwire.domain.delivery import Delivery
from grantwire.domain.webhook import Webhook
from grantwire.edges.web.charts import SPANS, chart_of, latency_of, totals_of
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import page, render
from grantwire.edges.web.settings_shown import settings_of
from grantwire.edges.web.webhook_address import address_of
from grantwire.ports import DeliveryQuery
from grantwire.steps.compare import Difference, compare

LATEST = 15
CHANGES = 20


@dataclass(frozen=True, slots=True)
class ChangeShown:
    recorded: RecordedChange
    differences: tuple[Difference, ...]


@get("/webhooks/{name:str}")
async def show_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    webhook = await flows.configure.webhook(name)
    span = request.query_params.get("span", "24h")
    span = span if span in SPANS else "24h"
    now = flows.clock.now()
    hours = await flows.roll_up.hours(days={"24h": 1, "7d": 7, "30d": 30}[span], webhook_id=webhook.id)
    totals = totals_of(hours, span=span, now=now)
    changes = await flows.configure.changes(webhook.id, limit=CHANGES, after=request.query_params.get("after"))
    chart = chart_of(totals, now=now)
    return page(
        request,
        visit,
        "webhooks/page.html",
        webhook=webhook,
        address=address_of(webhook.name),
        span=span,
        spans=SPANS,
        chart=chart,
        latency=latency_of(totals),
        settings=settings_of(webhook),
        target=flows.targets.status_of(webhook),
        changes=[shown_of(one) for one in changes.items],
        older_changes=changes.after,
        latest=await _latest(flows, webhook),
    )


@get("/webhooks/{name:str}/live")
async def follow_webhook(flows: FlowsGiven, name: Name) -> ServerSentEvent:
    """The rows of the list whenever they change, as markup that the page puts in its place."""
    webhook = await flows.configure.webhook(name)

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        async for rows in flows.live.follow(lambda: _latest(flows, webhook)):
            yield ServerSentEventMessage(data=str(rows), event="rows", retry=3000)

    return ServerSentEvent(messages())


async def _latest(flows: WebFlows, webhook: Webhook) -> Markup:
    query = DeliveryQuery(webhook_id=webhook.id)
    found: tuple[Delivery, ...] = (await flows.look.deliveries(query, limit=LATEST)).items
    headlines = await flows.look.headlines(one.event_id for one in found)
    rows = render("webhooks/latest.html", found=found, headlines=headlines)
    return Markup(rows.decode())  # noqa: S704 - made by a template of ours, which escapes


def shown_of(recorded: RecordedChange) -> ChangeShown:
    change = recorded.change
    both = change.before is not None and change.after is not None
    return ChangeShown(recorded, compare(change.before or {}, change.after or {}) if both else ())


def routes() -> list[object]:
    return [show_webhook, follow_webhook]
