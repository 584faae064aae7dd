"""Both engines on the same case: a seed and a number go in; agreement, a known difference or a finding comes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from differential import known, ours
from differential.grammar import random_case
from differential.handlebars_js import Case, Outcome
from differential.known import Difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` is the known one that explains two unlike outcomes; None with unlike outcomes is a finding, and so
    are two tiers of our own that disagree."""

    number: int
    case: Case
    mine: Outcome
    theirs: Outcome
    difference: Difference | None
    tiers_agree: bool

    @property
    def agrees(self) -> bool:
        return self.tiers_agree and known.same(self.mine, self.theirs)

    @property
    def is_finding(self) -> bool:
        return not self.tiers_agree or (not self.agrees and self.difference is None)


def compare(case: Case, *, number: int = 0) -> Comparison:
    mine, theirs = ours.render(case), known.plain_judge().render(case)
    difference = None if known.same(mine, theirs) else known.known_difference(case, mine, theirs)
    return Comparison(number, case, mine, theirs, difference, ours.tiers_agree(case, mine))


def numbered_case(seed: str, number: int) -> Case:
    """Each case depends on the seed and its own number alone, so that one can be repeated without the others."""
    return random_case(Random(f"{seed}/{number}"))


def comparisons(seed: str, numbers: range) -> Iterator[Comparison]:
    for number in numbers:
        yield compare(numbered_case(seed, number), number=number)
