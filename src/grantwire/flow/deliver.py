"""Deliver: the trip of one claim, told in order: may we, say it, authorise, send, judge.

In: a claim and its webhook. Out: the settlement with everything that follows.
Never: a write (settling is `work`'s), and no exception for what the network or the target does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict, assert_never

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import Claim, State
from grantwire.domain.exchange import NotSent, Reply, Request
from grantwire.domain.receipt import Receipt
from grantwire.domain.value import value
from grantwire.domain.verdict import (
    Delivered,
    GivenUp,
    Held,
    Postponed,
    RetryAt,
    TokenRefused,
    Verdict,
    VerdictKind,
)
from grantwire.domain.webhook import Webhook
from grantwire.flow.ask import Ask, Receipts
from grantwire.flow.exchange import Exchange
from grantwire.flow.roster import Ready
from grantwire.flow.sign import Sign
from grantwire.ports import Clock, Credentials, Dice, Sender, Settlement
from grantwire.steps.admit import admit
from grantwire.steps.judge import Judgement, judge
from grantwire.steps.read_json import LoadJson

KINDS: dict[type[Verdict], VerdictKind] = {
    Delivered: VerdictKind.DELIVERED,
    RetryAt: VerdictKind.RETRY,
    GivenUp: VerdictKind.GIVEN_UP,
    Postponed: VerdictKind.POSTPONED,
    Held: VerdictKind.HELD,
    TokenRefused: VerdictKind.TOKEN_REFUSED,
}


class Doubt(TypedDict):
    is_ambiguous: bool
    doubt_since: datetime | None


@value(frozen=True, slots=True)
class Outcome:
    """What a trip led to; `pauses_webhook` says why the webhook must be paused, if it must."""

    settlement: Settlement
    pauses_webhook: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One request of a call that held several, what came back for it, and where in the call it was."""

    request: Request | None
    reply: Reply
    place: BatchPlace | None = None


class Deliver:
    def __init__(
        self,
        *,
        sender: Sender,
        credentials: Credentials,
        sign: Sign,
        receipts: Receipts,
        clock: Clock,
        dice: Dice,
        load_json: LoadJson = json.loads,
    ) -> None:
        self._exchange = Exchange(sender=sender, credentials=credentials, sign=sign)
        self._ask = Ask(exchange=self._exchange, receipts=receipts, clock=clock, dice=dice, load_json=load_json)
        self._clock = clock
        self._dice = dice
        self._load_json = load_json

    async def trip(self, ready: Ready, claim: Claim) -> Outcome:
        now = self._clock.now()
        refusal = admit(ready.webhook, claim, now=now)
        if refusal is not None:
            return Outcome(settle(claim, refusal, now=now))  # too old: it holds no line any more
        attempt, judgement = await self.attempt(ready, claim)
        return self._outcome(ready, claim, attempt, judgement)

    async def conclude(self, ready: Ready, claim: Claim, sent: Sent, *, started_at: datetime) -> Outcome:
        """For a request that went with others in one call: what its own reply means, by the same rules."""
        if ready.ways is not None and sent.request is not None:
            told = await self._ask.conclude(ready.ways, claim, sent.request, sent.reply)
            judgement, asked = told.judgement, told.asked
        else:
            judgement, asked = self._judge(ready.webhook, claim, sent.reply), ()
        attempt = self._attempt(claim, started_at, (sent.request, sent.reply), judgement)
        return self._outcome(ready, claim, replace(attempt, asked=asked, batch=sent.place), judgement)

    def _outcome(self, ready: Ready, claim: Claim, attempt: Attempt, judgement: Judgement) -> Outcome:
        receipt = _receipt(ready.webhook, claim, judgement)
        settlement = settle(claim, judgement.verdict, now=self._clock.now(), attempt=attempt, receipt=receipt)
        if claim.line is not None and settlement.state is State.DEAD:
            settlement = replace(settlement, holds_line_until=claim.created_at + ready.webhook.retry.max_age)
        return Outcome(settlement, _pause_reason(judgement.verdict))

    async def receipt(self, ready: Ready, claim: Claim) -> Mapping[str, str]:
        """What is known of the ticket of the claim's access request, for a webhook that reads it."""
        return {} if ready.ways is None else await self._ask.known(ready.ways, claim)

    async def attempt(
        self, ready: Ready, claim: Claim, *, receipt: Mapping[str, str] | None = None
    ) -> tuple[Attempt, Judgement]:
        """One attempt on record; the second send after a refused token belongs to the same attempt. `receipt` stands in
        for the one on record."""
        started_at = self._clock.now()
        if ready.ways is not None:
            told = await self._ask.trip(ready.ways, claim, receipt=receipt)
            attempt = self._attempt(claim, started_at, (told.request, told.reply), told.judgement)
            return replace(attempt, asked=told.asked), told.judgement
        request, reply = await self._send(ready, claim)
        judgement = self._judge(ready.webhook, claim, reply)
        return self._attempt(claim, started_at, (request, reply), judgement), judgement

    def _judge(self, webhook: Webhook, claim: Claim, reply: Reply) -> Judgement:
        return judge(
            webhook,
            reply,
            attempts_made=claim.attempts_made + 1,
            claim=claim,
            now=self._clock.now(),
            dice=self._dice.roll(),
            load_json=self._load_json,
        )

    async def _send(self, ready: Ready, claim: Claim) -> tuple[Request | None, Reply]:
        written = ready.writer.write(claim.event, claim.delivery_id)
        if isinstance(written, NotSent):
            return None, written
        return await self._exchange.send(ready.webhook, written, message_id=claim.delivery_id)

    def _attempt(
        self, claim: Claim, started_at: datetime, sent: tuple[Request | None, Reply], judgement: Judgement
    ) -> Attempt:
        return Attempt(
            id=AttemptId(self._dice.new_id("att", started_at)),
            delivery_id=claim.delivery_id,
            number=claim.attempts_made + 1,
            started_at=started_at,
            request=sent[0],
            reply=sent[1],
            verdict=KINDS[type(judgement.verdict)],
            why=judgement.verdict.why,
            validators=judgement.validators,
        )


def settle(
    claim: Claim,
    verdict: Verdict,
    *,
    now: datetime,
    attempt: Attempt | None = None,
    receipt: Receipt | None = None,
) -> Settlement:
    """The state a verdict puts its delivery into; the one place where verdicts become states."""
    match verdict:
        case Delivered():
            state, due_at = State.DELIVERED, None
        case RetryAt(pauses_webhook=True) | Held() | TokenRefused():
            state, due_at = State.HELD, None
        case RetryAt(at=at) | Postponed(at=at):
            state, due_at = State.WAITING, at
        case GivenUp():
            state, due_at = State.DEAD, None
        case _:
            assert_never(verdict)
    return Settlement(
        claim=claim,
        state=state,
        why=verdict.why,
        settled_at=now,
        due_at=due_at,
        attempt=attempt,
        receipt=receipt,
        uses_attempt=attempt is not None and _uses_attempt(verdict),
        **_doubt(claim, verdict),
    )


def _doubt(claim: Claim, verdict: Verdict) -> Doubt:
    """Waiting settles nothing: what was in doubt stays so."""
    match verdict:
        case RetryAt():
            return Doubt(is_ambiguous=verdict.is_ambiguous, doubt_since=verdict.doubt_since)
        case Postponed() | Held():
            return Doubt(is_ambiguous=claim.is_ambiguous, doubt_since=claim.doubt_since)
        case _:
            return Doubt(is_ambiguous=False, doubt_since=None)


def _uses_attempt(verdict: Verdict) -> bool:
    match verdict:
        case Postponed() | Held():
            return False
        case RetryAt(uses_attempt=uses_attempt):
            return uses_attempt
        case _:
            return True


def _pause_reason(verdict: Verdict) -> str | None:
    match verdict:
        case RetryAt(pauses_webhook=True) | GivenUp(pauses_webhook=True) | TokenRefused():
            return verdict.why
        case _:
            return None


def _receipt(webhook: Webhook, claim: Claim, judgement: Judgement) -> Receipt | None:
    request_id = claim.event.access_request_id
    if not judgement.captures or request_id is None:
        return None
    return Receipt(webhook.id, request_id, judgement.captures)
