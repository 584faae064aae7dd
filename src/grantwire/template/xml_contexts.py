"""The place of each mustache in an XML body: in the text of an element or in a quoted attribute, nowhere else.

In: what the walk meets, in order (`walk.py`). Out: places and faults in `Findings`.
Never: escaping, document type declarations (XML entities are a way to read files), or checking against a schema.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from grantwire.template.findings import BODY, Breach, Fault, Findings, Visit
from grantwire.template.machines import DifferError
from grantwire.template.tree import START, Kind, Mode, Mustache, Node, Place, Text


class Where(StrEnum):
    """Between which characters of a document this is."""

    CONTENT = "in the text of an element"
    TAG = "inside a tag"
    EQUALS = "before the = of an attribute"
    UNQUOTED = "before the quote of an attribute"
    SINGLE = "in an attribute in single quotes"
    DOUBLE = "in an attribute in double quotes"
    END_TAG = "in an end tag"
    SLASH = "before the > of an empty tag"
    ASIDE = "in a comment, CDATA section or instruction"


class Xml(NamedTuple):
    """`open`: elements not yet closed; `token`: the name of the tag, or what ends the aside; `declared`: what an
    instruction that may be the XML declaration says so far; `rooted`: the root may have been seen; `rootless`: it may
    not have been.
    """

    spot: Where
    open: tuple[str, ...] = ()
    token: str = ""
    declared: str = ""
    rooted: bool = False
    rootless: bool = True


def fault(message: str, suggestion: str = "") -> Fault:
    return Fault("xml", message, suggestion)


NAME: Final = re.compile(r"[^\W\d][\w.:-]*")
SPACES: Final = " \t\r\n"
REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);")
NOT_ALLOWED: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Opening of an aside, and its end.
ASIDES: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
DECLARATION: Final = "<?xml"
#: The encoding in a declaration (XML 1.0, 4.3.3).
ENCODING: Final = re.compile(rf"{re.escape(DECLARATION)}\s(?:.*?\s)?encoding\s*=\s*[\"']([^\"'<>]+)[\"']", re.DOTALL)
QUOTED: Final = {Where.SINGLE: "'", Where.DOUBLE: '"'}

AMPERSAND: Final = fault("a bare & is not allowed in XML", "write &amp;")
LESS_THAN: Final = fault("a bare < is not allowed here", "write &lt;")
CONTROL: Final = fault("XML does not know this control character", "remove it")
OUTSIDE: Final = fault("text outside the outermost element", "put it inside an element")
SECOND_ROOT: Final = fault("a document has one outermost element", "wrap the elements in one that holds them all")
DOCTYPE: Final = fault("a document type is not allowed here", "remove it")
BAD_TAG: Final = fault("this character cannot stand in a tag here")
UNQUOTED: Final = fault("an attribute needs quotes", 'write name="{{ x }}"')
OTHER_ENCODING: Final = Fault(
    "xml-encoding",
    "this declares another encoding, but every body is sent as UTF-8",
    'write encoding="UTF-8", or leave the encoding out',
)
NO_ROOT: Final = Fault("unterminated", "the body holds no XML element", "write the outermost element outside of blocks")
BAD_PLACE: Final = Fault(
    "xml-place",
    "a mustache cannot stand here",
    "mustaches stand in the text of elements and in quoted attributes only",
)


@dataclass(slots=True)
class XmlMachine:
    findings: Findings = field(default_factory=Findings)

    def begin(self) -> Xml:
        return Xml(Where.CONTENT)

    def read(self, state: Xml, text: Text, visit: Visit) -> Xml | None:
        return XmlReader(text, visit, self.findings).read(state)

    def fill(self, state: Xml, hole: Mustache, visit: Visit) -> Xml | None:
        match state:
            case Xml(spot=Where.CONTENT, open=(_, *_)):
                self.findings.place(Place(Mode.XML, Kind.TEXT), hole, visit)
            case Xml(spot=Where.SINGLE | Where.DOUBLE):
                self.findings.place(Place(Mode.XML, Kind.ATTRIBUTE), hole, visit)
            case Xml(spot=Where.CONTENT):
                self.findings.refuse(OUTSIDE, hole, visit)
            case Xml(spot=Where.UNQUOTED):
                self.findings.refuse(UNQUOTED, hole, visit)
                return state._replace(spot=Where.TAG)
            case _:
                self.findings.refuse(BAD_PLACE, hole, visit)
        return state

    def cross(self, state: Xml, node: Node, visit: Visit) -> Xml:  # noqa: ARG002
        return state

    def join(self, one: Xml, other: Xml) -> Xml:
        joined = one._replace(rooted=one.rooted or other.rooted, rootless=one.rootless or other.rootless)
        if joined != other._replace(rooted=joined.rooted, rootless=joined.rootless):
            raise DifferError(describe(one), describe(other))
        return joined

    def finish(self, state: Xml, node: Node | None, visit: Visit) -> bool:
        ends_well = state._replace(rootless=False) == Xml(Where.CONTENT, rooted=True, rootless=False)
        if ends_well and state.rootless and node is not None:
            spot, at = visit.spot(node), node.position
            self.findings.breach(Breach(NO_ROOT, at, node.length, visit.partial, spot))
            self.findings.reach(spot, BODY, at.offset)
        if ends_well:
            return True
        if node is None:
            self.findings.refuse_at(unfinished(state), START, visit)
        else:
            self.findings.refuse(unfinished(state), node, visit)
        return True

    def skip(self, state: Xml) -> Xml:
        return state

    def widen(self, entry: Xml, state: Xml) -> Xml | None:
        return entry if state.spot is entry.spot and state.token == entry.token else None

    def resume(self, state: Xml, entry: Xml, leaving: Xml) -> Xml | None:
        return leaving._replace(open=state.open) if leaving.open == entry.open else None


def describe(state: Xml) -> str:
    if state.spot is Where.CONTENT:
        return f"inside <{state.open[-1]}>" if state.open else "outside all elements"
    return state.spot


def unfinished(state: Xml) -> Fault:
    if state.open:
        return Fault("unterminated", f"the element <{state.open[-1]}> is not closed", f"write </{state.open[-1]}>")
    if state.spot is not Where.CONTENT:
        return Fault("unterminated", f"the body ends {state.spot}")
    return NO_ROOT


@dataclass(slots=True)
class XmlReader:
    """Reads one text, character by character where tags are, in runs where they are not."""

    text: Text
    visit: Visit
    findings: Findings

    def read(self, state: Xml) -> Xml | None:
        index, value = 0, self.text.value
        if odd := NOT_ALLOWED.search(value):
            self.findings.refuse_at(CONTROL, self.text.position.after(value[: odd.start()]), self.visit)
        while index < len(value):
            found = self.next(state, value, index)
            if isinstance(found, Fault):
                self.breach(found, index)
                self.reach(index - 1)
                return None
            state, index = found
        self.reach(index)
        return state

    def next(self, state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
        match state.spot:
            case Where.CONTENT:
                return content(state, value, index)
            case Where.ASIDE:
                after = aside(state, value, index)
                self.check_encoding(state.declared, value[index : after[1]], index)
                return after
            case Where.SINGLE | Where.DOUBLE:
                return quoted(state, value, index)
            case Where.END_TAG:
                return end_tag(state, value, index)
            case _:
                return tag(state, value, index)

    def check_encoding(self, declared: str, more: str, index: int) -> None:
        """Tags may cut a declaration in two; it is told of in the text in which the encoding ends."""
        found = ENCODING.match(declared + more) if declared else None
        if found and found.end() > len(declared) and found[1].upper() != "UTF-8":
            begins = max(index, index + found.start(1) - len(declared))
            self.findings.refuse_at(OTHER_ENCODING, self.text.position.after(self.text.value[:begins]), self.visit)

    def breach(self, found: Fault, index: int) -> None:
        position = self.text.position.after(self.text.value[:index])
        node = self.visit.spot(self.text)
        self.findings.breach(Breach(found, position, 1, self.visit.partial, node))

    def reach(self, index: int) -> None:
        self.findings.reach(self.visit.spot(self.text), BODY, self.text.position.offset + index)


def content(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    """Text of an element, up to the next tag."""
    char = value[index]
    if char == "<":
        return opening(state, value, index)
    if not state.open and char not in SPACES:
        return OUTSIDE
    if char != "&":
        return state, index + 1
    reference = REFERENCE.match(value, index)
    return (state, reference.end()) if reference else AMPERSAND


def opening(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    """What a `<` begins: an aside, an end tag or an element."""
    for start, end in ASIDES.items():
        if value.startswith(start, index):
            declared = start if DECLARATION.startswith(start) else ""
            return state._replace(spot=Where.ASIDE, token=end, declared=declared), index + len(start)
    if value.startswith("<!", index):
        return DOCTYPE
    if value.startswith("</", index):
        return state._replace(spot=Where.END_TAG, token=""), index + 2
    name = NAME.match(value, index + 1)
    if name is None and index + 1 < len(value):
        return LESS_THAN
    if state.rooted and not state.open:
        return SECOND_ROOT
    after = state._replace(spot=Where.TAG, token=name.group() if name else "", rooted=True, rootless=False)
    return after, name.end() if name else index + 1


def aside(state: Xml, value: str, index: int) -> tuple[Xml, int]:
    end = value.find(state.token, index)
    if end < 0:
        return state._replace(declared=declared_by(state.declared, value[index:])), len(value)
    return state._replace(spot=Where.CONTENT, token="", declared=""), end + len(state.token)


def declared_by(declared: str, more: str) -> str:
    """Empty as soon as the instruction is another one, whose text does not matter."""
    start = (declared + more)[: len(DECLARATION)]
    return declared + more if declared and DECLARATION.startswith(start) else ""


def end_tag(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    name = NAME.match(value, index)
    if name and not state.token:
        if state.open[-1:] != (name.group(),):
            return mismatch(state, name.group())
        return state._replace(token=name.group()), name.end()
    if value[index] == ">" and state.token:
        return state._replace(spot=Where.CONTENT, open=state.open[:-1], token=""), index + 1
    return (state, index + 1) if value[index] in SPACES and state.token else BAD_TAG


def mismatch(state: Xml, name: str) -> Fault:
    if not state.open:
        return fault(f"</{name}> closes nothing", "remove it")
    return fault(f"</{name}> cannot close <{state.open[-1]}>", f"write </{state.open[-1]}> first")


def tag(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    """Between the name of a tag and its end, outside quotes."""
    char = value[index]
    if char in SPACES and state.spot is not Where.SLASH:
        return state, index + 1
    match (state.spot, char):
        case (Where.TAG, "/"):
            return state._replace(spot=Where.SLASH), index + 1
        case (Where.TAG, ">"):
            return state._replace(spot=Where.CONTENT, open=(*state.open, state.token), token=""), index + 1
        case (Where.SLASH, ">"):
            return state._replace(spot=Where.CONTENT, token=""), index + 1
        case (Where.EQUALS, "="):
            return state._replace(spot=Where.UNQUOTED), index + 1
        case (Where.UNQUOTED, "'" | '"'):
            return state._replace(spot=Where.SINGLE if char == "'" else Where.DOUBLE), index + 1
        case (Where.UNQUOTED, _):
            return UNQUOTED
        case _:
            name = NAME.match(value, index) if state.spot is Where.TAG else None
            return (state._replace(spot=Where.EQUALS), name.end()) if name else BAD_TAG


def quoted(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    char = value[index]
    if char == QUOTED[state.spot]:
        return state._replace(spot=Where.TAG), index + 1
    if char == "<":
        return LESS_THAN
    if char != "&":
        return state, index + 1
    reference = REFERENCE.match(value, index)
    return (state, reference.end()) if reference else AMPERSAND
