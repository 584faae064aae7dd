"""CloudEvents 1.0: an event in the standard wrapping becomes an envelope of ours.

In: the context attributes and the data. Out: the envelope and the event's id. Never: HTTP (that is the API's).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event_types import canonical, hint_for
from grantwire.domain.shape import name_of, path_to

# CloudEvents 1.0.2, "Context Attributes": those that are of no use in a template
_WRAPPING = frozenset({"specversion", "id", "type", "time", "datacontenttype", "dataschema", "data", "data_base64"})


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """`envelope` is for `read_event`, `id` is its `given_id`."""

    envelope: dict[str, Any]
    id: str


def from_cloud_event(attributes: Mapping[str, Any], data: object, *, path: str = "") -> Unwrapped:
    """`data` is the `data` of an envelope, or a whole envelope (then its own type and time stand).

    `type` is a trigger name, bare or behind any prefix with dots (`com.example.RequestCreated`). `source`, `subject`
    and extension attributes are kept under `cloud_event`. Raises `Refused` with every problem.
    """
    problems = list(_attribute_problems(attributes, data, path))
    if problems:
        raise Refused("the CloudEvent is not valid", problems)
    kept = {name: value for name, value in attributes.items() if name not in _WRAPPING}
    if not isinstance(data, dict):
        data = {}
    if _is_envelope(data):
        return Unwrapped({**data, "cloud_event": kept}, attributes["id"])
    envelope = {"event_type": _type_name(attributes["type"]), "event_time": attributes["time"], "data": data}
    return Unwrapped({**envelope, "cloud_event": kept}, attributes["id"])


def _is_envelope(data: Mapping[str, Any]) -> bool:
    return "event_type" in data and "data" in data


def _type_name(ce_type: str) -> str:
    return ce_type.rpartition(".")[2]


def _attribute_problems(attributes: Mapping[str, Any], data: object, path: str) -> Iterator[Problem]:
    version = attributes.get("specversion")
    if version != "1.0":
        yield Problem(path_to(path, "specversion"), f"must be 1.0, found {version!r:.40}")
    for name in ("id", "source", "type"):
        value = attributes.get(name)
        if not isinstance(value, str) or not value:
            yield Problem(path_to(path, name), "is missing" if value is None else "must be text that is not empty")
    if not isinstance(data, dict):
        yield Problem(path_to(path, "data"), f"must be a JSON object, found {name_of(data)}")
        return
    ce_type = attributes.get("type")
    if _is_envelope(data):
        yield from _disagreement(ce_type, data["event_type"], path)
    else:
        if isinstance(ce_type, str) and ce_type and canonical(_type_name(ce_type)) is None:
            yield Problem(
                path_to(path, "type"), f"{ce_type[:80]!r} is no known event type.", hint_for(_type_name(ce_type))
            )
        if attributes.get("time") is None:
            yield Problem(path_to(path, "time"), "is missing; it becomes event_time")


def _disagreement(ce_type: object, event_type: object, path: str) -> Iterator[Problem]:
    """The type of the wrapping may be anything, but it must not name another event than the envelope in it."""
    outer = canonical(_type_name(ce_type)) if isinstance(ce_type, str) else None
    inner = canonical(event_type) if isinstance(event_type, str) else None
    if outer is not None and inner is not None and outer != inner:
        yield Problem(path_to(path, "type"), f"names {outer}, but data.event_type is {inner}")
