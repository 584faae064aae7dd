"""Line: the deliveries of one webhook for one access request, which go out one at a time in the order of acceptance.

In: who stands in front. Out: what people are told about it. Never: the moves themselves (they belong to the store, in
the transaction of what caused them).
"""

from datetime import datetime

from grantwire.domain.delivery import DeliveryId

Line = tuple[str, str]  # the webhook's id and the access request's


def waits_for(front: DeliveryId) -> str:
    return f"waits for {front}, which goes first for the same access request"


def waits_for_dead(front: DeliveryId, until: datetime) -> str:
    return (
        f"{front} in front is dead: replay it, skip it, or wait until {until:%Y-%m-%d %H:%M} UTC, when its "
        "max_age_hours end"
    )
