"""Expression outline: what can be read off a CEL expression without running it.

In: its text. Out: how deep it nests, how many turns its loops may take, which parts of an event it reads.
Never: a judgement (see `expression`).
"""

import re
from collections.abc import Mapping
from typing import Any

LOOPS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_RAW = "(?:[bB]?[rR]|[rR][bB])"
_QUOTED = re.compile(
    rf"""{_RAW}(?:\'\'\'.*?\'\'\'|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*")"""
    r"""|[bB]?(?:\'\'\'(?:\\.|.)*?\'\'\'|\"\"\"(?:\\.|.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|//[^\n]*""",
    re.DOTALL,
)
_PIECE = re.compile(r"\.?\s*[A-Za-z_]\w*|[()\[\]{},]")
_READ = re.compile(r"(?<![\w.])data((?:\s*\.\s*[A-Za-z_]\w*)*)(\s*\()?")
_WHOLE: tuple[str, ...] = ()


class Outline:
    """`depth` of brackets, `loops` within each other, `bound` names of loops, `longest_list` written out, number of
    `additions` (each may double a text)."""

    def __init__(self, source: str) -> None:
        self.depth = self.loops = self.longest_list = 0
        self._bare = _QUOTED.sub("''", source)
        self.additions = self._bare.count("+")
        self.bound = frozenset(self._walk())

    def _walk(self) -> set[str]:
        names: set[str] = set()
        open_loops: list[bool] = []
        commas: list[int] = []
        before = ""
        for piece in _PIECE.findall(self._bare):
            if piece in "([{":
                open_loops.append(piece == "(" and before[:1] == "." and before[1:].strip() in LOOPS)
                commas.append(0)
                self.depth = max(self.depth, len(open_loops))
                self.loops = max(self.loops, sum(open_loops))
            elif piece in ")]}" and open_loops:
                open_loops.pop()
                self.longest_list = max(self.longest_list, commas.pop() + 1)
            elif piece == "," and open_loops:
                if open_loops[-1] and commas[-1] == 0:
                    names.add(before)
                commas[-1] += 1
            before = piece
        return names

    def most_turns(self, event: Mapping[str, Any]) -> int:
        """An upper bound of the turns its loops can take on an event."""
        return int(max(self.longest_list, _longest_list(event)) ** self.loops)

    def reads(self) -> tuple[tuple[str, ...], ...]:
        """The paths below `data` it names; the empty path stands for all of it."""
        paths = []
        for found in _READ.finditer(self._bare):
            names = re.findall(r"\w+", found[1])
            paths.append(tuple(names[:-1] if found[2] else names))
        return tuple(dict.fromkeys(paths))


def _longest_list(value: object) -> int:
    longest, waiting = 1, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            longest = max(longest, len(item))
            waiting += [inner for inner in item.values() if isinstance(inner, dict | list)]
        elif isinstance(item, list):
            longest = max(longest, len(item))
            waiting += [inner for inner in item if isinstance(inner, dict | list)]
    return longest


def only(paths: tuple[tuple[str, ...], ...], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of `data` on these paths; what is missing stays missing. Handing less to CEL is what makes it quick."""
    if _WHOLE in paths:
        return data
    part: dict[str, Any] = {}
    for path in sorted(paths, key=len, reverse=True):  # the shortest last: it overwrites parts of what it holds whole
        _copy(path, data, part)
    return part


def _copy(path: tuple[str, ...], source: Mapping[str, Any], target: dict[str, Any]) -> None:
    for name in path[:-1]:
        if name not in source:
            return
        inner = source[name]
        if not isinstance(inner, dict):
            target[name] = inner
            return
        source, target = inner, target.setdefault(name, {})
    if path[-1] in source:
        target[path[-1]] = source[path[-1]]
