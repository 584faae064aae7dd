"""Explain: why a webhook fires for an event, or does not.

In: a webhook and an event. Out: every clause with what it wanted and found, not only the first that failed.
Never: another judgement than `match`; both ask the same tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from grantwire.domain.event import Event
from grantwire.domain.operational import is_about
from grantwire.domain.webhook import Webhook
from grantwire.steps.match import ABOUT_ITSELF, INACTIVE, Matcher, compile_match
from grantwire.steps.match_clause import Finding


@dataclass(frozen=True, slots=True)
class ClauseExplanation:
    """`name` is `status`, `trigger`, a dimension (`integration`, `not requester`) or `expression`.

    `why` is empty for a clause that passed, except where there is something to know (a paused webhook).
    """

    name: str
    passed: bool
    found: tuple[str, ...]
    wanted: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`why_not` is the reason of the first clause that failed, as it is recorded with a skipped delivery."""

    fires: bool
    why_not: str | None
    clauses: tuple[ClauseExplanation, ...]


def explain(webhook: Webhook, event: Event) -> Explanation:
    matcher = compile_match(webhook)
    clauses = tuple(_clauses(webhook, matcher, event))
    return Explanation(
        fires=all(clause.passed for clause in clauses),
        why_not=next((clause.why for clause in clauses if not clause.passed), None),
        clauses=clauses,
    )


def _clauses(webhook: Webhook, matcher: Matcher, event: Event) -> Iterator[ClauseExplanation]:
    yield _status(webhook)
    trigger = matcher.why_no_trigger(event)
    yield ClauseExplanation("trigger", trigger is None, (event.type,), webhook.triggers, trigger or "")
    if matcher.own_id is not None and is_about(event.type, event.envelope, matcher.own_id):
        yield ClauseExplanation(
            "webhook", passed=False, found=(webhook.name,), wanted=("another webhook",), why=ABOUT_ITSELF
        )
    for clause in matcher.clauses:
        yield _of(clause.look(event), clause.name, clause.wanted)
    if matcher.expression is not None:
        yield _of(matcher.expression.look(event), "expression", (matcher.expression.source,))


def _status(webhook: Webhook) -> ClauseExplanation:
    if not webhook.active:
        return ClauseExplanation("status", passed=False, found=("inactive",), wanted=("active",), why=INACTIVE)
    if webhook.paused_why is not None:
        held = f"paused, its deliveries are held: {webhook.paused_why}"
        return ClauseExplanation("status", passed=True, found=("active", "paused"), wanted=("active",), why=held)
    return ClauseExplanation("status", passed=True, found=("active",), wanted=("active",))


def _of(finding: Finding, name: str, wanted: tuple[str, ...]) -> ClauseExplanation:
    return ClauseExplanation(name, finding.passed, finding.found, wanted, finding.why)
