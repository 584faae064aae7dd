"""Catalogue links: what refers to something refers to what is there.

In: a catalogue. Out: a problem for each name that stands for nothing, with its path. Never: a change of the catalogue.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from grantwire.domain.catalogue import ANY, Catalogue, CatalogueTarget, CatalogueType, Condition, Integration, Who
from grantwire.domain.errors import Problem
from grantwire.domain.form import one_of

SUGGESTED = 20  # names that a hint chooses from


def broken_links(catalogue: Catalogue) -> Iterator[Problem]:
    return _Links(catalogue).broken()


class _Links:
    """The names of each kind, looked up once: a catalogue may have thousands of them.

    Addresses are compared letter by letter, so they must be written as under `people`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._people = dict.fromkeys(one.email for one in catalogue.people)
        self._groups = dict.fromkeys(one.name for one in catalogue.groups)
        self._bundles = dict.fromkeys(one.name for one in catalogue.bundles)
        self._integrations = {one.name: one for one in catalogue.integrations}

    def broken(self) -> Iterator[Problem]:
        yield from self._of_people()
        for at, group in enumerate(self._catalogue.groups):
            for index, member in enumerate(group.members):
                yield from _named("person", member, self._people, f"groups[{at}].members[{index}]")
        for at, integration in enumerate(self._catalogue.integrations):
            yield from _provisioner(integration, f"integrations[{at}].provisioner.roles")
        for at, bundle in enumerate(self._catalogue.bundles):
            yield from self._targets(bundle.targets, f"bundles[{at}].targets")
        yield from self._flows()

    def _of_people(self) -> Iterator[Problem]:
        for at, person in enumerate(self._catalogue.people):
            if person.manager is not None:
                yield from _named("person", person.manager, self._people, f"people[{at}].manager")
            for name in person.logins:
                yield from _named("integration", name, self._integrations, f"people[{at}].logins.{name}")

    def _flows(self) -> Iterator[Problem]:
        for at, flow in enumerate(self._catalogue.access_flows):
            path = f"access_flows[{at}]"
            yield from self._targets(flow.targets, f"{path}.targets")
            for index, name in enumerate(flow.bundles):
                yield from _named("bundle", name, self._bundles, f"{path}.bundles[{index}]")
            yield from self._conditions(flow.requesters, f"{path}.requesters")
            for index, group in enumerate(flow.approval.groups if flow.approval else ()):
                yield from self._conditions(group.approvers, f"{path}.approval.groups[{index}].approvers")
            for index, tier in enumerate(flow.escalation.tiers if flow.escalation else ()):
                yield from self._conditions(tier.approvers, f"{path}.escalation.tiers[{index}].approvers")

    def _conditions(self, conditions: Iterable[Condition], path: str) -> Iterator[Problem]:
        for index, condition in enumerate(conditions):
            if condition.who is Who.PERSON:
                yield from _named("person", condition.name, self._people, f"{path}[{index}].person")
            elif condition.who is Who.GROUP:
                yield from _named("group", condition.name, self._groups, f"{path}[{index}].group")

    def _targets(self, targets: Iterable[CatalogueTarget], path: str) -> Iterator[Problem]:
        for index, target in enumerate(targets):
            integration = self._integrations.get(target.integration)
            if integration is None:
                yield from _named("integration", target.integration, self._integrations, f"{path}[{index}].integration")
            else:
                yield from _target(integration, target, f"{path}[{index}]")


def _target(integration: Integration, target: CatalogueTarget, path: str) -> Iterator[Problem]:
    kind = integration.resource_type(target.resource_type)
    if kind is None:
        types = [one.id for one in integration.resource_types]
        yield from _named("resource type", target.resource_type, types, f"{path}.resource_type")
    else:
        yield from _parts(kind, target, path)


def _parts(kind: CatalogueType, target: CatalogueTarget, path: str) -> Iterator[Problem]:
    there = dict.fromkeys(one.name for one in kind.resources)
    for at, name in enumerate(target.resources):
        if name != ANY:
            yield from _named("resource", name, there, f"{path}.resources[{at}]")
    for at, name in enumerate(target.permissions):
        if name != ANY:
            yield from _named("permission", name, kind.permissions, f"{path}.permissions[{at}]")


def _provisioner(integration: Integration, path: str) -> Iterator[Problem]:
    if integration.provisioner is None:
        return
    permissions = dict.fromkeys(name for one in integration.resource_types for name in one.permissions)
    roles = integration.provisioner.roles
    for permission in roles:
        yield from _named("permission", permission, permissions, f"{path}.{permission}")
    for permission in permissions:
        if permission not in roles:
            yield Problem(path, f"says no roles for the permission {permission!r}.", "Say what it stands for.")


def _named(kind: str, name: str, known: Collection[str], path: str) -> Iterator[Problem]:
    if name not in known:
        hint = one_of(name, list(islice(known, SUGGESTED))) if known else f"Add the {kind} to the catalogue."
        yield Problem(path, f"there is no {kind} {name[:100]!r}.", hint)
