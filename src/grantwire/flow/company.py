"""Company: who goes along in a call of ServiceNow's Batch API.

In: a claim that is about to start, and its lane. Out: the claims that go with it, if any. Never: a wait nobody asked
for, or a claim in company that may have arrived already.
"""

from collections.abc import Sequence

from grantwire.domain.delivery import Claim
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.flow.lanes import Lane
from grantwire.flow.roster import Ready
from grantwire.ports import Clock, Observer

SINGLE_SECONDS = 600.0  # how long an instance that refused a batch is not asked for another


class Company:
    def __init__(self, *, clock: Clock, observer: Observer) -> None:
        self._clock = clock
        self._observer = observer
        self._single_until: dict[WebhookId, float] = {}

    async def of(self, claim: Claim, lane: Lane, ready: Ready) -> Sequence[Claim]:
        """A probe goes alone, and what may have arrived already: its outcome has to be told from that of others. So
        does what needs a receipt, for the one that makes it may be in the same call."""
        webhook, batch = ready.webhook, ready.webhook.batch
        if batch is None or claim.is_ambiguous or not lane.target.is_closed:
            return ()
        if ready.ways is not None and ready.ways.reads_receipt:
            return ()
        if self._clock.elapsed() < self._single_until.get(webhook.id, 0.0):
            return ()
        if batch.wait and lane.queued < batch.size - 1:
            await self._clock.wait(batch.wait.total_seconds())
        return lane.companions(batch.size - 1, self._clock.elapsed())

    def refused(self, webhook: Webhook, why: str) -> None:
        """For a while each goes alone: an instance that takes no batches takes requests all the same."""
        self._single_until[webhook.id] = self._clock.elapsed() + SINGLE_SECONDS
        self._observer.note("batch.refused", webhook=webhook.name, why=why)
