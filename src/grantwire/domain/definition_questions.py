"""Definition rules for `reconcile`, `captures` and `actions`.

In: a webhook and the operator's allowance. Out: every problem and warning, with its path. Never: a look into templates
(see `definition_templates`).
"""

import re
from collections.abc import Iterator

from grantwire.domain.action import Action, WithoutReceipt
from grantwire.domain.allowance import Allowance
from grantwire.domain.errors import Problem
from grantwire.domain.json_paths import json_path_problems
from grantwire.domain.receipt import names_read, reads_receipt
from grantwire.domain.reconcile import Reconcile
from grantwire.domain.secret import Secret
from grantwire.domain.shape import path_to
from grantwire.domain.target import Method, Origin
from grantwire.domain.url_rules import FALLBACK_URL, has_literal_host, url_problems
from grantwire.domain.webhook import Order, Webhook


def question_problems(webhook: Webhook, allowance: Allowance, *, path: str) -> Iterator[Problem]:
    yield from _captures_problems(webhook.captures, path_to(path, "captures"))
    yield from _reconcile_problems(webhook, webhook.reconcile, allowance, path_to(path, "reconcile"))
    for trigger, action in webhook.actions.items():
        here = path_to(path, f"actions.{trigger}")
        yield from _address_problems(webhook, action.url, allowance, f"{here}.url")
        yield from _reconcile_problems(webhook, action.reconcile, allowance, f"{here}.reconcile")


def _reconcile_problems(
    webhook: Webhook, reconcile: Reconcile | None, allowance: Allowance, path: str
) -> Iterator[Problem]:
    if reconcile is None:
        return
    yield from _address_problems(webhook, reconcile.target.url, allowance, f"{path}.url")
    yield from json_path_problems(reconcile.match, f"{path}.match")
    yield from _captures_problems(reconcile.captures, f"{path}.captures")
    if "{{" not in reconcile.equals:
        hint = "It says which record is meant, like {{ data.id }} or {{ event_id }}."
        yield Problem(f"{path}.equals", "is the same for every event.", hint)
    if reconcile.target.method is Method.GET and reconcile.body:
        yield Problem(f"{path}.body", "a GET has none.", "Put it into the URL, or ask with POST.")


def _captures_problems(captures: object, path: str) -> Iterator[Problem]:
    for name, json_path in dict(captures).items() if isinstance(captures, dict) else ():
        yield from json_path_problems(json_path, path_to(path, name))


def _address_problems(webhook: Webhook, url: str, allowance: Allowance, path: str) -> Iterator[Problem]:
    """The webhook's credential goes along, so it goes where the webhook goes and nowhere else."""
    found = list(url_problems(url, allowance, path))
    yield from found
    if not found and FALLBACK_URL not in {url, webhook.target.url} and has_literal_host(webhook.target.url):
        own, other = _origin_of(webhook.target.url), _origin_of(url)
        if own is not None and own != other:
            hint = "The webhook's credential goes along, so scheme, host and port must be those of the webhook's URL."
            yield Problem(path, f"leads to {other}, the webhook to {own}.", hint)


def _origin_of(url: str) -> Origin | None:
    try:
        return Origin.of(url.partition("{{")[0])
    except ValueError:
        return None


def question_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    for name, source in _own_templates(webhook):
        if reads_receipt(source):
            names = ", ".join(f"receipt.{one}" for one in sorted(names_read(source))) or "receipt"
            message = f"{names} is empty as long as no receipt is kept for the access request: for its first event."
            yield Problem(
                path_to(path, name), message, "Fine if that is meant; else ask with {{#if}}.", is_warning=True
            )
    if webhook.actions and webhook.order is not Order.PER_REQUEST:
        message = "without order: per_request an update may overtake the request that creates the ticket."
        yield Problem(path_to(path, "actions"), message, "Set order: per_request.", is_warning=True)
    yield from _without_question(webhook, path)


def _without_question(webhook: Webhook, path: str) -> Iterator[Problem]:
    if webhook.actions and webhook.reconcile is None:
        message = "without reconcile a ticket whose answer was lost is not found again, and is made twice."
        yield Problem(path_to(path, "actions"), message, "Give the webhook a reconcile.", is_warning=True)
    for trigger, action in webhook.actions.items():
        if action.method in {Method.POST, Method.PATCH} and action.reconcile is None:
            message = f"has no reconcile, so a {action.method} whose outcome is in doubt is repeated without asking."
            hint = "Fine if a repetition changes nothing; else let it write the event's id and ask for that."
            yield Problem(path_to(path, f"actions.{trigger}"), message, hint, is_warning=True)
        if _is_marked_by_the_making(webhook, action):
            message = "is taken for made when the ticket was made for it: the webhook's body writes the same mark."
            hint = "Let the webhook's body write something else into the field that is asked for."
            yield Problem(path_to(path, f"actions.{trigger}.reconcile"), message, hint, is_warning=True)


def _is_marked_by_the_making(webhook: Webhook, action: Action) -> bool:
    """Making the ticket for an update writes what the update is recognised by."""
    if action.reconcile is None or action.without_receipt is not WithoutReceipt.CREATE:
        return False
    field = re.split(r"\W+", action.reconcile.match.rstrip("]'\""))[-1]
    mark = re.escape(f'"{field}"') + r'\s*:\s*"' + re.escape(action.reconcile.equals) + '"'
    return re.search(mark, webhook.body or "") is not None


def _own_templates(webhook: Webhook) -> Iterator[tuple[str, str]]:
    yield "url", webhook.target.url
    yield "body", webhook.body or ""
    for header in webhook.target.headers:
        if not isinstance(header.value, Secret):
            yield f"headers.{header.name}", header.value
