"""Filters: the fields above a list, and what they ask for.

In: a listing, the time. Out: queries of the store, choices for the form. Never: a filter that is silently left out;
text that means nothing is refused with what would do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grantwire.domain.delivery import State
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event_search import Searched
from grantwire.domain.event_types import event_types
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.paging import Listing
from grantwire.ports import DeliveryQuery, EventQuery

EVENT_FIELDS = ("type", "requester", "integration", "request", "period", "since", "until")
DELIVERY_FIELDS = ("state", "webhook", *EVENT_FIELDS)
PERIODS: Mapping[str, tuple[str, timedelta]] = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
}
LABELS = {
    "state": "State",
    "webhook": "Webhook",
    "type": "Event type",
    "requester": "Requester",
    "integration": "Integration",
    "request": "Access request",
    "period": "Time",
    "since": "From",
    "until": "Until",
}
NOBODY = WebhookId("")  # of a name that no webhook has: nothing is found


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen; requesters and integrations can be typed as well."""

    types: Sequence[str]
    webhooks: Sequence[str]
    requesters: Sequence[str]
    integrations: Sequence[str]
    unindexed: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, in words; `link` is the list without it."""

    label: str
    value: str
    moment: datetime | None
    link: str


async def choices(flows: WebFlows, listing: Listing) -> Choices:
    is_searched = any(listing.filters.get(name) for name in ("type", "requester", "integration"))
    return Choices(
        types=tuple(event_types()),
        webhooks=tuple(webhook.name for webhook in await flows.configure.webhooks()),
        requesters=await flows.look.said(Searched.REQUESTER),
        integrations=await flows.look.said(Searched.INTEGRATION),
        unindexed=await flows.look.unindexed_events() if is_searched else 0,
    )


def delivery_query(listing: Listing, webhooks: Sequence[Webhook], *, now: datetime) -> DeliveryQuery:
    """Raises `Refused`."""
    since, until = period(listing, now=now)
    name = listing.filters.get("webhook")
    ids = {webhook.name: webhook.id for webhook in webhooks}
    return DeliveryQuery(
        webhook_id=None if name is None else ids.get(name, NOBODY),
        states=_states(listing.filters.get("state", "")),
        access_request_id=listing.filters.get("request"),
        since=since,
        until=until,
        says=_says(listing, Searched.TYPE, Searched.REQUESTER, Searched.INTEGRATION),
    )


def event_query(listing: Listing, *, now: datetime) -> EventQuery:
    """Raises `Refused`."""
    since, until = period(listing, now=now)
    return EventQuery(
        type=listing.filters.get("type"),
        access_request_id=listing.filters.get("request"),
        since=since,
        until=until,
        says=_says(listing, Searched.REQUESTER, Searched.INTEGRATION),
    )


def period(listing: Listing, *, now: datetime) -> tuple[datetime | None, datetime | None]:
    """A point in time that was typed counts more than a span."""
    since, until = _at(listing, "since"), _at(listing, "until")
    chosen = listing.filters.get("period")
    if chosen and since is None and until is None:
        if chosen not in PERIODS:
            raise _refused("period", chosen, f"Known are {', '.join(PERIODS)}.")
        since = now - PERIODS[chosen][1]
    return since, until


def chips(listing: Listing) -> list[Chip]:
    """The filters that are set."""
    return [
        Chip(
            LABELS[name],
            PERIODS[value][0] if name == "period" and value in PERIODS else value,
            _at(listing, name) if name in {"since", "until"} else None,
            listing.link(**{name: ""}),
        )
        for name, value in listing.filters.items()
    ]


def _says(listing: Listing, *dimensions: Searched) -> tuple[tuple[Searched, str], ...]:
    return tuple((one, listing.filters[one.value]) for one in dimensions if one.value in listing.filters)


def _states(text: str) -> tuple[State, ...]:
    """One, or several with commas between."""
    try:
        return tuple(State(word) for word in text.split(",") if word)
    except ValueError:
        raise _refused("state", text, f"Known are {', '.join(State)}.") from None


def _at(listing: Listing, name: str) -> datetime | None:
    """As a browser writes a date and time; in UTC."""
    text = listing.filters.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(name, text, "Write it as 2026-11-24T12:00, in UTC.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _refused(name: str, value: str, hint: str) -> Refused:
    return Refused("the list cannot be filtered so", [Problem(LABELS[name], f"{value[:80]!r} is not known.", hint)])
