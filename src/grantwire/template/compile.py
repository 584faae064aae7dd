"""Makes a template of a source text: parse, check, place, compile. The public door of the package.

In: source, mode, partials, helpers. Out: a `Template`, or `TemplateError` with all that is wrong.
Never: rendering while compiling.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from grantwire.template.calls import AnyHelper, BlockHelper, Helper, Helpers, Result
from grantwire.template.careful import whole
from grantwire.template.checks import Surroundings, check_program, inline_names
from grantwire.template.closures import Compiler, Escaper, names_within
from grantwire.template.contexts import PlacedMustache, analyse, places
from grantwire.template.emit_runs import Wanted
from grantwire.template.errors import Problem, RenderError, Severity, Sources, TemplateError
from grantwire.template.escape import escaper_for, sendable
from grantwire.template.generated import Fast, generate
from grantwire.template.helpers import HELPERS
from grantwire.template.html import html_text
from grantwire.template.limits import LIMITS, Limits
from grantwire.template.lookups import Care
from grantwire.template.parser import parse_all
from grantwire.template.scope import Code, Container, Frame, Run, Scope, Site, run_template, template_partial
from grantwire.template.tree import START, Kind, Mode, Mustache, Program, Text
from grantwire.template.values import NULL_CONTEXT, Value, text_of
from grantwire.template.verify import judge, quick

_FREE_MODES: Final = frozenset({Mode.TEXT, Mode.PLAIN})

#: Code is generated in this render: a template that is rendered once, as in a preview, is not worth it.
RENDERS_BEFORE_GENERATED: Final = 2

#: Any function may be a helper: it is called with the arguments, and key=value by name.
HelperLike = AnyHelper | Callable[..., Value]

Generator = Callable[[], Fast | None]
Loads = Callable[[str], Any]


class Tier(StrEnum):
    """How a template is run. All give the same. Generated code is the fastest, where it can be made for a template;
    `AUTO` makes it when a template is rendered for the second time."""

    AUTO = "auto"
    GENERATED = "generated"
    CLOSURES = "closures"


class Template:
    """A compiled template; render it as often as you like, from as many threads as you like."""

    def __init__(self, compiled: "_Compiled", loads: Loads | None, generator: Generator | None) -> None:
        self._compiled = compiled
        self._fast: Fast | None = None
        self._generator = generator
        self._renders = 0
        self._verify = _by_mode(loads or quick, compiled.mode)
        self._judge = _by_mode(loads or judge, compiled.mode)

    @property
    def mode(self) -> Mode:
        return self._compiled.mode

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed but most likely not meant."""
        return self._compiled.warnings

    @property
    def places(self) -> tuple[PlacedMustache, ...]:
        """Every mustache and the place it was found to stand in, in the order they are written."""
        return tuple(places(self._compiled.program))

    def render(self, event: Value, *, data: Mapping[str, Value] | None = None) -> str:
        """The text for one event. `data` adds `@` variables.

        Raises RenderError: a limit was crossed, something strict is missing, or the body is not valid JSON.
        """
        if self._fast is None or data is not None:
            text = self._by_closures(event, data)
        else:
            try:
                text = self._fast(event)
            except Exception:  # noqa: BLE001  whatever it was, the closures decide, and tell where
                text = self._compiled.render(event, data)
        if self._verify is not None:
            try:
                self._verify(text)
            except Exception:  # noqa: BLE001  each library has an exception of its own for this
                self._judged(text, event, data)
        return text if text.isascii() else sendable(text)

    def generate(self) -> None:
        """Makes the generated code now, not in the second render."""
        generator = self._generator
        if generator is not None:
            self._fast = generator()
            self._generator = None

    def _by_closures(self, event: Value, data: Mapping[str, Value] | None) -> str:
        if self._generator is not None:
            self._renders += 1
            if self._renders == RENDERS_BEFORE_GENERATED:
                self.generate()
        return self._compiled.render(event, data)

    def _judged(self, text: str, event: Value, data: Mapping[str, Value] | None) -> None:
        """The quick reader has stumbled."""
        assert self._judge is not None  # noqa: S101  it is there where `_verify` is
        try:
            self._judge(text)
        except Exception as error:
            raise self._compiled.invalid(text, error, (event, data)) from error


def _by_mode(read: Loads, mode: Mode) -> Loads | None:
    """How a finished body of that mode is read back; None: not at all."""

    def read_lines(text: str) -> None:
        for line in filter(str.strip, text.split("\n")):
            read(line)

    return {Mode.JSON: read, Mode.NDJSON: read_lines}.get(mode)


@dataclass(frozen=True, slots=True)
class _Compiled:
    program: Program
    main: Code
    partials: Mapping[str, Code]
    mode: Mode
    limits: Limits
    sources: Sources
    warnings: tuple[Problem, ...]

    def render(self, event: Value, data: Mapping[str, Value] | None) -> str:
        try:
            return run_template(self.main, event, data=_first_frame(event, data), container=self._container())
        except RecursionError:
            problem = Problem("the template and its data are nested too deeply", START, code="limit")
            raise RenderError(problem, self.sources) from None

    def _container(self) -> Container:
        run = Run(self.limits, self.sources)
        return Container({name: template_partial(code, run) for name, code in self.partials.items()}, run)

    def invalid(self, text: str, error: Exception, given: tuple[Value, Mapping[str, Value] | None]) -> RenderError:
        """The finished body is not valid JSON; told with where in the template the faulty spot comes from."""
        offset = _fault_offset(text, self.mode)
        site = self._printed_by(offset, given)
        shown = text[max(0, offset - 30) : offset + 30]
        message = f"the finished body is not valid JSON: {error}, near {shown!r}"
        return RenderError(Problem(message, site.position, site.length, code="invalid-json"), self.sources)

    def _printed_by(self, offset: int, given: tuple[Value, Mapping[str, Value] | None]) -> Site:
        """The text, mustache or block that printed the character at `offset`; the first line if none can be told."""
        event, data = given
        if not self.main.inlines:
            frame, container = _first_frame(event, data), self._container()
            scope = Scope(event, (event,), data=frame, block_params=(), container=container)
            printed = 0
            for step, site in self.main.steps:
                piece = step(scope)
                if printed + len(piece) > offset:
                    inside = piece[: offset - printed]
                    return Site(site.position.after(inside), 1, None) if self._is_text(site) else site
                printed += len(piece)
        return self.main.steps[-1][1] if self.main.steps else Site(START, 1, None)

    def _is_text(self, site: Site) -> bool:
        return any(isinstance(node, Text) and node.position == site.position for node in self.program.body)


def _fault_offset(text: str, mode: Mode) -> int:
    """Where Python's own reader stumbles, whatever reader found the fault."""
    start = 0
    for part in text.splitlines(keepends=True) if mode is Mode.NDJSON else [text]:
        try:
            json.loads(part if part.strip() else "0")
        except json.JSONDecodeError as error:
            return start + error.pos
        start += len(part)
    return 0


def _first_frame(event: Value, data: Mapping[str, Value] | None) -> Frame:
    if data is None:
        return Frame({"root": event}, None, None)
    given = Frame(dict(data), None, None)
    return given if "root" in data else Frame({**data, "root": event}, given, None)


def compile_template(
    source: str,
    *,
    mode: Mode | str = Mode.JSON,
    partials: Mapping[str, str] | None = None,
    strict: bool = False,
    helpers: Mapping[str, HelperLike] | None = None,
    tier: Tier | str = Tier.AUTO,
    limits: Limits = LIMITS,
    loads: Loads | None = None,
) -> Template:
    """Compiles `source` for `mode`. Raises TemplateError with every problem of the template and its partials.

    `strict` makes a missing path an error when it is printed. `helpers` are added to those of the language.
    `loads` is what checks a finished JSON body: any function that raises on invalid JSON. None: the fastest there is.
    """
    sources: dict[str | None, str] = {None: source}
    sources.update(partials or {})
    return _Making(
        sources,
        Mode(mode),
        {**HELPERS, **{name: _helper(helper) for name, helper in (helpers or {}).items()}},
        limits,
    ).template(Care.STRICT if strict else Care.LENIENT, Tier(tier), loads)


@dataclass(frozen=True, slots=True)
class _Making:
    """One template on its way from text to functions."""

    sources: Mapping[str | None, str]
    mode: Mode
    helpers: Helpers
    limits: Limits

    def template(self, care: Care, tier: Tier, loads: Loads | None) -> Template:
        programs = self._parsed()
        named = {name: program for name, program in programs.items() if name is not None}
        problems = list(self._checked(programs))
        main = programs[None]
        if self.mode not in _FREE_MODES:
            main, found = analyse(main, self.mode, named)
            problems += [problem for problem in found if problem not in problems]
        warnings = tuple(sorted(problems, key=_order))
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise TemplateError(warnings, self.sources)
        code, partials = self._codes(programs, main, care)
        compiled = _Compiled(main, code, partials, self.mode, self.limits, self.sources, warnings)
        template = Template(compiled, loads, self._generator(programs, main, tier=tier, care=care))
        if tier is Tier.GENERATED:
            template.generate()
        return template

    def _codes(self, programs: Mapping[str | None, Program], main: Program, care: Care) -> tuple[Code, dict[str, Code]]:
        compiler = self._compiler(programs, care)
        try:
            partials = {name: self._partial(compiler, each) for name, each in programs.items() if name is not None}
            return compiler.program(main, ()), partials
        except RecursionError:
            problem = Problem("blocks and partials are nested too deeply", START, code="limit")
            raise TemplateError([problem], self.sources) from None

    def _generator(
        self, programs: Mapping[str | None, Program], main: Program, *, tier: Tier, care: Care
    ) -> Generator | None:
        """Makes the generated code when it is wanted."""
        if tier is Tier.CLOSURES:
            return None
        named = {name: program for name, program in programs.items() if name is not None}
        is_strict = care is Care.STRICT
        wanted = Wanted(self.mode, self.helpers, self.limits, _escaper_of(self.mode), named, is_strict)
        return lambda: generate(main, wanted)

    def _parsed(self) -> dict[str | None, Program]:
        parsed = {name: parse_all(text, partial=name, limits=self.limits) for name, text in self.sources.items()}
        problems = [problem for each in parsed.values() for problem in each.problems]
        if problems:
            raise TemplateError(sorted(problems, key=_order), self.sources)
        return {name: each.program for name, each in parsed.items() if each.program is not None}

    def _checked(self, programs: Mapping[str | None, Program]) -> Iterator[Problem]:
        inline = {name for program in programs.values() for name in inline_names(program)}
        known = {name for name in (*programs, *inline) if name is not None}
        # The context analyser reports unknown partials itself, for each place they are called from.
        sure = self.mode in _FREE_MODES and None not in inline
        around = Surroundings(self.helpers, self.mode, frozenset(known) if sure else None)
        for program in programs.values():
            yield from check_program(program, around)

    def _compiler(self, programs: Mapping[str | None, Program], care: Care) -> Compiler:
        names = {place: around for program in programs.values() for place, around in names_within(program, ()).items()}
        free = self.mode in _FREE_MODES
        return Compiler(
            self.helpers,
            care is Care.STRICT,
            escaper_of=_escaper_of(self.mode),
            stand_in=NULL_CONTEXT if free else None,
            names_at=names,
        )

    def _partial(self, compiler: Compiler, program: Program) -> Code:
        """Outside of text every call of a partial has code of its own, compiled for where it stands."""
        return compiler.program(program, ()) if self.mode in _FREE_MODES else Code(_nothing)


def _nothing(scope: Scope) -> str:  # noqa: ARG001
    return ""


def _order(problem: Problem) -> tuple[str, int]:
    """The template's before its partials', each from top to bottom."""
    return (problem.partial or "", problem.position.offset)


def _escaper_of(mode: Mode) -> Callable[[Mustache], Escaper]:
    match mode:
        case Mode.TEXT:
            return lambda node: text_of if node.raw else html_text
        case Mode.PLAIN:
            return lambda node: text_of  # noqa: ARG005
        case _:
            return _escaper_of_place


def _escaper_of_place(node: Mustache) -> Escaper:
    assert node.place is not None, "the analyser places every mustache"  # noqa: S101
    if node.place.kind is Kind.VALUE and not node.place.depth:
        return whole
    return escaper_for(node.place)


def _helper(helper: HelperLike) -> AnyHelper:
    if isinstance(helper, Helper | BlockHelper):
        return helper
    return Helper(helper, Result.VALUE, least=0, keys=frozenset({"*"}))
