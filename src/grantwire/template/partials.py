"""Compiles `{{> partial}}` and `{{#> partial}}block{{/partial}}`.

In: compiled name, context, arguments and block. Out: a function from scope to text.
Never: parsing; what a name stands for is decided when the call runs, as inline partials come and go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from grantwire.template.scope import Code, Eval, Frame, Partial, Partials, Scope, Site, Step, inline_partials, invoke
from grantwire.template.values import Value, own_members, property_name

BLOCK_OF_CALLER = "@partial-block"


@dataclass(frozen=True, slots=True)
class PartialParts:
    """A partial call ready to run. `name` is text, or a function where it is dynamic; `code` is for this call."""

    name: str | Eval
    context: Eval | None
    pairs: Mapping[str, Eval]
    block: Code | None
    code: Code | None
    indent: str
    site: Site


def compile_partial(parts: PartialParts) -> Step:
    indent, site = parts.indent, parts.site

    def render(scope: Scope) -> str:
        run = scope.container.run
        run.enter_partial(site)
        text = _call(parts, scope)
        run.leave_partial()
        if len(text) > run.limits.output_characters:
            run.overflow(site)
        return indented(text, indent) if indent else text

    return render


def _call(parts: PartialParts, scope: Scope) -> str:
    context = scope.context if parts.context is None else parts.context(scope)
    if parts.pairs:
        given = {key: value(scope) for key, value in parts.pairs.items()}
        context = {**dict(own_members(context)), **given}
    partials, data = scope.container.partials, scope.data
    name = parts.name if isinstance(parts.name, str) else property_name(parts.name(scope))
    found = partials.get(name)
    if found is None and parts.name == BLOCK_OF_CALLER:
        found = data.partial_block
    if parts.block is not None:
        lent = _lend_block(parts.block, scope)
        data = data.child()
        data.partial_block = lent
        partials = {**partials, **inline_partials(parts.block, scope)}
        found = found or lent
    if found is None:
        scope.container.run.fail(parts.site, f"there is no partial {name!r}", code="partial")
    return found(context, data, partials, parts.code)


def _lend_block(block: Code, scope: Scope) -> Partial:
    """`@partial-block`: runs where it was written, and there means the block of the partial around it."""
    around = scope.data.partial_block

    def render(context: Value, data: Frame, partials: Partials, code: Code | None) -> str:  # noqa: ARG001
        frame = data.child()
        frame.partial_block = around
        return invoke(code or block, scope, context, data=frame)

    return render


def indented(text: str, indent: str) -> str:
    """Every line but an empty last one."""
    lines = text.split("\n")
    last = len(lines) - 1
    return "\n".join(line if index == last and not line else indent + line for index, line in enumerate(lines))
