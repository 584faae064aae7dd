"""Finds keys that promise one field of an event and print another: `"bundle_name": "{{ bundle.id }}"`.

In: the pieces of a template and where its paths lead. Out: warnings. Never: guessing without a schema.
"""

import re
from collections.abc import Iterator
from typing import Final

from grantwire.template.columns import Leads, path_of, problem
from grantwire.template.errors import Problem
from grantwire.template.lint import Led
from grantwire.template.outline import Piece

WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def lint_labels(pieces: tuple[Piece, ...], leads: Leads) -> Iterator[Problem]:
    for piece in pieces:
        path = None if isinstance(piece.content, str) else path_of(piece.content)
        found = leads.get((piece.partial, path.position.offset), ()) if path else ()
        meant = next(filter(None, (promised(piece.labels[-1], led) for led in found)), None)
        if path is not None and meant is not None:
            near = f"{path.original.removesuffix(path.segments[-1])}{meant}"
            message = f'"{piece.labels[-1]}" is filled from "{path.original}"'
            yield problem(piece, "label-and-path-differ", message, f'did you mean "{near}"?')


def promised(label: str, led: Led) -> str | None:
    """The sibling a label names together with their parent, if it is another than the one printed."""
    if len(led.path.segments) < 2:
        return None
    parent, printed = words(led.path.segments[-2])[-1:], led.path.segments[-1]
    if not parent or ends_with(label, (*parent, *words(printed))):
        return None
    named = (name for name in led.siblings if ends_with(label, (*parent, *words(name))))
    return max(named, key=len, default=None)


def words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in WORD.findall(name))


def ends_with(label: str, ending: tuple[str, ...]) -> bool:
    return words(label)[-len(ending) :] == ending
