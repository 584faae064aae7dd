"""Generate key: the Signing section of the webhook form with a fresh key in it.

In: what somebody typed, and which kind of key. Out: the section again, or without scripts the whole form.
Never: anything stored.
"""

from litestar import post

from grantwire.domain.signing import Scheme
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page
from grantwire.edges.web.webhook_form import show_form
from grantwire.edges.web.webhook_signing import public_keys, with_fresh
from grantwire.edges.web.webhook_typed import typed_of


@post("/webhook-form/signing", status_code=200)
async def generate_key(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """`new` is the version of the signatures the key is for; without it the section comes as it was typed."""
    typed = typed_of(await read_form(request))
    asked = request.query_params.get("new", "")
    if asked in set(Scheme):
        typed = with_fresh(typed, flows.sign.fresh(Scheme(asked)))
    if not visit.is_fragment:
        return await show_form(request, flows, visit, typed)
    facts = {"form": typed, "problems": {}, "public_keys": public_keys(flows, typed)}
    return page(request, visit, "webhooks/form_signing.html", **facts)  # type: ignore[arg-type]


def routes() -> list[object]:
    return [generate_key]
