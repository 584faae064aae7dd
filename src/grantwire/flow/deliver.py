"""Deliver: the trip of one claim, told in order: may we, say it, authorise, send, judge.

In: a claim and its webhook. Out: the settlement with everything that follows.
Never: a write (settling is `work`'s), and no exception for what the network or the target does.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Claim, State
from grantwire.domain.exchange import NotSent, Reply, Request, Response
from grantwire.domain.receipt import Receipt
from grantwire.domain.secret import Secret
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
from grantwire.flow.roster import Ready
from grantwire.flow.sign import Sign
from grantwire.ports import Authorisation, Clock, Credentials, Dice, Sender, Settlement
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trip led to; `pauses_webhook` says why the webhook must be paused, if it must."""

    settlement: Settlement
    pauses_webhook: str | None = None


class Deliver:
    def __init__(
        self,
        *,
        sender: Sender,
        credentials: Credentials,
        sign: Sign,
        clock: Clock,
        dice: Dice,
        load_json: LoadJson = json.loads,
    ) -> None:
        self._sender = sender
        self._credentials = credentials
        self._sign = sign
        self._clock = clock
        self._dice = dice
        self._load_json = load_json

    async def trip(self, ready: Ready, claim: Claim) -> Outcome:
        now = self._clock.now()
        refusal = admit(ready.webhook, claim, now=now)
        if refusal is not None:
            return Outcome(settle(claim, refusal, now=now))  # too old: it holds no line any more
        attempt, judgement = await self.attempt(ready, claim)
        receipt = receipt_of(ready.webhook, claim, judgement)
        settlement = settle(claim, judgement.verdict, now=self._clock.now(), attempt=attempt, receipt=receipt)
        if claim.line is not None and settlement.state is State.DEAD:
            settlement = replace(settlement, holds_line_until=claim.created_at + ready.webhook.retry.max_age)
        return Outcome(settlement, pause_reason(judgement.verdict))

    async def attempt(self, ready: Ready, claim: Claim) -> tuple[Attempt, Judgement]:
        """One attempt on record; the second send after a refused token belongs to the same attempt."""
        started_at = self._clock.now()
        request, reply = await self._exchange(ready, claim)
        judgement = judge(
            ready.webhook,
            reply,
            attempts_made=claim.attempts_made + 1,
            claim=claim,
            now=self._clock.now(),
            dice=self._dice.roll(),
            load_json=self._load_json,
        )
        attempt = Attempt(
            id=AttemptId(self._dice.new_id("att", started_at)),
            delivery_id=claim.delivery_id,
            number=claim.attempts_made + 1,
            started_at=started_at,
            request=request,
            reply=reply,
            verdict=KINDS[type(judgement.verdict)],
            why=judgement.verdict.why,
            validators=judgement.validators,
        )
        return attempt, judgement

    async def _exchange(self, ready: Ready, claim: Claim) -> tuple[Request | None, Reply]:
        written = ready.writer.write(claim.event, claim.delivery_id)
        if isinstance(written, NotSent):
            return None, written
        credential = ready.webhook.credential
        authorisation = await self._credentials.authorise(credential)
        request, reply = await self._send(ready.webhook, claim, written, authorisation)
        if isinstance(authorisation, Authorisation) and authorisation.can_refresh and _is_refused(reply):
            renewed = await self._credentials.renew(credential, refused=authorisation)
            request, reply = await self._send(ready.webhook, claim, written, renewed)
        return request, reply

    async def _send(
        self, webhook: Webhook, claim: Claim, written: Request, authorisation: Authorisation | NotSent
    ) -> tuple[Request, Reply]:
        if isinstance(authorisation, NotSent):
            return written, authorisation
        secrets = self._secret_headers(webhook)
        if isinstance(secrets, NotSent):
            return written, secrets
        request = with_secrets(written, (*secrets, *authorisation.headers))
        if webhook.signing:
            # The delivery's id: the same on every attempt, of our own making and so without a full stop, and another
            # for each webhook and each replay, so that a receiver that drops repetitions drops nothing else.
            signed = self._sign.signed(webhook, request, message_id=claim.delivery_id)
            if isinstance(signed, NotSent):
                return request, signed
            request = signed
        return request, await self._sender.send(request, webhook.timeouts, webhook.credential, webhook.trust)

    def _secret_headers(self, webhook: Webhook) -> tuple[tuple[str, str], ...] | NotSent:
        resolved: list[tuple[str, str]] = []
        for header in webhook.target.headers:
            if isinstance(header.value, Secret):
                text = self._credentials.resolve(header.value)
                if isinstance(text, NotSent):
                    return text
                resolved.append((header.name, text))
        return tuple(resolved)


def with_secrets(request: Request, headers: tuple[tuple[str, str], ...]) -> Request:
    if not headers:
        return request
    return Request(
        request.method,
        request.url,
        (*request.headers, *headers),
        request.body,
        request.origin,
        request.secret_headers.union(name.lower() for name, _ in headers),
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
        is_ambiguous=isinstance(verdict, RetryAt) and verdict.is_ambiguous,
    )


def _uses_attempt(verdict: Verdict) -> bool:
    match verdict:
        case Postponed() | Held():
            return False
        case RetryAt(uses_attempt=uses_attempt):
            return uses_attempt
        case _:
            return True


def _is_refused(reply: Reply) -> bool:
    return isinstance(reply, Response) and reply.status == 401


def pause_reason(verdict: Verdict) -> str | None:
    match verdict:
        case RetryAt(pauses_webhook=True) | GivenUp(pauses_webhook=True) | TokenRefused():
            return verdict.why
        case _:
            return None


def receipt_of(webhook: Webhook, claim: Claim, judgement: Judgement) -> Receipt | None:
    request_id = claim.event.access_request_id
    if not judgement.captures or request_id is None or not isinstance(judgement.verdict, Delivered):
        return None
    return Receipt(webhook.id, request_id, judgement.captures)
