"""Rehearse: the Test button. One real request for a sample or given event, by the same road as everyone's.

In: a webhook, saved or not, and an event. Out: the whole attempt. Never: anything scheduled or stored.
"""

from dataclasses import replace
from datetime import timedelta

from grantwire.domain.attempt import Attempt
from grantwire.domain.delivery import Claim, DeliveryId
from grantwire.domain.event import Event
from grantwire.domain.webhook import Webhook
from grantwire.flow.deliver import Deliver
from grantwire.flow.roster import make_ready
from grantwire.ports import Clock, Dice


class Rehearse:
    """`deliver` asks for credentials as a person does (`Credentials.for_a_person`), who may have just mended them."""

    def __init__(self, *, deliver: Deliver, clock: Clock, dice: Dice) -> None:
        self._deliver = deliver
        self._clock = clock
        self._dice = dice

    async def send(self, webhook: Webhook, event: Event) -> Attempt:
        """A paused or inactive webhook may be tested too: that is how one finds out whether to resume it."""
        now = self._clock.now()
        claim = Claim(
            delivery_id=DeliveryId(self._dice.new_id("test", now)),
            token="",
            event=event,
            webhook_id=webhook.id,
            attempts_made=0,
            created_at=now,
            lease_until=now + timedelta(hours=1),
        )
        attempt, _ = await self._deliver.attempt(make_ready(webhook), claim)
        return replace(attempt, delivery_id=None)
