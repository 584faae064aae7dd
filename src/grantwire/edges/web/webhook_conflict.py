"""Two people edit one webhook: what the other one changed, beside what this one typed.

In: what was typed, and the webhook as it now is. Out: a frozen value for the page, and what was typed with what only
the other one changed, now based on the present version. Never: a side of a field that both changed lost without a
choice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from grantwire.domain.change import NEW_SECRET, RecordedChange, change_of
from grantwire.domain.secret import MASK
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.webhook_definition import definition_of
from grantwire.edges.web.webhook_shown import typed_of_definition
from grantwire.edges.web.webhook_typed import Typed
from grantwire.flow.configure import masked, shown
from grantwire.steps.merge_changes import Side, sides_of, with_fields

LOOKED_BACK = 50  # changes
TYPED_SECRET = f"{MASK} (as you typed it)"
CHOICE, THEIRS = "choose.", "theirs"  # the field of a choice, and its value


@dataclass(frozen=True, slots=True)
class Conflict:
    """`is_gone`: it was deleted or renamed; saving makes it anew. `by` and `at` are those of the last change."""

    is_gone: bool
    webhook_id: str = ""
    by: str = ""
    at: datetime | None = None
    sides: tuple[Side, ...] = ()


async def conflict_of(flows: WebFlows, typed: Typed) -> tuple[Conflict, Typed]:
    """What only the other one changed is already in what comes back; what both changed is left to be chosen."""
    present = flows.configure.named(typed.saved_name)
    if present is None:
        return Conflict(is_gone=True), replace(typed, saved_name="", version="", secrets_from="")
    changes = (await flows.configure.changes(present.id, limit=LOOKED_BACK)).items
    raw = definition_of(typed)
    mine = _marked(change_of(present, flows.configure.read_like(raw, present), by="").after, TYPED_SECRET)
    began = _at_version(changes, typed.version)
    now = _with_new_secrets(shown(present, masked), changes, since=typed.version)
    sides = sides_of(_marked(began or now, MASK), now=now, mine=mine)
    last = changes[0] if changes else None
    conflict = Conflict(
        is_gone=False,
        webhook_id=present.id,
        by=last.change.by if last else "",
        at=last.at if last else None,
        sides=sides,
    )
    theirs = {side.path for side in sides if side.is_theirs}
    merged = _typed(with_fields(raw, of=shown(present, masked), names=theirs), typed)
    return conflict, replace(merged, version=str(present.version))


def with_choices(flows: WebFlows, typed: Typed) -> Typed:
    """Fields for which the other one's side was chosen are as they are on record."""
    names = {
        name.removeprefix(CHOICE) for name, value in typed.texts.items() if name.startswith(CHOICE) and value == THEIRS
    }
    present = flows.configure.named(typed.saved_name)
    if not names or present is None:
        return typed
    return _typed(with_fields(definition_of(typed), of=shown(present, masked), names=names), typed)


def _typed(definition: Mapping[str, Any], typed: Typed) -> Typed:
    made = typed_of_definition(
        definition, saved_name=typed.saved_name, version=typed.version, secrets_from=typed.secrets_from
    )
    return replace(made, texts={**made.texts, "event": typed.text("event")})


def _with_new_secrets(now: Mapping[str, Any], changes: Iterable[RecordedChange], *, since: str) -> dict[str, Any]:
    """Secrets that were replaced since a version are marked as new, as in the history."""
    marked = dict(now)
    for one in changes:
        after = one.change.after
        if after is not None and since.isdigit() and one.version > int(since):
            sides = sides_of(_marked(after, MASK), now=after, mine=_marked(now, MASK))
            names = {side.path for side in sides if NEW_SECRET in side.now and side.began == side.mine}
            marked = with_fields(marked, of=after, names=names)
    return marked


def _marked(value: Any, mark: str) -> Any:
    """The same with another mark for new secrets."""
    if isinstance(value, Mapping):
        return {name: _marked(inner, mark) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, mark) for inner in value]
    return mark if value == NEW_SECRET else value


async def is_outdated(flows: WebFlows, name: str, version: int) -> bool:
    """Whether the definition is another one than at that version; a pause is no change of it."""
    present = flows.configure.named(name)
    if present is None or present.version == version:
        return present is None
    changes = (await flows.configure.changes(present.id, limit=LOOKED_BACK)).items
    began = _at_version(changes, str(version))
    if began is None:
        return True
    now = _with_new_secrets(shown(present, masked), changes, since=str(version))
    return sides_of(_marked(began, MASK), now=now, mine=now) != ()


def _at_version(changes: tuple[RecordedChange, ...], version: str) -> Mapping[str, Any] | None:
    return next((one.change.after for one in changes if str(one.version) == version), None)
