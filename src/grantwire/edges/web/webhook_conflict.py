"""Two people edit one webhook: what the other one changed, beside what this one typed.

In: what was typed, and the webhook as it now is. Out: a frozen value for the page, and what was typed, now based on the
present version, so that saving again is a choice. Never: anything typed that is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from grantwire.domain.change import RecordedChange
from grantwire.domain.webhook import Webhook
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.webhook_definition import definition_of
from grantwire.edges.web.webhook_typed import Typed
from grantwire.flow.configure import masked, shown
from grantwire.steps.compare import compare

LOOKED_BACK = 50  # changes


@dataclass(frozen=True, slots=True)
class Side:
    """One field: when this person began, as it is now, as this person wants it."""

    path: str
    began: str
    now: str
    mine: str

    @property
    def is_clash(self) -> bool:
        """Both changed it, each to something else."""
        return self.began not in {self.now, self.mine} and self.now != self.mine


@dataclass(frozen=True, slots=True)
class Conflict:
    """`is_gone`: it was deleted or renamed; saving makes it anew. `by` and `at` are those of the last change."""

    is_gone: bool
    webhook_id: str = ""
    by: str = ""
    at: datetime | None = None
    sides: tuple[Side, ...] = ()


async def conflict_of(flows: WebFlows, typed: Typed) -> tuple[Conflict, Typed]:
    present = flows.configure.named(typed.saved_name)
    if present is None:
        return Conflict(is_gone=True), replace(typed, saved_name="", version="", secrets_from="")
    changes = (await flows.configure.changes(present.id, limit=LOOKED_BACK)).items
    now = shown(present, masked)
    mine = shown(flows.configure.read_like(definition_of(typed), present), masked)
    began = _at_version(changes, typed.version) or now
    last = changes[0] if changes else None
    conflict = Conflict(
        is_gone=False,
        webhook_id=present.id,
        by=last.change.by if last else "",
        at=last.at if last else None,
        sides=tuple(_sides(began, now=now, mine=mine)),
    )
    return conflict, replace(typed, version=str(present.version))


async def is_outdated(flows: WebFlows, name: str, version: int) -> bool:
    """Whether the definition is another one than at that version; a pause is no change of it."""
    present = flows.configure.named(name)
    if present is None or present.version == version:
        return present is None
    changes = (await flows.configure.changes(present.id, limit=LOOKED_BACK)).items
    began = _at_version(changes, str(version))
    return began is None or not _is_same(began, present)


def _is_same(definition: Mapping[str, Any], webhook: Webhook) -> bool:
    return all("(new)" in side.before for side in compare(definition, shown(webhook, masked)))


def _at_version(changes: tuple[RecordedChange, ...], version: str) -> Mapping[str, Any] | None:
    return next((one.change.after for one in changes if str(one.version) == version), None)


def _sides(began: Mapping[str, Any], *, now: Mapping[str, Any], mine: Mapping[str, Any]) -> list[Side]:
    theirs = {one.path: one for one in compare(began, now)}
    ours = {one.path: one for one in compare(began, mine)}
    return [
        Side(
            path,
            began=(theirs.get(path) or ours[path]).before,
            now=theirs[path].after if path in theirs else ours[path].before,
            mine=ours[path].after if path in ours else theirs[path].before,
        )
        for path in dict.fromkeys([*theirs, *ours])
    ]
