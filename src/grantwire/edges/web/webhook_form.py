"""Add Webhook and Edit Webhook: the form, and Save Webhook.

In: what somebody typed. Out: the webhook saved; or the form again with everything typed and every problem at its field.
Never: a change over one that the person did not see.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.edges.web.entrance import AS_TYPED
from grantwire.edges.web.flash import Flash, Tone
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.forms import Form, read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.visit import Visit
from grantwire.edges.web.webhook_conflict import conflict_of, is_outdated, with_choices
from grantwire.edges.web.webhook_definition import definition_of
from grantwire.edges.web.webhook_facts import form_facts
from grantwire.edges.web.webhook_problems import by_field
from grantwire.edges.web.webhook_shown import typed_of_definition
from grantwire.edges.web.webhook_typed import Typed, typed_of
from grantwire.flow.configure import masked, shown
from grantwire.presets.catalog import by_name

_BLANK: Mapping[str, Any] = {"kind": "request", "method": "POST", "content_type": "application/json", "active": False}


@get("/webhook-form/new")
async def add_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """`start` is a preset; `copy` the id of a webhook to duplicate."""
    preset = by_name().get(request.query_params.get("start", ""))
    copied = request.query_params.get("copy")
    if copied is not None:
        typed = _duplicate(flows, flows.configure.webhook_of(WebhookId(copied)))
    elif preset is not None:
        typed = typed_of_definition(preset.definition | {"active": False})
    else:
        typed = typed_of_definition(_BLANK)
    return await show_form(request, flows, visit, typed, start=preset.name if preset else "")


@get("/webhooks/{webhook_id:str}/edit")
async def edit_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven, webhook_id: Name) -> Page:
    webhook = flows.configure.webhook_of(WebhookId(webhook_id))
    warnings = flows.configure.warnings(webhook)
    return await show_form(request, flows, visit, typed_of_webhook(webhook), warnings=warnings)


@post(AS_TYPED, status_code=200)
async def show_again(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """The form as typed: for another kind of webhook, whose triggers and fields differ; or in a new session."""
    form = await read_form(request)
    kept = flows.drafts.open(form.text("draft"), visit.signed_in.id)
    typed = typed_of(form if kept is None else Form({name: tuple(values) for name, values in kept.items()}))
    is_draft = kept is not None or not visit.is_ours(form.text("csrf"))
    return await show_form(request, flows, visit, typed, is_draft=is_draft)


@post("/webhook-form/save", status_code=200)
async def save_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    typed = with_choices(flows, typed_of(await read_form(request)))
    try:
        webhook = await _save(flows, visit, typed)
    except Refused as refused:
        if refused.why is Refusal.PRECONDITION_FAILED:
            conflict, renewed = await conflict_of(flows, typed)
            return await show_form(request, flows, visit, renewed, conflict=conflict, status_code=409)
        return await show_form(request, flows, visit, typed, problems=refused.problems, status_code=422)
    return go_to(visit, "/webhooks", flash=_saved(webhook, flows.configure.warnings(webhook)))


async def _save(flows: WebFlows, visit: Visit, typed: Typed) -> Webhook:
    """A webhook that was only paused or resumed meanwhile is no other one to the person who edits it."""
    raw, by = definition_of(typed), visit.signed_in.email
    if typed.is_new:
        return await flows.configure.create_like(raw, secrets_of(flows, typed), by=by)
    version = int(typed.version) if typed.version.isdigit() else 0
    if version and not await is_outdated(flows, typed.saved_name, version):
        version = (await flows.configure.webhook(typed.saved_name)).version
    saved = await flows.configure.put(typed.saved_name, raw, expected_version=version or 1, by=by)
    return saved.webhook


def _saved(webhook: Webhook, warnings: Sequence[Problem]) -> Flash:
    if not warnings:
        return Flash(f"{webhook.name} is saved.")
    count = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return Flash(f"{webhook.name} is saved, with {count}: {warnings[0]}", Tone.WARNING)


async def show_form(
    request: Asked,
    flows: WebFlows,
    visit: Visit,
    typed: Typed,
    *,
    problems: Sequence[Problem] = (),
    status_code: int = 200,
    **more: object,
) -> Page:
    none = {"warnings": (), "conflict": None, "result": None, "start": "", "is_draft": False}
    slip = flows.drafts.slip(visit.signed_in.id)
    facts = {**none, "slip": slip, **await form_facts(flows, typed), **more}
    told = by_field(problems, typed)
    return page(request, visit, "webhooks/form.html", status_code=status_code, problems=told, all=problems, **facts)


def typed_of_webhook(webhook: Webhook) -> Typed:
    name, version = webhook.name, str(webhook.version)
    return typed_of_definition(shown(webhook, masked), saved_name=name, version=version, secrets_from=name)


def secrets_of(flows: WebFlows, typed: Typed) -> Webhook | None:
    """The webhook that kept secrets are of."""
    return flows.configure.named(typed.saved_name or typed.secrets_from)


def _duplicate(flows: WebFlows, webhook: Webhook) -> Typed:
    """Inactive, under a name that is free; its secrets go along without being shown."""
    number = 2
    while flows.configure.named(f"{webhook.name} {number}") is not None:
        number += 1
    definition = shown(webhook, masked) | {"name": f"{webhook.name} {number}", "active": False}
    return typed_of_definition(definition, secrets_from=webhook.name)


def routes() -> list[object]:
    return [add_webhook, edit_webhook, show_again, save_webhook]
