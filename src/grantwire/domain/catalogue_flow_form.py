"""Catalogue flow form: an access flow as people write it.

In: one object of `access_flows`. Out: an `AccessFlow`. Never: a check whether what it names exists (see
`catalogue_links`).
"""

from collections.abc import Callable
from datetime import timedelta

from grantwire.domain.catalogue import (
    DEFAULT_PENDING,
    DEFAULT_REMINDER,
    AccessFlow,
    Among,
    ApprovalMode,
    ApprovalPolicy,
    ApproverGroup,
    CatalogueTarget,
    Condition,
    CustomField,
    Escalation,
    Extensions,
    Who,
)
from grantwire.domain.duration import HINT, read_duration
from grantwire.domain.form import Form
from grantwire.domain.shape import name_of

MOST_TIERS = 5  # access-events §3.4
MOST_EXTENSIONS = 1000
_DEFAULT_AFTER = timedelta(minutes=30)
_REQUESTERS = "everyone, {person: email} or {group: name}"
_APPROVERS = "manager, everyone, {person: email} or {group: name}"


def read_flow(form: Form, *, read_target: Callable[[Form], CatalogueTarget]) -> AccessFlow:
    flow = AccessFlow(
        name=form.needed_text("name", fallback="-"),
        active=form.flag("active", default=True),
        requesters=_conditions(form, "requesters", hint=_REQUESTERS),
        targets=form.each("targets", read_target),
        bundles=form.texts("bundles"),
        approval=_approval(form.inner("approval")),
        longest=_duration(form, "longest"),
        justification_required=form.flag("justification_required", default=True),
        approver_reason_required=form.flag("approver_reason_required", default=False),
        requester_may_approve=form.flag("requester_may_approve", default=False),
        escalation=_escalation(form.inner("escalation")),
        extensions=_extensions(form.inner("extensions")),
        pending=_duration(form, "pending") or DEFAULT_PENDING,
        reminder=_duration(form, "reminder") or DEFAULT_REMINDER,
        custom_fields=_custom_fields(form),
    )
    _check(form, flow)
    return flow


def _check(form: Form, flow: AccessFlow) -> None:
    form.need_one("requesters", hint=f"Give {_REQUESTERS}.")
    if not form.take("bundles"):
        form.need_one("targets", "must have at least one, or name bundles", "Say what may be asked for through it.")
    if any(one.who is Who.MANAGER for one in flow.requesters):
        form.fault("requesters", "cannot be a manager: it is the manager of who asks.", f"Give {_REQUESTERS}.")
    if flow.escalation is not None and flow.approval is None:
        form.fault("escalation", "needs an approval: without one every request is approved at once.")
    if flow.extensions is not None and not form.has("longest"):
        form.fault("extensions", "need longest: an access without an end cannot be made longer.")


def _conditions(form: Form, name: str, *, hint: str) -> tuple[Condition, ...]:
    raw = form.take(name)
    found: list[Condition] = []
    for index, one in enumerate(raw if isinstance(raw, list | tuple) else [] if raw is None else [raw]):
        condition = _condition(one)
        if condition is None:
            shown = repr(one)[:60] if isinstance(one, str) else name_of(one)
            form.fault(f"{name}[{index}]", f"is no condition on a person, found {shown}", f"Give {hint}.")
        else:
            found.append(condition)
    return tuple(found)


def _condition(raw: object) -> Condition | None:
    if isinstance(raw, str) and raw in {Who.EVERYONE, Who.MANAGER}:
        return Condition(Who(raw))
    if isinstance(raw, dict) and len(raw) == 1:
        [(who, name)] = raw.items()
        if who in {Who.PERSON, Who.GROUP} and isinstance(name, str) and name:
            return Condition(Who(who), name)
    return None


def _approval(form: Form | None) -> ApprovalPolicy | None:
    if form is None:
        return None
    policy = ApprovalPolicy(form.choice("mode", ApprovalMode.ANY_OF), _approver_groups(form, "groups"))
    form.need_one("groups", hint="Leave approval out when nobody need approve.")
    form.finish()
    return policy


def _approver_groups(form: Form, name: str) -> tuple[ApproverGroup, ...]:
    return form.each(name, _approver_group)


def _approver_group(form: Form) -> ApproverGroup:
    group = ApproverGroup(form.choice("mode", Among.ANY), _conditions(form, "approvers", hint=_APPROVERS))
    form.need_one("approvers", hint=f"Give {_APPROVERS}.")
    return group


def _escalation(form: Form | None) -> Escalation | None:
    if form is None:
        return None
    escalation = Escalation(_duration(form, "after") or _DEFAULT_AFTER, _approver_groups(form, "tiers"))
    form.need_one("tiers", f"are none, 1 to {MOST_TIERS} are possible")
    if len(escalation.tiers) > MOST_TIERS:
        form.fault("tiers", f"are {len(escalation.tiers)}, 1 to {MOST_TIERS} are possible")
    form.finish()
    return escalation


def _extensions(form: Form | None) -> Extensions | None:
    if form is None:
        return None
    most, by = form.whole_number("most", least=1, most=MOST_EXTENSIONS), _duration(form, "by")
    for name, value in (("most", most), ("by", by)):
        if value is None and not form.has(name):
            form.miss(name)
    form.finish()
    return Extensions(most or 1, by or timedelta(hours=1))


def _custom_fields(form: Form) -> tuple[CustomField, ...]:
    found: list[CustomField] = []
    first: dict[str, str] = {}
    for one in form.forms("custom_fields"):
        name = one.needed_text("id", fallback="-")
        label = one.text("label") or name
        found.append(CustomField(name, label, one.flag("required", default=False), one.words("values")))
        one.finish()
        if one.has("id") and (earlier := first.setdefault(name, one.path)) != one.path:
            one.fault("id", f"{name!r} is that of {earlier} already.", "Give each its own.")
    return tuple(found)


def _duration(form: Form, name: str) -> timedelta | None:
    raw = form.take(name)
    found = read_duration(raw)
    if raw is not None and found is None:
        form.fault(name, f"{raw!r:.60} is no length of time.", HINT)
    return found
