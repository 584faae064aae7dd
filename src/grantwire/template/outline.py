"""Which field of a JSON body each mustache and each piece of text ends up in, also in documents inside strings.

In: an analysed template without errors. Out: pieces with their labels, in the order they are written.
Never: judging anything; of two branches it reads both from the same start and goes on behind the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from grantwire.template.json_chunks import ESCAPES
from grantwire.template.tree import Block, Kind, Mustache, Node, PartialCall, Position, Program, Text


class Piece(NamedTuple):
    """A run of text, or a mustache, of one value.

    `labels`: the innermost key of each document around it, the body's first (empty: in no object). `is_field`: the
    body's key stands in its outermost object. `is_repeated`: inside a loop.
    """

    labels: tuple[str, ...]
    content: str | Mustache
    position: Position
    partial: str | None
    is_field: bool
    is_repeated: bool


@dataclass(slots=True)
class Document:
    """One document: its open containers with the key each is at, and the string it is in, if any."""

    keys: list[str | None] = field(default_factory=list)
    in_string: bool = False
    string: str = ""
    pending: str = ""

    def copy(self) -> "Document":
        return Document(list(self.keys), self.in_string, self.string, self.pending)

    @property
    def label(self) -> str:
        return next((key for key in reversed(self.keys) if key is not None), "")


@dataclass(slots=True)
class Outline:
    documents: list[Document]
    pieces: list[Piece]
    repeats: int = 0
    partial: str | None = None

    def program(self, program: Program) -> None:
        around, self.partial = self.partial, program.partial
        for node in program.body:
            self.node(node)
        self.partial = around

    def node(self, node: Node) -> None:
        match node:
            case Text():
                self.text(node)
            case Mustache():
                self.mustache(node)
            case Block():
                self.block(node)
            case PartialCall(program=Program() as program) if self.repeats < MAX_REPEATS:
                self.repeats += 1
                self.program(program)
                self.repeats -= 1
            case _:
                pass

    def block(self, block: Block) -> None:
        """A loop is read once; what its turns repeat is marked."""
        before = [document.copy() for document in self.documents]
        after = None
        loops = block.call.callee.original not in {"if", "unless", "with"}
        for program in (block.program, block.inverse):
            if program is not None:
                self.documents = [document.copy() for document in before]
                self.repeats += loops
                self.program(program)
                self.repeats -= loops
                after = after or self.documents
        self.documents = after or before

    def mustache(self, node: Mustache) -> None:
        depth = node.place.depth if node.place else 0
        if node.place is not None and node.place.kind is not Kind.KEY:
            self.piece(node, node.position, self.documents[: depth + 1])
        for document in self.documents[: depth + 1]:
            document.string += HOLE
        del self.documents[depth + 1 :]

    def piece(self, content: str | Mustache, position: Position, documents: list[Document]) -> None:
        labels = tuple(document.label for document in documents)
        is_field = len(documents[0].keys) == 1 and documents[0].keys[0] is not None
        self.pieces.append(Piece(labels, content, position, self.partial, is_field, self.repeats > 0))

    def text(self, text: Text) -> None:
        for run, start in runs(self, text):
            if run:
                self.piece(run, text.position.after(text.value[:start]), self.documents[:1])

    def read(self, depth: int, char: str) -> None:
        """One character of one document, and decoded of the one in its string."""
        document = self.documents[depth]
        if document.in_string:
            self.read_string(depth, char)
        elif char == '"':
            document.in_string, document.string = True, ""
            self.documents[depth + 1 :] = [Document()]
        elif char in "{[":
            document.keys.append(None)
        elif char in "}]":
            document.keys[-1:] = []
        elif char == ":" and document.keys:
            document.keys[-1] = document.string
        elif char == "," and document.keys:
            document.keys[-1] = None

    def read_string(self, depth: int, char: str) -> None:
        document = self.documents[depth]
        if document.pending:
            document.pending += char
            decoded = decode(document.pending)
            if decoded is None:
                return
            document.pending = ""
            char = decoded
        elif char == "\\":
            document.pending = char
            return
        elif char == '"':
            document.in_string = False
            del self.documents[depth + 1 :]
            return
        document.string += char
        if depth + 1 < len(self.documents):
            self.read(depth + 1, char)


#: Stands for a mustache in a string that is being read: no text can hold it.
HOLE: Final = "\ufffe"

#: Partials in partials, to which loops count too, are followed this far.
MAX_REPEATS: Final = 12


def decode(pending: str) -> str | None:
    """An escape, as soon as it is whole."""
    if pending[1] != "u":
        return ESCAPES.get(pending[1], "")
    return chr(int.from_bytes(bytes.fromhex(pending[2:]), "big")) if len(pending) == 6 else None


def runs(outline: Outline, text: Text) -> Iterator[tuple[str, int]]:
    """Reads a text and gives what of it stands inside values of the body, with where each run starts."""
    run, start = "", 0
    body = outline.documents[0]
    for index, char in enumerate(text.value):
        was_value = is_value(body)
        outline.read(0, char)
        if was_value and is_value(body):
            start = start if run else index
            run += char
        elif run:
            yield run, start
            run = ""
    if run:
        yield run, start


def is_value(body: Document) -> bool:
    """Whether the body is inside a string that is a value, not a key."""
    return body.in_string and bool(body.keys) and body.keys[-1] is not None


def pieces_of(program: Program) -> tuple[Piece, ...]:
    outline = Outline([Document()], [])
    outline.program(program)
    return tuple(outline.pieces)
