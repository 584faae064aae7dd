"""The helpers of the language itself: `if unless each with lookup log`, and sections over a value.

In: compiled arguments and programs. Out: functions from scope to text or value, as handlebars.js's helpers behave.
Never: checking how many arguments there are; `calls.py` has refused the wrong number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grantwire.template.scope import Code, Eval, Scope, Site, Step, invoke
from grantwire.template.tree import UNDEFINED
from grantwire.template.values import Value, is_empty, is_missing, is_truthy, member, property_name, text_of


@dataclass(frozen=True, slots=True)
class BlockParts:
    """A block ready to run. `stand_in` is what `this` becomes where the context is null."""

    program: Code | None
    inverse: Code | None
    site: Site
    stand_in: Value

    def this(self, scope: Scope) -> Value:
        context = scope.context
        return self.stand_in if is_missing(context) else context


def compile_standard(name: str, params: list[Eval], pairs: Mapping[str, Eval], parts: BlockParts) -> Step:
    """A standard helper that stands as a block."""
    match name:
        case "if":
            return _if(params[0], pairs.get("includeZero"), parts)
        case "unless":
            turned = BlockParts(parts.inverse, parts.program, parts.site, parts.stand_in)
            return _if(params[0], pairs.get("includeZero"), turned)
        case "each":
            return _each(params[0], parts)
        case "with":
            return _with(params[0], parts)
        case _:
            value = standard_value(name, params)
            return lambda scope: text_of(value(scope))


def standard_value(name: str, params: list[Eval]) -> Eval:
    """A standard helper that gives a value: `lookup`, or `log`, which gives nothing and writes nowhere."""
    if name == "lookup":
        return _lookup(params[0], params[1])
    return lambda scope: UNDEFINED  # noqa: ARG005


def _lookup(value: Eval, field: Eval) -> Eval:
    def found(scope: Scope) -> Value:
        holder, wanted = value(scope), field(scope)
        return member(holder, property_name(wanted)) if is_truthy(holder) else holder

    return found


def _if(condition: Eval, include_zero: Eval | None, parts: BlockParts) -> Step:
    program, inverse = parts.program, parts.inverse

    def render(scope: Scope) -> str:
        value = condition(scope)
        zero_counts = include_zero is not None and is_truthy(include_zero(scope))
        holds = not is_empty(value) and (zero_counts or is_truthy(value))
        return invoke(program if holds else inverse, scope, parts.this(scope), data=scope.data)

    return render


def _with(subject: Eval, parts: BlockParts) -> Step:
    def render(scope: Scope) -> str:
        value = subject(scope)
        if is_empty(value):
            return invoke(parts.inverse, scope, parts.this(scope), data=scope.data)
        return invoke(parts.program, scope, value, data=scope.data, own=(value,))

    return render


def _each(subject: Eval, parts: BlockParts) -> Step:
    def render(scope: Scope) -> str:
        value = subject(scope)
        if isinstance(value, list | tuple | dict) and value:
            return loop(value, scope, parts)
        return invoke(parts.inverse, scope, parts.this(scope), data=scope.data)

    return render


def loop(value: Value, scope: Scope, parts: BlockParts) -> str:
    """One turn for each item of a list, or each value of an object in document order."""
    run = scope.container.run
    limit = run.limits.output_characters
    frame = scope.data.child()
    variables = frame.values
    last = len(value) - 1
    keyed = value.items() if isinstance(value, dict) else enumerate(value)
    pieces: list[str] = []
    size = 0
    for index, (key, item) in enumerate(keyed):
        run.turn(parts.site)
        variables["key"] = key
        variables["index"] = index
        variables["first"] = index == 0
        variables["last"] = index == last
        piece = invoke(parts.program, scope, item, data=frame, own=(item, key))
        size += len(piece)
        if size > limit:
            run.overflow(parts.site)
        pieces.append(piece)
    return "".join(pieces)


def compile_section(subject: Eval, parts: BlockParts) -> Step:
    """`{{#x}}` where x is no helper: a loop over a list, once for true or a value, else the inverse."""

    def render(scope: Scope) -> str:
        value = subject(scope)
        if value is True:
            return invoke(parts.program, scope, scope.context, data=scope.data)
        if value is False or is_missing(value):
            return invoke(parts.inverse, scope, scope.context, data=scope.data)
        if not isinstance(value, list | tuple):
            # handlebars.js hands the block parameters around on, where the section's own belong.
            return invoke(parts.program, scope, value, data=scope.data, own=scope.block_params)
        if value:
            return loop(value, scope, parts)
        return invoke(parts.inverse, scope, scope.context, data=scope.data)

    return render


def block_functions(scope: Scope, parts: BlockParts) -> tuple[Callable[..., str], Callable[..., str]]:
    """What a block helper calls to render its block: context, further `@` variables, block parameters."""

    def of(code: Code | None) -> Callable[..., str]:
        def render(
            context: Value = UNDEFINED,
            data: Mapping[str, Value] | None = None,
            block_params: tuple[Value, ...] | None = None,
        ) -> str:
            scope.container.run.turn(parts.site)
            frame = scope.data
            if data is not None:
                frame = frame.child()
                frame.values.update(data)
            return invoke(code, scope, context, data=frame, own=block_params)

        return render

    return of(parts.program), of(parts.inverse)
