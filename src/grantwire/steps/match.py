"""Match: does this webhook want this event?

In: a webhook, compiled once; then events. Out: None, or the reason why not. Never: an exception for an odd event.
"""

from dataclasses import dataclass

from grantwire.domain.event import Event, Family
from grantwire.domain.operational import is_about
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.steps.match_clause import ClauseTest, compile_clause
from grantwire.steps.match_expression import ExpressionTest, compile_expression


@dataclass(frozen=True, slots=True)
class Matcher:
    """`clauses` and `expression` are None or empty for most webhooks: then only the trigger decides. `own_id` is set
    for those that may carry Grantwire's own events, which never go to the webhook they are about."""

    is_active: bool
    triggers: frozenset[str]
    wanted: str
    clauses: tuple[ClauseTest, ...] = ()
    expression: ExpressionTest | None = None
    own_id: WebhookId | None = None

    def why_not(self, event: Event) -> str | None:
        """None when the webhook wants the event."""
        if not self.is_active:
            return INACTIVE
        if event.type not in self.triggers:
            return self.why_no_trigger(event)
        if self.own_id is not None and is_about(event.type, event.envelope, self.own_id):
            return ABOUT_ITSELF
        event = event.unfolded() if self.clauses or self.expression is not None else event
        for clause in self.clauses:
            finding = clause.look(event)
            if not finding.passed:
                return finding.why
        if self.expression is not None:
            finding = self.expression.look(event)
            if not finding.passed:
                return finding.why
        return None

    def why_no_trigger(self, event: Event) -> str | None:
        return None if event.type in self.triggers else f"trigger {event.type} is not among {self.wanted}"


INACTIVE = "inactive"
ABOUT_ITSELF = "it is about this webhook itself"


def compile_match(webhook: Webhook) -> Matcher:
    """The definition was checked: its spans of hours, its time zone and its expression are known to be good."""
    filters = webhook.filters
    return Matcher(
        is_active=webhook.active,
        triggers=frozenset(webhook.triggers),
        wanted=", ".join(webhook.triggers),
        clauses=tuple(compile_clause(clause, time_zone=filters.time_zone) for clause in filters.clauses),
        expression=None if filters.expression is None else compile_expression(filters.expression),
        own_id=webhook.id if webhook.kind is Family.INTEGRATION else None,
    )
