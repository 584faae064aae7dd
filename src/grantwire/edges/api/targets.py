"""Targets over HTTP: where webhooks send to, and whether it is sent to now.

In: nothing. Out: every target with its breaker and limits. Never: a change (its webhooks and the settings are changed).
"""

from litestar import get

from grantwire.edges.api.given import FlowsGiven
from grantwire.edges.api.wire.target import TargetPage, target_answer


@get("/targets")
async def list_targets(flows: FlowsGiven) -> TargetPage:
    return TargetPage([target_answer(status) for status in flows.targets.statuses()])
