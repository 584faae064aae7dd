"""ServiceNow warnings: what a webhook to an incident table had better have.

In: a webhook. Out: warnings. Never: a refusal, or a look into templates (the columns are checked with the body).
"""

from collections.abc import Iterator

from grantwire.domain.definition_templates import is_incident_table
from grantwire.domain.errors import Problem
from grantwire.domain.target import Method
from grantwire.domain.webhook import SuccessRule, Webhook


def is_servicenow(webhook: Webhook) -> bool:
    return webhook.success is SuccessRule.SERVICENOW


def body_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    body = webhook.body or ""
    if not is_incident_table(webhook.target.url):
        return
    if webhook.target.method is Method.POST and body and '"correlation_id"' not in body:
        message = "has no correlation_id, so an incident whose answer was lost cannot be asked for."
        yield Problem(path, message, 'Add "correlation_id": "{{ event_id }}", and reconcile.', is_warning=True)
