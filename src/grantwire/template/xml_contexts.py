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


class Spot(StrEnum):
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
    """`open`: elements not yet closed; `token`: the name of the tag, or what ends the aside; `rooted`: root seen."""

    spot: Spot
    open: tuple[str, ...] = ()
    token: str = ""
    rooted: bool = False


def fault(message: str, suggestion: str = "") -> Fault:
    return Fault("xml", message, suggestion)


NAME: Final = re.compile(r"[^\W\d][\w.:-]*")
SPACES: Final = " \t\r\n"
REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);")
NOT_ALLOWED: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Opening of an aside, and its end.
ASIDES: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
QUOTED: Final = {Spot.SINGLE: "'", Spot.DOUBLE: '"'}

AMPERSAND: Final = fault("a bare & is not allowed in XML", "write &amp;")
LESS_THAN: Final = fault("a bare < is not allowed here", "write &lt;")
CONTROL: Final = fault("XML does not know this control character", "remove it")
OUTSIDE: Final = fault("text outside the outermost element", "put it inside an element")
SECOND_ROOT: Final = fault("a document has one outermost element", "wrap the elements in one that holds them all")
DOCTYPE: Final = fault("a document type is not allowed here", "remove it")
BAD_TAG: Final = fault("this character cannot stand in a tag here")
UNQUOTED: Final = fault("an attribute needs quotes", 'write name="{{ x }}"')
BAD_PLACE: Final = Fault(
    "xml-place",
    "a mustache cannot stand here",
    "mustaches stand in the text of elements and in quoted attributes only",
)


@dataclass(slots=True)
class XmlMachine:
    findings: Findings = field(default_factory=Findings)

    def begin(self) -> Xml:
        return Xml(Spot.CONTENT)

    def read(self, state: Xml, text: Text, visit: Visit) -> Xml | None:
        return XmlReader(text, visit, self.findings).read(state)

    def fill(self, state: Xml, hole: Mustache, visit: Visit) -> Xml | None:
        match state:
            case Xml(spot=Spot.CONTENT, open=(_, *_)):
                self.findings.place(Place(Mode.XML, Kind.TEXT), hole, visit)
            case Xml(spot=Spot.SINGLE | Spot.DOUBLE):
                self.findings.place(Place(Mode.XML, Kind.ATTRIBUTE), hole, visit)
            case Xml(spot=Spot.CONTENT):
                self.findings.refuse(OUTSIDE, hole, visit)
            case Xml(spot=Spot.UNQUOTED):
                self.findings.refuse(UNQUOTED, hole, visit)
                return state._replace(spot=Spot.TAG)
            case _:
                self.findings.refuse(BAD_PLACE, hole, visit)
        return state

    def cross(self, state: Xml, node: Node, visit: Visit) -> Xml:  # noqa: ARG002
        return state

    def join(self, one: Xml, other: Xml) -> Xml:
        if one._replace(rooted=True) != other._replace(rooted=True):
            raise DifferError(describe(one), describe(other))
        return one._replace(rooted=one.rooted or other.rooted)

    def finish(self, state: Xml, node: Node | None, visit: Visit) -> bool:
        if state == Xml(Spot.CONTENT, rooted=True):
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
    if state.spot is Spot.CONTENT:
        return f"inside <{state.open[-1]}>" if state.open else "outside all elements"
    return state.spot


def unfinished(state: Xml) -> Fault:
    if state.open:
        return Fault("unterminated", f"the element <{state.open[-1]}> is not closed", f"write </{state.open[-1]}>")
    if state.spot is not Spot.CONTENT:
        return Fault("unterminated", f"the body ends {state.spot}")
    return Fault("unterminated", "the body holds no XML element")


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
            case Spot.CONTENT:
                return content(state, value, index)
            case Spot.ASIDE:
                return aside(state, value, index)
            case Spot.SINGLE | Spot.DOUBLE:
                return quoted(state, value, index)
            case Spot.END_TAG:
                return end_tag(state, value, index)
            case _:
                return tag(state, value, index)

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
            return state._replace(spot=Spot.ASIDE, token=end), index + len(start)
    if value.startswith("<!", index):
        return DOCTYPE
    if value.startswith("</", index):
        return state._replace(spot=Spot.END_TAG, token=""), index + 2
    name = NAME.match(value, index + 1)
    if name is None and index + 1 < len(value):
        return LESS_THAN
    if state.rooted and not state.open:
        return SECOND_ROOT
    after = state._replace(spot=Spot.TAG, token=name.group() if name else "", rooted=True)
    return after, name.end() if name else index + 1


def aside(state: Xml, value: str, index: int) -> tuple[Xml, int]:
    end = value.find(state.token, index)
    if end < 0:
        return state, len(value)
    return state._replace(spot=Spot.CONTENT, token=""), end + len(state.token)


def end_tag(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    name = NAME.match(value, index)
    if name and not state.token:
        if state.open[-1:] != (name.group(),):
            return mismatch(state, name.group())
        return state._replace(token=name.group()), name.end()
    if value[index] == ">" and state.token:
        return state._replace(spot=Spot.CONTENT, open=state.open[:-1], token=""), index + 1
    return (state, index + 1) if value[index] in SPACES and state.token else BAD_TAG


def mismatch(state: Xml, name: str) -> Fault:
    if not state.open:
        return fault(f"</{name}> closes nothing", "remove it")
    return fault(f"</{name}> cannot close <{state.open[-1]}>", f"write </{state.open[-1]}> first")


def tag(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    """Between the name of a tag and its end, outside quotes."""
    char = value[index]
    if char in SPACES and state.spot is not Spot.SLASH:
        return state, index + 1
    match (state.spot, char):
        case (Spot.TAG, "/"):
            return state._replace(spot=Spot.SLASH), index + 1
        case (Spot.TAG, ">"):
            return state._replace(spot=Spot.CONTENT, open=(*state.open, state.token), token=""), index + 1
        case (Spot.SLASH, ">"):
            return state._replace(spot=Spot.CONTENT, token=""), index + 1
        case (Spot.EQUALS, "="):
            return state._replace(spot=Spot.UNQUOTED), index + 1
        case (Spot.UNQUOTED, "'" | '"'):
            return state._replace(spot=Spot.SINGLE if char == "'" else Spot.DOUBLE), index + 1
        case (Spot.UNQUOTED, _):
            return UNQUOTED
        case _:
            name = NAME.match(value, index) if state.spot is Spot.TAG else None
            return (state._replace(spot=Spot.EQUALS), name.end()) if name else BAD_TAG


def quoted(state: Xml, value: str, index: int) -> tuple[Xml, int] | Fault:
    char = value[index]
    if char == QUOTED[state.spot]:
        return state._replace(spot=Spot.TAG), index + 1
    if char == "<":
        return LESS_THAN
    if char != "&":
        return state, index + 1
    reference = REFERENCE.match(value, index)
    return (state, reference.end()) if reference else AMPERSAND
