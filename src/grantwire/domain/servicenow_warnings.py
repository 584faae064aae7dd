"""ServiceNow warnings: what the Table API takes without a word and stores as something else.

In: a webhook to a ServiceNow incident table. Out: warnings with their place in the body. Never: a refusal.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from grantwire.domain.errors import Problem
from grantwire.domain.target import Method
from grantwire.domain.webhook import SuccessRule, Webhook

# Columns of `incident` that refer to another record: anything but its sys_id (32 hex characters) is cut to 32
# characters and stored as a reference to nothing.
REFERENCES = {
    "caused_by": "change_request",
    "rfc": "change_request",
    "problem_id": "problem",
    "reopened_by": "sys_user",
    "resolved_by": "sys_user",
    "opened_by": "sys_user",
    "closed_by": "sys_user",
}
_FIELD = re.compile(r'"(\w+)"\s*:\s*"((?:[^"\\{]|\\.|\{\{(?:(?!\}\}).)*\}\})*)"', re.DOTALL)
_SYS_ID = re.compile(r"[0-9a-f]{32}\Z")


def is_servicenow(webhook: Webhook) -> bool:
    return webhook.success is SuccessRule.SERVICENOW


def body_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    body = webhook.body or ""
    if not urlsplit(webhook.target.url.partition("{{")[0]).path.rstrip("/").endswith("/incident"):
        return
    for found in _FIELD.finditer(body):
        table = REFERENCES.get(found[1])
        value = found[2]
        if table is not None and value and not _SYS_ID.match(value) and "sys_id" not in value:
            yield _at(
                body,
                found.start(),
                path,
                f"{found[1]} is a reference to {table}; a name in it is stored as a broken reference.",
            )
    if webhook.target.method is Method.POST and body and '"correlation_id"' not in body:
        message = "has no correlation_id; the incidents of one access request cannot be found together."
        yield Problem(path, message, 'Add "correlation_id": "{{ data.id }}".', is_warning=True)


def _at(body: str, offset: int, path: str, message: str) -> Problem:
    line, column = body.count("\n", 0, offset) + 1, offset - body.rfind("\n", 0, offset)
    hint = "Leave it out; the description is the place for names."
    return Problem(path, message, hint, line=line, column=column, is_warning=True)
