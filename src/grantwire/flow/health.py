"""Health: is everything well? and if not, what, and why.

In: nothing. Out: what waits, which webhooks fail or are paused, which tokens and certificates end, what failed of late.
Never: a change, or a question whose cost grows with what ended long ago.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grantwire.domain.credential import ClientCertificate
from grantwire.domain.delivery import Delivery, State
from grantwire.domain.token_end import token_end_of
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import Webhook
from grantwire.domain.webhook_hour import WebhookHour
from grantwire.flow.roster import Roster
from grantwire.ports import Backlog, Clock, DeliveryQuery, EventQuery, Store

SIGNING_KEY = "last signing key"
TOKEN, CERTIFICATE, AUTHORITY = "token", "client certificate", "authority (tls.ca)"
TOKEN_DAYS = 7  # how long before its end a token is told of
CERTIFICATE_DAYS = 30  # a new certificate takes people longer than a new token
CertificateEnd = Callable[[str], datetime | None]  # PEM text → the end of what ends first in it; None: cannot be read
LATE_SECONDS = 60.0  # an overdue delivery is late when a worker had this long to take it
RECENT = 5
MOST_COUNTED = 100_000  # of each state, some 15 ms: beyond that nobody asks for the last digit
_FAILED = frozenset({VerdictKind.RETRY, VerdictKind.GIVEN_UP, VerdictKind.TOKEN_REFUSED})


@dataclass(frozen=True, slots=True)
class Failing:
    """A webhook whose last invocation failed; `why` is told by its latest unhappy delivery, which is `delivery`."""

    webhook: Webhook
    last_at: datetime
    why: str
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class CredentialEnd:
    """`what` ends: a token, a client certificate, an authority that the webhook trusts, or the last key that signs."""

    webhook: Webhook
    what: str
    at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class Health:
    """`hours` are those of the last day, of all webhooks; `failures` the deliveries given up last."""

    webhooks: tuple[Webhook, ...]
    backlog: Backlog
    hours: Sequence[WebhookHour]
    failing: tuple[Failing, ...]
    paused: tuple[Webhook, ...]
    ends: tuple[CredentialEnd, ...]
    failures: tuple[Delivery, ...]
    has_events: bool

    @property
    def not_ended(self) -> str:
        """How many deliveries have not ended; `100,000+` where that was as far as was counted."""
        counts = self.backlog.by_state.values()
        return f"{sum(counts):,}{'+' if MOST_COUNTED in counts else ''}"

    @property
    def lines_held(self) -> int:
        """Access requests that wait behind a dead delivery; none where nothing waits behind any."""
        return self.backlog.lines_held if State.BLOCKED in self.backlog.by_state else 0

    @property
    def is_late(self) -> bool:
        return self.backlog.oldest_past_due_seconds >= LATE_SECONDS


class CheckHealth:
    def __init__(self, *, store: Store, roster: Roster, clock: Clock, certificate_end: CertificateEnd) -> None:
        self._store = store
        self._certificate_end = certificate_end
        self._roster = roster
        self._clock = clock

    async def ask(self) -> Health:
        now = self._clock.now()
        webhooks = sorted((ready.webhook for ready in self._roster.all()), key=lambda one: one.name)
        dead = await self._store.deliveries(DeliveryQuery(states=(State.DEAD,)), limit=RECENT, after=None)
        newest = await self._store.events(EventQuery(), limit=1, after=None)
        return Health(
            webhooks=tuple(webhooks),
            backlog=await self._store.backlog(now=now, most=MOST_COUNTED),
            hours=await self._store.webhook_hours(since=now - timedelta(hours=23)),
            failing=await self._failing(webhooks),
            paused=tuple(one for one in webhooks if one.active and one.paused_why is not None),
            ends=self._ends(webhooks, now),
            failures=dead.items,
            has_events=bool(newest.items),
        )

    def ends(self) -> tuple[CredentialEnd, ...]:
        """Of active webhooks: what ends soon or has ended."""
        return self._ends([ready.webhook for ready in self._roster.all()], self._clock.now())

    async def _failing(self, webhooks: Sequence[Webhook]) -> tuple[Failing, ...]:
        """Paused ones are told of as such, and inactive ones cannot fail."""
        sending = {one.id: one for one in webhooks if one.active and one.paused_why is None}
        latest = await self._store.last_hours(list(sending))
        return tuple(
            [await self._why(sending[hour.webhook_id], hour) for hour in latest if hour.last_verdict in _FAILED]
        )

    async def _why(self, webhook: Webhook, hour: WebhookHour) -> Failing:
        query = DeliveryQuery(webhook_id=webhook.id, states=(State.WAITING, State.DEAD))
        found = (await self._store.deliveries(query, limit=1, after=None)).items
        delivery = found[0] if found else None
        return Failing(webhook, hour.last_at, delivery.why if delivery else "", delivery)

    def _ends(self, webhooks: Sequence[Webhook], now: datetime) -> tuple[CredentialEnd, ...]:
        active = [one for one in webhooks if one.active]
        tokens = [(one, TOKEN, token_end_of(one), TOKEN_DAYS) for one in active]
        certificates = [(one, CERTIFICATE, self._end_of_certificate(one), CERTIFICATE_DAYS) for one in active]
        keys = [(one, SIGNING_KEY, _end_of_signing(one), CERTIFICATE_DAYS) for one in active]
        authorities = [(one, AUTHORITY, self._end_of_authority(one), CERTIFICATE_DAYS) for one in active]
        found = [
            CredentialEnd(webhook, what, at, at <= now)
            for webhook, what, at, days in (*tokens, *certificates, *authorities, *keys)
            if at is not None and at <= now + timedelta(days=days)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    def _end_of_authority(self, webhook: Webhook) -> datetime | None:
        return None if webhook.trust.ca is None else self._certificate_end(webhook.trust.ca)

    def _end_of_certificate(self, webhook: Webhook) -> datetime | None:
        credential = webhook.credential
        return self._certificate_end(credential.certificate) if isinstance(credential, ClientCertificate) else None


def _end_of_signing(webhook: Webhook) -> datetime | None:
    """When nothing signs any more; None while there is a key without an end."""
    ends = [key.until for key in webhook.signing if key.until is not None]
    return max(ends) if ends and len(ends) == len(webhook.signing) else None
