"""Webhooks of the rounds: one incident for each event, which carries the event's id, so that the sandbox can count.

In: the address of the sandbox. Out: definitions. Never: a schedule that makes a round wait.
"""

import json
from typing import Any

from grantwire.presets.catalog import by_name

RETRY = {"attempts": 100, "max_age_hours": 24, "schedule_seconds": [0.1, 0.2, 0.4]}
# `{ORIGIN}` stands for the address of the target.
RECONCILE = {
    "method": "GET",
    "url": "{ORIGIN}/api/now/table/incident?sysparm_query=correlation_id={{id}}"
    "&sysparm_fields=sys_id,number,correlation_id&sysparm_limit=2",
    "match": "$.result[*].correlation_id",
    "equals": "{{ id }}",
    "captures": {"sys_id": "$.sys_id", "number": "$.number"},
    "wait_seconds": 4,  # the sandbox is late by half a second beyond the webhook's own two
}
BODY = """{
  "short_description": "{{ event_type }} {{ id }}",
  "correlation_id": "{{ id }}",
  "correlation_display": "{{ data.id }}"
}"""
TRIGGERS = ["RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired"]


def oauth(sandbox_url: str) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "grant": "client_credentials",
        "token_url": f"{sandbox_url}/oauth_token.do",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }


def an_incident_for_each_event(sandbox_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "request",
        "method": "POST",
        "url": f"{sandbox_url}/api/now/table/incident",
        "auth": oauth(sandbox_url),
        "body": BODY,
        "triggers": TRIGGERS,
        "timeout_seconds": 2,
        "retry": RETRY,
        **{name: _at(value, sandbox_url) for name, value in changes.items()},
    }


def an_incident_for_each_request(sandbox_url: str, **changes: Any) -> dict[str, Any]:
    """The preset, with questions that wait no longer than a round has time for."""
    text = json.dumps(by_name()["servicenow-request"].definition)
    definition: dict[str, Any] = json.loads(text.replace("https://<SERVICENOW_INSTANCE>.service-now.com", sandbox_url))
    questions = [definition["reconcile"], *(action["reconcile"] for action in definition["actions"].values())]
    for question in questions:
        question["wait_seconds"] = RECONCILE["wait_seconds"]
    del definition["name"]
    return definition | {"timeout_seconds": 2, "retry": RETRY} | changes


def _at(value: Any, origin: str) -> Any:
    if isinstance(value, str):
        return value.replace("{ORIGIN}", origin)
    return {name: _at(inner, origin) for name, inner in value.items()} if isinstance(value, dict) else value
