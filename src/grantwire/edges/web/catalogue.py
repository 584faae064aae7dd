"""The catalogue: what people may ask for, who decides, and for how long, in words.

In: nothing. Out: a page. Never: an edit (it is written in files, with `grantwire apply`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from litestar import get

from grantwire.domain.catalogue import (
    ANY,
    AccessFlow,
    Among,
    ApprovalMode,
    ApproverGroup,
    Catalogue,
    CatalogueTarget,
    Condition,
    Integration,
)
from grantwire.domain.duration import write_duration
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page


@dataclass(frozen=True, slots=True)
class FlowShown:
    """An access flow, each fact of it in words."""

    name: str
    active: bool
    requesters: str
    what: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


@get("/catalogue")
async def show_catalogue(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    kept = await flows.catalogue.show()
    return page(
        request,
        visit,
        "catalogue/page.html",
        kept=kept,
        catalogue=kept.catalogue,
        flows=[flow_shown(flow) for flow in kept.catalogue.access_flows],
        bundles=[(one.name, [target_words(each) for each in one.targets]) for one in kept.catalogue.bundles],
        groups=_groups(kept.catalogue),
        grants={one.name: grants_words(one) for one in kept.catalogue.integrations},
    )


def _groups(catalogue: Catalogue) -> dict[str, list[str]]:
    """The groups of each person, by address."""
    found: dict[str, list[str]] = {}
    for group in catalogue.groups:
        for member in group.members:
            found.setdefault(member, []).append(group.name)
    return found


def flow_shown(flow: AccessFlow) -> FlowShown:
    what = (*(target_words(one) for one in flow.targets), *(f"the bundle {name}" for name in flow.bundles))
    requesters = " or ".join(map(_who, flow.requesters))
    return FlowShown(flow.name, flow.active, requesters, what, tuple(_facts(flow)))


def _facts(flow: AccessFlow) -> Iterator[tuple[str, str]]:
    yield "Approved by", approval_words(flow)
    if flow.escalation is not None:
        tiers = ", then ".join(map(group_words, flow.escalation.tiers))
        yield "Escalation", f"each {write_duration(flow.escalation.after)} without a decision: {tiers}"
    yield "Lasts", f"at most {write_duration(flow.longest)}" if flow.longest else "until somebody ends it"
    if flow.extensions is not None:
        yield "Extensions", f"{flow.extensions.most} of {write_duration(flow.extensions.by)} each"
    if flow.approval is not None:
        yield "Waits for a decision", f"at most {write_duration(flow.pending)}"
    yield "Justification", "required" if flow.justification_required else "optional"
    if flow.approver_reason_required:
        yield "Approver's reason", "required"
    if flow.requester_may_approve:
        yield "Own requests", "may be approved by the requester"
    if flow.custom_fields:
        yield "Further fields", ", ".join(f"{one.label}{' (required)' * one.required}" for one in flow.custom_fields)


def approval_words(flow: AccessFlow) -> str:
    if flow.approval is None:
        return "nobody: it is approved at once"
    groups = [group_words(one) for one in flow.approval.groups]
    if len(groups) == 1:
        return groups[0]
    joined = "; and ".join(groups) if flow.approval.mode is ApprovalMode.ALL_OF else "; or ".join(groups)
    return f"{'all' if flow.approval.mode is ApprovalMode.ALL_OF else 'one'} of these: {joined}"


def group_words(group: ApproverGroup) -> str:
    joint = " and " if group.mode is Among.ALL else " or "
    return joint.join(map(_who, group.approvers))


def _who(condition: Condition) -> str:
    return f"a member of {condition.name}" if condition.who == "group" else condition.label


def target_words(target: CatalogueTarget) -> str:
    permissions = "anything" if ANY in target.permissions else ", ".join(target.permissions)
    resources = f"all of {target.resource_type}" if ANY in target.resources else ", ".join(target.resources)
    return f"{permissions} on {resources} in {target.integration}"


def grants_words(integration: Integration) -> str:
    settings = integration.provisioner
    if settings is None:
        return "by a person"
    what = "a login for each request" if settings.mode == "login" else "roles for the person's own login"
    return f"on PostgreSQL at {settings.host}:{settings.port}: {what}"


def routes() -> list[object]:
    return [show_catalogue]
