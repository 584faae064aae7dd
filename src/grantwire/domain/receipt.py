"""Receipt: values captured from a reply and kept for the same access request.

In: the reply of a delivered attempt. Out: `sys_id`, `number` and the like, as text. Never: the whole reply.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from grantwire.domain.event import AccessRequestId
from grantwire.domain.webhook import WebhookId


@dataclass(frozen=True, slots=True)
class Receipt:
    webhook_id: WebhookId
    access_request_id: AccessRequestId
    values: Mapping[str, str]
