"""What the walk over a template asks of the grammar of its mode.

In: nothing. Out: the protocol that `json_contexts.py`, `xml_contexts.py` and the others fulfil.
Never: a grammar, or the walk itself.
"""

from typing import Protocol, TypeVar

from grantwire.template.findings import Findings, Visit
from grantwire.template.tree import Mustache, Node, Text


class DifferError(Exception):
    """Two ways through a block cannot go on together; the texts say where each of them ends."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one, other)
        self.one, self.other = one, other


S = TypeVar("S")


class Machine(Protocol[S]):
    """A grammar as a machine. A state is frozen and hashable; None, where allowed, means it cannot go on."""

    findings: Findings

    def begin(self) -> S: ...

    def read(self, state: S, text: Text, visit: Visit) -> S | None: ...

    def fill(self, state: S, hole: Mustache, visit: Visit) -> S | None:
        """A mustache prints here: remember its place."""

    def cross(self, state: S, node: Node, visit: Visit) -> S:
        """A tag that prints nothing itself (a block, a partial) stands here."""

    def join(self, one: S, other: S) -> S:
        """Both are possible from here on; raises DifferError."""

    def finish(self, state: S, node: Node | None, visit: Visit) -> bool:
        """The template ends here; `node` is its last one. False if it may not end here."""

    def skip(self, state: S) -> S:
        """Behind something that could not be followed, as if it had printed what fits."""

    def widen(self, entry: S, state: S) -> S | None:
        """For a partial that calls itself at `state`: an entry that covers this call too; None if it cannot."""

    def resume(self, state: S, entry: S, leaving: S) -> S | None:
        """Behind such a call, if the partial entered at `entry` ends in `leaving`; None if that is elsewhere."""
