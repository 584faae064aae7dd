"""What the table of webhooks does with a row: pause, resume, delete.

In: the id of a webhook. Out: back to the table, with a word on what was done. Never: a deletion that nobody confirmed.
"""

from litestar import get, post

from grantwire.domain.webhook import WebhookId
from grantwire.edges.web.flash import Flash
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import go_to, page

LONGEST_WHY = 500


@post("/webhooks/{webhook_id:str}/pause", status_code=200)
async def pause_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    by = visit.signed_in.email
    why = (await read_form(request)).text("why").strip()[:LONGEST_WHY] or f"by {by}"
    await flows.configure.pause(webhook.id, why, by=by)
    return go_to(visit, "/webhooks", flash=Flash(f"{webhook.name} is paused; its deliveries are held."))


@post("/webhooks/{webhook_id:str}/resume", status_code=200)
async def resume_webhook(flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    await flows.configure.resume(webhook.id, by=visit.signed_in.email)
    return go_to(visit, "/webhooks", flash=Flash(f"{webhook.name} is resumed; what was held goes out now."))


@get("/webhooks/{webhook_id:str}/delete")
async def confirm_deletion(request: Asked, flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    return page(request, visit, "webhooks/delete.html", webhook=webhook)


@post("/webhooks/{webhook_id:str}/delete", status_code=200)
async def delete_webhook(flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    await flows.configure.delete(webhook.name, by=visit.signed_in.email)
    return go_to(visit, "/webhooks", flash=Flash(f"{webhook.name} is deleted."))


def routes() -> list[object]:
    return [pause_webhook, resume_webhook, confirm_deletion, delete_webhook]
