"""Everything the flow asks of the outside world, on one page.

In: domain values. Out: domain values. Never: a word of any technology that fills a port.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.change import Change, RecordedChange
from grantwire.domain.credential import Credential
from grantwire.domain.delivery import Claim, Delivery, DeliveryId, Room, State
from grantwire.domain.event import AccessRequestId, Event, EventId
from grantwire.domain.event_search import Searched
from grantwire.domain.exchange import NotSent, Reply, Request
from grantwire.domain.line import Line
from grantwire.domain.page import DeliveryQuery as DeliveryQuery
from grantwire.domain.page import EventQuery as EventQuery
from grantwire.domain.page import Page as Page
from grantwire.domain.person import Person, Session
from grantwire.domain.receipt import Receipt
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.replay_step import Counted, Found, NewReplay, Step
from grantwire.domain.secret import Secret
from grantwire.domain.target import Trust
from grantwire.domain.value import value
from grantwire.domain.webhook import Timeouts, Webhook, WebhookId
from grantwire.domain.webhook_hour import WebhookHour
from grantwire.leap_port import UpkeepStore


# ── Store ────────────────────────────────────────────────────────────────────────────────────────────────
@value(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written with its event. `state` is pending, sending (born claimed: `token` and
    `lease_until` are set), held or skipped. With a `line` it waits as blocked, whatever `state` says, when an earlier
    delivery of the same webhook for this access request stands in it."""

    id: DeliveryId
    webhook_id: WebhookId
    webhook_name: str
    state: State
    why: str = ""
    token: str | None = None
    lease_until: datetime | None = None
    line: AccessRequestId | None = None


@value(frozen=True, slots=True)
class Admission:
    """An event with all its deliveries: written together or not at all."""

    event: Event
    deliveries: tuple[NewDelivery, ...]


class Arrival(StrEnum):
    """New; the same id with the same content (the first answer again); the same id with other content."""

    NEW = "new"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"


@value(frozen=True, slots=True)
class Acceptance:
    """`deliveries` are the ones on record: the new ones, or for a repeated event those of the first time."""

    arrival: Arrival
    event_id: EventId
    deliveries: tuple[NewDelivery, ...]


@value(frozen=True, slots=True)
class Settlement:
    """Everything that follows from one trip, written in one transaction. `state` is what the delivery becomes;
    `due_at` when it is due again. `uses_attempt` is false for waiting that is not failing. A dead one of a line holds
    it until `holds_line_until`; any other end lets the next one go."""

    claim: Claim
    state: State
    why: str
    settled_at: datetime
    due_at: datetime | None = None
    attempt: Attempt | None = None
    receipt: Receipt | None = None
    uses_attempt: bool = True
    is_ambiguous: bool = False
    doubt_since: datetime | None = None
    holds_line_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of what has not ended, the age of the most overdue delivery, and how many lines a dead one holds."""

    by_state: Mapping[State, int]
    oldest_past_due_seconds: float
    lines_held: int = 0


class DeliveryStore(Protocol):
    """The trip of events and deliveries. Every call is one transaction; concurrent ones share a commit.

    Raises `NotNow` when the store cannot write now (disk full, locked): then nothing was written."""

    async def accept(self, admissions: Sequence[Admission]) -> Sequence[Acceptance]:
        """Writes all admissions or none: with a conflicting one among them nothing of the call is written."""

    async def claim(self, room: Mapping[WebhookId, Room], *, now: datetime, lease_until: datetime) -> Sequence[Claim]:
        """Leases due deliveries, for each webhook named in `room` at most so many, oldest due first; includes those
        whose lease ran out (these are ambiguous). One index search per webhook: the backlog of one never costs another.
        A second only where more wait to be tried again than there is room for: first attempts are beyond them."""

    async def settle(self, settlement: Settlement) -> bool:
        """False when the lease was lost meanwhile: then only the attempt is recorded."""

    async def settle_in_line(self, settlement: Settlement) -> bool:
        """The same for a claim that stands in a line; whether the next one of it is due now."""

    async def hand_back(self, claims: Sequence[Claim]) -> None:
        """Gives leases up; the deliveries are due at once."""

    async def take_back(self, *, now: datetime) -> int:
        """Makes every claim due at once, as if its lease had run out; how many there were. For a process that knows
        itself alone with the store, at its start: what is leased then belongs to one that died."""

    async def next_due_at(self, webhook_ids: Sequence[WebhookId]) -> datetime | None:
        """When the earliest delivery of these webhooks that is pending or waits, or whose lease runs out, is due;
        None when there is none. One index search per webhook."""

    async def hold(self, webhook_id: WebhookId, *, why: str, limit: int) -> int:
        """Moves up to `limit` pending and waiting deliveries of a webhook to held; how many were moved."""

    async def release(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        """Moves up to `limit` held deliveries of a webhook to pending, oldest first; how many were moved."""

    async def expire(
        self, webhook_id: WebhookId, *, created_before: datetime, now: datetime, why: str, limit: int
    ) -> int:
        """Up to `limit` deliveries of a webhook that were made earlier, and are held, waiting or pending, become dead;
        how many. One index search for each of the three states."""

    async def retry_now(self, delivery_id: DeliveryId, *, now: datetime) -> Delivery:
        """A waiting or held delivery becomes due. Raises `Refused` for an unknown id or another state."""

    async def cancel(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        """Raises `Refused` for an unknown id, an ended delivery, or one that is being sent."""

    async def skip(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        """A dead delivery that holds its line lets it go on. Raises `Refused` for an unknown id or any other."""

    async def replay(self, replays: Sequence[NewReplay], *, now: datetime) -> Sequence[Delivery]:
        """New deliveries of the same events to the same webhooks, one for each that has ended without success. Raises
        `Refused` for an unknown id or another state; then nothing is written."""

    async def cancel_all(self, webhook_id: WebhookId, *, now: datetime, why: str, limit: int) -> int:
        """Cancels up to `limit` deliveries of a webhook that have not ended and are not being sent."""

    async def let_lines_go(self, *, now: datetime, limit: int) -> Sequence[WebhookId]:
        """Up to `limit` lines that a dead delivery has held long enough go on; the webhook of each. One index search
        when there is none."""

    async def mend_lines(self, *, after: Line | None, now: datetime, limit: int) -> tuple[Line | None, int]:
        """Looks at up to `limit` lines, one index search each, from the one behind `after` on: those with nobody in
        turn go on. Where to go on (None at the end), and how many were mended."""

    async def dissolve_lines(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        """Of a webhook that keeps no order any more: up to `limit` blocked deliveries become pending, then as many dead
        ones hold their lines no longer; how many. One index search for each when there is none."""

    async def backlog(self, *, now: datetime, most: int | None = None) -> Backlog:
        """With `most` each state is counted only so far: the time of a count grows with the number."""


class LookStore(Protocol):
    """Read-only questions."""

    async def event(self, event_id: EventId) -> Event | None: ...

    async def events(self, query: EventQuery, *, limit: int, after: str | None) -> Page[Event]:
        """Newest first."""

    async def events_named(self, event_ids: Sequence[EventId]) -> Sequence[Event]:
        """Those of up to a page's ids that there are, in no order."""

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None: ...

    async def deliveries(self, query: DeliveryQuery, *, limit: int, after: str | None) -> Page[Delivery]:
        """Newest first."""

    async def replays(self, delivery_id: DeliveryId) -> Sequence[Delivery]:
        """Those that repeat this one, oldest first."""

    async def attempts(self, delivery_id: DeliveryId) -> Sequence[Attempt]:
        """Oldest first."""

    async def attempt(self, attempt_id: AttemptId) -> Attempt | None: ...

    async def receipt(self, webhook_id: WebhookId, access_request_id: str) -> Receipt | None: ...


class ReplayStore(Protocol):
    """Jobs that send many deliveries again, each in small steps."""

    async def add_replay(self, replay: Replay) -> Replay:
        """The job that is on record under its id: this one, or an earlier one."""

    async def replay_job(self, replay_id: ReplayId) -> Replay | None: ...

    async def replay_jobs(self, *, limit: int, after: str | None) -> Page[Replay]:
        """Newest first."""

    async def open_replays(self) -> Sequence[Replay]:
        """The oldest of those that have not ended, oldest first: those that go on side by side."""

    async def count_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Counted:
        """A piece of at most about `limit` deliveries looked at, past `after`."""

    async def find_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Found:
        """At most `limit`, all of one webhook unless they are found by what they belong to; perhaps none though there
        are more behind `reached`."""

    async def step_replay(self, step: Step) -> Replay | None:
        """New deliveries and how far the job came, in one transaction; None, and nothing is written, when the job is
        not running or not where it was seen."""

    async def turn_replay(
        self, replay_id: ReplayId, state: ReplayState, *, now: datetime, why: str = "", found: int | None = None
    ) -> Replay | None:
        """Moves a job that has not ended to `state`; None when there is none."""

    async def count_due(self, webhook_id: WebhookId, *, now: datetime, most: int) -> int:
        """Deliveries of a webhook that could go out now and are not claimed yet; counted up to `most`."""


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


class KeyStore(Protocol):
    """API keys (hashes only) and cached tokens (sealed)."""

    async def api_key_names(self) -> Mapping[bytes, str]:
        """SHA-256 of each key → its name."""

    async def put_api_key(self, digest: bytes, *, name: str, now: datetime) -> None: ...

    async def token(self, cache_key: str) -> tuple[Secret, datetime] | None:
        """The cached access token and when it ends."""

    async def put_token(self, cache_key: str, token: Secret, *, ends_at: datetime) -> None: ...

    async def drop_token(self, cache_key: str) -> None: ...


class PeopleStore(Protocol):
    """Who may sign in, and where they are signed in."""

    async def has_people(self) -> bool: ...

    async def person(self, email: str) -> tuple[Person, str | None] | None:
        """The person with this address and the hash of their password; None for a password: they have none here."""

    async def put_person(self, person: Person, *, password_hash: str | None, now: datetime) -> None:
        """Creates or replaces by email address."""

    async def session(self, digest: bytes) -> Session | None:
        """By the SHA-256 of its token, whether or not it has ended."""

    async def put_session(self, digest: bytes, session: Session, *, now: datetime) -> None:
        """Sessions that have ended by now go."""

    async def drop_session(self, digest: bytes) -> None: ...


class HourStore(Protocol):
    """What each webhook's invocations of an hour came to."""

    async def roll_up(self, *, limit: int) -> int:
        """Adds up to `limit` attempts that are not counted yet to the sums of their hours, and remembers how far it
        came, in one transaction. How many were added."""

    async def webhook_hours(self, *, since: datetime, webhook_id: WebhookId | None = None) -> Sequence[WebhookHour]:
        """Of all webhooks or of one, from the hour of `since` on, oldest first."""

    async def last_hours(self, webhook_ids: Sequence[WebhookId]) -> Sequence[WebhookHour]:
        """The latest hour of each webhook that has one."""


class FactStore(Protocol):
    """What events say on the dimensions that people search by, kept beside the events by a sweep."""

    async def index_events(self, *, limit: int) -> int:
        """Adds what up to `limit` events say that are not in the index yet, and remembers how far it came, in one
        transaction. How many were added."""

    async def said(self, dimension: Searched, *, limit: int) -> Sequence[str]:
        """Values that events gave so far, in the order of the alphabet; names and addresses, no ids."""

    async def unindexed_events(self) -> int:
        """How many events the index is behind."""


class Store(
    DeliveryStore,
    LookStore,
    ReplayStore,
    WebhookStore,
    KeyStore,
    PeopleStore,
    HourStore,
    FactStore,
    UpkeepStore,
    Protocol,
):
    """The truth."""

    async def check(self) -> None:
        """Raises `NotNow` when the store cannot be read and written."""

    async def close(self) -> None: ...


# ── the way out ──────────────────────────────────────────────────────────────────────────────────────────
class Sender(Protocol):
    async def send(self, request: Request, timeouts: Timeouts, credential: Credential, trust: Trust) -> Reply:
        """One HTTP exchange; never raises for what the network does. `credential` matters only for a client
        certificate; headers are already in the request. `trust`: whose word on the target's identity counts."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Headers to add to a request; all of them secret."""

    headers: tuple[tuple[str, str], ...]
    can_refresh: bool = False


class Credentials(Protocol):
    async def authorise(self, credential: Credential) -> Authorisation | NotSent:
        """A fresh enough token, from the cache where there is one. One fetch at a time however many ask."""

    def resolve(self, secret: Secret) -> str | NotSent:
        """The text of a secret, its `${env:…}` and `${file:…}` references looked up; for secret header rows."""

    async def renew(self, credential: Credential, *, refused: Authorisation) -> Authorisation | NotSent:
        """After a 401: fetches anew unless another trip already did; the same token again is still an answer."""

    def for_a_person(self) -> "Credentials":
        """The same ones, for somebody who tries out whether it works now, and may have mended what was refused: a
        refusal of before is no answer, so the token endpoint is asked anew, at most once every couple of seconds for
        each credential. A refusal that a person meets does not lengthen the wait of the deliveries; a token that a
        person gets ends it."""


class Sealer(Protocol):
    """Text that only this installation opens. Sealed for one thing (`bound_to`), it does not open as another."""

    def seal(self, text: str, bound_to: str) -> str: ...

    def open(self, sealed: str, bound_to: str) -> str:
        """Raises `Broken` for text that was not sealed here, or for something else."""


class Ed25519(Protocol):
    """RFC 8032; a key is its seed of 32 bytes."""

    def sign(self, seed: bytes, content: bytes) -> bytes: ...

    def public_key(self, seed: bytes) -> bytes: ...


class Passwords(Protocol):
    """Slow on purpose, off the loop."""

    async def hash(self, password: Secret) -> str: ...

    async def is_right(self, password: Secret, password_hash: str | None) -> bool:
        """None takes as long as any other and is never right."""


# ── time, chance, bell, facts ────────────────────────────────────────────────────────────────────────────
class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps."""

    async def wait(self, seconds: float) -> None: ...


class Dice(Protocol):
    def roll(self) -> float:
        """In [0, 1)."""

    def new_id(self, prefix: str, now: datetime) -> str:
        """Unique, sortable by time within this process: `evt_…`."""

    def token(self) -> str:
        """Unguessable text for a lease, 22 characters or more."""

    def octets(self, count: int) -> bytes:
        """Unguessable bytes, for a key."""


class Doorbell(Protocol):
    """Wakes a worker; may lose or double a ring."""

    def ring(self) -> None: ...

    async def wait(self, seconds: float) -> None:
        """Returns at a ring or after so many seconds."""


class Observer(Protocol):
    def note(self, fact: str, **facts: object) -> None:
        """A fact by name (`delivery.attempted`), ids, durations in ms, verdict, why. Never a secret."""
