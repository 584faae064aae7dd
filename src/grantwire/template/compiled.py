"""A template's closures ready to run, and where in the template a fault of the finished body comes from.

In: compiled code, events. Out: text, or `RenderError` with a position.
Never: compiling, but once more with traces when a fault is to be placed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

from grantwire.template.errors import Problem, RenderError, Sources
from grantwire.template.limits import Limits
from grantwire.template.scope import Code, Container, Frame, Run, Scope, Site, run_template, template_partial
from grantwire.template.traces import Print, Tracer
from grantwire.template.tree import START, Mode, Program, Text
from grantwire.template.values import Value
from grantwire.template.verify import judge_xml

Given = Mapping[str, Value] | None


@dataclass(frozen=True, slots=True)
class Codes:
    """The template itself, and its partials by name."""

    main: Code
    partials: Mapping[str, Code]


@dataclass(frozen=True, slots=True)
class Compiled:
    """`again` compiles the same once more, with another way to print mustaches."""

    program: Program
    codes: Codes
    mode: Mode
    limits: Limits
    sources: Sources
    warnings: tuple[Problem, ...]
    again: Callable[..., Codes]

    def render(self, event: Value, data: Given) -> str:
        return self._run(self.codes, event, data)

    def prints(self, event: Value, data: Given) -> tuple[Print, ...]:
        """What each mustache printed, in order."""
        tracer = Tracer()
        return tracer.read(self._run(self.again(printer=tracer.printer), event, data))

    def _run(self, codes: Codes, event: Value, data: Given) -> str:
        try:
            return run_template(codes.main, event, data=_first_frame(event, data), container=self._container(codes))
        except RecursionError:
            problem = Problem("the template and its data are nested too deeply", START, code="limit")
            raise RenderError(problem, self.sources) from None

    def _container(self, codes: Codes) -> Container:
        run = Run(self.limits, self.sources)
        return Container({name: template_partial(code, run) for name, code in codes.partials.items()}, run)

    def invalid(self, text: str, error: Exception, event: Value, data: Given) -> RenderError:
        """The finished body cannot be read; told with where in the template the faulty spot comes from."""
        offset = fault_offset(text, self.mode)
        site = self._printed_by(offset, event, data)
        shown = text[max(0, offset - 30) : offset + 30]
        language, code = ("XML", "invalid-xml") if self.mode is Mode.XML else ("JSON", "invalid-json")
        message = f"the finished body is not valid {language}: {error}, near {shown!r}"
        problem = Problem(message, site.position, site.length, code=code, partial=site.partial)
        return RenderError(problem, self.sources)

    def _printed_by(self, offset: int, event: Value, data: Given) -> Site:
        """The mustache, text or block that printed the character at `offset`; the first line if none can be told."""
        for one in self.prints(event, data):
            if one.start <= offset < one.end:
                return one.site
        main = self.codes.main
        if not main.inlines:
            frame, container = _first_frame(event, data), self._container(self.codes)
            scope = Scope(event, (event,), data=frame, block_params=(), container=container)
            end = 0
            for step, site in main.steps:
                start, end = end, end + len(piece := step(scope))
                if end > offset:
                    inside = site.position.after(piece[: offset - start])
                    return Site(inside, 1, None) if self._is_text(site) else site
        return main.steps[-1][1] if main.steps else Site(START, 1, None)

    def _is_text(self, site: Site) -> bool:
        return any(isinstance(node, Text) and node.position == site.position for node in self.program.body)


def fault_offset(text: str, mode: Mode) -> int:
    """Where Python's own reader stumbles, whatever reader found the fault."""
    if mode is Mode.XML:
        return _xml_offset(text)
    start = 0
    for part in text.splitlines(keepends=True) if mode is Mode.NDJSON else [text]:
        try:
            json.loads(part if part.strip() else "0")
        except json.JSONDecodeError as error:
            return start + error.pos
        start += len(part)
    return 0


def _xml_offset(text: str) -> int:
    try:
        judge_xml(text)
    except ExpatError as error:
        lines = text.split("\n")
        return min(sum(len(line) + 1 for line in lines[: error.lineno - 1]) + error.offset, max(0, len(text) - 1))
    except ValueError:
        return text.find("<!DOCTYPE")
    return 0


def _first_frame(event: Value, data: Given) -> Frame:
    if data is None:
        return Frame({"root": event}, None, None)
    given = Frame(dict(data), None, None)
    return given if "root" in data else Frame({**data, "root": event}, given, None)
