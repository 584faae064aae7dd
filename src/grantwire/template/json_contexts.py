"""The place of each mustache in a JSON body: in a string, as a value or in a key, and how deep.

In: what the walk meets, in order (`walk.py`). Out: levels of JSON, places and faults in `Findings`.
Never: walking the tree, or escaping.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from grantwire.template import json_faults as faults
from grantwire.template.findings import BODY, Breach, Fault, Findings, Visit, Within
from grantwire.template.json_levels import (
    GONE,
    UNSEEN,
    Documents,
    Level,
    Levels,
    Quote,
    Reader,
    beginning,
    is_key,
    within,
)
from grantwire.template.json_states import ENDED, KEYS, VALUES, Expect, fill
from grantwire.template.machines import DifferError
from grantwire.template.tree import START, Kind, Mode, Mustache, Node, Place, Text

BODY_BEGINS: Final = beginning(Expect.VALUE)
LINE_BEGINS: Final = beginning(Expect.LINE)


@dataclass(slots=True)
class JsonMachine:
    """One walk's reading. `known_text`: strings an earlier walk found not to hold a document."""

    mode: Mode
    known_text: frozenset[tuple[tuple[int, ...], int, int]] = frozenset()
    findings: Findings = field(default_factory=Findings)
    documents: Documents = field(default_factory=Documents)

    def begin(self) -> Levels:
        return (LINE_BEGINS if self.mode is Mode.NDJSON else BODY_BEGINS,)

    def read(self, state: Levels, text: Text, visit: Visit) -> Levels | None:
        reader = Reader(
            text=text,
            route=visit.route,
            partial=visit.partial,
            findings=self.findings,
            documents=self.documents,
            known_text=self.known_text,
            line_ends_count=self.mode is Mode.NDJSON,
        )
        return reader.read(state)

    def fill(self, state: Levels, hole: Mustache, visit: Visit) -> Levels | None:
        state = self.settle(state, hole, visit)
        if hole.raw:
            self.findings.warn(RAW, hole, visit)
        depth = len(state) - 1
        level = state[depth]
        if Expect.DOCUMENT in level.expects:
            if len(level.expects) > 1:
                self.documents.text |= within(state, depth)
            state, depth = state[:-1], depth - 1
            level = state[depth]
        if level.quote is not None:
            self.place(Kind.KEY if is_key(level.quote) else Kind.STRING, depth, hole=hole, visit=visit)
            return state
        return self.fill_value(state, hole, visit) if level.expects else state

    def fill_value(self, state: Levels, hole: Mustache, visit: Visit) -> Levels | None:
        """Where a value is due, or (refused) between tokens."""
        depth = len(state) - 1
        level = state[depth]
        opened = within(state, depth)
        after, broken = fill(level.expects)
        node = visit.spot(hole)
        if broken:
            fault = faults.explain(broken, "{{", level.brackets[-1:])
            self.breach(fault, hole, visit, within=opened)
            if not after and depth:
                return (*state[:-1], GONE)
        if after:
            self.findings.reach(node, opened, hole.position.offset)
            self.place(Kind.VALUE, depth, hole=hole, visit=visit)
        expects = after or frozenset({self.guess(level)})
        return (*state[:-1], level._replace(expects=expects))

    def breach(self, fault: Fault, node: Node, visit: Visit, *, within: Within) -> None:
        at = node.position.after(node.value) if isinstance(node, Text) else node.position
        self.findings.breach(Breach(fault, at, node.length, visit.partial, visit.spot(node), within))

    def guess(self, level: Level) -> Expect:
        """Where to go on behind a misplaced mustache, so that later faults are found too."""
        return Expect.COLON if level.expects & KEYS else Expect.TOUCHING

    def place(self, kind: Kind, depth: int, *, hole: Mustache, visit: Visit) -> None:
        if kind is Kind.KEY:
            self.findings.warn(DATA_KEY, hole, visit)
        self.findings.place(Place(self.mode, kind, depth), hole, visit)

    def cross(self, state: Levels, node: Node, visit: Visit) -> Levels:
        return self.settle(state, node, visit)

    def settle(self, state: Levels, node: Node, visit: Visit) -> Levels:
        """No escape may be cut in two by a tag."""
        for depth, level in enumerate(state):
            if level.quote is not None and level.quote.pending:
                fault = faults.LONE_BACKSLASH if level.quote.pending == "\\" else faults.CUT_ESCAPE
                if depth:
                    self.breach(fault, node, visit, within=within(state, depth))
                    return (*state[:depth], GONE)
                self.findings.refuse(fault, node, visit)
                settled = level._replace(quote=level.quote._replace(pending=""))
                return self.settle((settled, *state[1:]), node, visit)
        return state

    def join(self, one: Levels, other: Levels) -> Levels:
        """Level by level; a document in a string on which the ways disagree is no document."""
        joined: list[Level] = []
        for depth in range(max(len(one), len(other))):
            if depth >= min(len(one), len(other)):
                longer = max(one, other, key=len)
                if longer[depth] not in (GONE, UNSEEN):
                    self.documents.text |= within(joined, depth)
                break
            mine, theirs = one[depth], other[depth]
            if GONE in (mine, theirs):
                joined += other[depth:] if mine == GONE else one[depth:]
                break
            level = join_level(mine, theirs)
            if level is None and not depth:
                raise DifferError(describe(mine), describe(theirs))
            if level is None:
                joined.append(GONE)
                break
            joined.append(level)
        return tuple(joined)

    def finish(self, state: Levels, node: Node | None, visit: Visit) -> bool:
        body = state[0]
        ending = body.expects & (ENDED | {Expect.LINE})
        if body.quote is None and not body.brackets and ending == body.expects:
            return True
        fault = unfinished(body)
        end, length, spot = START, 1, (visit.route, -1)
        if node is not None:
            end = node.position.after(node.value) if isinstance(node, Text) else node.position
        self.findings.breach(Breach(fault, end, length, visit.partial, spot))
        if ending and not body.brackets and body.quote is None:
            self.findings.reach(spot, BODY, end.offset)
            return True
        return False

    def skip(self, state: Levels) -> Levels:
        """As if something that fits had been printed, so that one fault does not cause others."""
        level = state[-1]
        if level.quote is None and level.expects & (KEYS | VALUES):
            return (*state[:-1], level._replace(expects=frozenset({self.guess(level)})))
        return state

    def widen(self, entry: Levels, state: Levels) -> Levels | None:
        """A recursive partial must be entered as it was: the same strings around it, the same sort of token due."""
        if entry[-1] == UNSEEN and state == entry[:-1]:
            self.documents.text |= within(entry, len(entry) - 1)
            return state
        mine, first = state[-1], entry[-1]
        sorts = (VALUES, KEYS, ENDED)
        alike = mine.expects <= first.expects or any(mine.expects | first.expects <= sort for sort in sorts)
        if state[:-1] != entry[:-1] or mine.quote != first.quote or not alike:
            return None
        return (*entry[:-1], first._replace(expects=first.expects | mine.expects))

    def resume(self, state: Levels, entry: Levels, leaving: Levels) -> Levels | None:
        if entry[-1] == UNSEEN and leaving == entry[:-1]:
            return leaving
        if leaving[:-1] != entry[:-1] or leaving[-1].brackets != entry[-1].brackets:
            return None
        return (*state[:-1], leaving[-1]._replace(brackets=state[-1].brackets))


RAW: Final = Fault(
    "raw",
    "in JSON this is escaped like any other mustache",
    "write {{x}}: values never need {{{x}}} or {{&x}} here",
)
DATA_KEY: Final = Fault(
    "data-as-key",
    "data decides the name of this key",
    "two equal names in one object lose a value: write the name, or use a list of name and value",
)


def join_level(one: Level, other: Level) -> Level | None:
    """None if the two are not in the same lexical spot."""
    if one.brackets != other.brackets or (one.quote is None) != (other.quote is None):
        return None
    quote = one.quote
    if one.quote is not None and other.quote is not None:
        if one.quote.pending != other.quote.pending:
            return None
        quote = Quote(one.quote.after | other.quote.after, one.quote.opened | other.quote.opened, one.quote.pending)
    return Level(one.brackets, one.expects | other.expects, one.spoken or other.spoken, quote)


def describe(level: Level) -> str:
    if level.quote is not None:
        return "inside a key" if is_key(level.quote) else "inside a string"
    depth = len(level.brackets)
    if not depth:
        return "outside all brackets"
    return f"{'in an object' if level.brackets[-1] == '{' else 'in a list'} ({depth} deep)"


def unfinished(body: Level) -> Fault:
    if body.quote is not None:
        return replace(faults.UNTERMINATED, suggestion='close the string with "')
    if body.brackets:
        closing = "".join("}" if bracket == "{" else "]" for bracket in reversed(body.brackets))
        return replace(faults.UNTERMINATED, suggestion=f"close it with {closing}")
    return faults.EMPTY if body.expects & {Expect.VALUE} else faults.UNTERMINATED
