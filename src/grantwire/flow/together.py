"""Together: the trip of several claims of one webhook in one call of ServiceNow's Batch API.

In: a webhook with `batch`, and claims of it. Out: each one's own outcome, by the same rules as if it had gone alone.
Never: a write, a claim that is neither settled nor given back, or a call that was answered in part repeated as a whole.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import Claim, State
from grantwire.domain.exchange import NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.target import Method
from grantwire.domain.verdict import Postponed
from grantwire.domain.webhook import Webhook
from grantwire.flow.deliver import KINDS, Deliver, Outcome, pause_reason, receipt_of, settle, with_secrets
from grantwire.flow.roster import Ready
from grantwire.ports import Authorisation, Clock, Credentials, Dice, Sender
from grantwire.steps.admit import admit
from grantwire.steps.batch import PATH, Parted, call_body, item_bytes, part
from grantwire.steps.blame import Blame, blame
from grantwire.steps.judge import judge
from grantwire.steps.opinion import named
from grantwire.steps.read_json import LoadJson

MOST_BYTES = 8 * 1024 * 1024  # an instance takes 10 MB in one request by default (KB0747638)
UNSERVICED_WAIT = timedelta(seconds=30)  # where not one was served: the instance is busy with something else
_HEADERS = (("User-Agent", "Grantwire/0.1"), ("Accept", "application/json"), ("Content-Type", "application/json"))


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
    """`sender` keeps long answers: that of a call holds those of all its requests, of which `answer_cap_bytes` are kept
    each."""

    def __init__(
        self,
        *,
        sender: Sender,
        credentials: Credentials,
        clock: Clock,
        dice: Dice,
        answer_cap_bytes: int,
        load_json: LoadJson = json.loads,
    ) -> None:
        self._sender = sender
        self._credentials = credentials
        self._clock = clock
        self._dice = dice
        self._cap_bytes = answer_cap_bytes
        self._load_json = load_json

    async def trip(self, ready: Ready, claims: Sequence[Claim]) -> Together:
        started_at = self._clock.now()
        outcomes, items, left = self._packed(ready, claims, started_at)
        if not items:
            return Together(tuple(outcomes), tuple(left))
        batch_id = self._dice.new_id("bat", started_at)
        ids = tuple(item.claim.delivery_id for item in items)
        reply = await self._call(ready.webhook, items, batch_id)
        parted = part(reply, ids, cap_bytes=self._cap_bytes, load_json=self._load_json)
        if parted.refusal:
            return Together(
                tuple(outcomes), (*(item.claim for item in items), *left), Blame.ANSWERED, refusal=parted.refusal
            )
        called, headers = _called(reply)
        places = [BatchPlace(batch_id, number, ids, called, headers) for number in range(1, len(ids) + 1)]
        own = [
            self._outcome(ready.webhook, item, parted, started_at=started_at, place=place)
            for item, place in zip(items, places, strict=True)
        ]
        said = Blame.ANSWERED if parted.is_answered else blame(ready.webhook, own[0].settlement.attempt)
        return Together((*outcomes, *own), tuple(left), said, own[0].settlement.why)

    def _packed(
        self, ready: Ready, claims: Sequence[Claim], now: datetime
    ) -> tuple[list[Outcome], list[_Item], list[Claim]]:
        outcomes, items, left, room = list[Outcome](), list[_Item](), list[Claim](), MOST_BYTES
        for claim in claims:
            refusal = admit(ready.webhook, claim, now=now)
            written = ready.writer.write(claim.event, claim.delivery_id) if refusal is None else None
            if refusal is not None:
                outcomes.append(Outcome(settle(claim, refusal, now=now)))
            elif isinstance(written, NotSent):
                outcomes.append(self._judged(ready.webhook, claim, (None, written), started_at=now))
            elif written is not None:
                room -= item_bytes(written)
                if items and room < 0:
                    left.append(claim)
                else:
                    items.append(_Item(claim, written))
        return outcomes, items, left

    async def _call(self, webhook: Webhook, items: Sequence[_Item], batch_id: str) -> Reply:
        """The second call after a refused token belongs to the same attempts."""
        authorisation = await self._credentials.authorise(webhook.credential)
        call = _call_of(items, batch_id)
        reply = await self._send(webhook, call, authorisation)
        if isinstance(authorisation, Authorisation) and authorisation.can_refresh and _is_refused(reply):
            renewed = await self._credentials.renew(webhook.credential, refused=authorisation)
            reply = await self._send(webhook, call, renewed)
        return reply

    async def _send(self, webhook: Webhook, call: Request, authorisation: Authorisation | NotSent) -> Reply:
        if isinstance(authorisation, NotSent):
            return authorisation
        request = with_secrets(call, authorisation.headers)
        return await self._sender.send(request, webhook.timeouts, webhook.credential, webhook.trust)

    def _outcome(
        self, webhook: Webhook, item: _Item, parted: Parted, *, started_at: datetime, place: BatchPlace
    ) -> Outcome:
        claim = item.claim
        if claim.delivery_id not in parted.unserviced:
            reply = parted.replies[claim.delivery_id]
            return self._judged(webhook, claim, (item.request, reply), started_at=started_at, place=place)
        now = self._clock.now()
        due_at = now if parted.replies else now + UNSERVICED_WAIT
        why = f"its turn did not come in the batch {place.batch_id}; it goes again, and no attempt is used up"
        return Outcome(settle(claim, Postponed(due_at, why), now=now))

    def _judged(
        self,
        webhook: Webhook,
        claim: Claim,
        sent: tuple[Request | None, Reply],
        *,
        started_at: datetime,
        place: BatchPlace | None = None,
    ) -> Outcome:
        request, reply = sent
        now = self._clock.now()
        number, dice = claim.attempts_made + 1, self._dice.roll()
        judgement = judge(
            webhook, reply, attempts_made=number, claim=claim, now=now, dice=dice, load_json=self._load_json
        )
        verdict = judgement.verdict
        attempt = Attempt(
            id=AttemptId(self._dice.new_id("att", started_at)),
            delivery_id=claim.delivery_id,
            number=number,
            started_at=started_at,
            request=request,
            reply=reply,
            verdict=KINDS[type(verdict)],
            why=verdict.why,
            validators=judgement.validators,
            batch=place,
        )
        settlement = settle(claim, verdict, now=now, attempt=attempt, receipt=receipt_of(webhook, claim, judgement))
        if claim.line is not None and settlement.state is State.DEAD:
            settlement = replace(settlement, holds_line_until=claim.created_at + webhook.retry.max_age)
        return Outcome(settlement, pause_reason(verdict))


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


def _is_refused(reply: Reply) -> bool:
    return isinstance(reply, Response) and reply.status == 401
