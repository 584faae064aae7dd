"""URLs: scheme, host and port are written in the template; mustaches stand in the path, query or fragment.

In: what the walk meets, in order (`walk.py`). Out: places and faults in `Findings`.
Never: resolving or allowing an address; that is the sender's.

Were a host filled from an event, whoever asks for access could choose where the data of others goes.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from grantwire.template.findings import Fault, Findings, Visit
from grantwire.template.form_contexts import check_percents
from grantwire.template.tree import START, Kind, Mode, Mustache, Node, Place, Text


class Part(StrEnum):
    START = "start"
    SCHEME = "scheme"
    HOST = "host"
    EMPTY = "empty"
    SEGMENT = "segment"
    DOTS = "dots"
    HOLE = "hole"
    HOLE_AND_DOTS = "hole and dots"
    QUERY = "query"
    FRAGMENT = "fragment"


#: The parts this can be in, one per way through the branches. A path segment is told apart by what it holds so far:
#: EMPTY: nothing; DOTS: only dots; HOLE: only mustaches; HOLE_AND_DOTS: only those two; SEGMENT: other text too.
Parts = frozenset[Part]

PATH: Final = frozenset({Part.EMPTY, Part.SEGMENT, Part.DOTS, Part.HOLE, Part.HOLE_AND_DOTS})
ORIGIN: Final = re.compile(r"(?i:https?)://(?P<host>[^/?#\\\s]*)")
UNENCODED: Final = re.compile(r"[\x00-\x20\x7f\\]")
UNENCODED_CHARACTER: Final = Fault(
    "unencoded", "a URL cannot hold this character", "write %20 for a space; remove line breaks and backslashes"
)

NO_ORIGIN: Final = Fault(
    "url-origin",
    "a URL must begin with its scheme and host, written out",
    "begin with https://host/, and use mustaches only behind it",
    "https://",
)
HOST_FILLED: Final = Fault(
    "url-origin",
    "a mustache cannot choose the scheme, host or port",
    "write the host out; put a / before the first mustache",
)
DOTS_FILLED: Final = Fault(
    "url-dots",
    "with an empty value this part of the path would be . or .. and lead to another address",
    "put a letter into this part of the path, or leave out the dots",
)
PART_UNCLEAR: Final = Fault(
    "branches-differ",
    "depending on the data this mustache stands in the path or behind it",
    "write the ? outside the {{#if}}",
)


@dataclass(slots=True)
class UrlMachine:
    findings: Findings = field(default_factory=Findings)

    def begin(self) -> Parts:
        return frozenset({Part.START})

    def read(self, state: Parts, text: Text, visit: Visit) -> Parts:
        check_percents(text, visit, self.findings)
        odd = UNENCODED.search(text.value)
        if odd:
            self.findings.refuse_at(UNENCODED_CHARACTER, text.position.after(text.value[: odd.start()]), visit)
        return frozenset().union(*(self.read_part(part, text, visit) for part in state))

    def read_part(self, part: Part, text: Text, visit: Visit) -> Parts:
        start = 0
        if part is Part.START:
            origin = ORIGIN.match(text.value)
            if origin is None:
                self.findings.refuse_at(NO_ORIGIN, text.position, visit)
            part = Part.SCHEME if origin and not origin.group("host") else Part.HOST
            start = origin.end() if origin else 0
        for index in range(start, len(text.value)):
            after = part_after(part, text.value[index])
            if part is Part.SCHEME and after is not Part.HOST:
                self.findings.refuse_at(NO_ORIGIN, text.position, visit)
            if part is Part.HOLE_AND_DOTS and after not in {part, Part.SEGMENT}:
                self.findings.refuse_at(DOTS_FILLED, text.position.after(text.value[:index]), visit)
            part = after
        return frozenset({part})

    def fill(self, state: Parts, hole: Mustache, visit: Visit) -> Parts:
        if state & {Part.START, Part.SCHEME, Part.HOST}:
            self.findings.refuse(HOST_FILLED, hole, visit)
            return frozenset({Part.HOST})
        kinds = {kind_of(part) for part in state}
        if len(kinds) > 1:
            self.findings.refuse(PART_UNCLEAR, hole, visit)
            return state
        self.findings.place(Place(Mode.URL, kinds.pop()), hole, visit)
        return frozenset(FILLED.get(part, part) for part in state)

    def cross(self, state: Parts, node: Node, visit: Visit) -> Parts:  # noqa: ARG002
        return state

    def join(self, one: Parts, other: Parts) -> Parts:
        return one | other

    def finish(self, state: Parts, node: Node | None, visit: Visit) -> bool:
        if state & {Part.START, Part.SCHEME}:
            self.findings.refuse_at(NO_ORIGIN, START, visit)
        if node is not None and Part.HOLE_AND_DOTS in state:
            self.findings.refuse(DOTS_FILLED, node, visit)
        return True

    def skip(self, state: Parts) -> Parts:
        return state

    def widen(self, entry: Parts, state: Parts) -> Parts | None:
        return entry | state

    def resume(self, state: Parts, entry: Parts, leaving: Parts) -> Parts | None:  # noqa: ARG002
        return leaving


def part_after(part: Part, char: str) -> Part:
    if part is Part.FRAGMENT or char == "#":
        return Part.FRAGMENT
    if part is Part.QUERY or char == "?":
        return Part.QUERY
    if char == "/":
        return Part.EMPTY
    if part in {Part.SCHEME, Part.HOST}:
        return Part.HOST
    return WITH_DOT.get(part, part) if char == "." else Part.SEGMENT


WITH_DOT: Final = {Part.EMPTY: Part.DOTS, Part.HOLE: Part.HOLE_AND_DOTS}
FILLED: Final = {Part.EMPTY: Part.HOLE, Part.DOTS: Part.HOLE_AND_DOTS}


def kind_of(part: Part) -> Kind:
    if part in PATH:
        return Kind.PATH_SEGMENT
    return Kind.QUERY if part is Part.QUERY else Kind.FRAGMENT
