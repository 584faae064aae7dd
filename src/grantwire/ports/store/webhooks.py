"""What the configuring of webhooks asks of the store.

In: webhooks and who changed them. Out: webhooks and their history. Never: a secret written as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from grantwire.domain.change import Change, RecordedChange
from grantwire.domain.page import Page
from grantwire.domain.webhook import Webhook, WebhookId


class WebhookStore(Protocol):
    """Webhooks, with secrets sealed by the store's vault before they are written."""

    async def webhooks(self) -> Sequence[Webhook]:
        """All, by name."""

    async def put_webhook(
        self, webhook: Webhook, *, expected_version: int | None, now: datetime, change: Change | None = None
    ) -> Webhook:
        """Creates (`expected_version` 0), replaces (that version) or either (None); answers with the new version.
        `change` goes on record in the same transaction.
        Raises `Refused`: a name that is taken, another version than expected, a webhook that is gone."""

    async def delete_webhook(
        self, webhook_id: WebhookId, *, now: datetime | None = None, change: Change | None = None
    ) -> None:
        """`change`, with `now`, goes on record in the same transaction."""

    async def webhook_changes(
        self, webhook_id: WebhookId, *, limit: int, after: str | None = None
    ) -> Page[RecordedChange]:
        """Newest first."""
