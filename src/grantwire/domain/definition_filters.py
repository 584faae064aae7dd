"""Definition, the part `filters`: which of the events of its triggers a webhook wants.

In: the raw part. Out: `Filters`, and back. Never: a clause that no event of the webhook's kind can satisfy.
"""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grantwire.domain.event import Family
from grantwire.domain.filter import CHOICES, DURATIONS, FAMILIES, Clause, Dimension, Filters
from grantwire.domain.form import Form, one_of
from grantwire.domain.hours import hours_in

MOST_VALUES = 1000
LONGEST_SECONDS = 10 * 366 * 86400


def read_filters(form: Form | None, kind: Family) -> Filters:
    if form is None:
        return Filters()
    clauses = list(_read_clauses(form, kind, is_negated=False))
    excluded = form.inner("not")
    if excluded is not None:
        clauses += _read_clauses(excluded, kind, is_negated=True)
        excluded.finish()
    filters = Filters(tuple(clauses), _read_expression(form), _read_time_zone(form))
    form.finish()
    return filters


def _read_expression(form: Form) -> str | None:
    """Its own rules are looked at later, with the templates."""
    expression = form.text("expression")
    if expression is not None and not expression.strip():
        form.fault("expression", "must not be empty", "Leave it out.")
        return None
    return expression


def _read_time_zone(form: Form) -> str:
    name = form.text("time_zone")
    if name is None:
        return "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        form.fault("time_zone", f"{name[:60]!r} is no known time zone.", "Give an IANA name such as Europe/Berlin.")
        return "UTC"


def _read_clauses(form: Form, kind: Family, *, is_negated: bool) -> Iterator[Clause]:
    for dimension in Dimension:
        values = _read_duration(form, dimension) if dimension in DURATIONS else _read_values(form, dimension)
        if not form.has(dimension):
            continue
        if kind not in FAMILIES[dimension]:
            kinds = " and ".join(sorted(FAMILIES[dimension]))
            form.fault(dimension, f"is for webhooks of kind {kinds}; no {kind} event has it")
        if values:
            yield Clause(dimension, values, is_negated)


def _read_duration(form: Form, dimension: Dimension) -> tuple[str, ...]:
    seconds = form.number(dimension, least=0, most=LONGEST_SECONDS)
    return () if seconds is None else (f"{float(seconds)!r}".removesuffix(".0"),)


def _read_values(form: Form, dimension: Dimension) -> tuple[str, ...]:
    values = form.words(dimension)
    if form.has(dimension) and not values:
        form.fault(dimension, "needs at least one value", "Leave it out to take every event.")
    if len(values) > MOST_VALUES:
        form.fault(dimension, f"has {len(values)} values, at most {MOST_VALUES} are allowed")
    return tuple(dict.fromkeys(_read_value(form, dimension, value) for value in values))


def _read_value(form: Form, dimension: Dimension, value: str) -> str:
    if not value.strip():
        form.fault(dimension, "must not have an empty value")
    if dimension is Dimension.HOUR:
        try:
            hours_in(value)
        except ValueError as error:
            form.fault(dimension, str(error))
    choices = CHOICES.get(dimension)
    if choices is None:
        return value
    found = next((choice for choice in choices if choice.casefold() == value.casefold()), None)
    if found is None:
        form.fault(dimension, f"{value[:60]!r} is not possible.", one_of(value, choices))
    return found or choices[0]


def write_filters(filters: Filters) -> dict[str, Any]:
    written: dict[str, Any] = {
        str(clause.dimension): _written(clause) for clause in filters.clauses if not clause.is_negated
    }
    excluded = {str(clause.dimension): _written(clause) for clause in filters.clauses if clause.is_negated}
    if excluded:
        written["not"] = excluded
    if filters.expression is not None:
        written["expression"] = filters.expression
    if filters.time_zone != "UTC":
        written["time_zone"] = filters.time_zone
    return written


def _written(clause: Clause) -> object:
    if clause.dimension not in DURATIONS:
        return list(clause.values)
    seconds = float(clause.values[0])
    return int(seconds) if seconds.is_integer() else seconds
