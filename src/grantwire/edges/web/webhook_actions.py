"""What is done with a webhook as a whole: pause, resume, delete.

In: a webhook, a button. Out: back to where it was pressed, with a word on what was done. Never: a deletion that nobody
confirmed.
"""

from litestar import get, post

from grantwire.domain.webhook import WebhookId
from grantwire.edges.web.flash import Flash, Tone
from grantwire.edges.web.forms import Form, read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.webhook_address import address_of

LONGEST_WHY = 500
MOST_PER_MINUTE = 100_000
TABLE = "/webhooks"


@post("/webhooks/{name:str}/pause", status_code=200)
async def pause_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    webhook, by = await flows.configure.webhook(name), visit.signed_in.email
    form = await read_form(request)
    why = form.text("why").strip()[:LONGEST_WHY] or f"by {by}"
    await flows.configure.pause(webhook.id, why, by=by)
    flash = Flash(f"{name} is paused. Its deliveries are held until it is resumed.")
    return go_to(visit, _back(form, name), flash=flash)


@post("/webhooks/{name:str}/resume", status_code=200)
async def resume_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    webhook, form = await flows.configure.webhook(name), await read_form(request)
    typed = form.text("per_minute").strip()
    rate = int(typed) if typed.isdecimal() and 1 <= int(typed) <= MOST_PER_MINUTE else None
    if typed and rate is None:
        words = f"{name} is not resumed: the rate must be a whole number from 1 to {MOST_PER_MINUTE:,}, or empty."
        return go_to(visit, _back(form, name), flash=Flash(words, Tone.DANGER))
    await flows.configure.resume(webhook.id, per_minute=rate, by=visit.signed_in.email)
    how = "now, oldest first" if rate is None else f"at {rate} a minute, oldest first; new events go at once"
    return go_to(visit, _back(form, name), flash=Flash(f"{name} is resumed. What was held goes out {how}."))


@get("/webhooks/{webhook_id:str}/delete")
async def confirm_deletion(request: Asked, flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    return page(request, visit, "webhooks/delete.html", webhook=webhook)


@post("/webhooks/{webhook_id:str}/delete", status_code=200)
async def delete_webhook(flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    await flows.configure.delete(webhook.name, by=visit.signed_in.email)
    return go_to(visit, "/webhooks", flash=Flash(f"{webhook.name} is deleted."))


def _back(form: Form, name: str) -> str:
    """Where the button was pressed: the table says so, the webhook's own page need not."""
    return TABLE if form.text("back") == TABLE else address_of(name)


def routes() -> list[object]:
    return [pause_webhook, resume_webhook, confirm_deletion, delete_webhook]
