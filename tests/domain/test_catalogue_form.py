"""The catalogue as it is written: read back as it was, and every fault told at its place."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.catalogues import sample_catalogue

from grantwire.domain.catalogue import (
    Among,
    ApprovalMode,
    Catalogue,
    CatalogueTarget,
    Condition,
    Who,
)
from grantwire.domain.catalogue_form import read_catalogue
from grantwire.domain.catalogue_text import write_catalogue
from grantwire.domain.errors import Problem, Refused

TYPE = {"id": "database", "resources": ["orders", "billing"], "permissions": ["read", "write"]}
DB = {"name": "db", "type": "postgresql", "resource_types": [TYPE]}
TARGET = {"integration": "db", "resource_type": "database"}


def raw_flow(**more: Any) -> dict[str, Any]:
    return {"name": "flow", "requesters": ["everyone"], "targets": [TARGET], **more}


def raw(**parts: Any) -> dict[str, Any]:
    return {"people": [{"email": "ada@example.com"}], "integrations": [DB], "access_flows": [raw_flow()], **parts}


def problems(written: object) -> dict[str, Problem]:
    with pytest.raises(Refused) as told:
        read_catalogue(written)
    return {one.path: one for one in told.value.problems}


def test_what_is_written_is_read_back_as_the_same_catalogue() -> None:
    catalogue = read_catalogue(sample_catalogue())
    assert read_catalogue(write_catalogue(catalogue)) == catalogue
    assert read_catalogue(write_catalogue(Catalogue())) == Catalogue()


def test_what_is_left_out_has_the_defaults_that_the_docs_tell() -> None:
    (flow,) = read_catalogue(raw()).access_flows
    assert (flow.active, flow.approval, flow.longest, flow.escalation, flow.extensions) == (
        True,
        None,
        None,
        None,
        None,
    )
    assert (flow.justification_required, flow.approver_reason_required, flow.requester_may_approve) == (
        True,
        False,
        False,
    )
    assert (flow.pending, flow.reminder) == (timedelta(days=7), timedelta(minutes=15))
    assert flow.targets == (CatalogueTarget("db", "database", ("*",), ("*",)),)


def test_an_approval_counts_any_group_and_any_approver_unless_told_otherwise() -> None:
    approval = {"groups": [{"approvers": ["manager"]}]}
    (flow,) = read_catalogue(raw(access_flows=[raw_flow(approval=approval)])).access_flows
    assert flow.approval is not None
    assert flow.approval.mode is ApprovalMode.ANY_OF
    assert flow.approval.groups[0].mode is Among.ANY
    assert flow.approval.groups[0].approvers == (Condition(Who.MANAGER),)


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"longest": "long"}, "longest", "no length of time"),
        ({"longest": 8}, "longest", "no length of time"),
        ({"requesters": []}, "requesters", "at least one"),
        ({"requesters": ["manager"]}, "requesters", "cannot be a manager"),
        ({"requesters": [{"grop": "x"}]}, "requesters[0]", "no condition on a person"),
        ({"targets": []}, "targets", "or name bundles"),
        ({"approval": {"groups": []}}, "approval.groups", "at least one"),
        ({"approval": {"mode": "SOME_OF", "groups": [{"approvers": ["manager"]}]}}, "approval.mode", "not possible"),
        ({"approval": {"groups": [{"approvers": []}]}}, "approval.groups[0].approvers", "at least one"),
        ({"escalation": {"tiers": [{"approvers": ["everyone"]}]}}, "escalation", "needs an approval"),
        ({"extensions": {"most": 2, "by": "1h"}}, "extensions", "need longest"),
        ({"longest": "1h", "extensions": {"most": 2}}, "extensions.by", "is missing"),
        ({"longest": "1h", "extensions": {"most": 0, "by": "1h"}}, "extensions.most", "whole number from 1"),
        ({"custom_fields": [{"id": "a"}, {"id": "a"}]}, "custom_fields[1].id", "'a' is that of"),
        ({"aproval": {}}, "aproval", "not a known field"),
    ],
)
def test_a_fault_of_an_access_flow_is_told_at_its_place(fields: dict[str, Any], path: str, words: str) -> None:
    found = problems(raw(access_flows=[raw_flow(**fields)]))
    assert list(found) == [f"access_flows[0].{path}"]
    assert words in found[f"access_flows[0].{path}"].message


@pytest.mark.parametrize("name", ["resources", "permissions"])
def test_an_empty_list_in_a_target_is_refused_and_does_not_mean_all(name: str) -> None:
    found = problems(raw(access_flows=[raw_flow(targets=[{**TARGET, name: []}])]))
    assert list(found) == [f"access_flows[0].targets[0].{name}"]


def test_more_than_five_tiers_are_refused() -> None:
    tier = {"approvers": ["everyone"]}
    flow = raw_flow(approval={"groups": [tier]}, escalation={"tiers": [tier] * 6})
    assert "1 to 5" in problems(raw(access_flows=[flow]))["access_flows[0].escalation.tiers"].message
    flow["escalation"]["tiers"].pop()
    assert len(read_catalogue(raw(access_flows=[flow])).access_flows[0].escalation.tiers) == 5  # type: ignore[union-attr]


@pytest.mark.parametrize("password", ["hunter2", "", "x${env:A}", "${env:A}${env:B}"])
def test_a_password_that_is_no_reference_is_refused_and_not_repeated(password: str) -> None:
    provisioner = {"type": "postgresql", "host": "h", "user": "u", "password": password, "roles": {"read": ["r"]}}
    found = problems(raw(integrations=[{**DB, "provisioner": provisioner}]))
    assert "hunter2" not in str(found)
    assert "integrations[0].provisioner.password" in found


@pytest.mark.parametrize("kind", ["people", "groups", "integrations", "bundles", "access_flows"])
def test_two_of_a_kind_cannot_have_one_name_however_it_is_spelled(kind: str) -> None:
    twins = sample_catalogue()
    field = "email" if kind == "people" else "name"
    twins[kind].append({**twins[kind][0], field: twins[kind][0][field].upper()})
    found = problems(twins)
    assert list(found) == [f"{kind}[{len(twins[kind]) - 1}].{field}"]


@pytest.mark.parametrize("kind", ["people", "groups", "integrations", "bundles", "access_flows"])
def test_what_is_no_list_of_objects_is_told(kind: str) -> None:
    assert "must be a list" in problems({kind: "x"})[kind].message
    assert f"{kind}[0]" in problems({kind: [7]})


def test_what_is_no_catalogue_at_all_is_told() -> None:
    assert problems([])[""].message == "must be an object, found an array"


def test_faults_of_all_parts_are_told_at_once() -> None:
    found = problems({"people": [{"emial": "x"}], "groups": [{}], "integrations": [{"name": "db"}], "flows": []})
    assert {"people[0].email", "people[0].emial", "groups[0].name", "integrations[0].type", "flows"} <= set(found)
    assert found["people[0].emial"].hint == "Did you mean email?"
