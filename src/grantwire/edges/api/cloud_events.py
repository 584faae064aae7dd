"""CloudEvents 1.0: the envelope inside one.

In: a CloudEvent as JSON (structured or batched mode), or its `ce-` headers and its data (binary mode). Out: its id and
the envelope that Grantwire reads. Never: a fact that the CloudEvent does not hold.

Its `data` may be the whole envelope (`event_type`, `event_time`, `data`); otherwise `type` names the event type (a
prefix such as `com.acme.` does not count), `time` is its time and `data` its data. The other attributes become extra
fields.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.shape import name_of, path_to

_NEEDED = ("id", "source", "type")
_OURS = {"event_type": "type", "event_time": "time"}  # the envelope's field → the attribute it came from
_TAKEN = frozenset({"type", "time", "data", "specversion", "datacontenttype", "dataschema"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A CloudEvent's id and envelope. `is_whole`: its data was the whole envelope."""

    id: str
    envelope: Any
    is_whole: bool

    @property
    def body(self) -> bytes:
        """The envelope as bytes, for it did not come as such."""
        return json.dumps(self.envelope, ensure_ascii=False, separators=(",", ":")).encode()

    def refusal(self, refused: Refused, path: str) -> Refused:
        """The same refusal with the paths of the CloudEvent, not those of the envelope made from it."""
        renamed = [replace(problem, path=self._renamed(problem.path, path)) for problem in refused.problems]
        return Refused(refused.title, renamed, why=refused.why)

    def _renamed(self, path: str, before: str) -> str:
        field = path.removeprefix(before).removeprefix(".")
        if field == "id":
            return path
        return path_to(before, f"data.{field}" if self.is_whole else _OURS.get(field, field))


def open_structured(raw: object, path: str = "") -> Opened:
    """Raises `Refused` with every fault of the attributes."""
    problems = list(_problems(raw, path))
    if problems or not isinstance(raw, Mapping):
        raise Refused("the CloudEvent is not valid", problems)
    data = raw.get("data")
    if isinstance(data, Mapping) and "event_type" in data:
        return Opened(raw["id"], data, is_whole=True)
    extra = {name: value for name, value in raw.items() if name not in _TAKEN}
    envelope = {"event_type": raw["type"].rpartition(".")[2], "event_time": raw.get("time"), "data": data, **extra}
    if envelope["event_time"] is None:
        del envelope["event_time"]
    return Opened(raw["id"], envelope, is_whole=False)


def open_binary(headers: Mapping[bytes, bytes], data: object) -> Opened:
    """The attributes are percent-encoded UTF-8 in `ce-` headers (CloudEvents HTTP binding §3.1.3.2)."""
    attributes: dict[str, Any] = {
        name[3:].decode("ascii", "replace"): unquote_to_bytes(value).decode("utf-8", "replace")
        for name, value in headers.items()
        if name.startswith(b"ce-")
    }
    return open_structured(attributes | {"data": data})


def _problems(raw: object, path: str) -> Iterator[Problem]:
    if not isinstance(raw, Mapping):
        yield Problem(path, f"must be a CloudEvent, an object, found {name_of(raw)}")
        return
    if raw.get("specversion") != "1.0":
        found = raw.get("specversion")
        yield Problem(path_to(path, "specversion"), "is missing" if found is None else f"must be 1.0, found {found!r}")
    for name in _NEEDED:
        if name not in raw:
            yield Problem(path_to(path, name), "is missing")
        elif not (isinstance(raw[name], str) and raw[name]):
            yield Problem(path_to(path, name), f"must be text that is not empty, found {name_of(raw[name])}")
    if "data_base64" in raw:
        yield Problem(path_to(path, "data_base64"), "is not read here.", "Give the event as JSON in data.")
    content_type = raw.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and "json" in content_type.lower()):
        yield Problem(path_to(path, "datacontenttype"), f"must be a JSON media type, found {str(content_type)[:80]!r}")
