"""Event facts: what an event says on each dimension of a filter.

In: an event. Out: ids and names as text, or a duration. Never: an invented fact; what is not in the event gives none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.domain.event import Event, Family
from grantwire.domain.filter import Dimension

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """`ids` are compared as they are, `names` without regard to case. `shown` is for people."""

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        return self.names or self.ids


def facts_on(dimension: Dimension, event: Event) -> Facts:
    """Not for durations, weekdays and hours, which are no names."""
    readers = _OF_INTEGRATION if event.family is Family.INTEGRATION and dimension in _OF_INTEGRATION else _READERS
    return readers[dimension](event.envelope["data"])


def duration_of(event: Event) -> float | None:
    """Seconds; infinite for access without end (null); None when the event does not say."""
    data = event.envelope["data"]
    if "access_duration_in_seconds" not in data:
        return None
    seconds = data["access_duration_in_seconds"]
    return float("inf") if seconds is None else float(seconds)


# ── walking without stumbling: every step takes anything and yields only what is there ─────────────────────
def _things(value: object) -> Iterator[Data]:
    """The objects in a value: itself, or those of an array."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _texts(value: object) -> Iterator[str]:
    """The texts in a value: itself, or those of an array; numbers count as text, null and empty as nothing."""
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, bool):
            yield "true" if item else "false"
        elif isinstance(item, str | int | float) and item != "":
            yield str(item)


def _facts_of(things: Iterator[Data], *, ids: tuple[str, ...] = ("id",), names: tuple[str, ...] = ("name",)) -> Facts:
    found = list(things)
    return Facts(_fields(found, ids), _fields(found, names))


def _fields(things: list[Data], fields: tuple[str, ...]) -> tuple[str, ...]:
    texts = (text for thing in things for field in fields for text in _texts(thing.get(field)))
    return tuple(dict.fromkeys(texts))


def _named(value: object) -> Facts:
    """Of a list of texts, or of things with id and name."""
    things = _facts_of(_things(value))
    return Facts(things.ids, (*things.names, *_texts(value)))


def _groups(data: Data) -> Iterator[Data]:
    return _things(data.get("access_groups"))


def _integrations(data: Data) -> Iterator[Data]:
    for group in _groups(data):
        yield from _things(group.get("integration"))


def _units(data: Data) -> Iterator[Data]:
    for group in _groups(data):
        yield from _things(group.get("access_units"))


def _resources(data: Data) -> Iterator[Data]:
    for unit in _units(data):
        yield from _things(unit.get("resource"))


def _resource_types(data: Data) -> Iterator[Data]:
    for group in _groups(data):
        yield from _things(group.get("resource_types"))
    for resource in _resources(data):
        yield from _things(resource.get("type"))


def _permissions(data: Data) -> Iterator[Data]:
    for unit in _units(data):
        yield from _things(unit.get("permission"))


def _pairs_of(value: object) -> Iterator[str]:
    """`key=value` texts of an object, or of an array of objects with key (or name) and value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (f"{key}={text}" for text in _texts(item))
    for thing in _things(value if isinstance(value, list) else None):
        key = thing.get("key", thing.get("name"))
        yield from (f"{key}={text}" for text in _texts(thing.get("value")))


def _tags(data: Data) -> Iterator[str]:
    for resource in _resources(data):
        yield from _pairs_of(resource.get("tags"))


def _labels(data: Data) -> Facts:
    flows = _things(data.get("access_flow"))
    return Facts(names=(*_texts(data.get("labels")), *(text for flow in flows for text in _texts(flow.get("labels")))))


def _environment(data: Data) -> Facts:
    """Said outright, by a custom field `environment` or `env`, or by a tag of that name on a resource."""
    said = list(_texts(data.get("environment")))
    pairs = (*_pairs_of(data.get("custom_fields")), *_tags(data))
    for pair in pairs:
        key, _, value = pair.partition("=")
        if key.casefold() in {"environment", "env"}:
            said.append(value)
    return Facts(names=tuple(dict.fromkeys(said)))


def _approval_mode(data: Data) -> Facts:
    """Said outright; else an entry in `approvals` means that people decide, an empty list that nobody is asked."""
    said = tuple(_texts(data.get("approval_mode")))
    approvals = data.get("approvals")
    if said or not isinstance(approvals, list):
        return Facts(names=said)
    return Facts(names=("manual",) if approvals else ("automatic",))


def _trigger_type(data: Data) -> Facts:
    said = [*_texts(data.get("trigger_type"))]
    for flow in _things(data.get("access_flow")):
        trigger = flow.get("trigger")
        said += _texts(trigger.get("type") if isinstance(trigger, dict) else trigger)
    return Facts(names=tuple(text.casefold().replace("-", "_").replace(" ", "_") for text in said))


def _plain(field: str) -> Callable[[Data], Facts]:
    return lambda data: Facts(names=tuple(_texts(data.get(field))))


_READERS: Mapping[Dimension, Callable[[Data], Facts]] = {
    Dimension.INTEGRATION: lambda data: _facts_of(_integrations(data)),
    Dimension.INTEGRATION_TYPE: lambda data: _facts_of(_integrations(data), ids=(), names=("type",)),
    Dimension.RESOURCE_TYPE: lambda data: _facts_of(_resource_types(data), names=("name", "display_path")),
    Dimension.RESOURCE: lambda data: _facts_of(_resources(data), names=("name", "path")),
    Dimension.RESOURCE_TAG: lambda data: Facts(names=tuple(dict.fromkeys(_tags(data)))),
    Dimension.PERMISSION: lambda data: _facts_of(_permissions(data)),
    Dimension.REQUESTER: lambda data: _facts_of(_things(data.get("requester")), names=("name", "email")),
    Dimension.REQUESTER_GROUP: lambda data: _named(
        [group for person in _things(data.get("requester")) for group in _listed(person.get("groups"))]
    ),
    Dimension.GRANTEE: lambda data: _facts_of(_things(data.get("grantee")), names=("name", "source_id")),
    Dimension.GRANTEE_TYPE: lambda data: _facts_of(_things(data.get("grantee")), ids=(), names=("type",)),
    Dimension.ACCESS_FLOW: lambda data: _facts_of(_things(data.get("access_flow"))),
    Dimension.BUNDLE: lambda data: _facts_of(_things(data.get("access_bundle"))),
    Dimension.ACCESS_SCOPE: lambda data: _named(data.get("access_scope")),
    Dimension.APPROVAL_MODE: _approval_mode,
    Dimension.TRIGGER_TYPE: _trigger_type,
    Dimension.CUSTOM_FIELD: lambda data: Facts(names=tuple(_pairs_of(data.get("custom_fields")))),
    Dimension.LABEL: _labels,
    Dimension.ENVIRONMENT: _environment,
    Dimension.STATUS: _plain("status"),
    Dimension.ACTION: _plain("action"),
    Dimension.ACTOR: lambda data: Facts(names=(*_texts(data.get("actor_id")), *_texts(data.get("actor_name")))),
    Dimension.SOURCE: _plain("source"),
    Dimension.TARGET_TYPE: _plain("target_type"),
    Dimension.TARGET: lambda data: Facts(tuple(_texts(data.get("target_id"))), tuple(_texts(data.get("target_name")))),
}

# An integration event is about the integration itself.
_OF_INTEGRATION: Mapping[Dimension, Callable[[Data], Facts]] = {
    Dimension.INTEGRATION: lambda data: _facts_of(_things(data)),
    Dimension.INTEGRATION_TYPE: _plain("type"),
}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
