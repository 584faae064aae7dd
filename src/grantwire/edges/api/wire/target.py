"""Targets as they are written: what webhooks of one origin share.

In: the status of targets. Out: wire types. Never: a credential, or a delivery.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from grantwire.domain.breaker import Phase
from grantwire.flow.targets import TargetStatus


class TargetAnswer(Struct, frozen=True, kw_only=True):
    """An origin that webhooks send to, and whether it is sent to now."""

    origin: Annotated[str, Meta(examples=["https://acme.service-now.com:443"])]
    webhooks: Annotated[list[str], Meta(description="The names of those that send there.")]
    state: Annotated[
        Phase,
        Meta(description="closed: sent to as usual; open: left alone until the next probe; half_open: a probe is out."),
    ]
    since: Annotated[datetime | None, Meta(description="Since when it is not closed.")]
    why: Annotated[str, Meta(description="What its last fault was, while it is not closed.")]
    next_probe_at: Annotated[datetime | None, Meta(description="When the next delivery goes out as a probe.")]
    probes: Annotated[int, Meta(ge=0, description="Probes since it opened.")]
    concurrency: Annotated[int | None, Meta(description="At once, over all its webhooks; null: no limit.")]
    per_minute: Annotated[int | None, Meta(description="Starts in any 60 seconds; null: no limit.")]
    running: Annotated[int, Meta(ge=0, description="Requests under way.")]


class TargetPage(Struct, frozen=True):
    items: list[TargetAnswer]


def target_answer(status: TargetStatus) -> TargetAnswer:
    return TargetAnswer(
        origin=str(status.origin),
        webhooks=sorted(status.webhooks),
        state=status.phase,
        since=status.since,
        why=status.why,
        next_probe_at=status.next_probe_at,
        probes=status.probes,
        concurrency=status.limits.concurrency,
        per_minute=status.limits.per_minute,
        running=status.running,
    )
