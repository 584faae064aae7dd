"""Makes a template of a source text: parse, check, place, compile. The public door of the package.

In: source, mode, partials, helpers. Out: a `Template`, or `TemplateError` with all that is wrong.
Never: rendering while compiling.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, Final, NoReturn

from grantwire.template.calls import AnyHelper, BlockHelper, Helper, Helpers, Result
from grantwire.template.careful import whole
from grantwire.template.checks import Surroundings, check_program, inline_names
from grantwire.template.closures import Compiler, Escaper, Printer, names_within, printed
from grantwire.template.compiled import Codes, Compiled
from grantwire.template.contexts import PlacedMustache, analyse, places
from grantwire.template.emit_runs import Wanted
from grantwire.template.errors import Problem, Severity, TemplateError
from grantwire.template.escape import escaper_for, sendable
from grantwire.template.generated import Fast, generate
from grantwire.template.helpers import HELPERS
from grantwire.template.html import html_text
from grantwire.template.limits import LIMITS, Limits
from grantwire.template.lookups import Care
from grantwire.template.parser import parse_all
from grantwire.template.scope import Code, Scope, Site, Step
from grantwire.template.traces import Print
from grantwire.template.tree import START, Kind, Mode, Mustache, Program
from grantwire.template.values import NULL_CONTEXT, Value, text_of
from grantwire.template.verify import judge, quick, reader_of

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

    def __init__(self, compiled: "Compiled", loads: Loads | None, generator: Generator | None) -> None:
        self._compiled = compiled
        self._fast: Fast | None = None
        self._generator = generator
        self._renders = 0
        self._verify = reader_of(compiled.mode, loads or quick)
        self._judge = reader_of(compiled.mode, loads or judge)

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

        Raises RenderError: a limit was crossed, something strict is missing, or the body is not valid JSON or XML.
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
            raise self._compiled.invalid(text, error, event, data) from error

    def prints(self, event: Value) -> tuple[Print, ...]:
        """What each mustache prints for one event, and where in the text that begins and ends. Slow: for checks."""
        return self._compiled.prints(event, None)


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
        programs, broken = self._parsed()
        named = {name: program for name, program in programs.items() if name is not None}
        problems = [*self._checked(programs, frozenset(broken)), *chain.from_iterable(broken.values())]
        main = programs[None]
        if self.mode not in _FREE_MODES:
            main, found = analyse(main, self.mode, named)
            problems += [problem for problem in found if problem not in problems]
        warnings = tuple(sorted(problems, key=_order))
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise TemplateError(warnings, self.sources)
        compile_all = partial(
            self._codes, programs, main, care, broken={name: each[0] for name, each in broken.items()}
        )
        compiled = Compiled(main, compile_all(), self.mode, self.limits, self.sources, warnings, compile_all)
        template = Template(compiled, loads, self._generator(programs, main, tier=tier, care=care))
        if tier is Tier.GENERATED:
            template.generate()
        return template

    def _codes(
        self,
        programs: Mapping[str | None, Program],
        main: Program,
        care: Care,
        *,
        broken: Mapping[str, Problem],
        printer: Printer = printed,
    ) -> Codes:
        compiler = self._compiler(programs, care, printer)
        try:
            partials = {name: self._partial(compiler, each) for name, each in programs.items() if name is not None}
            partials |= {name: Code(_failing(problem)) for name, problem in broken.items()}
            return Codes(compiler.program(main, ()), partials)
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

    def _parsed(self) -> tuple[dict[str | None, Program], dict[str, list[Problem]]]:
        """The trees, and in text what is wrong with partials: plain Handlebars reads one when it is first called."""
        parsed = {name: parse_all(text, partial=name, limits=self.limits) for name, text in self.sources.items()}
        faulty = {name: each.problems for name, each in parsed.items() if each.problems}
        if faulty and (self.mode is not Mode.TEXT or None in faulty):
            raise TemplateError(sorted(chain.from_iterable(faulty.values()), key=_order), self.sources)
        broken = {
            name: [replace(problem, severity=Severity.WARNING) for problem in problems]
            for name, problems in faulty.items()
            if name is not None
        }
        return {name: each.program for name, each in parsed.items() if each.program is not None}, broken

    def _checked(self, programs: Mapping[str | None, Program], broken: frozenset[str]) -> Iterator[Problem]:
        inline = {name for program in programs.values() for name in inline_names(program)}
        known = {name for name in (*programs, *broken, *inline) if name is not None}
        # The context analyser reports unknown partials itself, for each place they are called from.
        sure = self.mode in _FREE_MODES and None not in inline
        around = Surroundings(self.helpers, self.mode, frozenset(known) if sure else None)
        for program in programs.values():
            yield from check_program(program, around)

    def _compiler(self, programs: Mapping[str | None, Program], care: Care, printer: Printer) -> Compiler:
        names = {place: around for program in programs.values() for place, around in names_within(program, ()).items()}
        free = self.mode in _FREE_MODES
        return Compiler(
            self.helpers,
            care is Care.STRICT,
            escaper_of=_escaper_of(self.mode),
            stand_in=NULL_CONTEXT if free else None,
            names_at=names,
            printer=printer,
        )

    def _partial(self, compiler: Compiler, program: Program) -> Code:
        """Outside of text every call of a partial has code of its own, compiled for where it stands."""
        return compiler.program(program, ()) if self.mode in _FREE_MODES else Code(_nothing)


def _nothing(scope: Scope) -> str:  # noqa: ARG001
    return ""


def _failing(problem: Problem) -> Step:
    """In place of a partial that cannot be parsed."""
    site = Site(problem.position, problem.length, problem.partial)

    def fail(scope: Scope) -> NoReturn:
        scope.container.run.fail(site, problem.message, code=problem.code, suggestion=problem.suggestion)

    return fail


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
