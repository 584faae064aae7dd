"""JavaScript's view of plain JSON values: how they print, which are true, what can be looked up in them.

In: values of an event (dict, list, str, int, float, bool, None) or `UNDEFINED`. Out: text, truth, members.
Never: touches an attribute of a value, or a type other than those; anything else prints as an object does.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from grantwire.template.tree import UNDEFINED, Undefined

#: A JSON value or UNDEFINED. Recursive aliases would cost more than they tell here.
Value: TypeAlias = Any


class SafeText(str):
    """Text a helper has already escaped for HTML: text mode prints it as it is."""

    __slots__ = ()


#: What `this` is inside a block whose context is null, as in handlebars.js: an object without keys.
NULL_CONTEXT: Final[dict[str, Value]] = {}

OBJECT_TEXT: Final = "[object Object]"


def text_of(value: Value) -> str:
    """As JavaScript's `String(value)`, but null and undefined print as nothing."""
    match value:
        case str():
            return value
        case None | Undefined():
            return ""
        case True:
            return "true"
        case False:
            return "false"
        case int():
            return int_text(value)
        case float():
            return float_text(value)
        case list() | tuple():
            return ",".join(map(text_of, value))
        case _:
            return OBJECT_TEXT


def int_text(value: int) -> str:
    """Whole numbers keep every digit, where JavaScript would round those above 2^53."""
    try:
        return int.__repr__(value)
    except ValueError:  # more digits than Python agrees to print
        return float_text(float("inf") if value > 0 else float("-inf"))


def float_text(value: float) -> str:
    """As JavaScript prints a number: 1.0 is "1", 1e21 is "1e+21", 1e-7 is "1e-7"."""
    if 1e-4 <= value < 1e16:  # where Python and JavaScript write the same digits
        text = repr(value)
        return text.removesuffix(".0")
    if value != value:  # noqa: PLR0124
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    if not value:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    point = len(whole) - leading_zeros + int(exponent or "0")
    return sign + _placed(digits.rstrip("0"), point)


def _placed(digits: str, point: int) -> str:
    """ECMAScript's Number::toString for `0.digits` times ten to the `point`."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def is_missing(value: Value) -> bool:
    return value is None or value is UNDEFINED


def is_truthy(value: Value) -> bool:
    """JavaScript's truth: empty lists and objects are true."""
    if isinstance(value, list | tuple | dict):
        return True
    return bool(value) and value == value  # noqa: PLR0124


def is_empty(value: Value) -> bool:
    """Handlebars' emptiness: false, null, "", an empty list; 0 is not empty."""
    if isinstance(value, list | tuple):
        return not value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value != value  # noqa: PLR0124
    return not is_truthy(value)


def member(value: Value, name: str) -> Value:
    """The own property `name`: a key of an object, an index or `length` of a list or text; else UNDEFINED."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if isinstance(value, list | tuple):
        index = _index(name)
        if index is None:
            return len(value) if name == "length" else UNDEFINED
        return value[index] if index < len(value) else UNDEFINED
    if isinstance(value, str):
        return _character(value, name)
    return UNDEFINED


def has_member(value: Value, name: str) -> bool:
    return name in value if isinstance(value, dict) else member(value, name) is not UNDEFINED


def _index(name: str) -> int | None:
    """The list index `name` spells; like a JavaScript property "01" and "-1" spell none."""
    if not name.isascii() or not name.isdigit() or len(name) > 10 or (len(name) > 1 and name[0] == "0"):
        return None
    return int(name)


def _character(text: str, name: str) -> Value:
    """JavaScript counts in UTF-16 units, so an emoji has length 2."""
    if name != "length" and _index(name) is None:
        return UNDEFINED
    units: Sequence[str] = text if text.isascii() else _utf16(text)
    index = _index(name)
    if index is None:
        return len(units)
    return units[index] if index < len(units) else UNDEFINED


def _utf16(text: str) -> list[str]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2)]


def own_members(value: Value) -> Iterable[tuple[str, Value]]:
    """What JavaScript's `Object.assign` would copy."""
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, str):
        value = value if value.isascii() else _utf16(value)
    if isinstance(value, list | tuple | str):
        return ((str(index), item) for index, item in enumerate(value))
    return ()


def loosely_equal(left: Value, right: Value) -> bool:
    """JavaScript's `==`, by which handlebars.js decides whether a block has a scope of its own."""
    if left is right:
        return True
    if is_missing(left) or is_missing(right):
        return is_missing(left) and is_missing(right)
    left_is_object = isinstance(left, dict | list | tuple)
    right_is_object = isinstance(right, dict | list | tuple)
    if left_is_object and right_is_object:
        return False
    if left_is_object:
        left = text_of(left)
    if right_is_object:
        right = text_of(right)
    if isinstance(left, str) and isinstance(right, str):
        return str.__eq__(left, right)
    return _number_of(left) == _number_of(right)


def _number_of(value: Value) -> float:
    try:
        return float((value.strip() or "0") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return float("nan")


def property_name(value: Value) -> str:
    """As JavaScript turns a value into a key."""
    if value is None:
        return "null"
    return "undefined" if value is UNDEFINED else text_of(value)
