"""JSON marks: JSON as people read it, indented, its names and values told apart by colour.

In: text. Out: markup. Never: a value that is not escaped, or another one than the text has (numbers keep their digits).
"""

import re

import msgspec
from markupsafe import Markup, escape

_PART = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)'
)
LONGEST_MARKED = 64 * 1024  # characters: beyond that the colours cost more than they help


def indented(text: str) -> str | None:
    """None for what is no JSON."""
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.MsgspecError:
        return None


def marked(text: str) -> Markup:
    """Of JSON text."""
    if len(text) > LONGEST_MARKED:
        return escape(text)
    pieces: list[Markup] = []
    at = 0
    for found in _PART.finditer(text):
        pieces.append(escape(text[at : found.start()]))
        pieces.append(Markup('<span class="json-{}">{}</span>').format(found.lastgroup, found[0]))
        at = found.end()
    return Markup("").join([*pieces, escape(text[at:])])
