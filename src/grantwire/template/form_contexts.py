"""Form bodies (`application/x-www-form-urlencoded`): only the template writes `&` and `=`.

In: what the walk meets, in order (`walk.py`). Out: places and faults in `Findings`.
Never: encoding values.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from grantwire.template.findings import Fault, Findings, Visit
from grantwire.template.tree import Kind, Mode, Mustache, Node, Place, Text

#: One or both of `FORM_KEY` and `FORM_VALUE`: the sorts of spot this can be.
Sorts = frozenset[Kind]

KEY: Final[Sorts] = frozenset({Kind.FORM_KEY})
VALUE: Final[Sorts] = frozenset({Kind.FORM_VALUE})

BROKEN_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
PERCENT: Final = Fault(
    "percent", "a % must be followed by two hexadecimal digits", "write %25 for a % sign; values are encoded for you"
)
UNENCODED: Final = re.compile(r"[\x00-\x20\x7f-\U0010ffff]")
UNENCODED_CHARACTER: Final = Fault(
    "unencoded",
    "the text before this holds a space, line break or foreign letter, which is sent as it stands",
    "write + for a space and %XX for other characters; remove line breaks, also the last one",
)


@dataclass(slots=True)
class FormMachine:
    findings: Findings = field(default_factory=Findings)

    def begin(self) -> Sorts:
        return KEY

    def read(self, state: Sorts, text: Text, visit: Visit) -> Sorts:
        """Static text goes out as it is written, so it has to be encoded already."""
        check_percents(text, visit, self.findings)
        if UNENCODED.search(text.value):
            self.findings.warn(UNENCODED_CHARACTER, text, visit)
        last = text.value.rpartition("&")
        if "=" in last[2]:
            return VALUE
        return KEY if last[1] else state

    def fill(self, state: Sorts, hole: Mustache, visit: Visit) -> Sorts:
        kind = Kind.FORM_KEY if state == KEY else Kind.FORM_VALUE
        self.findings.place(Place(Mode.FORM, kind), hole, visit)
        return state

    def cross(self, state: Sorts, node: Node, visit: Visit) -> Sorts:  # noqa: ARG002
        return state

    def join(self, one: Sorts, other: Sorts) -> Sorts:
        return one | other

    def finish(self, state: Sorts, node: Node | None, visit: Visit) -> bool:  # noqa: ARG002
        return True

    def skip(self, state: Sorts) -> Sorts:
        return state

    def widen(self, entry: Sorts, state: Sorts) -> Sorts | None:
        return entry | state

    def resume(self, state: Sorts, entry: Sorts, leaving: Sorts) -> Sorts | None:  # noqa: ARG002
        return leaving


def check_percents(text: Text, visit: Visit, findings: Findings) -> None:
    odd = BROKEN_PERCENT.search(text.value)
    if odd:
        findings.refuse_at(PERCENT, text.position.after(text.value[: odd.start()]), visit)
