"""Together: the trip of several claims of one webhook in one call of ServiceNow's Batch API.

In: a webhook with `batch`, and claims of it. Out: each one's own outcome, by the same rules as if it had gone alone.
Never: a write, a claim that is neither settled nor given back, or a call that was answered in part repeated as a whole.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import Claim
from grantwire.domain.exchange import NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.target import Method
from grantwire.domain.verdict import Postponed
from grantwire.flow.deliver import Deliver, Outcome, Sent, settle
from grantwire.flow.exchange import Exchange
from grantwire.flow.roster import Ready
from grantwire.ports import Clock, Dice
from grantwire.steps.admit import admit
from grantwire.steps.batch import PATH, Parted, call_body, item_bytes, part
from grantwire.steps.blame import Blame, blame
from grantwire.steps.opinion import named
from grantwire.steps.read_json import LoadJson
from grantwire.steps.render import USER_AGENT

MOST_BYTES = 8 * 1024 * 1024  # an instance takes 10 MB in one request by default (KB0747638)
UNSERVICED_WAIT = timedelta(seconds=30)  # where not one was served: the instance is busy with something else
_HEADERS = (("User-Agent", USER_AGENT), ("Accept", "application/json"), ("Content-Type", "application/json"))


@dataclass(frozen=True, slots=True)
class Together:
    """`left` go again as if they had not been taken. `said` is what the call as a whole says of the target, `why` in
    words. `refusal`: why the instance takes no batches, so that all of them have to go one by one."""

    outcomes: tuple[Outcome, ...]
    left: tuple[Claim, ...] = ()
    said: Blame = Blame.NOTHING
    why: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    claim: Claim
    request: Request


@dataclass(frozen=True, slots=True)
class Trips:
    """How deliveries go: each by itself, or many in one call."""

    alone: Deliver
    together: "DeliverTogether"


class DeliverTogether:
    """`exchange` keeps long answers: that of a call holds those of all its requests, of which `answer_cap_bytes` are
    kept each. `alone` says what each of them means."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        alone: Deliver,
        clock: Clock,
        dice: Dice,
        answer_cap_bytes: int,
        load_json: LoadJson = json.loads,
    ) -> None:
        self._exchange = exchange
        self._alone = alone
        self._clock = clock
        self._dice = dice
        self._cap_bytes = answer_cap_bytes
        self._load_json = load_json

    async def trip(self, ready: Ready, claims: Sequence[Claim]) -> Together:
        started_at = self._clock.now()
        outcomes, items, left = await self._packed(ready, claims, started_at)
        if not items:
            return Together(tuple(outcomes), tuple(left))
        batch_id = self._dice.new_id("bat", started_at)
        ids = tuple(item.claim.delivery_id for item in items)
        _, reply = await self._exchange.send(ready.webhook, _call_of(items, batch_id), message_id=batch_id)
        parted = part(reply, ids, cap_bytes=self._cap_bytes, load_json=self._load_json)
        if parted.refusal:
            return Together(
                tuple(outcomes), (*(item.claim for item in items), *left), Blame.ANSWERED, refusal=parted.refusal
            )
        called, headers = _called(reply)
        places = [BatchPlace(batch_id, number, ids, called, headers) for number in range(1, len(ids) + 1)]
        own = [
            await self._outcome(ready, item, parted, started_at=started_at, place=place)
            for item, place in zip(items, places, strict=True)
        ]
        said = Blame.ANSWERED if parted.is_answered else blame(ready.webhook, own[0].settlement.attempt)
        return Together((*outcomes, *own), tuple(left), said, own[0].settlement.why)

    async def _packed(
        self, ready: Ready, claims: Sequence[Claim], now: datetime
    ) -> tuple[list[Outcome], list[_Item], list[Claim]]:
        outcomes, items, left, room = list[Outcome](), list[_Item](), list[Claim](), MOST_BYTES
        for claim in claims:
            refusal = admit(ready.webhook, claim, now=now)
            written = ready.writer.write(claim.event, claim.delivery_id) if refusal is None else None
            if refusal is not None:
                outcomes.append(Outcome(settle(claim, refusal, now=now)))
            elif isinstance(written, NotSent):
                outcomes.append(await self._alone.conclude(ready, claim, Sent(None, written), started_at=now))
            elif written is not None:
                room -= item_bytes(written)
                if items and room < 0:
                    left.append(claim)
                else:
                    items.append(_Item(claim, written))
        return outcomes, items, left

    async def _outcome(
        self, ready: Ready, item: _Item, parted: Parted, *, started_at: datetime, place: BatchPlace
    ) -> Outcome:
        claim = item.claim
        if claim.delivery_id not in parted.unserviced:
            sent = Sent(item.request, parted.replies[claim.delivery_id], place)
            return await self._alone.conclude(ready, claim, sent, started_at=started_at)
        now = self._clock.now()
        due_at = now if parted.replies else now + UNSERVICED_WAIT
        why = f"its turn did not come in the batch {place.batch_id}; it goes again, and no attempt is used up"
        return Outcome(settle(claim, Postponed(due_at, why), now=now))


def _call_of(items: Sequence[_Item], batch_id: str) -> Request:
    first = items[0].request
    parts = urlsplit(first.url)
    body = call_body(batch_id, [(item.claim.delivery_id, item.request) for item in items])
    return Request(Method.POST, f"{parts.scheme}://{parts.netloc}{PATH}", _HEADERS, body, first.origin)


def _called(reply: Reply) -> tuple[str, tuple[tuple[str, str], ...]]:
    match reply:
        case Response():
            return named(reply), tuple(row for row in reply.headers if row[0].lower() != "set-cookie")
        case NoResponse(detail=detail):
            return f"no answer: {detail}", ()
        case NotSent(why=why):
            return f"not sent: {why}", ()
