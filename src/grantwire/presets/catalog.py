"""Presets: ready-made webhooks.

In: nothing. Out: each by name, with a definition that `read_definition` takes once its `<PLACEHOLDER>`s are filled in.
Never: a secret; a preset points at the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from grantwire.domain.event import Family
from grantwire.domain.event_types import names_of


@dataclass(frozen=True, slots=True)
class Preset:
    """`definition` is a fresh mapping in the YAML/JSON shape of one webhook."""

    name: str
    title: str
    description: str
    definition: dict[str, Any]


def by_name() -> Mapping[str, Preset]:
    """All, in the order people see them."""
    presets = (
        _servicenow_incident(),
        _servicenow_request(),
        _servicenow_own_sys_id(),
        _servicenow_guide(),
        _generic_json(),
    )
    return MappingProxyType({preset.name: preset for preset in presets})


@cache
def body_of(file_name: str) -> str:
    """The text of a template shipped with the package."""
    return files("grantwire.presets").joinpath(file_name).read_text("utf-8")


_INSTANCE = "https://<SERVICENOW_INSTANCE>.service-now.com"
_TABLE = f"{_INSTANCE}/api/now/table/incident"
_EVENT_KEY, _REQUEST_KEY = "{{ short_id event_id 100 }}", "{{ short_id data.id 100 }}"


def _servicenow_incident() -> Preset:
    return Preset(
        "servicenow-incident",
        "ServiceNow incident",
        "An incident for each event, readable at a glance, every field within ServiceNow's lengths; OAuth 2.0 with a "
        "token that renews itself. Its correlation_id is the event's id; after an answer that leaves doubt ServiceNow "
        "is asked for it, so that no event becomes two incidents.",
        _servicenow("ServiceNow incident", body_of("servicenow_incident.hbs"))
        | {"reconcile": _by_correlation_id(_EVENT_KEY)},
    )


def _servicenow_own_sys_id() -> Preset:
    body = body_of("servicenow_incident.hbs").replace("{\n", '{\n  "sys_id": "{{ hex32 event_id }}",\n', 1)
    reconcile = {
        "method": "GET",
        "url": f"{_TABLE}/{{{{hex32 event_id}}}}?sysparm_fields=sys_id,number",
        "match": "$.result.sys_id",
        "equals": "{{ hex32 event_id }}",
    }
    return Preset(
        "servicenow-incident-own-sys-id",
        "ServiceNow incident, sys_id chosen by Grantwire",
        "As servicenow-incident, but the sys_id follows from the event's id, so that ServiceNow is asked for the "
        "record itself: one indexed read, and its database refuses a second one. Some administrators dislike this.",
        _servicenow("ServiceNow incident", body) | {"reconcile": reconcile},
    )


def _servicenow_request() -> Preset:
    note, resolve = body_of("servicenow_request_note.hbs"), body_of("servicenow_request_resolve.hbs")
    expired = resolve.replace("CLOSE_CODE", "Resolved by request")
    rejected = resolve.replace("CLOSE_CODE", "No resolution provided")
    bodies = {"RequestApproved": note, "RequestGranted": note, "RequestFailed": note, "Manual": note}
    bodies |= {"RequestRejected": rejected, "RequestExpired": expired}
    return Preset(
        "servicenow-request",
        "ServiceNow: one incident per access request",
        "One incident for the whole life of an access request: created with it, work notes when it is approved, "
        "granted or fails, resolved when it is rejected or expires; in order. Its correlation_id is the request's id; "
        "the id of the last update's event stands in correlation_display, so that no note is written twice.",
        _servicenow("ServiceNow request", body_of("servicenow_request.hbs"))
        | {
            "order": "per_request",
            "reconcile": _by_correlation_id(_REQUEST_KEY),
            "actions": {trigger: _update(body) for trigger, body in bodies.items()},
        },
    )


def _servicenow(name: str, body: str) -> dict[str, Any]:
    return {
        "name": name,
        "active": True,
        "kind": "request",
        "method": "POST",
        "url": _TABLE,
        "auth": {
            "type": "oauth2",
            "grant": "client_credentials",
            "token_url": f"{_INSTANCE}/oauth_token.do",
            "client_id": "<SERVICENOW_CLIENT_ID>",
            "client_secret": "${env:SERVICENOW_CLIENT_SECRET}",
        },
        "body": body,
        "triggers": list(names_of(Family.REQUEST)),
        "response_validators": [{"json_path": "$.result.sys_id"}],
        "success": "servicenow",
        # A ServiceNow node has four API threads by default; more at once only fills its queue.
        "limits": {"concurrency": 4},
    }


def _by_correlation_id(key: str) -> dict[str, Any]:
    fields = "sysparm_fields=sys_id,number,correlation_id&sysparm_limit=2"
    return {
        "method": "GET",
        "url": f"{_TABLE}?sysparm_query=correlation_id={key}&{fields}",
        "match": "$.result[*].correlation_id",
        "equals": key,
        "captures": {"sys_id": "$.sys_id", "number": "$.number"},
    }


def _update(body: str) -> dict[str, Any]:
    return {
        "method": "PATCH",
        "url": f"{_TABLE}/{{{{receipt.sys_id}}}}",
        "body": body,
        "without_receipt": "create",
        "reconcile": {
            "method": "GET",
            "url": f"{_TABLE}/{{{{receipt.sys_id}}}}?sysparm_fields=sys_id,number,correlation_display",
            "match": "$.result.correlation_display",
            "equals": _EVENT_KEY,
        },
    }


def _servicenow_guide() -> Preset:
    definition = {
        "name": "ServiceNow guide",
        "active": True,
        "kind": "request",
        "method": "POST",
        "url": "https://<SERVICENOW_INSTANCE_ID>.service-now.com/api/now/table/incident",
        "headers": {"Authorization": "Bearer <SERVICENOW_TOKEN>"},
        "body": body_of("servicenow_guide.hbs"),
        "triggers": list(names_of(Family.REQUEST)),
    }
    return Preset(
        "servicenow-guide",
        "ServiceNow, as in the guide",
        "The webhook of the ServiceNow guide, letter for letter: for bodies that others already rely on. It fills "
        "access_bundle_name from the bundle's id and puts names into reference fields; the preset servicenow-incident "
        "corrects both.",
        definition,
    )


def _generic_json() -> Preset:
    definition = {
        "name": "Generic JSON",
        "active": True,
        "kind": "request",
        "method": "POST",
        "url": "https://<HOST>/<PATH>",
        "auth": {"type": "bearer", "token": "${env:WEBHOOK_TOKEN}"},
        "body": body_of("generic_json.hbs"),
        "triggers": list(names_of(Family.REQUEST)),
    }
    return Preset("generic-json", "Generic JSON", "The event as it came, to any address that takes JSON.", definition)
