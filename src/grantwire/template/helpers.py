"""The helpers that come with the language besides the standard six: pure functions of their arguments.

In: JSON values. Out: text or a JSON value, as declared. The docstrings are what template authors read; each
helper has examples that the tests run.
Never: reading a clock, a locale or any file but the time zones of the system; growing text without bound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grantwire.template.calls import Helper, Result
from grantwire.template.escape import json_value
from grantwire.template.limits import LIMITS
from grantwire.template.values import Value, is_empty, is_missing, text_of


@dataclass(frozen=True, slots=True)
class Example:
    """`template` rendered in plain mode with `event` gives `output`."""

    template: str
    event: Mapping[str, Value]
    output: str


_HEX_AND_DASH: Final = 33


def as_json(value: Value) -> str:
    """The value as JSON. Where the mustache is a whole JSON value, `{{json x}}` and `{{x}}` are the same."""
    return json_value(value)


def whole_value(value: Value) -> Value:
    return value


def default(*values: Value) -> Value:
    """The first argument that is neither missing, null nor empty text."""
    return next((value for value in values if not is_missing(value) and value != ""), None)


def equal(left: Value, right: Value) -> bool:
    """True when both are the same JSON value; 1 and 1.0 are, 1 and "1" are not, nor are 1 and true."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def unequal(left: Value, right: Value) -> bool:
    """True unless both are the same JSON value."""
    return not equal(left, right)


def less(left: Value, right: Value) -> bool:
    """True when the first number or text comes before the second. A number and a text have no order: false."""
    return _ordered(left, right) and left < right


def less_or_equal(left: Value, right: Value) -> bool:
    """As `lt`, but also true when they are equal."""
    return _ordered(left, right) and left <= right


def greater(left: Value, right: Value) -> bool:
    """True when the first number or text comes after the second."""
    return _ordered(left, right) and left > right


def greater_or_equal(left: Value, right: Value) -> bool:
    """As `gt`, but also true when they are equal."""
    return _ordered(left, right) and left >= right


def _ordered(left: Value, right: Value) -> bool:
    return any(_both(left, right, kind) for kind in (str, (int, float)))


def _both(left: Value, right: Value, kind: type | tuple[type, ...]) -> bool:
    return all(isinstance(value, kind) and not isinstance(value, bool) for value in (left, right))


def _holds(value: Value) -> bool:
    """True for what `{{#if}}` takes for true: not false, null, 0, empty text or an empty list."""
    return not is_empty(value) and value != 0


def all_of(*values: Value) -> Value:
    """The first argument that `{{#if}}` would take for false, else the last."""
    return next((value for value in values if not _holds(value)), values[-1])


def any_of(*values: Value) -> Value:
    """The first argument that `{{#if}}` would take for true, else the last."""
    return next((value for value in values if _holds(value)), values[-1])


def negated(value: Value) -> bool:
    """True when `{{#if}}` would take the value for false."""
    return not _holds(value)


def join(items: Value, separator: Value = ", ") -> str:
    """The items of a list as one text. The separator is ", " unless a second argument says otherwise."""
    if not isinstance(items, list | tuple):
        return text_of(items)
    between = text_of(separator)
    texts = [text_of(item) for item in items]
    _bounded(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def date(value: Value, pattern: Value = "%Y-%m-%dT%H:%M:%SZ", zone: Value = "UTC") -> str:
    """A time in another spelling. Takes ISO 8601 text, or seconds since 1970; text that is no time stays as it is.

    The second argument is a pattern with %Y %m %d %H %M %S %b %B %a %A %j %p %I %y %z %%; `zone` is a name such
    as "Europe/Paris".
    """
    moment = _moment(value)
    if moment is None:
        return text_of(value)
    return moment.astimezone(_zone(text_of(zone))).strftime(text_of(pattern))


def _moment(value: Value) -> datetime | None:
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}") from None


def truncate(value: Value, length: Value, ending: Value = "…") -> str:
    """At most that many characters. What is cut off is replaced by "…" or the third argument, which counts."""
    if not isinstance(length, int | float) or isinstance(length, bool) or length < 0:
        raise ValueError(f"the length must be a number from 0, not {text_of(length)!r}")
    text, mark, most = text_of(value), text_of(ending), int(min(length, LIMITS.output_characters))
    if len(text) <= most:
        return text
    return text[: most - len(mark)] + mark if len(mark) <= most else text[:most]


def upper(value: Value) -> str:
    """The text in capital letters."""
    return text_of(value).upper()


def lower(value: Value) -> str:
    """The text in small letters."""
    return text_of(value).lower()


def trim(value: Value) -> str:
    """The text without the white space around it."""
    return text_of(value).strip()


def replace(value: Value, old: Value, new: Value) -> str:
    """The text with every occurrence of the second argument replaced by the third."""
    text, wanted, given = text_of(value), text_of(old), text_of(new)
    if not wanted:
        return text
    _bounded(len(text) + text.count(wanted) * (len(given) - len(wanted)))
    return text.replace(wanted, given)


def slack(value: Value) -> str:
    """The text with `&`, `<` and `>` spelled so that Slack shows them and nobody can fake a link or a mention."""
    return text_of(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def hex32(value: Value) -> str:
    """32 hexadecimal digits that follow from the text: the same ones for the same text. For an id that the sender
    chooses, as ServiceNow's `sys_id`. Nothing for an empty text."""
    text = text_of(value)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] if text else ""


def short_id(value: Value, length: Value) -> str:
    """An id of at most that many characters: as it is where it fits, else its beginning and 32 hexadecimal digits that
    follow from all of it, so that two ids stay two. The length must be at least 33."""
    if not isinstance(length, int | float) or isinstance(length, bool) or length < _HEX_AND_DASH:
        raise ValueError(f"the length must be a number from {_HEX_AND_DASH}, not {text_of(length)!r}")
    text, most = text_of(value), int(min(length, LIMITS.output_characters))
    return text if len(text) <= most else f"{text[: most - _HEX_AND_DASH]}-{hex32(text)}"


def _bounded(length: int) -> None:
    if length > LIMITS.output_characters:
        raise ValueError(f"the result would be longer than {LIMITS.output_characters} characters")


def _compared(function: Callable[[Value, Value], bool]) -> Helper:
    return Helper(function, Result.VALUE, least=2, most=2)


HELPERS: Final[Mapping[str, Helper]] = MappingProxyType(
    {
        "json": Helper(as_json, Result.VALUE, most=1, whole=whole_value),
        "default": Helper(default, Result.VALUE, least=2),
        "eq": _compared(equal),
        "ne": _compared(unequal),
        "lt": _compared(less),
        "lte": _compared(less_or_equal),
        "gt": _compared(greater),
        "gte": _compared(greater_or_equal),
        "and": Helper(all_of, Result.VALUE, least=2),
        "or": Helper(any_of, Result.VALUE, least=2),
        "not": Helper(negated, Result.VALUE, most=1),
        "join": Helper(join, most=2),
        "date": Helper(date, most=2, keys=frozenset({"zone"})),
        "truncate": Helper(truncate, least=2, most=3),
        "upper": Helper(upper, most=1),
        "lower": Helper(lower, most=1),
        "trim": Helper(trim, most=1),
        "replace": Helper(replace, least=3, most=3),
        "slack": Helper(slack, most=1),
        "hex32": Helper(hex32, most=1),
        "short_id": Helper(short_id, least=2, most=2),
    }
)

_LONG_ID = "evt-0123456789-0123456789-0123456789"
_TIME = "2026-03-05T14:30:00+01:00"

#: For the documentation and the tests: at least one example for each helper.
EXAMPLES: Final[Mapping[str, tuple[Example, ...]]] = MappingProxyType(
    {
        "json": (Example("{{json tags}}", {"tags": ["a", "b"]}, '["a","b"]'),),
        "default": (
            Example('{{default reason "none given"}}', {"reason": ""}, "none given"),
            Example('{{default reason "none given"}}', {"reason": "audit"}, "audit"),
        ),
        "eq": (Example('{{#if (eq type "db")}}database{{/if}}', {"type": "db"}, "database"),),
        "ne": (Example('{{#if (ne type "db")}}other{{/if}}', {"type": "aws"}, "other"),),
        "lt": (Example("{{lt hours 8}}", {"hours": 2}, "true"),),
        "lte": (Example("{{lte hours 8}}", {"hours": 8}, "true"),),
        "gt": (Example("{{#if (gt hours 8)}}long{{/if}}", {"hours": 12}, "long"),),
        "gte": (Example("{{gte hours 8}}", {"hours": 8}, "true"),),
        "and": (Example("{{#if (and urgent approved)}}go{{/if}}", {"urgent": True, "approved": True}, "go"),),
        "or": (Example("{{or nickname name}}", {"nickname": "", "name": "Ada"}, "Ada"),),
        "not": (Example("{{#if (not approved)}}waiting{{/if}}", {"approved": False}, "waiting"),),
        "join": (
            Example("{{join tags}}", {"tags": ["a", "b"]}, "a, b"),
            Example('{{join tags "/"}}', {"tags": ["a", "b"]}, "a/b"),
        ),
        "date": (
            Example('{{date at "%Y-%m-%d %H:%M:%S"}}', {"at": _TIME}, "2026-03-05 13:30:00"),
            Example('{{date at "%d %b %Y" zone="UTC"}}', {"at": 0}, "01 Jan 1970"),
        ),
        "truncate": (
            Example("{{truncate name 4}}", {"name": "production"}, "pro…"),
            Example('{{truncate name 6 "..."}}', {"name": "production"}, "pro..."),
        ),
        "upper": (Example("{{upper name}}", {"name": "db"}, "DB"),),
        "lower": (Example("{{lower name}}", {"name": "DB"}, "db"),),
        "trim": (Example("[{{trim name}}]", {"name": "  db "}, "[db]"),),
        "replace": (Example('{{replace name "_" " "}}', {"name": "read_only"}, "read only"),),
        "slack": (Example("{{slack name}}", {"name": "<!here> R&D"}, "&lt;!here&gt; R&amp;D"),),
        "short_id": (
            Example("{{short_id id 40}}", {"id": "evt-1"}, "evt-1"),
            Example(
                "{{short_id id 35}}",
                {"id": "evt-0123456789-0123456789-0123456789"},
                "ev-0d59d457d6e781ef86e3d3238b43c46b",
            ),
        ),
        "hex32": (Example("{{hex32 id}}", {"id": "evt-1"}, "7b409f932d2c88e97f0c17676c8420d3"),),
    }
)
