"""Event forms: the ways in which events come over HTTP.

In: the media type, the headers and the bytes of a body. Out: decoded events, and whether they were many or one.
Never: some of a batch; with one bad event every problem of all of them is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec

from grantwire.domain.decode_event import is_safe_id, read_event
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event import AccessRequestId, Event, EventId, Folded
from grantwire.domain.json_text import read_json
from grantwire.domain.value import value
from grantwire.edges.api.cloud_events import Opened, open_binary, open_structured
from grantwire.edges.api.flows import ApiOptions
from grantwire.edges.api.quick import Sight, checks, read_quickly
from grantwire.ports import Clock, Dice

TURN = 200  # events of a batch decoded before other calls get a turn: some 10 ms


class Form(StrEnum):
    JSON = "application/json"
    LINES = "application/x-ndjson"
    CLOUD_EVENT = "application/cloudevents+json"
    CLOUD_EVENTS = "application/cloudevents-batch+json"


_FORMS = {form.value.encode(): form for form in Form} | {
    b"": Form.JSON,
    b"application/ndjson": Form.LINES,
    b"application/jsonl": Form.LINES,
}
_ONE_OF = f"Send one of {', '.join(Form)}."


@value(frozen=True, slots=True)
class _Item:
    """One event of a batch: its bytes, its path in problems, and in NDJSON its line."""

    body: bytes
    path: str
    line: int | None = None


def form_of(headers: Mapping[bytes, bytes]) -> Form:
    """Raises `Refused` (unsupported media type)."""
    return _form_of(headers.get(b"content-type", b""), headers.get(b"content-encoding", b"identity"))


@lru_cache(maxsize=64)
def _form_of(content_type: bytes, encoding: bytes) -> Form:
    media_type, _, parameters = content_type.partition(b";")
    form = _FORMS.get(media_type.strip().lower())
    if form is None:
        raise _unsupported("Content-Type", media_type, _ONE_OF)
    if parameters and b"charset" in parameters.lower() and b"utf-8" not in parameters.lower():
        raise _unsupported("Content-Type", content_type, "Send UTF-8.")
    if encoding.lower() != b"identity":
        raise _unsupported("Content-Encoding", encoding, "Send the body as it is, not compressed.")
    return form


def _unsupported(header: str, value: bytes, hint: str) -> Refused:
    problem = Problem(header, f"{value.decode('latin-1')[:80]!r} is not read here.", hint)
    return Refused("the form of the body is not supported", [problem], why=Refusal.UNSUPPORTED_MEDIA_TYPE)


class Decoder:
    """Holds what every decoding needs of the world: the time, and ids for events that have none."""

    def __init__(self, *, options: ApiOptions, clock: Clock, dice: Dice) -> None:
        self._options = options
        self._clock = clock
        self._dice = dice
        self._checks = checks()
        self._sight = Sight()

    def one(self, form: Form, headers: Mapping[bytes, bytes], body: bytes) -> Event:
        """Raises `Refused`."""
        if form is Form.CLOUD_EVENT:
            return self._opened(open_structured(read_quickly(body)), path="")
        if b"ce-specversion" in headers:
            return self._opened(open_binary(headers, read_quickly(body)), path="")
        return self._plain(body, path="")

    async def many(self, form: Form, body: bytes) -> Sequence[Event]:
        """Raises `Refused` with the problems of all events."""
        items = _lines(body) if form is Form.LINES else _elements(body)
        if len(items) > self._options.max_batch_events:
            message = f"holds {len(items)} events, at most {self._options.max_batch_events} are taken at once."
            raise _too_large([Problem("", message, "Send them in several batches.")])
        decode = self._cloud_event_item if form is Form.CLOUD_EVENTS else self._item
        return await self._collect(items, decode)

    async def _collect(self, items: Sequence[_Item], decode: Callable[[_Item], Event]) -> list[Event]:
        events: list[Event] = []
        refusals: list[Refused] = []
        for index, item in enumerate(items):
            if index % TURN == TURN - 1:
                await self._clock.wait(0)
            try:
                self._check_size(item)
                events.append(decode(item))
            except Refused as refused:
                refusals.append(_placed(refused, item))
        if refusals:
            first, problems = refusals[0], [problem for refused in refusals for problem in refused.problems]
            title = first.title if len(refusals) == 1 else f"{len(refusals)} of {len(items)} events are not valid"
            raise Refused(title, problems, why=first.why)
        return events

    def _check_size(self, item: _Item) -> None:
        if len(item.body) > self._options.max_event_bytes:
            raise too_large_event(item.path, self._options)

    def _item(self, item: _Item) -> Event:
        return self._plain(item.body, path=item.path)

    def _plain(self, body: bytes, *, path: str) -> Event:
        seen = self._sight.see(body)
        if seen is None or not (seen.own_id is None or is_safe_id(seen.own_id)):
            return self._event(read_quickly(body), body, path=path)
        request_id = seen.access_request_id
        return Event(
            id=EventId(self._new_id() if seen.own_id is None else seen.own_id),
            type=seen.kind.name,
            family=seen.kind.family,
            occurred_at=seen.occurred_at,
            accepted_at=self._clock.now(),
            access_request_id=None if request_id is None else AccessRequestId(request_id),
            envelope=Folded(body, msgspec.json.decode),
            body=body,
        )

    def _cloud_event_item(self, item: _Item) -> Event:
        return self._opened(open_structured(read_json(item.body), item.path), path=item.path)

    def _opened(self, opened: Opened, *, path: str) -> Event:
        try:
            return self._event(opened.envelope, opened.body, path=path, given_id=opened.id)
        except Refused as refused:
            raise opened.refusal(refused, path) from None

    def _event(self, raw: Any, body: bytes, *, path: str, given_id: str | None = None) -> Event:
        return read_event(
            raw,
            body=body,
            accepted_at=self._clock.now(),
            new_id=self._new_id,
            given_id=given_id,
            path=path,
            checks=self._checks,
            read=msgspec.json.decode,
        )

    def _new_id(self) -> str:
        return self._dice.new_id("evt", self._clock.now())


def is_batch(form: Form, start: bytes) -> bool:
    """Whether a body that starts so holds many events."""
    match form:
        case Form.LINES | Form.CLOUD_EVENTS:
            return True
        case Form.JSON:
            return start.lstrip(b" \t\r\n").startswith(b"[")
        case _:
            return False


def too_large_event(path: str, options: ApiOptions) -> Refused:
    return _too_large([Problem(path, f"is larger than {options.max_event_bytes} bytes, the most an event may have.")])


def too_large_batch(options: ApiOptions) -> Refused:
    message = f"is larger than {options.max_batch_bytes} bytes, the most a batch may have."
    return _too_large([Problem("", message, "Send it in several batches.")])


def _too_large(problems: Sequence[Problem]) -> Refused:
    return Refused("the body is too large", problems, why=Refusal.TOO_LARGE)


def _elements(body: bytes) -> list[_Item]:
    """The elements of a JSON array, each with its own bytes; the array itself is read strictly where it is odd."""
    try:
        slices = msgspec.json.decode(body, type=list[msgspec.Raw])
        return [_Item(bytes(one), f"[{index}]") for index, one in enumerate(slices)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = read_json(body)  # names what is wrong, with its line and column
        problem = Problem("", f"must be an array of events, found {type(found).__name__}")
        raise Refused("the batch is not valid", [problem]) from None


def _lines(body: bytes) -> list[_Item]:
    return [
        _Item(line, f"[{index}]", number)
        for index, (number, line) in enumerate(
            (number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()
        )
    ]


def _placed(refused: Refused, item: _Item) -> Refused:
    """With the index of the event before every path, and the line of the whole body."""
    return Refused(refused.title, _placed_problems(refused, item), why=refused.why)


def _placed_problems(refused: Refused, item: _Item) -> Iterator[Problem]:
    for problem in refused.problems or (Problem("", refused.title),):
        path = problem.path if problem.path.startswith(item.path) else _joined(item.path, problem.path)
        if item.line is None:
            yield replace(problem, path=path)
        else:
            yield replace(problem, path=path, line=item.line)


def _joined(before: str, path: str) -> str:
    return f"{before}{path}" if path.startswith("[") or not path else f"{before}.{path}"
