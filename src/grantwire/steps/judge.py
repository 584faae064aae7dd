"""Judge: what a reply means for its delivery.

In: a webhook, the reply to one attempt, how many attempts were made, the time and a die. Out: a `Judgement`, whose
`why` is a sentence that a support person can read aloud. Never: I/O, or an exception for anything a target may answer.

The order: the success rule of the webhook decides by the answer alone (an `Opinion`); a delivered one must then pass
the response validators; at last the retry policy says when, or that there is no next time. A failed validator means
"not delivered" and is retried: the validators say what the author of the webhook calls success, and targets that answer
200 with `"ok": false` have done nothing. Where that could double something (POST, PATCH) it is marked ambiguous.
"""

import json
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import assert_never

from grantwire.domain.attempt import ValidatorResult
from grantwire.domain.credential import OAuth2
from grantwire.domain.delivery import Claim
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Response
from grantwire.domain.secret import Secret
from grantwire.domain.value import value
from grantwire.domain.verdict import Delivered, GivenUp, RetryAt, TokenRefused, Verdict
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.steps.judge_generic import IDEMPOTENT, generic
from grantwire.steps.judge_servicenow import Asked, servicenow
from grantwire.steps.opinion import Again, Done, Never, Opinion, Pause, Token
from grantwire.steps.read_json import LoadJson
from grantwire.steps.validate import complaint, validate

_SLOW = ": if the target is always this slow, raise the webhook's timeout"
_CURES = {
    Fault.DNS: ": check the host in the webhook's URL",
    Fault.CONNECT: ": check that the target is up and that no firewall stands between",
    Fault.TIMEOUT_CONNECT: ": check that the target is up and that no firewall stands between",
    Fault.TLS: (
        ": check the target's certificate; an authority of your own goes into the webhook's tls.ca, or into"
        " GRANTWIRE_EXTRA_CA_FILE"
    ),
    Fault.TIMEOUT_FIRST_BYTE: _SLOW,
    Fault.TIMEOUT_TOTAL: _SLOW,
}


@value(frozen=True, slots=True)
class Judgement:
    """`captures` are the values for the receipt of a delivered event: `sys_id`, `number`, `location`,
    `transaction_id`, those that the answer had. `is_in_doubt`: the target may have acted in spite of its answer, or of
    giving none."""

    verdict: Verdict
    validators: tuple[ValidatorResult, ...] = ()
    captures: Mapping[str, str] = field(default_factory=dict)
    is_in_doubt: bool = False


def judge(
    webhook: Webhook,
    reply: Reply,
    *,
    attempts_made: int,
    claim: Claim,
    now: datetime,
    dice: float,
    load_json: LoadJson = json.loads,
) -> Judgement:
    """`attempts_made` counts this one; `dice` in [0, 1) spreads the retries. A faster `load_json` than the standard
    library's may be given."""
    match reply:
        case Response():
            opinion = _answered(webhook, reply, attempts_made=attempts_made, now=now, load_json=load_json)
        case NoResponse():
            opinion = _unanswered(webhook, reply)
        case NotSent():
            opinion = unsent(reply)
        case _:
            assert_never(reply)
    results: tuple[ValidatorResult, ...] = ()
    if isinstance(opinion, Done) and isinstance(reply, Response) and webhook.validators:
        results = validate(reply.body, webhook.validators, load_json)
        opinion = _validated(opinion, results, is_ambiguous=webhook.target.method not in IDEMPOTENT)
    captures = opinion.captures if isinstance(opinion, Done) else {}
    verdict = verdict_of(webhook, opinion, attempts_made=attempts_made, claim=claim, now=now, dice=dice)
    is_in_doubt = isinstance(opinion, Again | Pause | Never) and opinion.is_ambiguous
    return Judgement(verdict, results, captures, is_in_doubt)


def _answered(webhook: Webhook, answer: Response, *, attempts_made: int, now: datetime, load_json: LoadJson) -> Opinion:
    match webhook.success:
        case SuccessRule.GENERIC:
            return generic(answer, webhook.target.method, now=now)
        case SuccessRule.SERVICENOW:
            asked = Asked(webhook.target.method, attempts_made, _wants_no_body(webhook))
            return servicenow(answer, asked, now=now, load_json=load_json)
        case _:
            assert_never(webhook.success)


def _wants_no_body(webhook: Webhook) -> bool:
    return any(
        header.name.lower() == "x-no-response-body" and not isinstance(header.value, Secret) and "true" in header.value
        for header in webhook.target.headers
    )


def _unanswered(webhook: Webhook, reply: NoResponse) -> Opinion:
    if reply.fault is Fault.ADDRESS:
        return Pause(
            f"Not sent: {reply.detail}. If the target is meant to be there, an operator allows its origin in"
            " GRANTWIRE_ALLOWED_ORIGINS; then resume the webhook."
        )
    if reply.fault is Fault.CLIENT_CERTIFICATE:
        return Pause(f"Not accepted: {reply.detail}. Mend the webhook's client certificate, then resume the webhook.")
    is_ambiguous = reply.may_have_arrived and webhook.target.method not in IDEMPOTENT
    doubt = "; the target may have taken it all the same" if is_ambiguous else ""
    cure = _CURES.get(reply.fault, "")
    return Again(f"No answer: {reply.detail}{doubt}; it is tried again{cure}.", is_ambiguous=is_ambiguous)


def unsent(reply: NotSent) -> Opinion:
    if reply.is_ours:
        return Again(reply.why, asked_seconds=reply.retry_after_seconds, is_free=True)
    if reply.pauses_webhook:
        return Pause(reply.why)
    if reply.is_passing:
        return Again(reply.why, asked_seconds=reply.retry_after_seconds)
    return Never(reply.why)


def _validated(done: Done, results: tuple[ValidatorResult, ...], *, is_ambiguous: bool) -> Opinion:
    said = complaint(results)
    if said is None:
        return done
    return Again(f"The target took the request, but {said}; it is tried again.", is_ambiguous=is_ambiguous)


def verdict_of(
    webhook: Webhook, opinion: Opinion, *, attempts_made: int, claim: Claim, now: datetime, dice: float
) -> Verdict:
    """What the retry policy and the clock make of an opinion."""
    match opinion:
        case Done():
            return Delivered(opinion.why)
        case Never():
            return GivenUp(opinion.why, pauses_webhook=opinion.pauses_webhook)
        case Token() if isinstance(webhook.credential, OAuth2):
            return TokenRefused(opinion.why)
        case Token():
            return RetryAt(now, opinion.why, pauses_webhook=True)
        case Pause():
            return RetryAt(now, opinion.why, is_ambiguous=opinion.is_ambiguous, pauses_webhook=True)
        case Again():
            return _again(webhook, opinion, attempts_made=attempts_made, claim=claim, now=now, dice=dice)
        case _:
            assert_never(opinion)


def _again(
    webhook: Webhook, opinion: Again, *, attempts_made: int, claim: Claim, now: datetime, dice: float
) -> RetryAt | GivenUp:
    policy = webhook.retry
    wait = policy.wait_seconds(attempts_made, asked_seconds=opinion.asked_seconds, dice=dice)
    retry = RetryAt(
        now + timedelta(seconds=wait),
        opinion.why,
        is_ambiguous=opinion.is_ambiguous,
        uses_attempt=not opinion.is_free,
    )
    if opinion.pauses_after is not None and attempts_made >= opinion.pauses_after:
        return replace(retry, pauses_webhook=True)
    counted = attempts_made - 1 if opinion.is_free else attempts_made
    reason = policy.reason_to_stop(counted, accepted_at=claim.created_at, next_at=retry.at)
    return retry if reason is None else GivenUp(f"{opinion.why} No further attempt: {reason}.")
