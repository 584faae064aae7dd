"""What an analysis of contexts has noticed so far: faults, how far it came alive, the place of each mustache.

In: remarks from the machines of `json_contexts.py`, `xml_contexts.py` and so on. Out: problems and places.
Never: walking the tree or knowing a grammar.

One spot is visited many times (both branches, first and later turns of a loop). What breaks on every visit is an
error; what breaks on some is a warning.
"""

from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from grantwire.template.errors import Problem, Severity
from grantwire.template.tree import Node, Place, Position, Text

#: The partial calls that led here, outermost first: the offset of each in its source.
Route: TypeAlias = tuple[int, ...]

#: A node or character: how it was reached, and its offset in its own source.
Spot: TypeAlias = tuple[Route, int]

#: The opening quotes of the strings around a nested document; empty for the body itself.
Within: TypeAlias = frozenset[tuple[Route, int, int]]

BODY: Within = frozenset()


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a node: by which partial calls, and in which source (None: the template itself)."""

    route: Route
    partial: str | None

    def spot(self, node: Node) -> Spot:
        return (self.route, node.position.offset)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break the rules of a place. The message is a clause: it may follow "for some data, "."""

    code: str
    message: str
    suggestion: str = ""
    expected: str = ""


PLACES_DIFFER: Final = Fault(
    "branches-differ",
    "this mustache stands in another place depending on the data",
    "begin and end each string, tag or part of a URL inside the same branch",
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A fault at a character of the text, or at the mustache, that starts at `node`."""

    fault: Fault
    position: Position
    length: int
    partial: str | None
    node: Spot
    within: Within = BODY


@dataclass(slots=True)
class Findings:
    """Filled by one walk over the whole template."""

    problems: dict[tuple[Spot, str], Problem] = field(default_factory=dict)
    breaches: dict[tuple[Spot, Within, str], Breach] = field(default_factory=dict)
    reached: dict[tuple[Spot, Within], int] = field(default_factory=dict)
    places: dict[Spot, Place] = field(default_factory=dict)

    def breach(self, breach: Breach) -> None:
        """Something that does not fit on this visit."""
        key = ((breach.node[0], breach.position.offset), breach.within, breach.fault.code)
        self.breaches.setdefault(key, breach)

    def refuse(self, fault: Fault, node: Node, visit: Visit) -> None:
        """A fault of a node that is settled, whatever other visits bring."""
        problem = problem_at(fault, node, visit.partial)
        self.problems.setdefault((visit.spot(node), fault.code), problem)

    def warn(self, fault: Fault, node: Node, visit: Visit) -> None:
        problem = replace(problem_at(fault, node, visit.partial), severity=Severity.WARNING)
        self.problems.setdefault((visit.spot(node), fault.code), problem)

    def refuse_at(self, fault: Fault, position: Position, visit: Visit) -> None:
        """A settled fault of one character of a text."""
        key = ((visit.route, position.offset), fault.code)
        self.problems.setdefault(key, problem_of(fault, position, 1, partial=visit.partial))

    def reach(self, node: Spot, within: Within, offset: int) -> None:
        """A visit was still alive behind the character at `offset` of the node."""
        key = (node, within)
        if self.reached.get(key, -1) < offset:
            self.reached[key] = offset

    def place(self, place: Place, node: Node, visit: Visit) -> None:
        """Remember the place of a mustache; it must be the same on every visit."""
        if self.places.setdefault(visit.spot(node), place) != place:
            self.refuse(PLACES_DIFFER, node, visit)

    def is_passable(self, breach: Breach) -> bool:
        """Whether some visit got past this breach."""
        return self.reached.get((breach.node, breach.within), -1) >= breach.position.offset

    def verdicts(self) -> list[Problem]:
        """Each breach as an error or a warning, and the settled problems, in no particular order."""
        return [*self.problems.values(), *(self.verdict(breach) for breach in self.breaches.values())]

    def verdict(self, breach: Breach) -> Problem:
        problem = problem_of(breach.fault, breach.position, breach.length, partial=breach.partial)
        if not self.is_passable(breach):
            return problem
        return replace(problem, message=f"for some data, {problem.message}", severity=Severity.WARNING)


def problem_at(fault: Fault, node: Node, partial: str | None) -> Problem:
    """The fault as an error that underlines a node; of a text, the spot where it ends."""
    if isinstance(node, Text):
        return problem_of(fault, node.position.after(node.value), 1, partial=partial)
    return problem_of(fault, node.position, node.length, partial=partial)


def problem_of(fault: Fault, position: Position, length: int, *, partial: str | None) -> Problem:
    return Problem(
        message=fault.message,
        position=position,
        length=length,
        code=fault.code,
        expected=fault.expected,
        suggestion=fault.suggestion,
        partial=partial,
    )
