"""Announce: what happens to a webhook becomes an event that other webhooks carry.

In: outcomes of trips, breakers that open, webhooks that are paused, credentials that end. Out: operational events, by
the door that all events take. Never: an event about a webhook to that webhook, one that nobody wants, the same episode
told twice; a trip that waits for any of it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from grantwire.domain.decode_event import read_event
from grantwire.domain.delivery import State
from grantwire.domain.errors import NotNow, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.operational import Operational, operational_envelope
from grantwire.domain.trouble import Trouble
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.flow.configure import BEING_DELETED
from grantwire.flow.health import CredentialEnd
from grantwire.flow.roster import Roster
from grantwire.flow.sweep import sweep_forever
from grantwire.ports import Clock, Dice, EventQuery, LookStore, Observer, Settlement

STORE_WAIT_SECONDS = 1.0
CREDENTIALS_EVERY_SECONDS = 3600.0
REMEMBERED = timedelta(days=30)  # how far back an episode is looked for at a start
LOOKED_AT = 500  # events of a kind that a start looks at

Accept = Callable[[Sequence[Event]], Awaitable[object]]
_News = tuple[Operational, WebhookId, str]


class Announce:
    """`note_…` and the roster only put news into a queue; `run` raises the events. What was told is remembered in the
    events themselves: `remember` reads them at a start."""

    def __init__(self, *, store: LookStore, roster: Roster, clock: Clock, dice: Dice, observer: Observer) -> None:
        self._store = store
        self._roster = roster
        self._clock = clock
        self._dice = dice
        self._observer = observer
        self._troubles: dict[WebhookId, Trouble] = {}
        self._paused: frozenset[WebhookId] | None = None
        self._news: asyncio.Queue[_News] = asyncio.Queue()
        roster.listen(self._follow_roster)

    # ── what is noticed ──
    def note_settled(self, settlement: Settlement) -> None:
        """After each trip; costs one look while a webhook has no trouble."""
        webhook_id = settlement.claim.webhook_id
        if settlement.state is State.DELIVERED:
            if webhook_id in self._troubles:
                self._note_delivered(webhook_id)
        elif settlement.attempt is not None and settlement.uses_attempt:
            self._note_failed(webhook_id, settlement.why)

    def _note_failed(self, webhook_id: WebhookId, why: str) -> None:
        now, trouble = self._clock.now(), self._trouble(webhook_id).failed()
        if trouble.is_failing_to_tell(now) and self._is_wanted(Operational.FAILING, webhook_id):
            trouble = trouble.failing_told(now)
            words = f"{trouble.in_a_row} attempts failed in a row. The last one: {why}"
            self._news.put_nowait((Operational.FAILING, webhook_id, words))
        self._troubles[webhook_id] = trouble

    def _note_delivered(self, webhook_id: WebhookId) -> None:
        before = self._troubles[webhook_id]
        if before.is_told:
            self._news.put_nowait((Operational.RECOVERED, webhook_id, "It delivers again."))
        if not before.is_over:
            self._troubles[webhook_id] = before.delivered()

    def note_opened(self, webhook_ids: Iterable[WebhookId], why: str) -> None:
        """The target of these was found down: those of them that met it are told of at once."""
        now = self._clock.now()
        for webhook_id in webhook_ids:
            trouble = self._trouble(webhook_id)
            is_due = trouble.is_failing_to_tell(now, is_target_open=True)
            if is_due and self._is_wanted(Operational.FAILING, webhook_id):
                self._troubles[webhook_id] = trouble.failing_told(now)
                words = f"Its target is down and left alone until it answers again. The last fault: {why}"
                self._news.put_nowait((Operational.FAILING, webhook_id, words))

    def _follow_roster(self) -> None:
        """A pause is noticed whoever made it. What was paused when the process started is no news."""
        webhooks = [ready.webhook for ready in self._roster.all()]
        paused = {one.id: one for one in webhooks if one.paused_why not in {None, BEING_DELETED}}
        before, self._paused = self._paused, frozenset(paused)
        for webhook in paused.values():
            if before is not None and webhook.id not in before:
                self._note_paused(webhook)

    def _note_paused(self, webhook: Webhook) -> None:
        now, trouble = self._clock.now(), self._trouble(webhook.id)
        if trouble.is_pause_to_tell(now) and self._is_wanted(Operational.PAUSED, webhook.id):
            self._troubles[webhook.id] = trouble.pause_told(now)
            words = f"It is paused and holds its deliveries until a person resumes it: {webhook.paused_why}"
            self._news.put_nowait((Operational.PAUSED, webhook.id, words))

    def _trouble(self, webhook_id: WebhookId) -> Trouble:
        return self._troubles.get(webhook_id, Trouble())

    def _is_wanted(self, kind: Operational, about: WebhookId) -> bool:
        return any(ready.webhook.active and ready.webhook.id != about for ready in self._roster.concerning(kind))

    # ── what is raised ──
    async def run(self, accept: Accept) -> None:
        """For as long as the process lives."""
        while True:
            await self.tell_next(accept)

    async def tell_next(self, accept: Accept) -> None:
        """Waits for news, and raises the event."""
        kind, webhook_id, words = await self._news.get()
        ready = self._roster.get(webhook_id)
        if ready is not None:
            event_id = EventId(self._dice.new_id("evt", self._clock.now()))
            await self._raise(accept, kind, ready.webhook, words, event_id=event_id)

    async def watch_credentials(self, accept: Accept, ends: Callable[[], Sequence[CredentialEnd]]) -> None:
        """For as long as the process lives."""
        await sweep_forever(
            lambda: self.tell_ends(accept, ends()),
            rest_seconds=CREDENTIALS_EVERY_SECONDS,
            clock=self._clock,
            observer=self._observer,
        )

    async def tell_ends(self, accept: Accept, ends: Iterable[CredentialEnd]) -> None:
        """Each end once: the id of its event follows from the webhook, the credential and the time."""
        for end in ends:
            webhook, what = end.webhook, end.what.replace(" ", "-")
            event_id = EventId(f"{Operational.EXPIRING}:{webhook.id}:{what}:{end.at:%Y%m%dT%H%M%SZ}")
            if self._is_wanted(Operational.EXPIRING, webhook.id) and await self._store.event(event_id) is None:
                words = f"Its {end.what} {'ended' if end.is_over else 'ends'} at {end.at:%Y-%m-%d %H:%M} UTC."
                await self._raise(accept, Operational.EXPIRING, webhook, words, event_id=event_id)

    async def _raise(
        self, accept: Accept, kind: Operational, webhook: Webhook, words: str, *, event_id: EventId
    ) -> None:
        now = self._clock.now()
        envelope = operational_envelope(kind, webhook, words, at=now)
        event = _event_of(envelope, event_id=event_id, now=now)
        while True:
            try:
                await accept([event])
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                await self._clock.wait(STORE_WAIT_SECONDS)
            except Refused as reason:  # told already, in other words
                self._observer.note("webhook.not_announced", webhook=webhook.name, why=reason.title)
                return
            else:
                self._observer.note("webhook.announced", webhook=webhook.name, type=kind.value, event=event.id)
                return

    # ── after a restart ──
    async def remember(self) -> None:
        """Episodes that were told and not ended, from the events on record."""
        since = self._clock.now() - REMEMBERED
        told: list[Event] = []
        for kind in (Operational.FAILING, Operational.PAUSED, Operational.RECOVERED):
            query = EventQuery(type=kind.value, since=since)
            told += (await self._store.events(query, limit=LOOKED_AT, after=None)).items
        for event in sorted(told, key=lambda one: (one.accepted_at, one.id)):
            if event.is_payload_removed:  # nothing says any more which webhook it is about
                continue
            webhook_id = WebhookId(str(event.document()["data"].get("id")))
            if self._roster.get(webhook_id) is not None:
                self._troubles[webhook_id] = _after(self._trouble(webhook_id), event)


def _after(trouble: Trouble, event: Event) -> Trouble:
    match event.type:
        case Operational.FAILING:
            return trouble.failing_told(event.accepted_at)
        case Operational.PAUSED:
            return trouble.pause_told(event.accepted_at)
        case _:
            return trouble.delivered()


def _event_of(envelope: dict[str, Any], *, event_id: EventId, now: datetime) -> Event:
    body = json.dumps(envelope, ensure_ascii=False).encode()
    return read_event(envelope, body=body, accepted_at=now, new_id=lambda: event_id)
