"""Repeat: a new delivery for one that has ended.

In: the webhook as it is now, the old delivery, an id. Out: the new one. Never: a look at whether it may be repeated.
"""

from grantwire.domain.delivery import Delivery, DeliveryId, State
from grantwire.domain.replay_step import NewReplay
from grantwire.domain.webhook import Order, Webhook
from grantwire.steps.admit import why_held


def repeat(webhook: Webhook, old: Delivery, *, id_: str) -> NewReplay:
    """Held where everything of the webhook is; with its place in line where the webhook keeps the order."""
    held = why_held(webhook)
    return NewReplay(
        DeliveryId(id_),
        old.id,
        webhook.name,
        State.PENDING if held is None else State.HELD,
        held or "",
        line=old.access_request_id if webhook.order is Order.PER_REQUEST else None,
    )
