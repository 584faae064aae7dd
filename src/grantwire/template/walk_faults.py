"""Says in words what the walk itself refuses, whatever the grammar: partials and blocks that cannot be followed.

In: names. Out: a `Fault`. Never: deciding whether something is wrong.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from grantwire.template.findings import Fault
from grantwire.template.machines import DifferError

RAW_BLOCK: Final = Fault(
    "raw-block",
    "a raw block's place cannot be known before it runs",
    r"write the text directly; \{{ prints two braces",
)
DYNAMIC_INLINE: Final = Fault(
    "dynamic-partial", "an inline partial needs a fixed name here", 'write {{#*inline "name"}}'
)
DYNAMIC_PARTIAL: Final = Fault(
    "dynamic-partial",
    "a partial whose name depends on the data cannot be checked here",
    "choose between fixed names with {{#if}}: {{#if x}}{{> a}}{{else}}{{> b}}{{/if}}",
)
NO_BLOCK: Final = Fault(
    "unknown-partial",
    "@partial-block is only known in a partial called with {{#> name}}",
    "call this partial as {{#> name}}…{{/name}}",
)
PARTIALS_TOO_DEEP: Final = Fault("partials-too-deep", "partials call each other more than 10 deep here")
NEVER_ENDS: Final = Fault(
    "endless-recursion",
    "this template calls a partial that always calls itself",
    "put the call inside {{#if}} or {{#each}}",
)


def unknown_partial(name: str, known: Iterable[str]) -> Fault:
    close = get_close_matches(name, list(known), n=1)
    return Fault(
        "unknown-partial",
        f'there is no partial named "{name}"',
        f'did you mean "{close[0]}"?' if close else "define it, or give {{#> name}} a block to print instead",
    )


def recursion_elsewhere(name: str) -> Fault:
    return Fault(
        "recursive-partial",
        f'the partial "{name}" calls itself in another kind of place than it was called in',
        "open and close the same strings and brackets around both calls, and put commas between them",
    )


def differing(differ: DifferError) -> Fault:
    return Fault(
        "branches-differ",
        f"the ways through this block end in different places: one {differ.one}, another {differ.other}",
        "open and close strings, brackets and braces inside the same branch",
    )
