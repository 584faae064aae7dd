"""Catalogue text: the catalogue in the shape that people and programs write it.

In: a `Catalogue`. Out: plain objects and lists, which `read_catalogue` reads back. Never: a secret (none is in it).
"""

from collections.abc import Mapping
from typing import Any

from grantwire.domain.catalogue import (
    AccessFlow,
    ApproverGroup,
    Bundle,
    Catalogue,
    CataloguePerson,
    CatalogueTarget,
    CatalogueType,
    Condition,
    CustomField,
    Group,
    Integration,
    PostgreSqlSettings,
    Who,
)
from grantwire.domain.duration import write_duration

Written = dict[str, Any]


def write_catalogue(catalogue: Catalogue) -> Written:
    return {
        "people": [_person(one) for one in catalogue.people],
        "groups": [_group(one) for one in catalogue.groups],
        "integrations": [_integration(one) for one in catalogue.integrations],
        "bundles": [_bundle(one) for one in catalogue.bundles],
        "access_flows": [write_flow(one) for one in catalogue.access_flows],
    }


def _person(person: CataloguePerson) -> Written:
    return _without_nothing(
        {"email": person.email, "name": person.name, "manager": person.manager, "logins": dict(person.logins)}
    )


def _group(group: Group) -> Written:
    return {"name": group.name, "members": list(group.members)}


def _integration(integration: Integration) -> Written:
    return _without_nothing(
        {
            "name": integration.name,
            "type": integration.type,
            "resource_types": [_type(one) for one in integration.resource_types],
            "provisioner": _provisioner(integration.provisioner) if integration.provisioner else None,
        }
    )


def _type(kind: CatalogueType) -> Written:
    return {
        "id": kind.id,
        "name": kind.name,
        "resources": [{"name": one.name, "path": one.path} for one in kind.resources],
        "permissions": list(kind.permissions),
    }


def _provisioner(settings: PostgreSqlSettings) -> Written:
    return {
        "type": "postgresql",
        "host": settings.host,
        "port": settings.port,
        "database": settings.database,
        "user": settings.user,
        "password": settings.password,
        "mode": settings.mode.value,
        "tls": settings.tls.value,
        "roles": {permission: list(roles) for permission, roles in settings.roles.items()},
    }


def _bundle(bundle: Bundle) -> Written:
    return {"name": bundle.name, "targets": [_target(one) for one in bundle.targets]}


def _target(target: CatalogueTarget) -> Written:
    return {
        "integration": target.integration,
        "resource_type": target.resource_type,
        "resources": list(target.resources),
        "permissions": list(target.permissions),
    }


def write_flow(flow: AccessFlow) -> Written:
    """Also what an access request keeps of the flow it was asked through."""
    approval, escalation, extensions = flow.approval, flow.escalation, flow.extensions
    return _without_nothing(
        {
            "name": flow.name,
            "active": flow.active,
            "requesters": [_condition(one) for one in flow.requesters],
            "targets": [_target(one) for one in flow.targets],
            "bundles": list(flow.bundles),
            "approval": approval
            and {"mode": approval.mode.value, "groups": [_approver_group(one) for one in approval.groups]},
            "longest": flow.longest and write_duration(flow.longest),
            "justification_required": flow.justification_required,
            "approver_reason_required": flow.approver_reason_required,
            "requester_may_approve": flow.requester_may_approve,
            "escalation": escalation
            and {
                "after": write_duration(escalation.after),
                "tiers": [_approver_group(one) for one in escalation.tiers],
            },
            "extensions": extensions and {"most": extensions.most, "by": write_duration(extensions.by)},
            "pending": write_duration(flow.pending),
            "reminder": write_duration(flow.reminder),
            "custom_fields": [_custom_field(one) for one in flow.custom_fields],
        }
    )


def _approver_group(group: ApproverGroup) -> Written:
    return {"mode": group.mode.value, "approvers": [_condition(one) for one in group.approvers]}


def _condition(condition: Condition) -> str | Written:
    if condition.who in {Who.EVERYONE, Who.MANAGER}:
        return condition.who.value
    return {condition.who.value: condition.name}


def _custom_field(field: CustomField) -> Written:
    return {"id": field.id, "label": field.label, "required": field.required, "values": list(field.values)}


def _without_nothing(written: Mapping[str, Any]) -> Written:
    return {name: value for name, value in written.items() if value is not None and value not in ([], {})}
