"""Webhooks: the table of them all.

In: what to search for, and the order. Out: the table. Never: a change (see `webhook_actions`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import get

from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.domain.webhook_hour import WebhookHour, success_rate
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.invocation import VERDICTS
from grantwire.edges.web.page import page
from grantwire.edges.web.paging import Listing, listing_of
from grantwire.edges.web.words import webhook_status
from grantwire.ports import Page as StorePage

PAGE = 100
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """`delivered` and `failed` count the invocations of the last 24 hours; `last` is the latest hour with any."""

    webhook: Webhook
    delivered: int
    failed: int
    last: WebhookHour | None

    @property
    def status(self) -> str:
        return webhook_status(self.webhook)

    @property
    def rate(self) -> float | None:
        return success_rate(self.delivered, self.failed)

    @property
    def last_words(self) -> str:
        return VERDICTS[self.last.last_verdict][0] if self.last else ""

    @property
    def last_at(self) -> datetime:
        return self.last.last_at if self.last else _NEVER


# The orders of the table; each is turned round with a minus before its name.
SORTS: Mapping[str, Callable[[Row], Any]] = {
    "name": lambda row: row.webhook.name.casefold(),
    "kind": lambda row: row.webhook.kind,
    "status": lambda row: row.status,
    "last": lambda row: row.last_at,
    "success": lambda row: 2.0 if row.rate is None else row.rate,
}


@get("/webhooks")
async def list_webhooks(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    listing = listing_of(request, "q", "sort")
    webhooks = await flows.configure.webhooks()
    latest = {hour.webhook_id: hour for hour in await flows.roll_up.latest([one.id for one in webhooks])}
    sums = _sums(await flows.roll_up.hours(days=1))
    rows = [Row(one, *sums.get(one.id, (0, 0)), latest.get(one.id)) for one in webhooks]
    found = _page_of(_sorted(_searched(rows, listing.filters.get("q", "")), listing), listing)
    return page(request, visit, "webhooks/list.html", found=found, listing=listing, is_empty=not webhooks)


def _sums(hours: Iterable[WebhookHour]) -> Mapping[WebhookId, tuple[int, int]]:
    sums: dict[WebhookId, tuple[int, int]] = {}
    for hour in hours:
        delivered, failed = sums.get(hour.webhook_id, (0, 0))
        sums[hour.webhook_id] = (delivered + hour.delivered, failed + hour.failed)
    return sums


def _searched(rows: Iterable[Row], words: str) -> list[Row]:
    """Every word must be found somewhere in a row."""
    wanted = words.casefold().split()
    return [row for row in rows if all(word in _text_of(row) for word in wanted)]


def _text_of(row: Row) -> str:
    webhook = row.webhook
    parts = (webhook.name, webhook.kind, row.status, webhook.target.method, webhook.target.url, *webhook.triggers)
    return " ".join(parts).casefold()


def _sorted(rows: list[Row], listing: Listing) -> list[Row]:
    asked = listing.filters.get("sort", "name")
    order = SORTS.get(asked.removeprefix("-"), SORTS["name"])
    return sorted(rows, key=order, reverse=asked.startswith("-"))


def _page_of(rows: Sequence[Row], listing: Listing) -> StorePage[Row]:
    start = int(listing.after) if listing.after and listing.after.isdecimal() else 0
    after = str(start + PAGE) if len(rows) > start + PAGE else None
    return StorePage(tuple(rows[start : start + PAGE]), after)


def routes() -> list[object]:
    return [list_webhooks]
