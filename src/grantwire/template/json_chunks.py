r"""Pieces of text for the levels of JSON to read, each of whose characters still knows where in the source it stands.

In: text of the source; from that, what a string in it says once its escapes are read, and so on inwards. Out: chunks.
Never: a character that a chunk could not place.
"""

from json import loads
from typing import Final

ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Chunk:
    """Characters for one level to read. `start` is where in the source, or in the chunk `around`, they begin; `raw` is
    how they are written there, if they are written with escapes."""

    __slots__ = ("_around", "_known", "_raw", "_start", "text")

    def __init__(self, text: str, start: int, *, raw: str | None = None, around: "Chunk | None" = None) -> None:
        self.text = text
        self._start = start
        self._raw = raw
        self._around = around
        self._known = (0, 0)

    def decoded(self, start: int, end: int) -> "Chunk":
        """What a part of this chunk, content of a string without cut escapes, says."""
        raw = self.text[start:end]
        if "\\" not in raw:
            return Chunk(raw, start, around=self)
        return Chunk(loads(f'"{raw}"'), start, raw=raw, around=self)

    def at(self, index: int) -> int:
        """The source offset of a character."""
        offset = self._start + (index if self._raw is None else self._written_at(self._raw, index))
        return offset if self._around is None else self._around.at(offset)

    def _written_at(self, raw: str, index: int) -> int:
        """Counted on from the last character that was asked for."""
        done, at = self._known if self._known[0] <= index else (0, 0)
        while done < index:
            escape = raw.find("\\", at)
            if escape < 0 or escape - at >= index - done:
                at += index - done
                break
            done += escape - at + 1
            at = escape + (6 if raw[escape + 1] == "u" else 2)
        self._known = (index, at)
        return at
