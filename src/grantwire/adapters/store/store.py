"""The Store port, filled by a SQL database.

In: domain values. Out: domain values. Never: SQL (the files beside this one), a commit of its own (the gatherer's).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from grantwire.adapters.store import history, keys, lines, look_attempts, look_deliveries, look_events, moves, webhooks
from grantwire.adapters.store.accept import to_accept
from grantwire.adapters.store.catalogues import Catalogues
from grantwire.adapters.store.claim import claim_due
from grantwire.adapters.store.facts import Facts
from grantwire.adapters.store.hours import Hours
from grantwire.adapters.store.leaps import Leaps
from grantwire.adapters.store.part import Part
from grantwire.adapters.store.people import People
from grantwire.adapters.store.replays import Replays
from grantwire.adapters.store.retention import Retention
from grantwire.adapters.store.rows_delivery import of_claimed_row
from grantwire.adapters.store.rows_webhook import of_webhook_row, to_webhook_row
from grantwire.adapters.store.settle import LOST, MOVED_ON, to_hand_back, to_settle
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.change import Change, RecordedChange
from grantwire.domain.delivery import Claim, Delivery, DeliveryId, Room
from grantwire.domain.event import Event, EventId
from grantwire.domain.line import Line
from grantwire.domain.receipt import Receipt
from grantwire.domain.replay_step import NewReplay
from grantwire.domain.secret import Secret
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.ports import Acceptance, Admission, Backlog, DeliveryQuery, EventQuery, Page, Settlement


class _Deliveries(Part):
    async def accept(self, admissions: Sequence[Admission]) -> Sequence[Acceptance]:
        if not admissions:
            return ()
        answer: Sequence[Acceptance] = await self._gatherer.do(to_accept(admissions))
        return answer

    async def claim(self, room: Mapping[WebhookId, Room], *, now: datetime, lease_until: datetime) -> Sequence[Claim]:
        token, lease = self._dice.token(), to_stamp(lease_until)
        due = await self._write(
            lambda writing: claim_due(writing, room, now=to_stamp(now), lease_until=lease, token=token)
        )
        return [of_claimed_row(row, token=token, lease_until=lease) for row in due]

    async def settle(self, settlement: Settlement) -> bool:
        return bool(await self._gatherer.do(to_settle(settlement)) != LOST)

    async def settle_in_line(self, settlement: Settlement) -> bool:
        return bool(await self._gatherer.do(to_settle(settlement)) == MOVED_ON)

    async def hand_back(self, claims: Sequence[Claim]) -> None:
        if claims:
            await self._gatherer.do(to_hand_back(claims, due_at=to_stamp(self._clock.now())))

    async def take_back(self, *, now: datetime) -> int:
        return int(await self._write(lambda writing: moves.take_back(writing, now=now)))

    async def next_due_at(self, webhook_ids: Sequence[WebhookId]) -> datetime | None:
        return await self._reader.ask(lambda connection: look_deliveries.next_due_at(connection, webhook_ids))

    async def hold(self, webhook_id: WebhookId, *, why: str, limit: int) -> int:
        return int(await self._write(lambda writing: moves.hold(writing, webhook_id, why=why, limit=limit)))

    async def release(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        return int(await self._write(lambda writing: moves.release(writing, webhook_id, due_at=due_at, limit=limit)))

    async def expire(
        self, webhook_id: WebhookId, *, created_before: datetime, now: datetime, why: str, limit: int
    ) -> int:
        return int(
            await self._write(
                lambda writing: moves.expire(
                    writing, webhook_id, created_before=created_before, now=now, why=why, limit=limit
                )
            )
        )

    async def retry_now(self, delivery_id: DeliveryId, *, now: datetime) -> Delivery:
        moved: Delivery = await self._write(lambda writing: moves.retry_now(writing, delivery_id, now=now))
        return moved

    async def cancel(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        moved: Delivery = await self._write(lambda writing: moves.cancel(writing, delivery_id, now=now, why=why))
        return moved

    async def skip(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        moved: Delivery = await self._write(lambda writing: moves.skip(writing, delivery_id, now=now, why=why))
        return moved

    async def let_lines_go(self, *, now: datetime, limit: int) -> Sequence[WebhookId]:
        going: Sequence[WebhookId] = await self._write(lambda writing: lines.let_go(writing, now=now, limit=limit))
        return going

    async def mend_lines(self, *, after: Line | None, now: datetime, limit: int) -> tuple[Line | None, int]:
        looked: tuple[Line | None, int] = await self._write(
            lambda writing: lines.mend(writing, after=after, now=now, limit=limit)
        )
        return looked

    async def dissolve_lines(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        return int(await self._write(lambda writing: lines.dissolve(writing, webhook_id, due_at=due_at, limit=limit)))

    async def replay(self, replays: Sequence[NewReplay], *, now: datetime) -> Sequence[Delivery]:
        made: Sequence[Delivery] = await self._write(lambda writing: moves.replay(writing, replays, now=now))
        return made

    async def cancel_all(self, webhook_id: WebhookId, *, now: datetime, why: str, limit: int) -> int:
        return int(
            await self._write(lambda writing: moves.cancel_all(writing, webhook_id, now=now, why=why, limit=limit))
        )

    async def backlog(self, *, now: datetime, most: int | None = None) -> Backlog:
        return await self._reader.ask(lambda connection: look_deliveries.backlog(connection, now=now, most=most))


class _Looks(Part):
    async def event(self, event_id: EventId) -> Event | None:
        return await self._reader.ask(lambda connection: look_events.event(connection, event_id))

    async def events(self, query: EventQuery, *, limit: int, after: str | None) -> Page[Event]:
        return await self._reader.ask(
            lambda connection: look_events.events_page(connection, query, limit=limit, after=after)
        )

    async def events_named(self, event_ids: Sequence[EventId]) -> Sequence[Event]:
        return await self._reader.ask(lambda connection: look_events.events_named(connection, event_ids))

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        return await self._reader.ask(lambda connection: look_deliveries.delivery(connection, delivery_id))

    async def deliveries(self, query: DeliveryQuery, *, limit: int, after: str | None) -> Page[Delivery]:
        return await self._reader.ask(
            lambda connection: look_deliveries.deliveries_page(connection, query, limit=limit, after=after)
        )

    async def replays(self, delivery_id: DeliveryId) -> Sequence[Delivery]:
        return await self._reader.ask(lambda connection: look_deliveries.replays(connection, delivery_id))

    async def attempts(self, delivery_id: DeliveryId) -> Sequence[Attempt]:
        return await self._reader.ask(lambda connection: look_attempts.attempts_of(connection, delivery_id))

    async def attempt(self, attempt_id: AttemptId) -> Attempt | None:
        return await self._reader.ask(lambda connection: look_attempts.attempt(connection, attempt_id))

    async def receipt(self, webhook_id: WebhookId, access_request_id: str) -> Receipt | None:
        return await self._reader.ask(
            lambda connection: look_attempts.receipt(connection, webhook_id, access_request_id)
        )


class _Webhooks(Part):
    async def webhooks(self) -> Sequence[Webhook]:
        rows = await self._reader.ask(webhooks.all_webhooks)
        return [of_webhook_row(row, self._vault) for row in rows]

    async def put_webhook(
        self, webhook: Webhook, *, expected_version: int | None, now: datetime, change: Change | None = None
    ) -> Webhook:
        row = to_webhook_row(webhook, self._vault, changed_at=to_stamp(now))
        version = await self._write(
            lambda writing: webhooks.put_webhook(writing, row, expected_version=expected_version, change=change)
        )
        return replace(webhook, version=version)

    async def delete_webhook(
        self, webhook_id: WebhookId, *, now: datetime | None = None, change: Change | None = None
    ) -> None:
        changed_at = to_stamp(now or self._clock.now())
        await self._write(
            lambda writing: webhooks.delete_webhook(writing, webhook_id, changed_at=changed_at, change=change)
        )

    async def webhook_changes(
        self, webhook_id: WebhookId, *, limit: int, after: str | None = None
    ) -> Page[RecordedChange]:
        return await self._reader.ask(
            lambda connection: history.changes_page(connection, webhook_id, limit=limit, after=after)
        )


class _Keys(Part):
    async def api_key_names(self) -> Mapping[bytes, str]:
        return await self._reader.ask(keys.api_key_names)

    async def put_api_key(self, digest: bytes, *, name: str, now: datetime) -> None:
        await self._write(lambda writing: keys.put_api_key(writing, digest, name=name, created_at=to_stamp(now)))

    async def token(self, cache_key: str) -> tuple[Secret, datetime] | None:
        row = await self._reader.ask(lambda connection: keys.token(connection, cache_key))
        if row is None:
            return None
        return Secret(self._vault.open(row.sealed, _token_row(cache_key))), of_stamp(row.ends_at)

    async def put_token(self, cache_key: str, token: Secret, *, ends_at: datetime) -> None:
        sealed = self._vault.seal(token.reveal(), _token_row(cache_key))
        await self._write(lambda writing: keys.put_token(writing, cache_key, sealed=sealed, ends_at=to_stamp(ends_at)))

    async def drop_token(self, cache_key: str) -> None:
        await self._write(lambda writing: keys.drop_token(writing, cache_key))


class SqlStore(_Deliveries, _Looks, _Webhooks, _Keys, People, Hours, Facts, Leaps, Replays, Retention, Catalogues):
    """Made by `open_store`."""

    async def check(self) -> None:
        now = to_stamp(self._clock.now())
        await self._write(lambda writing: keys.note_check(writing, now))
        await self._reader.ask(keys.api_key_names)

    async def close(self) -> None:
        """Finishes what was asked for already; later calls get `NotNow`."""
        await self._gatherer.close()
        await self._reader.close()


def _token_row(cache_key: str) -> str:
    return f"token:{cache_key}"
