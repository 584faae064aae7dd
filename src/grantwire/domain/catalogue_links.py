"""Catalogue links: what refers to something refers to what is there.

In: a catalogue. Out: a problem for each name that stands for nothing, with its path. Never: a change of the catalogue.
"""

from collections.abc import Iterable, Iterator

from grantwire.domain.catalogue import ANY, Catalogue, CatalogueTarget, Condition, Integration, Who
from grantwire.domain.errors import Problem
from grantwire.domain.form import one_of


def broken_links(catalogue: Catalogue) -> Iterator[Problem]:
    yield from _people(catalogue)
    for at, group in enumerate(catalogue.groups):
        for index, member in enumerate(group.members):
            yield from _person(catalogue, member, f"groups[{at}].members[{index}]")
    for at, integration in enumerate(catalogue.integrations):
        yield from _provisioner(integration, f"integrations[{at}].provisioner.roles")
    for at, bundle in enumerate(catalogue.bundles):
        yield from _targets(catalogue, bundle.targets, f"bundles[{at}].targets")
    yield from _flows(catalogue)


def _people(catalogue: Catalogue) -> Iterator[Problem]:
    integrations = [one.name for one in catalogue.integrations]
    for at, person in enumerate(catalogue.people):
        if person.manager is not None:
            yield from _person(catalogue, person.manager, f"people[{at}].manager")
        for name in person.logins:
            yield from _named("integration", name, integrations, f"people[{at}].logins.{name}")


def _provisioner(integration: Integration, path: str) -> Iterator[Problem]:
    permissions = list(dict.fromkeys(name for one in integration.resource_types for name in one.permissions))
    if integration.provisioner is None:
        return
    roles = integration.provisioner.roles
    for permission in roles:
        yield from _named("permission", permission, permissions, f"{path}.{permission}")
    for permission in permissions:
        if permission not in roles:
            yield Problem(path, f"says no roles for the permission {permission!r}.", "Say what it stands for.")


def _flows(catalogue: Catalogue) -> Iterator[Problem]:
    bundles = [one.name for one in catalogue.bundles]
    for at, flow in enumerate(catalogue.access_flows):
        path = f"access_flows[{at}]"
        yield from _targets(catalogue, flow.targets, f"{path}.targets")
        for index, name in enumerate(flow.bundles):
            yield from _named("bundle", name, bundles, f"{path}.bundles[{index}]")
        yield from _conditions(catalogue, flow.requesters, f"{path}.requesters")
        for index, group in enumerate(flow.approval.groups if flow.approval else ()):
            yield from _conditions(catalogue, group.approvers, f"{path}.approval.groups[{index}].approvers")
        for index, tier in enumerate(flow.escalation.tiers if flow.escalation else ()):
            yield from _conditions(catalogue, tier.approvers, f"{path}.escalation.tiers[{index}].approvers")


def _conditions(catalogue: Catalogue, conditions: Iterable[Condition], path: str) -> Iterator[Problem]:
    groups = [one.name for one in catalogue.groups]
    for index, condition in enumerate(conditions):
        if condition.who is Who.PERSON:
            yield from _person(catalogue, condition.name, f"{path}[{index}].person")
        elif condition.who is Who.GROUP:
            yield from _named("group", condition.name, groups, f"{path}[{index}].group")


def _targets(catalogue: Catalogue, targets: Iterable[CatalogueTarget], path: str) -> Iterator[Problem]:
    for index, target in enumerate(targets):
        yield from _target(catalogue, target, f"{path}[{index}]")


def _target(catalogue: Catalogue, target: CatalogueTarget, path: str) -> Iterator[Problem]:
    integration = catalogue.integration(target.integration)
    if integration is None:
        names = [one.name for one in catalogue.integrations]
        yield from _named("integration", target.integration, names, f"{path}.integration")
        return
    kind = integration.resource_type(target.resource_type)
    if kind is None:
        types = [one.id for one in integration.resource_types]
        yield from _named("resource type", target.resource_type, types, f"{path}.resource_type")
        return
    there = [one.name for one in kind.resources]
    for at, name in enumerate(target.resources):
        if name != ANY:
            yield from _named("resource", name, there, f"{path}.resources[{at}]")
    for at, name in enumerate(target.permissions):
        if name != ANY:
            yield from _named("permission", name, list(kind.permissions), f"{path}.permissions[{at}]")


def _person(catalogue: Catalogue, email: str, path: str) -> Iterator[Problem]:
    """Addresses are compared letter by letter from here on, so they must be written as under `people`."""
    yield from _named("person", email, [one.email for one in catalogue.people], path)


def _named(kind: str, name: str, known: list[str], path: str) -> Iterator[Problem]:
    if name not in known:
        hint = one_of(name, known[:20]) if known else f"Add the {kind} to the catalogue."
        yield Problem(path, f"there is no {kind} {name[:100]!r}.", hint)
