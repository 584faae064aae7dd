"""The few differences between our text mode and handlebars.js that are meant, each with its reason and its rule.

In: a case and both outcomes. Out: the difference that explains them, or None. A rule never just looks alike: it removes
the one cause and demands that nothing else differs.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from differential import ours
from differential.handlebars_js import Case, Crashed, HandlebarsJs, Outcome, Refused, Rendered

from grantwire.template import HELPERS, LIMITS

#: More than any case of the grammar asks for.
LIFTED = replace(
    LIMITS,
    template_bytes=2**20,
    nodes=50_000,
    block_depth=100,
    partial_depth=100,
    loop_turns=100_000,
    partial_calls=100_000,
    output_characters=10 * 2**20,
)

Rule = Callable[[Case, Outcome, Outcome], bool]


@dataclass(frozen=True, slots=True)
class Difference:
    name: str
    reason: str
    explains: Rule


@cache
def plain_judge() -> HandlebarsJs:
    return HandlebarsJs()


@cache
def judge_that_never_adds() -> HandlebarsJs:
    return HandlebarsJs("repairAddition")


def adds(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    return isinstance(mine, Rendered) and judge_that_never_adds().render(case) == mine


def reorders_keys(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    reordered = replace(case, data=in_javascript_order(case.data))
    return list(leaves(reordered.data)) != list(leaves(case.data)) and explained(reordered, theirs)


def rounds_integers(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    """Given the numbers as JavaScript rounds them, we print what it prints."""
    if not any(is_too_large(leaf) for leaf in leaves(case.data)):
        return False
    return explained(replace(case, data=as_doubles(case.data)), theirs)


def misses_parameters(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    reads_nothing = re.compile(r"cannot read property '\d+' of undefined")
    return isinstance(mine, Rendered) and isinstance(theirs, Refused) and bool(reads_nothing.match(theirs.reason))


def cannot_print(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    if not isinstance(mine, Rendered) or theirs != Refused("toPrimitive"):
        return False
    # The same case with that key spelled otherwise, in the data as in the texts.
    other = respelled(case, ("toString",))
    return explained(other, plain_judge().render(other))


def is_beyond_our_limits(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    return isinstance(mine, Refused) and same(ours.render(case, limits=LIFTED), theirs)


def prints_block(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    """Removed: `@partial-block` anywhere but as the name of a partial."""

    def without(text: str) -> str:
        return re.sub(r"([>/]\s*)?@partial-block", lambda found: found[0] if found[1] else "@nothing", text)

    asked = Case(without(case.template), case.data, {name: without(text) for name, text in case.partials.items()})
    return asked != case and explained(asked, plain_judge().render(asked))


def calls_our_helper(case: Case, mine: Outcome, theirs: Outcome) -> bool:
    other = respelled(case, HELPERS)
    if not isinstance(theirs, Refused) or other == case:
        return False
    return same(ours.render(other), plain_judge().render(other))


def explained(case: Case, theirs: Outcome) -> bool:
    mine = ours.render(case)
    return same(mine, theirs) or known_difference(case, mine, theirs) is not None


KNOWN = (
    Difference(
        "we have more helpers",
        "`json default eq upper join date …` with arguments are helpers with us, and missing in handlebars.js. Without "
        "arguments they are names like any other.",
        calls_our_helper,
    ),
    Difference(
        "numbers are not added",
        "handlebars.js joins unescaped mustaches with `+`: {{{a}}}{{{b}}} with 1 and 2 prints 3; an indented inline "
        "partial of nothing but {{{a}}} stumbles over a number. We join texts, and print 12.",
        adds,
    ),
    Difference(
        "keys keep their order",
        "A JavaScript object lists keys that look like whole numbers first, ascending. We keep the document's order.",
        reorders_keys,
    ),
    Difference(
        "integers keep their digits",
        "JavaScript rounds whole numbers above 2^53. We print every digit.",
        rounds_integers,
    ),
    Difference(
        "a block parameter that was never given is empty",
        "handlebars.js stumbles over its own code where a helper gives no block parameters. We print nothing.",
        misses_parameters,
    ),
    Difference(
        "an object with a key toString can be printed",
        "handlebars.js takes that key for the method and stumbles. We print [object Object], as for any other object.",
        cannot_print,
    ),
    Difference(
        "there are limits",
        "We end a template that asks for too much: partials more than 10 deep, 10,000 turns of loops, 1 MiB of text. "
        "handlebars.js goes on until its stack or memory ends.",
        is_beyond_our_limits,
    ),
    Difference(
        "the block of a partial is no value",
        "In handlebars.js {{@partial-block}} is a function, called where it is printed. With us it is true where there "
        "is a block; {{> @partial-block}} and {{#if @partial-block}} are the same in both.",
        prints_block,
    ),
)


def known_difference(case: Case, mine: Outcome, theirs: Outcome) -> Difference | None:
    if isinstance(mine, Crashed):
        return None
    return next((difference for difference in KNOWN if difference.explains(case, mine, theirs)), None)


def same(mine: Outcome, theirs: Outcome) -> bool:
    """Both render the same text, or both refuse (each in its own words)."""
    return mine == theirs if isinstance(theirs, Rendered) else isinstance(mine, Refused)


def respelled(case: Case, words: Iterable[str]) -> Case:
    """The same case with each of the words in capitals, wherever it stands: nothing but its meaning changes."""
    spelling = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words))

    def respell(value: Any) -> Any:
        match value:
            case str():
                return spelling.sub(lambda found: found[0].upper(), value)
            case dict():
                return {respell(key): respell(item) for key, item in value.items()}
            case list():
                return [respell(item) for item in value]
            case _:
                return value

    return Case(respell(case.template), respell(case.data), respell(case.partials))


def in_javascript_order(value: Any) -> Any:
    match value:
        case dict():
            numbers = sorted((key for key in value if is_index(key)), key=int)
            return {key: in_javascript_order(value[key]) for key in [*numbers, *(k for k in value if not is_index(k))]}
        case list():
            return [in_javascript_order(item) for item in value]
        case _:
            return value


def is_index(key: str) -> bool:
    """An array index of ECMAScript: a canonical whole number below 2^32 - 1."""
    return bool(re.fullmatch(r"0|[1-9][0-9]{0,9}", key)) and int(key) < 2**32 - 1


def leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from leaves(item)
        case list():
            for item in value:
                yield from leaves(item)
        case _:
            yield value


def is_too_large(leaf: Any) -> bool:
    return isinstance(leaf, int) and not isinstance(leaf, bool) and abs(leaf) > 2**53


def as_doubles(value: Any) -> Any:
    match value:
        case dict():
            return {key: as_doubles(item) for key, item in value.items()}
        case list():
            return [as_doubles(item) for item in value]
        case _:
            return float(value) if is_too_large(value) else value
