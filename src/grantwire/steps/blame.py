"""Blame: does the outcome of an attempt speak against its target?

In: the attempt. Out: answered, at fault, or nothing to say. Never: a judgement of one delivery (that is `judge`'s).

At fault is a target that gives no answer, says 5xx, or shows a page instead of its API (a ServiceNow instance that
sleeps answers 200 with HTML). A 4xx is about one request and a 429 about the rate: whoever says so is there.
"""

from enum import StrEnum
from typing import assert_never

from grantwire.domain.attempt import Attempt
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Response
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import SuccessRule, Webhook

OURS = frozenset({Fault.ADDRESS, Fault.CLIENT_CERTIFICATE})  # refused by our own rules, or for who we are


class Blame(StrEnum):
    ANSWERED = "answered"
    AT_FAULT = "at_fault"
    NOTHING = "nothing"


def blame(webhook: Webhook, attempt: Attempt | None) -> Blame:
    """None for a delivery that was not tried."""
    if attempt is None:
        return Blame.NOTHING
    match _last_reply(attempt):
        case Response() as answer:
            is_down = answer.status >= 500 or (attempt.verdict is VerdictKind.RETRY and _is_asleep(webhook, answer))
            return Blame.AT_FAULT if is_down else Blame.ANSWERED
        case NoResponse(fault=fault):
            return Blame.NOTHING if fault in OURS else Blame.AT_FAULT
        case NotSent():
            return Blame.NOTHING
        case reply:
            assert_never(reply)


def _last_reply(attempt: Attempt) -> Reply:
    """Where nothing was sent after a question, the answer to that tells how the target is."""
    if attempt.request is None and attempt.asked:
        return attempt.asked[-1].reply
    return attempt.reply


def _is_asleep(webhook: Webhook, answer: Response) -> bool:
    if webhook.success is not SuccessRule.SERVICENOW or answer.status >= 300:
        return False
    return "html" in (answer.header("content-type") or "").lower() or answer.body[:64].lstrip().startswith(b"<")
