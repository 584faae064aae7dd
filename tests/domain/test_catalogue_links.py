"""A catalogue refers only to what is in it."""

from collections.abc import Callable
from typing import Any

import pytest

from grantwire.domain.catalogue_form import read_catalogue
from grantwire.domain.errors import Refused

Raw = dict[str, Any]


def whole() -> Raw:
    """Everything that can refer to something does, to what is there."""
    target = {"integration": "db", "resource_type": "database", "resources": ["orders"], "permissions": ["read"]}
    return {
        "people": [
            {"email": "ada@example.com", "manager": "grace@example.com", "logins": {"db": "ada"}},
            {"email": "grace@example.com"},
        ],
        "groups": [{"name": "team", "members": ["ada@example.com"]}],
        "integrations": [
            {
                "name": "db",
                "type": "postgresql",
                "resource_types": [{"id": "database", "resources": ["orders"], "permissions": ["read"]}],
                "provisioner": {
                    "type": "postgresql",
                    "host": "db.example.com",
                    "user": "grantwire",
                    "password": "${env:PASSWORD}",
                    "roles": {"read": ["reader"]},
                },
            }
        ],
        "bundles": [{"name": "on call", "targets": [dict(target)]}],
        "access_flows": [
            {
                "name": "flow",
                "requesters": [{"group": "team"}],
                "targets": [dict(target)],
                "bundles": ["on call"],
                "approval": {"groups": [{"approvers": [{"person": "grace@example.com"}]}]},
                "escalation": {"tiers": [{"approvers": [{"group": "team"}]}]},
            }
        ],
    }


def flow(raw: Raw) -> Raw:
    found: Raw = raw["access_flows"][0]
    return found


CASES: list[tuple[Callable[[Raw], object], str, str]] = [
    (lambda raw: raw["people"][0].update(manager="x@example.com"), "people[0].manager", "no person"),
    (lambda raw: raw["people"][0].update(logins={"bd": "ada"}), "people[0].logins.bd", "no integration"),
    (lambda raw: raw["groups"][0].update(members=["x@example.com"]), "groups[0].members[0]", "no person"),
    (
        lambda raw: raw["integrations"][0]["provisioner"].update(roles={"read": ["r"], "write": ["w"]}),
        "integrations[0].provisioner.roles.write",
        "no permission",
    ),
    (
        lambda raw: raw["integrations"][0]["resource_types"][0].update(permissions=["read", "own"]),
        "integrations[0].provisioner.roles",
        "no roles for the permission 'own'",
    ),
    (lambda raw: raw["bundles"][0]["targets"][0].update(integration="bd"), "bundles[0].targets[0].integration", "no "),
    (
        lambda raw: flow(raw)["targets"][0].update(resource_type="databas"),
        "access_flows[0].targets[0].resource_type",
        "no resource type",
    ),
    (
        lambda raw: flow(raw)["targets"][0].update(resources=["order"]),
        "access_flows[0].targets[0].resources[0]",
        "no resource",
    ),
    (
        lambda raw: flow(raw)["targets"][0].update(permissions=["raed"]),
        "access_flows[0].targets[0].permissions[0]",
        "no permission",
    ),
    (lambda raw: flow(raw).update(bundles=["on cal"]), "access_flows[0].bundles[0]", "no bundle"),
    (lambda raw: flow(raw).update(requesters=[{"group": "tem"}]), "access_flows[0].requesters[0].group", "no group"),
    (
        lambda raw: flow(raw)["approval"]["groups"][0].update(approvers=[{"person": "x@example.com"}]),
        "access_flows[0].approval.groups[0].approvers[0].person",
        "no person",
    ),
    (
        lambda raw: flow(raw)["escalation"]["tiers"][0].update(approvers=[{"group": "tem"}]),
        "access_flows[0].escalation.tiers[0].approvers[0].group",
        "no group",
    ),
]


def test_what_refers_only_to_what_is_there_has_no_problem() -> None:
    assert read_catalogue(whole()).access_flows[0].name == "flow"


@pytest.mark.parametrize(("change", "path", "words"), CASES, ids=[path for _, path, _ in CASES])
def test_a_name_that_stands_for_nothing_is_told_at_its_place(
    change: Callable[[Raw], object], path: str, words: str
) -> None:
    raw = whole()
    change(raw)
    with pytest.raises(Refused) as told:
        read_catalogue(raw)
    (problem,) = told.value.problems
    assert problem.path == path
    assert words in problem.message
    assert problem.hint


def test_all_of_them_are_told_at_once() -> None:
    raw = whole()
    for change, _, _ in CASES[:3]:
        change(raw)
    with pytest.raises(Refused) as told:
        read_catalogue(raw)
    assert [one.path for one in told.value.problems] == [
        "people[0].manager",
        "people[0].logins.bd",
        "groups[0].members[0]",
    ]
