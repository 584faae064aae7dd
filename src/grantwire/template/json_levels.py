r"""Reads static text through all open levels of JSON at once: the body, a document in one of its strings, and so on.

In: the levels before a text, the text. Out: the levels after it; what broke goes to `Findings`.
Never: walking the tree, or deciding for good whether a string holds a document (see `json_contexts`).

Each level is a reader of its own. What a level finds inside a string it decodes (`\"` becomes `"`) and hands to
the next one, which began at that string's quote and goes on as long as the content can be a document.
"""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from grantwire.template import json_faults as faults
from grantwire.template.findings import BODY, Breach, Fault, Findings, Route, Spot, Within
from grantwire.template.json_chunks import ESCAPES, Chunk
from grantwire.template.json_states import ENDED, SPELLINGS, Expect, Expects, step
from grantwire.template.limits import LIMITS
from grantwire.template.tree import Position, Text

#: A template may nest this many documents in strings; each costs a doubling of every quote inside.
MAX_DEPTH: Final = LIMITS.json_depth


class Quote(NamedTuple):
    """An open string. `after`: what follows it; `opened`: its quotes (several, if branches opened it)."""

    after: Expects
    opened: Within
    pending: str


class Level(NamedTuple):
    """One document: its open brackets, what may come next, whether it has held a string, its open string."""

    brackets: str
    expects: Expects
    spoken: bool
    quote: Quote | None


#: The body first; a level more for each document in a string. Equal if and only if the future is equal.
Levels: TypeAlias = tuple[Level, ...]

NOTHING: Final[Expects] = frozenset()


def beginning(expect: Expect) -> Level:
    return Level(brackets="", expects=frozenset({expect}), spoken=False, quote=None)


UNSEEN: Final = beginning(Expect.DOCUMENT)
GONE: Final = UNSEEN._replace(expects=NOTHING)

KNOWN_CHARACTERS: Final = {char: char for char in '{}[]",:+-.01 truefalsn'} | SPELLINGS
#: Content of a string. Halves of UTF-16 pairs are left out: what a pair is is not known before its second half.
CONTENT: Final = re.compile(r'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})++')
#: A string that holds no document, for it neither begins like one nor is cut in two.
PLAIN_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x20{\[][^"\\\x00-\x1f]*+)?"')
SPACES: Final = re.compile(r"[ \t\r\n]+")
BARE_KEY: Final = re.compile(r"[^\s:,{}\[\]\"]+\s*(?=:)")
HEX: Final = frozenset("0123456789abcdefABCDEF")


class Opening(NamedTuple):
    """Where a string began to look like a document."""

    bracket: str
    position: Position
    partial: str | None


@dataclass(slots=True)
class Documents:
    """What one walk learnt about the strings: keyed by the spot of the opening quote and its level."""

    openings: dict[tuple[Route, int, int], Opening] = field(default_factory=dict)
    complete: set[tuple[Route, int, int]] = field(default_factory=set)
    text: set[tuple[Route, int, int]] = field(default_factory=set)


@dataclass(slots=True)
class Reader:
    """Reads one text. `known_text`: strings an earlier walk found not to hold a document."""

    text: Text
    route: Route
    partial: str | None
    findings: Findings
    documents: Documents
    known_text: frozenset[tuple[Route, int, int]]
    line_ends_count: bool
    levels: list[Level] = field(default_factory=list)
    dead: bool = False
    mended_at: int | None = None
    mends: int = 0
    counted: Position | None = None

    def read(self, levels: Levels) -> Levels | None:
        """The levels behind the text; None if the body cannot go on."""
        self.levels = list(levels)
        start = self.text.position.offset
        self.feed(0, Chunk(self.text.value, start))
        if self.dead:
            return None
        end = start + len(self.text.value)
        for depth, level in enumerate(self.levels):
            if level.quote or level.expects:
                self.reach(depth, end if depth or self.mended_at is None else self.mended_at - 1)
        return tuple(self.levels)

    def feed(self, depth: int, chunk: Chunk) -> None:
        """Give a chunk to one level."""
        index, size = 0, len(chunk.text)
        while index < size and depth < len(self.levels) and not self.dead:
            level = self.levels[depth]
            if level.quote is not None:
                index = self.read_string(depth, chunk, index)
            elif level.expects:
                index = self.read_grammar(depth, chunk, index)
            else:
                return

    def read_grammar(self, depth: int, chunk: Chunk, index: int) -> int:
        """Between the strings, up to the next quote or the end of the chunk."""
        text = chunk.text
        brackets, expects, spoken, _ = self.levels[depth]
        lines = self.line_ends_count and depth == 0
        while index < len(text):
            char = text[index]
            spelled = "\n" if lines and char == "\n" else KNOWN_CHARACTERS.get(char, char)
            if Expect.DOCUMENT in expects and not self.may_open(depth, spelled, chunk.at(index)):
                return len(text)
            after, broken = step(expects, spelled, brackets[-1:])
            if broken:
                fault = faults.explain(broken, spelled, brackets[-1:])
                self.breach(fault, chunk.at(index), depth)
                if not after:
                    self.levels[depth] = Level(brackets, expects, spoken, None)
                    return self.recover(depth, chunk, index, fault=fault)
            expects = after
            index += 1
            match spelled:
                case '"':
                    plain = PLAIN_STRING.match(text, index - 1)
                    if plain is None:
                        self.open_string(depth, brackets, after, at=chunk.at(index - 1))
                        return index
                    spoken, index = True, plain.end()
                case "{" | "[":
                    brackets += spelled
                case "}" | "]":
                    brackets = brackets[:-1]
                case " " if not lines and (run := SPACES.match(text, index)):
                    index = run.end()
        self.levels[depth] = Level(brackets, expects, spoken, None)
        return index

    def may_open(self, depth: int, spelled: str, at: int) -> bool:
        """The first character of a string's content: does a document begin? If not, the level goes."""
        if spelled == " ":
            return True
        opened = self.within(depth)
        if spelled in "{[":
            bracket = Opening(spelled, self.position(at), self.partial)
            for key in opened:
                self.documents.openings.setdefault(key, bracket)
            return True
        if len(self.levels[depth].expects) > 1:
            self.documents.text |= opened
        del self.levels[depth:]
        return False

    def open_string(self, depth: int, brackets: str, after: Expects, *, at: int) -> None:
        key = (self.route, at, depth)
        self.levels[depth] = Level(brackets, NOTHING, True, Quote(after, frozenset({key}), ""))  # noqa: FBT003
        if Expect.COLON not in after and key not in self.known_text and depth <= MAX_DEPTH:
            self.levels.append(UNSEEN)

    def read_string(self, depth: int, chunk: Chunk, index: int) -> int:
        """Inside a string, up to its closing quote or the end of the chunk."""
        text = chunk.text
        quote = self.levels[depth].quote
        if quote is not None and quote.pending:
            taken = self.read_escape(depth, quote.pending + text[index], chunk.at(index))
            return index + 1 if taken else index
        run = CONTENT.match(text, index)
        if run is not None:
            if depth + 1 < len(self.levels):
                self.feed(depth + 1, chunk.decoded(index, run.end()))
            index = run.end()
        if index < len(text):
            index = self.read_odd(depth, text, index, at=chunk.at(index))
        return index

    def read_odd(self, depth: int, text: str, index: int, *, at: int) -> int:
        """What in a string is neither plain nor a short escape."""
        match text[index]:
            case '"':
                self.close_string(depth, at)
            case "\\":
                self.pend(depth, "\\")
            case _:
                self.breach_string(faults.RAW_CONTROL, depth, at)
        return index + 1

    def read_escape(self, depth: int, pending: str, at: int) -> bool:
        r"""One more character of an escape that a text cut in two, or of `\u` and its digits. False: not taken."""
        if pending == "\\u" or (len(pending) > 2 and pending[-1] in HEX):
            whole = len(pending) == 6
            self.pend(depth, "" if whole else pending)
            if whole:
                self.feed(depth + 1, Chunk(chr(int.from_bytes(bytes.fromhex(pending[2:]), "big")), at))
            return True
        self.pend(depth, "")
        if len(pending) == 2 and pending[-1] in ESCAPES:
            self.feed(depth + 1, Chunk(ESCAPES[pending[-1]], at))
            return True
        self.breach_string(faults.BAD_ESCAPE, depth, at)
        return pending[-1] != '"'

    def close_string(self, depth: int, at: int) -> None:
        level = self.levels[depth]
        if level.quote is None:
            return
        if depth + 1 < len(self.levels):
            self.judge_document(depth + 1, at)
            del self.levels[depth + 1 :]
        self.levels[depth] = Level(level.brackets, level.quote.after, spoken=True, quote=None)

    def judge_document(self, depth: int, at: int) -> None:
        """The string ends here: was its content a whole document, with a string or a key in it?"""
        level = self.levels[depth]
        if not level.expects and level.quote is None:
            return
        self.reach(depth, at - 1)
        if level.quote or level.brackets:
            self.breach(faults.UNTERMINATED, at, depth)
        elif level.expects & ENDED:
            self.reach(depth, at)
            if level.spoken:
                self.documents.complete |= self.within(depth)

    def recover(self, depth: int, chunk: Chunk, index: int, *, fault: Fault) -> int:
        """Nothing fits. A key without quotes is skipped, so that later faults are found too; else the level ends."""
        key = BARE_KEY.match(chunk.text, index)
        if depth == 0 and fault is faults.UNQUOTED_KEY and key:
            level = self.levels[depth]
            self.levels[depth] = level._replace(expects=frozenset({Expect.COLON}))
            self.mend(chunk.at(index))
            return key.end()
        self.kill(depth, chunk.at(index))
        return len(chunk.text)

    def kill(self, depth: int, at: int) -> None:
        """A level in a string just stops being a document; without the body nothing goes on."""
        if depth == 0:
            self.mend(at)
            self.reach(depth, (self.mended_at or at) - 1)
            self.dead = True
        else:
            self.reach(depth, at - 1)
            self.levels[depth:] = [GONE]

    def pend(self, depth: int, pending: str) -> None:
        level = self.levels[depth]
        if level.quote is not None:
            self.levels[depth] = level._replace(quote=level.quote._replace(pending=pending))

    def breach_string(self, fault: Fault, depth: int, at: int) -> None:
        """A fault inside a string: the body can be read on behind it."""
        self.breach(fault, at, depth)
        if depth:
            self.kill(depth, at)
        else:
            self.mend(at)

    def mend(self, at: int) -> None:
        """Going on behind a fault of the body does not make it passable. Nobody reads more than so many faults."""
        self.mended_at = at if self.mended_at is None else self.mended_at
        self.mends += 1
        if self.mends > LIMITS.problems:
            self.dead = True

    def breach(self, fault: Fault, at: int, depth: int) -> None:
        within = self.within(depth)
        self.findings.breach(Breach(fault, self.position(at), 1, self.partial, self.node, within))

    def reach(self, depth: int, at: int) -> None:
        self.findings.reach(self.node, self.within(depth), at)

    def within(self, depth: int) -> Within:
        return within(self.levels, depth)

    @property
    def node(self) -> Spot:
        return (self.route, self.text.position.offset)

    def position(self, at: int) -> Position:
        """Counted on from the last one asked for, so that many faults in one text cost no more than one."""
        known = self.counted if self.counted and self.counted.offset <= at else self.text.position
        start = self.text.position.offset
        self.counted = known.after(self.text.value[known.offset - start : at - start])
        return self.counted


def within(levels: Levels | list[Level], depth: int) -> Within:
    """The quotes around the document at `depth`."""
    quote = levels[depth - 1].quote if depth else None
    return quote.opened if quote else BODY


def is_key(quote: Quote) -> bool:
    return Expect.COLON in quote.after
