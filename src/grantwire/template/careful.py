"""What generated code calls: its escapers for the common case, and the careful way where a key is missing.

In: values generated code has at hand. Out: text or values, as the closures would make them; or `NotFastError`.
Never: deciding an error. Whatever is odd is left to the closures, which render the template again.
"""

from collections.abc import Callable, Iterable
from json.encoder import encode_basestring as quote
from typing import Any, Final, TypeAlias

from grantwire.template.escape import SURROGATES, json_string, json_string_escaper, json_value
from grantwire.template.partials import indented
from grantwire.template.scope import same_scope
from grantwire.template.tree import UNDEFINED
from grantwire.template.values import Value, is_empty, is_missing, is_truthy, member, own_members, property_name

#: The values of the variables a piece of generated code begins its look-ups at.
Starts: TypeAlias = tuple[Any, ...]
SlowValue: TypeAlias = Callable[[Starts], Value]


class NotFastError(Exception):
    """The closures have to render this event."""


def deeper(value: Value) -> str:
    """A value inside a JSON string inside a JSON string, where it is no text or needs escaping."""
    return quote(quote(value)[1:-1])[1:-1] if type(value) is str else second_string(value)


second_string: Final = json_string_escaper(1)


def quoted(value: Value) -> str:
    """A value that is all of a JSON string, where it is no text."""
    return f'"{json_string(value)}"'


def shallow(value: Value) -> str:
    """A value that is only a part of a JSON string."""
    return quote(value)[1:-1] if type(value) is str else json_string(value)


def whole(value: Value) -> str:
    """A JSON value of any type. Generated code prints whole numbers itself."""
    if type(value) is str and value.isascii():
        return quote(value)
    if type(value) is bool:
        return "true" if value else "false"
    return json_value(value)


def checked(text: str) -> bool:
    """True where the text holds halves of UTF-16 pairs, which the fast escapers let through."""
    return SURROGATES.search(text) is not None


def item(value: Value, index: int) -> Value:
    """Raises TypeError or IndexError, so that the careful way is taken."""
    if type(value) is list:
        return value[index]
    raise TypeError


def holds(value: Value) -> bool:
    """What `{{#if}}` takes for true."""
    return is_truthy(value) and not is_empty(value)


def entries(value: Value) -> Iterable[tuple[Any, Value]]:
    """Keys and items to loop over."""
    if type(value) is list:
        return enumerate(value) if value else ()
    return value.items() if isinstance(value, dict) else listed(value)


def listed(value: Value) -> list[Value]:
    """The items to loop over, where nobody asks for a key."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        raise NotFastError
    return []


def section(value: Value, around: Value) -> list[Value]:
    """The contexts `{{#x}}` prints its text with."""
    if type(value) is list:
        return value
    if value is False or is_missing(value):
        return []
    if isinstance(value, list | tuple):
        raise NotFastError
    return [around if value is True else value]


def section_loop(value: Value) -> list[Value]:
    """As `section`, for a text that asks for `@index` or the like: only a list has its own."""
    if type(value) is list:
        return value
    if value is False or is_missing(value):
        return []
    raise NotFastError


def joined(context: Value, given: dict[str, Value]) -> dict[str, Value]:
    """The context of a partial called with key=value."""
    return {**dict(own_members(context)), **given}


def indent_from(pieces: list[str], start: int, indent: str) -> None:
    """Indents what a partial has printed."""
    pieces[start:] = [indented("".join(pieces[start:]), indent)]


def lookup(holder: Value, name: Value) -> Value:
    return member(holder, property_name(name)) if is_truthy(holder) else holder


def walk(slot: int, names: tuple[str, ...]) -> SlowValue:
    def value(starts: Starts) -> Value:
        found = starts[slot]
        for name in names:
            if is_missing(found):
                return found
            found = member(found, name)
        return found

    return value


def walk_data(slot: int, names: tuple[str, ...]) -> SlowValue:
    """From an `@` variable: any false value ends it."""

    def value(starts: Starts) -> Value:
        found = starts[slot]
        for name in names:
            if not is_truthy(found):
                return found
            found = member(found, name)
        return found

    return value


def constant(value: Value) -> SlowValue:
    return lambda starts: value  # noqa: ARG005


def called(function: Callable[..., Value], params: list[SlowValue], pairs: dict[str, SlowValue]) -> SlowValue:
    def value(starts: Starts) -> Value:
        given = [plain(param(starts)) for param in params]
        return function(*given, **{key: plain(pair(starts)) for key, pair in pairs.items()})

    return value


def looked_up(holder: SlowValue, name: SlowValue) -> SlowValue:
    return lambda starts: lookup(holder(starts), name(starts))


def plain(value: Value) -> Value:
    return None if value is UNDEFINED else value


def choice(condition: SlowValue, when_true: str, when_false: str) -> SlowValue:
    return lambda starts: when_true if holds(condition(starts)) else when_false


def same(text: Value) -> str:
    return str(text)


#: A careful run: texts, and holes with how their value is found and printed.
Parts: TypeAlias = "list[str | tuple[SlowValue, Callable[[Value], str]]]"


def careful_run(parts: Parts) -> Callable[[Starts], str]:
    def run(starts: Starts) -> str:
        return "".join([part if isinstance(part, str) else part[1](part[0](starts)) for part in parts])

    return run


class Nothing(dict[str, Value]):
    """What null holds: every key is undefined."""

    def __missing__(self, key: str) -> Value:
        return UNDEFINED


RUNTIME: Final[dict[str, Any]] = {
    "text_type": str,
    "int_type": int,
    "list_type": list,
    "NOTHING": Nothing(),
    **{
        function.__name__: function
        for function in (
            deeper,
            quoted,
            shallow,
            whole,
            checked,
            item,
            holds,
            is_empty,
            entries,
            listed,
            section,
            section_loop,
            joined,
            indent_from,
            lookup,
            plain,
            same_scope,
        )
    },
    "quote": quote,
    "NotFastError": NotFastError,
}
