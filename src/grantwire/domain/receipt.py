"""Receipt: values captured from a reply and kept for the same access request.

In: the reply of a delivered attempt. Out: `sys_id`, `number` and the like, as text. Never: the whole reply.
"""

import re
from collections.abc import Mapping

from grantwire.domain.event import AccessRequestId
from grantwire.domain.value import value
from grantwire.domain.webhook import WebhookId

BUILT_IN = ("sys_id", "number", "location", "transaction_id")
_TAG = re.compile(r"\{\{(?!!).{0,1000}?\}\}", re.DOTALL)  # bounded, for a text full of {{ that never end
_IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'")
_RECEIPT = re.compile(r"(?<![\w.@/\]-])receipt(?:\.([A-Za-z_]\w*))?(?!\w)")


@value(frozen=True, slots=True)
class Receipt:
    webhook_id: WebhookId
    access_request_id: AccessRequestId
    values: Mapping[str, str]


def names_read(*sources: str | None) -> frozenset[str]:
    """What templates take from the receipt: `sys_id` for `{{ receipt.sys_id }}`."""
    return frozenset(name for source in sources if source for name in _names(source) if name)


def reads_receipt(*sources: str | None) -> bool:
    """Whether templates take anything from the receipt, or all of it."""
    return any(True for source in sources if source for _ in _names(source))


def _names(source: str) -> list[str]:
    tags = (_IN_QUOTES.sub("", tag[0]) for tag in _TAG.finditer(source))
    return [found[1] or "" for tag in tags for found in _RECEIPT.finditer(tag)]
