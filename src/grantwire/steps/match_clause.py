"""Match one clause of a filter.

In: a clause, compiled once; then events. Out: whether it holds, what was found, what was wanted.
Never: a difference between letters' case in names; ids count as written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from zoneinfo import ZoneInfo

from grantwire.domain.event import Event
from grantwire.domain.event_facts import Facts, duration_of, facts_on
from grantwire.domain.filter import CHOICES, PAIRS, Clause, Dimension
from grantwire.domain.hours import hours_in

SHOWN = 5  # facts listed in a reason; an access request may name a thousand resources


@dataclass(frozen=True, slots=True)
class Finding:
    """What a clause made of an event; `why` is a whole sentence when it did not pass, else empty."""

    passed: bool
    found: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class ClauseTest:
    name: str
    wanted: tuple[str, ...]
    look: Callable[[Event], Finding]


def compile_clause(clause: Clause, *, time_zone: str = "UTC") -> ClauseTest:
    name = f"not {clause.dimension}" if clause.is_negated else str(clause.dimension)
    holds = _test_of(clause, time_zone)

    def look(event: Event) -> Finding:
        found, held = holds(event)
        passed = held is not clause.is_negated
        return Finding(passed, found, "" if passed else _why(clause, found))

    return ClauseTest(name, clause.values, look)


def _why(clause: Clause, found: tuple[str, ...]) -> str:
    shown = ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    wanted = " or ".join(clause.values)
    if clause.is_negated:
        return f"filter not {clause.dimension}: found {shown or 'nothing'}, excluded is {wanted}"
    return f"filter {clause.dimension}: found {shown or 'nothing'}, wanted {wanted}"


Test = Callable[[Event], tuple[tuple[str, ...], bool]]


def _test_of(clause: Clause, time_zone: str) -> Test:
    match clause.dimension:
        case Dimension.MIN_DURATION_SECONDS:
            return _duration_test(lambda seconds: seconds >= float(clause.values[0]))
        case Dimension.MAX_DURATION_SECONDS:
            return _duration_test(lambda seconds: seconds <= float(clause.values[0]))
        case Dimension.HOUR:
            return _hour_test(clause.values, ZoneInfo(time_zone))
        case Dimension.WEEKDAY:
            return _weekday_test(clause.values, ZoneInfo(time_zone))
        case dimension:
            return _fact_test(dimension, _compile_values(clause))


def _duration_test(holds: Callable[[float], bool]) -> Test:
    def test(event: Event) -> tuple[tuple[str, ...], bool]:
        seconds = duration_of(event)
        if seconds is None:
            return (), False
        return ("no end" if seconds == float("inf") else f"{seconds:g}",), holds(seconds)

    return test


def _hour_test(values: tuple[str, ...], zone: ZoneInfo) -> Test:
    wanted = frozenset(hour for value in values for hour in hours_in(value))

    def test(event: Event) -> tuple[tuple[str, ...], bool]:
        hour = event.occurred_at.astimezone(zone).hour
        return (f"{hour} ({zone.key})",), hour in wanted

    return test


def _weekday_test(values: tuple[str, ...], zone: ZoneInfo) -> Test:
    names = CHOICES[Dimension.WEEKDAY]

    def test(event: Event) -> tuple[tuple[str, ...], bool]:
        name = names[event.occurred_at.astimezone(zone).weekday()]
        return (f"{name} ({zone.key})",), name in values

    return test


def _fact_test(dimension: Dimension, fits: Callable[[Facts], bool]) -> Test:
    def test(event: Event) -> tuple[tuple[str, ...], bool]:
        facts = facts_on(dimension, event)
        return facts.shown, fits(facts)

    return test


def _compile_values(clause: Clause) -> Callable[[Facts], bool]:
    """A value is an id, a name, or a pattern with `*` and `?`. Of a pair, a key alone stands for any value."""
    values = [f"{v}=*" if clause.dimension in PAIRS and "=" not in v else v for v in clause.values]
    exact = frozenset(values)
    folded = frozenset(value.casefold() for value in values)
    patterns = [value for value in values if "*" in value or "?" in value]
    fits_id, fits_name = _any_of(patterns), _any_of([value.casefold() for value in patterns])

    def fits(facts: Facts) -> bool:
        return any(fact in exact or fits_id(fact) for fact in facts.ids) or any(
            fact in folded or fits_name(fact) for fact in map(str.casefold, facts.names)
        )

    return fits


def _any_of(patterns: list[str]) -> Callable[[str], bool]:
    """Only `*` and `?` have a meaning; both cross a slash."""
    if not patterns:
        return lambda _text: False
    match = re.compile("|".join(translate(pattern.replace("[", "[[]")) for pattern in patterns)).match
    return lambda text: match(text) is not None
