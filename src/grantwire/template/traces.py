"""Tells apart what each mustache prints, also inside blocks, loops and partials.

In: the printing of a template's mustaches. Out: per print its place in the source, its value, its stretch of text.
Never: another text than without a trace, once the marks are taken out.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from grantwire.template.scope import Eval, Scope, Site, Step
from grantwire.template.values import Value

#: Around what a mustache prints: code points that are no characters and no text is made of.
OPENS, CLOSES = "\ufdd0", "\ufdd1"
MARK: Final = re.compile(f"{OPENS}([0-9]+){OPENS}|{CLOSES}")


class Print(NamedTuple):
    """`start` and `end` are offsets in the finished text; `value` is what was printed there, before any escaping."""

    site: Site
    value: Value
    start: int
    end: int


class Tracer:
    """For one render."""

    def __init__(self) -> None:
        self._prints: list[tuple[Site, Value]] = []

    def printer(self, value: Eval, escaped: Callable[[Value], str], site: Site) -> Step:
        def render(scope: Scope) -> str:
            found = value(scope)
            try:
                text = escaped(found)
            except ValueError as error:
                scope.container.run.fail(site, str(error), code="value")
            self._prints.append((site, found))
            return f"{OPENS}{len(self._prints) - 1}{OPENS}{text}{CLOSES}"

        return render

    def read(self, marked: str) -> tuple[Print, ...]:
        """The prints of a marked text, in its order."""
        prints: list[Print] = []
        opened: tuple[int, int] | None = None
        removed = 0
        for mark in MARK.finditer(marked):
            at = mark.start() - removed
            removed += len(mark[0])
            if mark[1] is not None:
                opened = (int(mark[1]), at)
            elif opened is not None and opened[0] < len(self._prints):
                prints.append(Print(*self._prints[opened[0]], opened[1], at))
                opened = None
        return tuple(prints)
