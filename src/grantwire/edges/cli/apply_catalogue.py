"""Apply the catalogue: that of a server made what the files say.

In: parts of it from files. Out: the difference, and the change made. Never: a change while any part has a problem, or
over a change that somebody else made meanwhile.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grantwire.domain.catalogue_form import KINDS
from grantwire.domain.errors import Problem, Refused
from grantwire.edges.cli.client import Client
from grantwire.edges.cli.definitions import Definition, Written, difference, name_in

_PATH = "/v1/catalogue"
_PLACE = re.compile(r"(\w+)\[(\d+)\]\.?(.*)\Z", re.DOTALL)
_SINGULAR = {
    "people": "person",
    "groups": "group",
    "integrations": "integration",
    "bundles": "bundle",
    "access_flows": "access flow",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one person, group …"""

    kind: str
    name: str
    action: str
    difference: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CataloguePlan:
    """What the whole would become, seen from the `version` that counts now."""

    steps: Sequence[Step]
    raw: Mapping[str, Any]
    version: int

    def do(self, http: Client) -> None:
        if any(step.action != "keep" for step in self.steps):
            http.send("PUT", _PATH, dict(self.raw), headers={"If-Match": f'"{self.version}"'})

    def lines(self) -> Iterator[str]:
        words = {"create": ("+", "is new"), "change": ("~", "changes"), "delete": ("-", "goes")}
        for step in self.steps:
            sign, what = words.get(step.action, ("=", "stays as it is"))
            yield f"{sign} {_SINGULAR[step.kind]} {step.name} {what}"
            yield from (f"    {line}" for line in step.difference)

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"kind": one.kind, "name": one.name, "action": one.action, "difference": list(one.difference)}
            for one in self.steps
        ]


def plan_catalogue(http: Client, written: Written, *, prune: bool) -> CataloguePlan:
    """Asks the server what the catalogue would become. Raises `Refused` with every problem, each at its place."""
    before = http.get(_PATH)
    raw = {kind: _merged(kind, before[kind], written, prune=prune) for kind in KINDS}
    try:
        after = http.send("PUT", f"{_PATH}?dry_run=true", raw).body
    except Refused as refused:
        if not refused.problems or refused.problems[0].path == "Authorization":
            raise
        problems = [_placed(problem, raw, written) for problem in refused.problems]
        raise Refused("the catalogue cannot be applied", problems, why=refused.why) from None
    steps = [step for kind in KINDS for step in _steps(kind, before[kind], after[kind], written)]
    return CataloguePlan(steps, raw, before["version"])


def _merged(kind: str, before: Sequence[Any], written: Written, *, prune: bool) -> list[Any]:
    """What is there, with the files' in place of it. Of a kind that no file has, nothing is pruned."""
    if kind not in written.kinds:
        return list(before)
    wanted = {one.name: one.raw for one in written.of(kind)}
    if prune:
        return list(wanted.values())
    merged = {name_in(kind, one): one for one in before}
    return list({**merged, **wanted}.values())


def _steps(kind: str, before: Sequence[Any], after: Sequence[Any], written: Written) -> Iterator[Step]:
    old = {name_in(kind, one): one for one in before}
    new = {name_in(kind, one): one for one in after}
    named = {one.name for one in written.of(kind)}
    for name, one in new.items():
        if name in old:
            changes = difference(old[name], one)
            if changes or name in named:
                yield Step(kind, name, "change" if changes else "keep", changes)
        else:
            yield Step(kind, name, "create", difference({}, one))
    for name in old:
        if name not in new:
            yield Step(kind, name, "delete", ())


def _placed(problem: Problem, raw: Mapping[str, Sequence[Any]], written: Written) -> Problem:
    """With the file and line where its value stands; what is only on the server keeps its path."""
    found = _PLACE.match(problem.path)
    if found is None or found[1] not in KINDS:
        return problem
    kind, index, rest = found[1], int(found[2]), found[3]
    named: dict[str, Definition] = {one.name: one for one in written.of(kind)}
    definition = named.get(name_in(kind, raw[kind][index]))
    return problem if definition is None else definition.placed(Problem(rest, problem.message, problem.hint))
