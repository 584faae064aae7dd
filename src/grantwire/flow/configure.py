"""Configure: webhooks are created, changed, paused, resumed and deleted.

In: definitions as people write them. Out: the webhook as it now is; the roster follows every change.
Never: a delivery dropped because of a change; they are held, released or cancelled, each with its reason.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from grantwire.domain.allowance import Allowance
from grantwire.domain.change import GRANTWIRE, RecordedChange, change_of
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.definition_warnings import definition_warnings
from grantwire.domain.delivery import WEBHOOK_DELETED
from grantwire.domain.errors import NotNow, Problem, Refusal, Refused
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.webhook import Order, Webhook, WebhookId
from grantwire.flow.roster import Roster
from grantwire.ports import Clock, Dice, Observer, Page, Store
from grantwire.steps.admit import why_held

STORE_WAIT_SECONDS = 1.0
BEING_DELETED = "it is being deleted"
STEP = 500  # deliveries moved per transaction: small enough that accepts in between do not wait


class Certificates(Protocol):
    """Looks into the client certificate of a webhook and into the authorities it trusts."""

    def problems(self, webhook: Webhook, *, path: str) -> Iterable[Problem]:
        """What is written out and cannot be used; `path` is put before the paths."""

    def warnings(self, webhook: Webhook, *, now: datetime) -> Iterable[Problem]:
        """What has ended or ends soon, and what stands behind a reference and cannot be used now."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A webhook after a change; `is_new` when the change made it."""

    webhook: Webhook
    is_new: bool


class Configure:
    """`by` says who asks, for the history: the email address of a person, an API key by its name, or Grantwire."""

    def __init__(
        self,
        *,
        store: Store,
        roster: Roster,
        allowance: Allowance,
        clock: Clock,
        dice: Dice,
        observer: Observer,
        certificates: Certificates | None = None,
    ) -> None:
        """Without `certificates` nobody looks into them until they are used."""
        self._store = store
        self._roster = roster
        self._allowance = allowance
        self._clock = clock
        self._dice = dice
        self._observer = observer
        self._certificates = certificates
        self._switched: asyncio.Queue[WebhookId] = asyncio.Queue()

    async def load(self) -> None:
        """Reads all webhooks into the roster: at start, and after every change."""
        self._roster.replace(await self._store.webhooks())

    async def webhooks(self) -> tuple[Webhook, ...]:
        return tuple(sorted((ready.webhook for ready in self._roster.all()), key=lambda webhook: webhook.name))

    async def webhook(self, name: str) -> Webhook:
        """Raises `Refused` (not found)."""
        ready = self._roster.named(name)
        if ready is None:
            known = ", ".join(sorted(r.webhook.name for r in self._roster.all())) or "none yet"
            raise Refused(
                f"there is no webhook named {name!r}",
                [Problem("name", f"known names: {known}.")],
                why=Refusal.NOT_FOUND,
            )
        return ready.webhook

    def named(self, name: str) -> Webhook | None:
        ready = self._roster.named(name)
        return None if ready is None else ready.webhook

    def name_of(self, webhook_id: WebhookId) -> str:
        """Its id where it is gone."""
        ready = self._roster.get(webhook_id)
        return webhook_id if ready is None else ready.webhook.name

    def webhook_of(self, webhook_id: WebhookId) -> Webhook:
        """Raises `Refused` (not found)."""
        ready = self._roster.get(webhook_id)
        if ready is None:
            problem = Problem("", f"There is no webhook with the id {webhook_id!r:.60}.", "It may have been deleted.")
            raise Refused("there is no such webhook", [problem], why=Refusal.NOT_FOUND)
        return ready.webhook

    def read_like(self, raw: Mapping[str, Any], like: Webhook | None) -> Webhook:
        """The same for a change of a saved webhook: a secret given as the mask is the one that `like` has."""
        return self.read(raw if like is None else fill_masked(raw, shown(like, reveal)))

    def read(self, raw: object, *, path: str = "") -> Webhook:
        """A definition as a webhook that is not saved: for a test before saving. Raises `Refused`."""
        now = self._clock.now()
        id_ = WebhookId(self._dice.new_id("whk", now))
        return read_definition(raw, id=id_, allowance=self._allowance, path=path, inspect=self._inspect)

    def _inspect(self, webhook: Webhook, path: str) -> Iterable[Problem]:
        return () if self._certificates is None else self._certificates.problems(webhook, path=path)

    def warnings(self, webhook: Webhook) -> tuple[Problem, ...]:
        """What is allowed and most likely not meant, as of now."""
        now = self._clock.now()
        ends = () if self._certificates is None else self._certificates.warnings(webhook, now=now)
        return (*definition_warnings(webhook, now=now), *ends)

    async def create(self, raw: object, *, by: str = GRANTWIRE) -> Webhook:
        """Raises `Refused`: problems of the definition, or a name that is taken."""
        return await self._put(None, self.read(raw), expected_version=0, by=by)

    async def create_like(self, raw: Mapping[str, Any], like: Webhook | None, *, by: str) -> Webhook:
        """The same for a duplicate: a secret given as the mask is the one that `like` has."""
        return await self._put(None, self.read_like(raw, like), expected_version=0, by=by)

    async def put(
        self, name: str, raw: Mapping[str, Any], *, expected_version: int | None, by: str = GRANTWIRE
    ) -> Saved:
        """Creates or replaces by name. A secret given as the mask keeps the value it has."""
        known = self._roster.named(name)
        if known is None:
            if expected_version:
                raise Refused(f"there is no webhook named {name!r}", why=Refusal.PRECONDITION_FAILED)
            return Saved(await self.create({"name": name, **raw}, by=by), is_new=True)
        old = known.webhook
        fresh = read_definition(
            fill_masked({"name": name, **raw}, shown(old, reveal)),
            id=old.id,
            allowance=self._allowance,
            version=old.version,
            inspect=self._inspect,
        )
        fresh = replace(fresh, paused_why=old.paused_why, release_per_minute=old.release_per_minute)
        saved = await self._put(old, fresh, expected_version=expected_version, by=by)
        if (saved.active, saved.order) != (old.active, old.order):
            self._switched.put_nowait(saved.id)
        return Saved(saved, is_new=False)

    async def patch(
        self, name: str, changes: Mapping[str, Any], *, expected_version: int | None, by: str = GRANTWIRE
    ) -> Webhook:
        """JSON Merge Patch (RFC 7396) over the definition."""
        old = await self.webhook(name)
        merged = merge(shown(old, reveal), changes)
        saved = await self.put(name, merged, expected_version=expected_version or old.version, by=by)
        return saved.webhook

    async def delete(self, name: str, *, by: str = GRANTWIRE) -> None:
        """What waits or is held is cancelled, then the webhook goes."""
        webhook = await self.webhook(name)
        await self._store_as(replace(webhook, paused_why=BEING_DELETED))
        now = self._clock.now()
        while await self._store.cancel_all(webhook.id, now=now, why=WEBHOOK_DELETED, limit=STEP):
            pass
        await self._store.delete_webhook(webhook.id, now=now, change=change_of(webhook, None, by=by))
        self._observer.note("webhook.deleted", webhook=name)
        await self.load()

    async def pause(self, webhook_id: WebhookId, why: str, *, by: str = GRANTWIRE) -> None:
        """Holds everything of the webhook until it is resumed. Paused already: the first reason stays."""
        ready = self._roster.get(webhook_id)
        if ready is None or ready.webhook.paused_why is not None:
            return
        paused = replace(ready.webhook, paused_why=why, release_per_minute=None)
        webhook = await self._put(ready.webhook, paused, expected_version=None, by=by)
        self._observer.note("webhook.paused", webhook=webhook.name, why=why)
        self._switched.put_nowait(webhook.id)

    async def resume(self, webhook_id: WebhookId, *, per_minute: int | None = None, by: str = GRANTWIRE) -> None:
        """Releases what was held, oldest first: at once, or so many in any minute, beside new events. Again, while it
        is releasing: at another rate, or all the rest at once."""
        ready = self._roster.get(webhook_id)
        if ready is None or (ready.webhook.paused_why is None and ready.webhook.release_per_minute is None):
            return
        resumed = replace(ready.webhook, paused_why=None, release_per_minute=per_minute)
        webhook = await self._put(ready.webhook, resumed, expected_version=None, by=by)
        self._observer.note("webhook.resumed", webhook=webhook.name, per_minute=per_minute)
        self._switched.put_nowait(webhook.id)

    async def released(self, webhook_id: WebhookId) -> None:
        """Nothing is held any more. Raises `Refused` when somebody changed the webhook at this moment."""
        ready = self._roster.get(webhook_id)
        if ready is None or ready.webhook.release_per_minute is None:
            return
        whole = replace(ready.webhook, release_per_minute=None)
        await self._store.put_webhook(whole, expected_version=whole.version, now=self._clock.now())
        self._observer.note("webhook.released", webhook=whole.name)
        await self.load()

    # ── what a switch moves, in the background: a million deliveries take a while ──
    async def run(self) -> None:
        """Follows every switch for as long as the process lives."""
        while True:
            webhook_id = await self._switched.get()
            try:
                await self._move(webhook_id)
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                self._switched.put_nowait(webhook_id)
                await self._clock.wait(STORE_WAIT_SECONDS)

    async def catch_up(self) -> None:
        """Everything that was switched so far, moved when this returns."""
        while not self._switched.empty():
            await self._move(self._switched.get_nowait())

    def resume_moves(self) -> None:
        """At start: what a crash cut short is taken up again."""
        for ready in self._roster.all():
            self._switched.put_nowait(ready.webhook.id)

    async def _move(self, webhook_id: WebhookId) -> None:
        """Holds or releases in small steps, by what the webhook is at each step."""
        moved = 1
        while moved:
            ready = self._roster.get(webhook_id)
            if ready is None:
                return
            why = why_held(ready.webhook)
            if why is not None:
                moved = await self._store.hold(webhook_id, why=why, limit=STEP)
            elif ready.webhook.release_per_minute is not None:  # at that rate (`release`)
                moved = 0
            else:
                moved = await self._store.release(webhook_id, due_at=self._clock.now(), limit=STEP)
                self._roster.tell()
            if ready.webhook.order is Order.NONE:
                moved += await self._store.dissolve_lines(webhook_id, due_at=self._clock.now(), limit=STEP)

    async def changes(self, webhook_id: WebhookId, *, limit: int, after: str | None = None) -> Page[RecordedChange]:
        """Newest first."""
        return await self._store.webhook_changes(webhook_id, limit=limit, after=after)

    async def _put(self, old: Webhook | None, new: Webhook, *, expected_version: int | None, by: str) -> Webhook:
        change = change_of(old, new, by=by)
        saved = await self._store.put_webhook(
            new, expected_version=expected_version, now=self._clock.now(), change=change
        )
        self._observer.note("webhook.saved", webhook=saved.name, version=saved.version)
        await self.load()
        return saved

    async def _store_as(self, webhook: Webhook) -> None:
        """Without a place in the history: a step on the way."""
        await self._store.put_webhook(webhook, expected_version=None, now=self._clock.now())
        await self.load()


def shown(webhook: Webhook, show: Callable[[Secret], object]) -> dict[str, Any]:
    return write_definition(webhook, show=show)


def masked(secret: Secret) -> object:
    """How a secret is shown: its reference where it is one, else the mask."""
    return secret.reveal() if secret.is_reference else MASK


def reveal(secret: Secret) -> object:
    return secret.reveal()


def fill_masked(given: Any, known: Any) -> Any:
    """Where a person sent back the mask they were shown, the value it stands for; the rest as given."""
    if isinstance(given, str) and given == MASK and known is not None:
        return known
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        return {key: fill_masked(value, known.get(key)) for key, value in given.items()}
    if isinstance(given, list) and isinstance(known, list | Mapping):
        rows = known if isinstance(known, list) else [{"name": key, "value": value} for key, value in known.items()]
        return [fill_masked(row, _row_like(row, rows)) for row in given]
    return given


def _row_like(row: Any, known: list[Any]) -> Any:
    """The header row of the same name, or the signing key of the same id, wherever it stands now, and whether headers
    were a map or rows before."""
    name = _name_of(row)
    return None if name is None else next((other for other in known if _name_of(other) == name), None)


def _name_of(row: Any) -> str | None:
    """None for what is neither a row of headers nor a signing key: a trigger, a response validator."""
    name = row.get("name", row.get("id")) if isinstance(row, Mapping) else None
    return name.lower() if isinstance(name, str) else None


def merge(base: Any, changes: Any) -> Any:
    """RFC 7396: objects merge, null removes, everything else replaces."""
    if not isinstance(changes, Mapping):
        return changes
    merged = dict(base) if isinstance(base, Mapping) else {}
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged
