"""What a running template knows: where it stands in the data, and how much it has used up.

In: the event and the compiled programs. Out: scopes for blocks, loops and partials; `RenderError` at a limit.
Never: knowing the template's text; programs are opaque functions here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from grantwire.template.errors import Problem, RenderError, Sources
from grantwire.template.limits import Limits
from grantwire.template.tree import UNDEFINED, Position
from grantwire.template.values import NULL_CONTEXT, Value, loosely_equal


@dataclass(frozen=True, slots=True)
class Site:
    """Where in the source something happens, for its error message."""

    position: Position
    length: int
    partial: str | None


class Run:
    """The counters of one render."""

    __slots__ = ("limits", "partial_calls", "partial_depth", "sources", "turns")

    def __init__(self, limits: Limits, sources: Sources) -> None:
        self.limits = limits
        self.sources = sources
        self.turns = 0
        self.partial_calls = 0
        self.partial_depth = 0

    def turn(self, site: Site) -> None:
        self.turns += 1
        if self.turns > self.limits.loop_turns:
            self.fail(site, f"more than {self.limits.loop_turns} loop turns in one render", code="limit")

    def enter_partial(self, site: Site) -> None:
        self.partial_calls += 1
        self.partial_depth += 1
        if self.partial_depth > self.limits.partial_depth:
            message = f"more than {self.limits.partial_depth} partials inside each other"
            self.fail(site, message, code="limit", suggestion="does a partial include itself?")
        if self.partial_calls > self.limits.partial_calls:
            self.fail(site, f"more than {self.limits.partial_calls} partial calls in one render", code="limit")

    def leave_partial(self) -> None:
        self.partial_depth -= 1

    def overflow(self, site: Site) -> NoReturn:
        self.fail(site, f"the output is longer than {self.limits.output_characters} characters", code="limit")

    def fail(self, site: Site, message: str, *, code: str = "render", suggestion: str = "") -> NoReturn:
        problem = Problem(message, site.position, site.length, code=code, suggestion=suggestion, partial=site.partial)
        raise RenderError(problem, self.sources)


class Frame:
    """The `@` variables. A loop or partial block starts a new frame that begins as a copy of the one around it."""

    __slots__ = ("parent", "partial_block", "values")

    def __init__(self, values: dict[str, Value], parent: "Frame | None", partial_block: "Partial | None") -> None:
        self.values = values
        self.parent = parent
        self.partial_block = partial_block

    def child(self) -> "Frame":
        return Frame(self.values.copy(), self, self.partial_block)


class Container:
    """The partials one template can see; inline partials are added while the program they stand in runs."""

    __slots__ = ("partials", "run")

    def __init__(self, partials: "Partials", run: Run) -> None:
        self.partials = partials
        self.run = run


class Scope:
    """Where a program stands: `depths` is the stack of contexts `../` climbs, the innermost first."""

    __slots__ = ("block_params", "container", "context", "data", "depths")

    def __init__(
        self,
        context: Value,
        depths: tuple[Value, ...],
        *,
        data: Frame,
        block_params: tuple[Value, ...],
        container: Container,
    ) -> None:
        self.context = context
        self.depths = depths
        self.data = data
        self.block_params = block_params
        self.container = container

    def inside(self, context: Value, data: Frame, own: Value) -> "Scope":
        """The scope of a block; a context equal to the one around adds nothing for `../` to climb."""
        depths = self.depths
        if not depths or not same_scope(context, depths[0]):
            depths = (context, *depths)
        block_params = (own, *self.block_params)
        return Scope(context, depths, data=data, block_params=block_params, container=self.container)


def same_scope(context: Value, around: Value) -> bool:
    if type(context) is dict and type(around) is dict:
        return context is around
    return context is around or (context is NULL_CONTEXT and around is None) or loosely_equal(context, around)


Eval: TypeAlias = Callable[[Scope], Value]
Step: TypeAlias = Callable[[Scope], str]
Partials: TypeAlias = "Mapping[str, Partial]"
#: Renders a partial: with a context, the `@` variables, the partials its own calls can see, and, where the
#: context analyser made one, the code compiled for this very call.
Partial: TypeAlias = "Callable[[Value, Frame, Partials, Code | None], str]"


@dataclass(slots=True)
class Code:
    """A compiled program. `inlines` are the partials defined directly in it, as name and content; `steps` are what
    `run` joins, with where they stand in the source; `params`: how many block parameters it names."""

    run: Step
    inlines: "tuple[tuple[Eval, Code], ...]" = ()
    steps: tuple[tuple[Step, Site], ...] = ()
    params: int = 0


def invoke(code: Code | None, outer: Scope, context: Value, *, data: Frame, own: Value = None) -> str:
    """Runs the program of a block that stands in `outer` with `context`; `own` are its block parameters."""
    if code is None:
        return ""
    inner = outer.inside(context, data, own)
    return with_inlines(code, outer, inner) if code.inlines else code.run(inner)


def with_inlines(code: Code, outer: Scope, inner: Scope) -> str:
    container = inner.container
    known = container.partials
    container.partials = {**known, **inline_partials(code, outer)}
    try:
        return code.run(inner)
    finally:
        container.partials = known


def inline_partials(code: Code, outer: Scope) -> dict[str, Partial]:
    """As in handlebars.js an inline partial remembers the scope around the program it stands in."""
    return {str(name(outer)): _inline(content, outer) for name, content in code.inlines}


def _inline(content: Code, outer: Scope) -> Partial:
    def render(context: Value, data: Frame, partials: Partials, code: Code | None) -> str:  # noqa: ARG001
        return invoke(code or content, outer, context, data=data)

    return render


def template_partial(content: Code, run: Run) -> Partial:
    """A partial that is a template of its own: `../` does not leave it."""

    def render(context: Value, data: Frame, partials: Partials, code: Code | None) -> str:
        return run_template(code or content, context, data=data, container=Container(partials, run))

    return render


def run_template(code: Code, context: Value, *, data: Frame, container: Container) -> str:
    inner = Scope(context, (context,), data=data, block_params=(), container=container)
    if not code.inlines:
        return code.run(inner)
    outer = Scope(UNDEFINED, (), data=data, block_params=(), container=container)
    return with_inlines(code, outer, inner)
