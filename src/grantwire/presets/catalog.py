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
    presets = (_servicenow_incident(), _servicenow_guide(), _generic_json())
    return MappingProxyType({preset.name: preset for preset in presets})


@cache
def body_of(file_name: str) -> str:
    """The text of a template shipped with the package."""
    return files("grantwire.presets").joinpath(file_name).read_text("utf-8")


def _servicenow_incident() -> Preset:
    instance = "https://<SERVICENOW_INSTANCE>.service-now.com"
    definition = {
        "name": "ServiceNow incident",
        "active": True,
        "kind": "request",
        "method": "POST",
        "url": f"{instance}/api/now/table/incident",
        "auth": {
            "type": "oauth2",
            "grant": "client_credentials",
            "token_url": f"{instance}/oauth_token.do",
            "client_id": "<SERVICENOW_CLIENT_ID>",
            "client_secret": "${env:SERVICENOW_CLIENT_SECRET}",
        },
        "body": body_of("servicenow_incident.hbs"),
        "triggers": list(names_of(Family.REQUEST)),
        "response_validators": [{"json_path": "$.result.sys_id"}],
        "success": "servicenow",
        # A ServiceNow node has four API threads by default; more at once only fills its queue.
        "limits": {"concurrency": 4},
    }
    return Preset(
        "servicenow-incident",
        "ServiceNow incident",
        "An incident for each event, readable at a glance, found by the id of the access request (correlation_id), "
        "every field within ServiceNow's lengths; OAuth 2.0 with a token that renews itself.",
        definition,
    )


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
