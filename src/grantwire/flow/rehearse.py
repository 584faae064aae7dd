"""Rehearse: the Test button. One real request for a sample or given event, by the same road as everyone's.

In: a webhook, saved or not, and an event. Out: the whole attempt. Never: anything scheduled or stored.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Claim, DeliveryId
from grantwire.domain.event import Event
from grantwire.domain.exchange import NotSent
from grantwire.domain.verdict import VerdictKind
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

    async def send(self, webhook: Webhook, event: Event, *, receipt: Mapping[str, str] | None = None) -> Attempt:
        """A paused or inactive webhook may be tested too: that is how one finds out whether to resume it. `receipt`
        stands in for the one on record. An update whose ticket is not known is not sent: a test makes no ticket for it.
        """
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
        ready = make_ready(webhook)
        known = await self._deliver.receipt(ready, claim) if receipt is None else receipt
        missing = [] if ready.ways is None else ready.ways.of(event.type).missing_in(known)
        if missing:
            return self._not_sent(claim, f"Not sent: it needs {', '.join(missing)}; give a receipt to test it with.")
        attempt, _ = await self._deliver.attempt(ready, claim, receipt=known)
        return replace(attempt, delivery_id=None)

    def _not_sent(self, claim: Claim, why: str) -> Attempt:
        return Attempt(
            id=AttemptId(self._dice.new_id("att", claim.created_at)),
            delivery_id=None,
            number=1,
            started_at=claim.created_at,
            request=None,
            reply=NotSent(why, why, problems=(why,)),
            verdict=VerdictKind.GIVEN_UP,
            why=why,
        )
