"""What can be wrong with a template, said so that its author can mend it.

In: problems found by the parser, the analyser or a render. Out: values, and text with the line and a caret.
Never: deciding what is wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from grantwire.template.tree import Position


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `length` characters from `position` are underlined; `code` is stable, for machines.

    `expected` says what could have stood there and `suggestion` how to mend it (both may be empty). `partial`
    names the partial the position refers to; None is the template itself.
    """

    message: str
    position: Position
    length: int = 1
    severity: Severity = Severity.ERROR
    code: str = "syntax"
    expected: str = ""
    suggestion: str = ""
    partial: str | None = None


#: The texts that positions refer to: partial name (None: the template) to source.
Sources = Mapping[str | None, str]


class TemplateError(Exception):
    """A template that cannot be used; `problems` holds all of them, in order of position."""

    def __init__(self, problems: Iterable[Problem], sources: Sources = MappingProxyType({})) -> None:
        self.problems = tuple(problems)
        self.sources = dict(sources)
        super().__init__(format_problems(self.problems, self.sources))


class RenderError(Exception):
    """A template that could not be rendered with this event; `problem` says where and why."""

    def __init__(self, problem: Problem, sources: Sources = MappingProxyType({})) -> None:
        self.problem = problem
        self.sources = dict(sources)
        super().__init__(format_problem(problem, self.sources))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (self.problem,)


def format_problems(problems: Iterable[Problem], sources: Sources) -> str:
    return "\n\n".join(format_problem(problem, sources) for problem in problems)


def format_problem(problem: Problem, sources: Sources) -> str:
    """The message with line and column, the line with a caret under the fault, what to do about it."""
    where = f"partial {problem.partial!r}, " if problem.partial is not None else ""
    at = problem.position
    lines = [f"{problem.severity}: {where}line {at.line}, column {at.column}: {problem.message}"]
    source = sources.get(problem.partial)
    if source is not None:
        lines += quoted_line(problem, source)
    if problem.expected:
        lines.append(f"  expected: {problem.expected}")
    if problem.suggestion:
        lines.append(f"  suggestion: {problem.suggestion}")
    return "\n".join(lines)


#: Characters of a long line shown before and after the fault, so that a one-line body stays readable.
SHOWN_AROUND = 60


def quoted_line(problem: Problem, source: str) -> list[str]:
    line_start = source.rfind("\n", 0, problem.position.offset) + 1
    line_end = source.find("\n", problem.position.offset)
    line = source[line_start : len(source) if line_end < 0 else line_end]
    at = problem.position.offset - line_start
    first = max(0, at - SHOWN_AROUND)
    shown = line[first : at + SHOWN_AROUND].replace("\t", " ").rstrip("\r")
    before = "…" if first else ""
    after = "…" if at + SHOWN_AROUND < len(line) else ""
    width = max(1, min(problem.length, len(shown) - (at - first)))
    return [f"  | {before}{shown}{after}", f"  | {' ' * (len(before) + at - first)}{'^' * width}"]
