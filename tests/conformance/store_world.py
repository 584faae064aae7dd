"""What the suite of the Store port works with: a still clock, builders with every default, stores that can crash."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from grantwire.adapters.dice import SystemDice
from grantwire.adapters.store.open import open_store
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Claim, DeliveryId, Room, State
from grantwire.domain.event import AccessRequestId, Event, EventId, Family
from grantwire.domain.exchange import Reply, Request, Response, Timings
from grantwire.domain.receipt import Receipt
from grantwire.domain.target import Method, Origin, Target
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.ports import Acceptance, Admission, NewDelivery, Settlement, Store

START = datetime(2026, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
WEBHOOK = WebhookId("whk_1")
OTHER_WEBHOOK = WebhookId("whk_2")
LEASE = timedelta(seconds=60)


class StillClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return (self._now - START).total_seconds()

    async def wait(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


class StoreWorld:
    """A folder with a store in it that may be opened, closed and crashed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = StillClock()
        self.dice = SystemDice()
        self.vault = open_vault(folder / "grantwire.key")
        self._crashed: list[Store] = []
        self.store: Store = None  # type: ignore[assignment]

    @property
    def path(self) -> Path:
        return self.folder / "grantwire.db"

    async def open(self) -> Store:
        self.store = await open_store(self.path, vault=self.vault, clock=self.clock, dice=self.dice)
        return self.store

    async def crash(self) -> Store:
        """The store is left as it is, without a close, and opened again by somebody else."""
        self._crashed.append(self.store)
        return await self.open()

    async def close(self) -> None:
        for store in [*self._crashed, self.store]:
            await store.close()

    # ── builders ─────────────────────────────────────────────────────────────────────────────────────────
    def event(self, event_id: str | None = None, **fields: Any) -> Event:
        event_id = event_id or self.dice.new_id("evt", self.clock.now())
        data = {"event_type": "RequestCreated", "data": {"id": fields.get("access_request_id", "ar-1")}}
        body = fields.pop("body", msgspec.json.encode(data))
        defaults: dict[str, Any] = {
            "type": "RequestCreated",
            "family": Family.REQUEST,
            "occurred_at": self.clock.now() - timedelta(seconds=1),
            "accepted_at": self.clock.now(),
            "access_request_id": AccessRequestId("ar-1"),
        }
        return Event(id=EventId(event_id), envelope=msgspec.json.decode(body), body=body, **(defaults | fields))

    def delivery(self, state: State = State.PENDING, webhook_id: WebhookId = WEBHOOK, **fields: Any) -> NewDelivery:
        is_born_claimed = state is State.SENDING
        defaults: dict[str, Any] = {
            "id": DeliveryId(self.dice.new_id("dlv", self.clock.now())),
            "webhook_name": f"name of {webhook_id}",
            "token": self.dice.token() if is_born_claimed else None,
            "lease_until": self.clock.now() + LEASE if is_born_claimed else None,
        }
        return NewDelivery(webhook_id=webhook_id, state=state, **(defaults | fields))

    def admission(self, *deliveries: NewDelivery, **event: Any) -> Admission:
        return Admission(self.event(**event), deliveries)

    async def accept(self, *deliveries: NewDelivery, **event: Any) -> Acceptance:
        [acceptance] = await self.store.accept([self.admission(*deliveries, **event)])
        return acceptance

    async def accepted(self, state: State = State.PENDING, webhook_id: WebhookId = WEBHOOK, **event: Any) -> DeliveryId:
        """The id of the one delivery of a new event."""
        acceptance = await self.accept(self.delivery(state, webhook_id), **event)
        return acceptance.deliveries[0].id

    async def claim(self, limit: int = 10, *webhook_ids: WebhookId) -> Sequence[Claim]:
        now = self.clock.now()
        room = dict.fromkeys(webhook_ids or (WEBHOOK,), Room(limit, limit))
        return await self.store.claim(room, now=now, lease_until=now + LEASE)

    async def claimed(self, **event: Any) -> Claim:
        await self.accepted(**event)
        [claim] = await self.claim()
        return claim

    def attempt(self, claim: Claim, **fields: Any) -> Attempt:
        request = Request(
            Method.POST, "https://acme.example/x", (("a", "b"),), b"{}", Origin("https", "acme.example", 443)
        )
        reply: Reply = Response(201, "Created", (("c", "d"),), b"{}", is_cut=False, timings=Timings(12.5))
        defaults: dict[str, Any] = {
            "id": AttemptId(self.dice.new_id("atm", self.clock.now())),
            "delivery_id": claim.delivery_id,
            "number": claim.attempts_made + 1,
            "started_at": self.clock.now(),
            "request": request,
            "reply": reply,
            "verdict": VerdictKind.DELIVERED,
            "why": "201",
        }
        return Attempt(**(defaults | fields))

    def settlement(self, claim: Claim, state: State = State.DELIVERED, **fields: Any) -> Settlement:
        defaults: dict[str, Any] = {"why": f"became {state}", "settled_at": self.clock.now()}
        if state in {State.WAITING, State.PENDING}:
            defaults["due_at"] = self.clock.now() + timedelta(seconds=5)
        return Settlement(claim=claim, state=state, **(defaults | fields))

    async def settled(self, state: State, **event: Any) -> DeliveryId:
        """The id of a delivery that was claimed and became `state`."""
        claim = await self.claimed(**event)
        assert await self.store.settle(self.settlement(claim, state))
        return claim.delivery_id

    async def state_of(self, delivery_id: DeliveryId) -> State:
        delivery = await self.store.delivery(delivery_id)
        assert delivery is not None
        return delivery.state

    def webhook(self, name: str = "ServiceNow prod", **fields: Any) -> Webhook:
        defaults: dict[str, Any] = {
            "id": WebhookId(self.dice.new_id("whk", self.clock.now())),
            "active": True,
            "kind": Family.REQUEST,
            "target": Target(Method.POST, "https://acme.service-now.com/api/now/table/incident"),
            "triggers": ("RequestCreated",),
        }
        return Webhook(name=name, **(defaults | fields))

    def receipt(self, access_request_id: str = "ar-1", **values: str) -> Receipt:
        return Receipt(WEBHOOK, AccessRequestId(access_request_id), values or {"sys_id": "abc"})


@asynccontextmanager
async def a_store_world(folder: Path) -> AsyncIterator[StoreWorld]:
    world = StoreWorld(folder)
    await world.open()
    try:
        yield world
    finally:
        await world.close()
