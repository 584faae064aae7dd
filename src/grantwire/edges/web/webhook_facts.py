"""What the webhook form offers: presets, triggers, filters, events for the preview, the payload's fields.

In: what was typed. Out: facts for `webhooks/form.html`. Never: a change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from grantwire.domain.credential import ClientAuthentication, Grant
from grantwire.domain.definition_auth import AuthType
from grantwire.domain.event import Event, Family
from grantwire.domain.event_tree import fields_of, tree_of
from grantwire.domain.event_types import event_types, names_of
from grantwire.domain.filter import DURATIONS, FAMILIES, PAIRS, Dimension
from grantwire.domain.target import Method
from grantwire.domain.webhook import SuccessRule
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.webhook_questions import has_action
from grantwire.edges.web.webhook_signing import public_keys
from grantwire.edges.web.webhook_typed import Typed
from grantwire.presets.catalog import by_name

PAST_EVENTS = 25  # offered for preview and test
# Filters that most webhooks use; the others wait behind More filters.
_FIRST = (
    *(Dimension.INTEGRATION, Dimension.RESOURCE_TYPE, Dimension.REQUESTER, Dimension.ACCESS_FLOW),
    *(Dimension.APPROVAL_MODE, Dimension.ENVIRONMENT, Dimension.STATUS, Dimension.ACTION, Dimension.TARGET_TYPE),
)
_HINTS: Mapping[Dimension, str] = {
    Dimension.HOUR: "Hours of the day, 9-17 for instance, one on each line.",
    **dict.fromkeys(PAIRS, "key=value, or a key alone for any value; one on each line."),
}
_USUAL_HINT = "More values, one on each line; * and ? stand for any letters."


@dataclass(frozen=True, slots=True)
class FilterList:
    """One drop-down. `values` are offered, chosen ones first; a duration has none."""

    dimension: Dimension
    values: tuple[str, ...]
    hint: str
    is_first: bool

    @property
    def label(self) -> str:
        return self.dimension.replace("_", " ").capitalize()

    @property
    def is_duration(self) -> bool:
        return self.dimension in DURATIONS


@dataclass(frozen=True, slots=True)
class Offer:
    """An event for the preview and the test; `value` names it in the form."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ActionTrigger:
    """A trigger that may have an action of its own; `is_set` if it has one."""

    name: str
    is_set: bool


async def form_facts(flows: WebFlows, typed: Typed) -> dict[str, Any]:
    family = family_of(typed)
    return {
        "form": typed,
        "presets": by_name().values(),
        "families": tuple(Family),
        "methods": tuple(Method),
        "auth_types": AUTH_WORDS,
        "grants": GRANT_WORDS,
        "client_authentications": CLIENT_WORDS,
        "success_rules": SUCCESS_WORDS,
        "triggers": [event_types()[name] for name in names_of(family)],
        "action_triggers": [ActionTrigger(name, has_action(typed, name)) for name in names_of(family)],
        "action_methods": [(method, method) for method in (Method.PATCH, *(m for m in Method if m != Method.PATCH))],
        "filters": filter_lists(typed, family, await flows.past.values(family)),
        "samples": [Offer(f"sample:{name}", name) for name in names_of(family)],
        "past": [past_offer(event) for event in await flows.past.events(family, limit=PAST_EVENTS)],
        "tree": tree_of(family),
        "paths": paths_json(family),
        "family": family,
        "public_keys": public_keys(flows, typed),
    }


def family_of(typed: Typed) -> Family:
    kind = typed.text("kind")
    return Family(kind) if kind in set(Family) else Family.REQUEST


def filter_lists(typed: Typed, family: Family, seen: Mapping[Dimension, Sequence[str]]) -> list[FilterList]:
    lists = []
    for dimension in Dimension:
        if family in FAMILIES[dimension]:
            chosen = (*typed.all(f"filter.{dimension}"), *typed.all(f"except.{dimension}"))
            values = () if dimension in DURATIONS else tuple(dict.fromkeys((*chosen, *seen.get(dimension, ()))))
            is_first = dimension in _FIRST or bool(chosen)
            lists.append(FilterList(dimension, values, _HINTS.get(dimension, _USUAL_HINT), is_first))
    return sorted(lists, key=lambda one: not one.is_first)


def past_offer(event: Event) -> Offer:
    data = event.document()["data"]
    name = data.get("friendly_id") or data.get("id") or event.id
    return Offer(f"past:{event.id}", f"{event.type} {name!s:.40} ({event.accepted_at:%d %b %H:%M} UTC)")


def paths_json(family: Family) -> Markup:
    """For completion in the editor. `<` is written so that no value can end the script element."""
    fields = [
        {"path": field.path, "type": field.type, "about": field.about, "sample": field.sample}
        for field in fields_of(family)
    ]
    return Markup(msgspec.json.encode(fields).decode().replace("<", "\\u003c"))  # noqa: S704 - JSON, see above


AUTH_WORDS: Mapping[AuthType, str] = {
    AuthType.NONE: "None",
    AuthType.BEARER: "Bearer",
    AuthType.BASIC: "Basic",
    AuthType.API_KEY: "API key",
    AuthType.OAUTH2: "OAuth",
    AuthType.CLIENT_CERTIFICATE: "Client certificate",
}
GRANT_WORDS: Mapping[Grant, str] = {
    Grant.CLIENT_CREDENTIALS: "Client credentials",
    Grant.PASSWORD: "User name and password",
    Grant.REFRESH_TOKEN: "Refresh token",
}
CLIENT_WORDS: Mapping[ClientAuthentication, str] = {
    ClientAuthentication.BODY: "In the body (usual)",
    ClientAuthentication.BASIC: "As Basic, in a header",
}
SUCCESS_WORDS: Mapping[SuccessRule, str] = {
    SuccessRule.GENERIC: "Any 2xx answer",
    SuccessRule.SERVICENOW: "ServiceNow: a record with result.sys_id",
}
