"""Header values, and text that needs no grammar: every mustache stands in the same sort of place.

In: what the walk meets, in order (`walk.py`). Out: places and faults in `Findings`.
Never: header names, which are never templates.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from grantwire.template.findings import Fault, Findings, Visit
from grantwire.template.tree import Kind, Mode, Mustache, Node, Place, Text

#: As for values (`escape.py`): header values hold printable Latin-1 and tabs (RFC 9110, 5.5).
ODD: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")

ODD_CHARACTER: Final = Fault(
    "header-character",
    "a header cannot hold this character",
    "write the header on one line, with Latin letters only",
)

VALUE: Final = Place(Mode.HEADER, Kind.HEADER_VALUE)


@dataclass(slots=True)
class HeaderMachine:
    """There is only one state."""

    findings: Findings = field(default_factory=Findings)

    def begin(self) -> str:
        return "value"

    def read(self, state: str, text: Text, visit: Visit) -> str:
        odd = ODD.search(text.value)
        if odd:
            self.findings.refuse_at(ODD_CHARACTER, text.position.after(text.value[: odd.start()]), visit)
        return state

    def fill(self, state: str, hole: Mustache, visit: Visit) -> str:
        self.findings.place(VALUE, hole, visit)
        return state

    def cross(self, state: str, node: Node, visit: Visit) -> str:  # noqa: ARG002
        return state

    def join(self, one: str, other: str) -> str:  # noqa: ARG002
        return one

    def finish(self, state: str, node: Node | None, visit: Visit) -> bool:  # noqa: ARG002
        return True

    def skip(self, state: str) -> str:
        return state

    def widen(self, entry: str, state: str) -> str | None:  # noqa: ARG002
        return entry

    def resume(self, state: str, entry: str, leaving: str) -> str | None:  # noqa: ARG002
        return leaving
