"""Admit: may this delivery go out now?

In: the webhook as it is now, a claim, the time. Out: None for yes, or the verdict that says why not.
Never: a count of attempts changed; waiting is not failing.
"""

from datetime import datetime

from grantwire.domain.delivery import Claim
from grantwire.domain.verdict import GivenUp, Held
from grantwire.domain.webhook import Webhook


def admit(webhook: Webhook, claim: Claim, *, now: datetime) -> GivenUp | Held | None:
    if now - claim.created_at > webhook.retry.max_age:
        return GivenUp(why_too_old(webhook))
    why = why_held(webhook)
    return Held(why) if why else None


def why_too_old(webhook: Webhook) -> str:
    hours = webhook.retry.max_age.total_seconds() / 3600
    return f"too old: max_age_hours ({hours:g}) has passed"


def why_held(webhook: Webhook) -> str | None:
    """Why deliveries of this webhook wait for a person; None while they may go."""
    if webhook.paused_why is not None:
        return f"paused: {webhook.paused_why}"
    if not webhook.active:
        return "the webhook was made inactive"
    return None
