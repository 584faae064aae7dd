"""The first tier: compiles a tree to nested functions. Slower than the generated tier, and the one that decides.

In: a program, analysed or not. Out: `Code` whose functions render it, one scope at a time.
Never: building source text; the tree decides which functions are joined, nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias, TypeVar, assert_never

from grantwire.template.calls import (
    BLOCK_HELPER_MISSING,
    HASH_ONLY,
    HELPER_MISSING,
    AnyHelper,
    BlockHelper,
    Helper,
    Helpers,
    Invocation,
    Meaning,
    Shape,
    call_problems,
    meaning_of,
    pairs_given,
)
from grantwire.template.expressions import literal_key
from grantwire.template.lookups import Care, compile_path, find_param
from grantwire.template.partials import PartialParts, compile_partial
from grantwire.template.scope import Code, Eval, Scope, Site, Step
from grantwire.template.standard import BlockParts, block_functions, compile_section, compile_standard, standard_value
from grantwire.template.tree import (
    UNDEFINED,
    Block,
    Call,
    Comment,
    Expression,
    InlinePartial,
    Kind,
    Literal,
    Mustache,
    Node,
    PartialCall,
    Path,
    Program,
    RawBlock,
    Text,
)
from grantwire.template.values import Value, is_missing, is_truthy, text_of

Result = TypeVar("Result")
_USES_PARAMS = frozenset({("if",), ("unless",), ("each",), ("with",), ("lookup",)})
Escaper: TypeAlias = Callable[[Value], str]
#: Makes the step of a mustache: its value, how that is escaped, where it stands.
Printer: TypeAlias = Callable[[Eval, Escaper, Site], Step]
#: The block parameters of the programs around a spot, innermost first.
Names: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Compiler:
    """Compiles a template and its partials. `names_at` knows the block parameters around inline partials and
    the blocks of partial calls, whose analysed copies hang at the calls. `stand_in`: see BlockParts."""

    helpers: Helpers
    strict: bool
    escaper_of: Callable[[Mustache], Escaper]
    stand_in: Value
    printer: Printer
    names_at: Mapping[tuple[str | None, int], Names] = field(default_factory=dict)
    done: dict[tuple[int, Names], Code] = field(default_factory=dict)
    kept: list[Program] = field(default_factory=list)

    def program(self, program: Program, names: Names) -> Code:
        """The code of a program; `names` are the block parameters around it."""
        key = (id(program), names)
        code = self.done.get(key)
        if code is None:
            # Recorded before its content, so that a partial that holds itself finds it.
            code = self.done[key] = Code(_nothing, params=len(program.block_params))
            self.kept.append(program)
            inside = _Inside(self, (program.block_params, *names), program.partial)
            steps = [(step, inside.site(node)) for node in program.body if (step := inside.node(node)) is not None]
            code.steps = tuple(steps)
            code.run = _run(code.steps)
            code.inlines = tuple(inside.inline(node) for node in program.body if isinstance(node, InlinePartial))
        return code

    def called(self, program: Program) -> Code:
        """The analysed copy of a partial, an inline partial or a block, at its call."""
        return self.program(program, self.names_at.get((program.partial, program.position.offset), ()))


def _nothing(scope: Scope) -> str:  # noqa: ARG001
    return ""


def _run(steps: tuple[tuple[Step, Site], ...]) -> Step:
    def run(scope: Scope) -> str:
        counters = scope.container.run
        limit = counters.limits.output_characters
        pieces: list[str] = []
        size = 0
        for step, site in steps:
            piece = step(scope)
            size += len(piece)
            if size > limit:
                counters.overflow(site)
            pieces.append(piece)
        return "".join(pieces)

    return run


@dataclass(frozen=True, slots=True)
class _Inside:
    """Compiles what stands directly in one program."""

    compiler: Compiler
    names: Names
    partial: str | None

    def site(self, node: Node | Expression) -> Site:
        return Site(node.position, node.length, self.partial)

    def node(self, node: Node) -> Step | None:
        match node:
            case Text(value=text):
                return lambda scope: text  # noqa: ARG005
            case Mustache():
                return self._mustache(node)
            case Block():
                return self._block(node)
            case RawBlock():
                program = self.compiler.program(node.program, self.names)
                parts = BlockParts(program, None, self.site(node), self.compiler.stand_in)
                return self._block_call(node.call, parts)
            case PartialCall():
                return self._partial(node)
            case Comment() | InlinePartial():
                return None
            case _:
                assert_never(node)

    def inline(self, node: InlinePartial) -> tuple[Eval, Code]:
        return self._outer().value(node.name), self.compiler.program(node.program, self.names)

    def _outer(self) -> "_Inside":
        """Decorators run before their program does: with the scope around it."""
        return _Inside(self.compiler, self.names[1:], self.partial)

    def _mustache(self, node: Mustache) -> Step:
        value = self._output(node)
        return self.compiler.printer(value, self.compiler.escaper_of(node), self.site(node))

    def _output(self, node: Mustache) -> Eval:
        whole = node.place is not None and node.place.kind is Kind.VALUE
        return self.call(node.call, Shape.OUTPUT, whole=whole)

    def _block(self, node: Block) -> Step:
        compiler = self.compiler
        program = compiler.program(node.program, self.names) if node.program else None
        inverse = compiler.program(node.inverse, self.names) if node.inverse else None
        return self._block_call(node.call, BlockParts(program, inverse, self.site(node), compiler.stand_in))

    def _block_call(self, call: Call, parts: BlockParts) -> Step:
        meaning = meaning_of(call, Shape.BLOCK, self.names, self.compiler.helpers)
        refused = self._refused(call, Shape.BLOCK, meaning)
        if refused is not None:
            return lambda scope: text_of(refused(scope))
        match meaning:
            case Meaning.STANDARD:
                name = path_of(call).segments[0]
                return self._all_called(call, compile_standard(name, self._params(call), self._pairs(call), parts))
            case Meaning.HELPER:
                value = self._helper_call(call, self._helper(call), parts)
                return lambda scope: text_of(value(scope))
            case Meaning.UNKNOWN:
                value = self._unknown(call, parts)
                return lambda scope: text_of(value(scope))
            case Meaning.PATH:
                return self._section(call, parts)

    def call(self, call: Call, shape: Shape, *, whole: bool = False) -> Eval:
        """The value of an output or of a sub-expression."""
        meaning = meaning_of(call, shape, self.names, self.compiler.helpers)
        refused = self._refused(call, shape, meaning)
        if refused is not None:
            return refused
        match meaning:
            case Meaning.STANDARD:
                return self._all_called(call, standard_value(path_of(call).segments[0], self._params(call)))
            case Meaning.HELPER:
                parts = BlockParts(None, None, self.site(call), self.compiler.stand_in)
                helper = self._helper(call)
                if whole and isinstance(helper, Helper) and helper.whole is not None:
                    helper = Helper(helper.whole)
                return self._helper_call(call, helper, parts)
            case Meaning.UNKNOWN:
                return self._unknown(call, BlockParts(None, None, self.site(call), self.compiler.stand_in))
            case Meaning.PATH:
                return self._or_missing(call, self._path(path_of(call), Care.STRICT))

    def _refused(self, call: Call, shape: Shape, meaning: Meaning) -> Callable[[Scope], Any] | None:
        """In text mode a call that cannot work is an error only where it is reached, as in handlebars.js."""
        if meaning is Meaning.PATH:
            return None
        problem = next(call_problems(call, shape, self.names, self.compiler.helpers), None)
        if problem is None or (problem.code == HASH_ONLY):
            return None
        site = Site(problem.position, problem.length, self.partial)

        def fail(scope: Scope) -> NoReturn:
            scope.container.run.fail(site, problem.message, code=problem.code, suggestion=problem.suggestion)

        if path_of(call).segments[:1] == ("lookup",) and call.params:
            return _half_lookup(self._params(call), fail)
        return fail

    def _section(self, call: Call, parts: BlockParts) -> Step:
        subject = self._path(path_of(call), Care.STRICT)
        hook = self.compiler.helpers.get(BLOCK_HELPER_MISSING)
        if not isinstance(hook, BlockHelper):
            return compile_section(subject, parts)
        value = _block_helper(hook.function, [subject], {}, block=(parts, str(call.callee.original)))
        return lambda scope: text_of(value(scope))

    def _unknown(self, call: Call, parts: BlockParts) -> Eval:
        hook = self.compiler.helpers.get(HELPER_MISSING)
        if hook is None:
            return self._uncalled(call, self._path(path_of(call), Care.STRICT))
        return self._helper_call(call, hook, parts)

    def _or_missing(self, call: Call, value: Eval) -> Eval:
        """A missing name that could be a helper's is offered to the hook, when there is one."""
        hook = self.compiler.helpers.get(HELPER_MISSING)
        path = path_of(call)
        could_be_helper = len(path.segments) == 1 and not path.scoped and not path.depth
        if hook is None or not could_be_helper or find_param(path, self.names) is not None:
            return value
        called = self._helper_call(call, hook, BlockParts(None, None, self.site(call), self.compiler.stand_in))
        return lambda scope: called(scope) if is_missing(found := value(scope)) else found

    def _uncalled(self, call: Call, value: Eval) -> Eval:
        """`(name)` and `{{name key=1}}` where no helper is: handlebars.js calls what the data has there, which is
        never a function, and takes nothing for nothing."""
        site = self.site(call)
        name = call.callee.original

        def nothing(scope: Scope) -> Value:
            if is_truthy(value(scope)):
                scope.container.run.fail(site, f"{name!r} is not a helper", code="helper")
            return UNDEFINED

        return self._all_called(call, nothing)

    def _all_called(self, call: Call, step: Callable[[Scope], Result]) -> Callable[[Scope], Result]:
        """Sub-expressions a helper has no use for are called all the same: they may be errors."""
        unused = call.params if path_of(call).segments[:1] not in _USES_PARAMS else ()
        values = (*unused, *(value for key, value in call.hash if key != "includeZero"))
        calls = [self.value(value) for value in values if isinstance(value, Call)]
        if not calls:
            return step

        def after_calls(scope: Scope) -> Result:
            for each in calls:
                each(scope)
            return step(scope)

        return after_calls

    def _helper(self, call: Call) -> AnyHelper:
        helpers, path = self.compiler.helpers, path_of(call)
        return helpers[path.original] if path.original in helpers else helpers[path.segments[0]]

    def _helper_call(self, call: Call, helper: AnyHelper, parts: BlockParts) -> Eval:
        params, pairs = self._params(call), self._pairs(call)
        name = str(call.callee.original)
        match helper:
            case Helper():
                return _pure(helper.function, params, pairs, site=(parts.site, name))
            case BlockHelper():
                return _block_helper(helper.function, params, pairs, block=(parts, name))
            case _:
                assert_never(helper)

    def _params(self, call: Call) -> list[Eval]:
        return [self.value(param) for param in call.params]

    def _pairs(self, call: Call) -> dict[str, Eval]:
        return {key: self.value(value) for key, value in pairs_given(call.hash).items()}

    def value(self, expression: Expression) -> Eval:
        match expression:
            case Literal(value=constant):
                return lambda scope: constant  # noqa: ARG005
            case Path():
                return self._path(expression, Care.STRICT_BEFORE_LAST)
            case Call():
                return self.call(expression, Shape.VALUE)
            case _:
                assert_never(expression)

    def _path(self, path: Path, care: Care) -> Eval:
        wanted = care if self.compiler.strict else Care.LENIENT
        return compile_path(path, find_param(path, self.names), care=wanted, site=self.site(path))

    def _partial(self, node: PartialCall) -> Step:
        compiler = self.compiler
        match node.name:
            case Call():
                name: str | Eval = self.call(node.name, Shape.VALUE)
            case Path():
                name = node.name.original
            case Literal():
                name = literal_key(node.name.value)
        parts = PartialParts(
            name,
            None if node.context is None else self.value(node.context),
            {key: self.value(value) for key, value in pairs_given(node.hash).items()},
            None if node.block is None else compiler.program(node.block, self.names),
            None if node.program is None else compiler.called(node.program),
            node.indent,
            self.site(node),
        )
        return compile_partial(parts)


def _half_lookup(values: list[Eval], fail: Callable[[Scope], NoReturn]) -> Eval:
    """handlebars.js misses the other arguments of `lookup` only when there is something to look up in."""

    def found(scope: Scope) -> Value:
        holder, *_ = [value(scope) for value in values]
        return fail(scope) if is_truthy(holder) else holder

    return found


def printed(value: Eval, escaped: Escaper, site: Site) -> Step:
    def render(scope: Scope) -> str:
        found = value(scope)
        try:
            return escaped(found)
        except ValueError as error:
            scope.container.run.fail(site, str(error), code="value")

    return render


def path_of(call: Call) -> Path:
    assert isinstance(call.callee, Path)  # noqa: S101  the parser makes a path of a literal
    return call.callee


def _pure(
    function: Callable[..., Value], params: list[Eval], pairs: Mapping[str, Eval], *, site: tuple[Site, str]
) -> Eval:
    def value(scope: Scope) -> Value:
        given = [_plain(param(scope)) for param in params]
        keyed = {key: _plain(pair(scope)) for key, pair in pairs.items()}
        try:
            return function(*given, **keyed)
        except Exception as error:  # noqa: BLE001  a helper is foreign code; its fault is told with its position
            scope.container.run.fail(site[0], f"{site[1]}: {error}", code="helper")

    return value


def _plain(value: Value) -> Value:
    """Pure helpers know JSON values only."""
    return None if value is UNDEFINED else value


def _block_helper(
    function: Callable[[Invocation], Value],
    params: list[Eval],
    pairs: Mapping[str, Eval],
    *,
    block: tuple[BlockParts, str],
) -> Eval:
    parts, name = block
    has_block = parts.program is not None or parts.inverse is not None
    names = parts.program.params if parts.program else 0

    def value(scope: Scope) -> Value:
        fn, inverse = block_functions(scope, parts) if has_block else (None, None)
        given = tuple(param(scope) for param in params)
        keyed = {key: pair(scope) for key, pair in pairs.items()}
        return function(Invocation(parts.this(scope), given, keyed, scope.data.values, name, fn, inverse, names))

    return value


def names_within(program: Program, names: Names) -> dict[tuple[str | None, int], Names]:
    """The block parameters around each inline partial and each block of a partial call, by where they begin."""
    found: dict[tuple[str | None, int], Names] = {}
    inside = (program.block_params, *names)
    for node in program.body:
        match node:
            case Block():
                for inner in (node.program, node.inverse):
                    found |= names_within(inner, inside) if inner else {}
            case InlinePartial(program=Program() as inner) | PartialCall(block=Program() as inner):
                found[program.partial, inner.position.offset] = inside
                found |= names_within(inner, inside)
            case _:
                pass
    return found
